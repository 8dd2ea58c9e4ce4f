import { quotient, roundUp } from "../quotient.ts";

/** Sizes of a band and its tables: see band.ts. */

/** Bytes in an entry of the table of column phases. */
export const PHASE_BYTES: i32 = 16;

/** Distance between stored rows, in floats. */
export function pitchOf(outWidth: u32, kernelWidth: u32, dilation: u32, stride: u32): u32 {
  return outWidth + quotient((kernelWidth - 1) * dilation, stride);
}

/** Bytes of one stored plane of `rows` output rows. */
export function planeBytesOf(rows: u32, pitch: u32, kernelHeight: u32, dilation: u32, stride: u32): u32 {
  return (rows + quotient((kernelHeight - 1) * dilation, stride)) * pitch * 4;
}

/** Bytes of one channel of a band: its planes, and the floats past them that the last tile reads. */
export function channelBytesOf(planes: u32, planeBytes: u32, pitch: u32): u32 {
  return roundUp(planes * planeBytes + (3 * pitch + 16) * 4, 16);
}

/** Where the phases begin, after the offsets of the taps. */
export function phasesAt(taps: u32): u32 {
  return roundUp(taps * 4, 16);
}

/** Bytes of both tables. */
export function tableBytesOf(taps: u32, stride: u32): u32 {
  return phasesAt(taps) + stride * PHASE_BYTES;
}
