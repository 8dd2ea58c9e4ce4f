import * as layout from "../../assembly/conv/band-layout.ts";
import { type Axis, type ConvGeometry, extentOf, tapsOf } from "./geometry.ts";
import { sourceIndex } from "./padding.ts";

/** The band of a padded image that some kernels read: see assembly/conv/band.ts. */

/** Floats from one stored row to the next. */
export const bandPitch = ({ x }: ConvGeometry): number => layout.pitchOf(x.out, x.kernel, x.dilation, x.stride);

const planeBytes = (g: ConvGeometry, rows: number) =>
  layout.planeBytesOf(rows, bandPitch(g), g.y.kernel, g.y.dilation, g.y.stride);

/** Bytes that one channel takes of a band of `rows` output rows. */
export const bandBytes = (g: ConvGeometry, rows: number): number =>
  layout.channelBytesOf(g.y.stride * g.x.stride, planeBytes(g, rows), bandPitch(g));

/** Bytes of the tables that say how to fill and read a band. */
export const bandTableBytes = (g: ConvGeometry): number => layout.tableBytesOf(tapsOf(g), g.x.stride);

/** Writes the tables of bands of `rows` output rows. */
export function writeBandTables(g: ConvGeometry, rows: number, to: Int32Array): void {
  const plane = planeBytes(g, rows);
  const pitch = bandPitch(g) * 4;
  let at = 0;
  for (let r = 0; r < g.y.kernel; ++r) {
    const [down, rowPhase] = placeOf(g.y, r);
    for (let s = 0; s < g.x.kernel; ++s) {
      const [right, phase] = placeOf(g.x, s);
      to[at++] = (rowPhase * g.x.stride + phase) * plane + down * pitch + right * 4;
    }
  }
  const phases = layout.phasesAt(tapsOf(g)) / 4;
  for (let phase = 0; phase < g.x.stride; ++phase) {
    to.set(columnPhase(g, phase), phases + (phase * layout.PHASE_BYTES) / 4);
  }
}

/** Where a tap lies along an axis: its place in the plane of a remainder. */
function placeOf({ dilation, stride }: Axis, tap: number): readonly [places: number, remainder: number] {
  const remainder = (tap * dilation) % stride;
  return [(tap * dilation - remainder) / stride, remainder];
}

/** source, first, count, padded: see assembly/conv/band.ts */
function columnPhase({ x, paddingMode }: ConvGeometry, phase: number): readonly number[] {
  const total = Math.max(Math.ceil((extentOf(x) - phase) / x.stride), 0);
  // floats [begin, end) hold the image itself, those around them its padding
  const begin = clamp(Math.ceil((x.before - phase) / x.stride), 0, total);
  const end = clamp(Math.ceil((x.before + x.length - phase) / x.stride), begin, total);
  const filled = (i: number) => sourceIndex(paddingMode, i * x.stride + phase - x.before, x.length) >= 0;
  const isFilled = paddingMode !== "zeros" && (some(0, begin, filled) || some(end, total, filled));
  const isRead = some(0, x.kernel, (tap) => (tap * x.dilation) % x.stride === phase);
  return [(begin * x.stride + phase - x.before) * 4, begin, isRead ? end - begin : -1, isFilled ? total : 0];
}

const clamp = (value: number, least: number, most: number) => Math.min(Math.max(value, least), most);

function some(begin: number, end: number, holds: (index: number) => boolean): boolean {
  for (let index = begin; index < end; ++index) if (holds(index)) return true;
  return false;
}
