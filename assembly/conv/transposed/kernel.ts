import { floats } from "../../floats";
import { JOIN_ENTRY_BYTES } from "./layout";

/** For a strided output that is computed phase by phase, these join the phases and fill outputs that no phase reaches. */

/** The argument of joinPhases: the phases of one row of phases, which computed every strideHeight-th row of the output. */
@unmanaged
export class Join {
  /** outputs of the phases, each as planes one after another */
  phases: usize;
  /** the first output row of the phases in the first plane */
  output: usize;
  /** for each phase: byte offset of its first plane i32, columns i32, output column of the first i32 */
  table: usize;
  phaseCount: i32;
  /** rows of a plane of a phase, and of a slice of it: a volume has several */
  rows: i32;
  sliceRows: i32;
  stride: i32;
  /** bytes between rows of the phases in the output, between slices, and between planes */
  rowBytes: i32;
  sliceBytes: i32;
  planeBytes: i32;
}

/** Writes the phases' outputs to their places in the rows of the whole. Items are planes x rows of the phases. */
export function joinPhases(join: Join, begin: i32, end: i32): void {
  for (let item = begin; item < end; ++item) {
    const plane = item / join.rows;
    const row = item - plane * join.rows;
    const slice = row / join.sliceRows;
    const line = row - slice * join.sliceRows;
    const at = <usize>slice * <usize>join.sliceBytes + <usize>line * <usize>join.rowBytes;
    const to = join.output + <usize>plane * <usize>join.planeBytes + at;
    const first = join.table;
    if (join.phaseCount == 2 && join.stride == 2) {
      const second = first + JOIN_ENTRY_BYTES;
      zip(rowOf(join, first, item), load<i32>(first, 4), rowOf(join, second, item), load<i32>(second, 4), to);
    } else {
      const tableEnd = first + <usize>join.phaseCount * JOIN_ENTRY_BYTES;
      for (let phase = first; phase < tableEnd; phase += JOIN_ENTRY_BYTES) {
        spread(rowOf(join, phase, item), load<i32>(phase, 4), to + floats(load<i32>(phase, 8)), floats(join.stride));
      }
    }
  }
}

/** A phase's rows follow one another through all planes. */
// @ts-ignore: decorator
@inline
function rowOf(join: Join, phase: usize, item: i32): usize {
  return join.phases + load<u32>(phase) + floats(item * load<i32>(phase, 4));
}

/** e0 e1 e2 ..., o0 o1 ... become e0 o0 e1 o1 e2 ...; there are as many odd columns as even ones, or one fewer. */
function zip(even: usize, evens: i32, odd: usize, odds: i32, to: usize): void {
  let i = 0;
  for (; i + 4 <= odds; i += 4, to += 32) {
    const e = v128.load(even + floats(i));
    const o = v128.load(odd + floats(i));
    v128.store(to, v128.shuffle<f32>(e, o, 0, 4, 1, 5));
    v128.store(to, v128.shuffle<f32>(e, o, 2, 6, 3, 7), 16);
  }
  for (; i < odds; ++i, to += 8) {
    store<f32>(to, load<f32>(even + floats(i)));
    store<f32>(to, load<f32>(odd + floats(i)), 4);
  }
  if (i < evens) store<f32>(to, load<f32>(even + floats(i)));
}

function spread(from: usize, count: i32, to: usize, step: usize): void {
  for (; count > 0; --count, from += 4, to += step) store<f32>(to, load<f32>(from));
}

/** The argument of fillBias. */
@unmanaged
export class Fill {
  /** (batch, channels, pixels) */
  output: usize;
  /** (channels), or 0 for zeros */
  bias: usize;
  channels: i32;
  pixels: i32;
}

/** Fills planes with their bias. Items are images x channels. */
export function fillBias(fill: Fill, begin: i32, end: i32): void {
  const bytes = floats(fill.pixels);
  for (let item = begin; item < end; ++item) {
    const value: f32 = fill.bias ? load<f32>(fill.bias + floats(item % fill.channels)) : 0;
    const plane = fill.output + <usize>item * bytes;
    let at: usize = 0;
    for (; at + 16 <= bytes; at += 16) v128.store(plane + at, f32x4.splat(value));
    for (; at < bytes; at += 4) store<f32>(plane + at, value);
  }
}
