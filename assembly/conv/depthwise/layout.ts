import { roundUp, tilesOf } from "../../quotient.ts";

/** Channels that are computed side by side. */
export const DEPTHWISE_CHANNELS: i32 = 4;
/** Bytes of a pixel of four channels. */
export const PIXEL_BYTES: i32 = 16;

/** Bytes of the weights and biases of four channels: for each of their filters, the bias and the taps. */
export function foursBytes(filters: u32, taps: u32): u32 {
  return filters * (taps + 1) * PIXEL_BYTES;
}

/** Bytes of all weights and biases. */
export function weightBytes(groups: u32, filters: u32, taps: u32): u32 {
  return tilesOf(groups, DEPTHWISE_CHANNELS) * foursBytes(filters, taps);
}

/** Values of the padded image under `out` outputs of an axis. */
export function extentOf(out: u32, kernel: u32, dilation: u32, stride: u32): u32 {
  return (out - 1) * stride + (kernel - 1) * dilation + 1;
}

/** Bytes of the workspace: a band, and the bytes past it that four outputs of a shorter row read. */
export function bandBytesOf(rows: u32, columns: u32, stride: u32): u32 {
  return rows * columns * PIXEL_BYTES + 7 * stride * PIXEL_BYTES;
}

/** Bytes of the table of tap offsets. */
export function tableBytesOf(taps: u32): u32 {
  return roundUp(taps * 4, 16);
}
