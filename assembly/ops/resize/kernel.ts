import { madd } from "../../simd";
import { scratchOf } from "../scratch";

/** The argument of {@link resizeNearest}. */
@unmanaged
export class ResizeNearest {
  /** (planes, height, width) */
  input: usize;
  /** (planes, outHeight, outWidth) */
  output: usize;
  /** i32[outHeight]: byte offset in a plane of the row that is taken */
  rows: usize;
  /** i32[outWidth]: byte offset in a row of the column that is taken; or 0 if each column is taken twice */
  columns: usize;
  planeBytes: i32;
  outHeight: i32;
  outWidth: i32;
}

/** Each output is one value of the input. Items are planes. */
export function resizeNearest(params: ResizeNearest, begin: i32, end: i32): void {
  const rows = params.rows;
  const columns = params.columns;
  const outWidth = params.outWidth;
  const outHeight = <usize>params.outHeight;
  const outBytes = (<usize>outWidth) << 2;
  let input = params.input + <usize>begin * params.planeBytes;
  let output = params.output + <usize>begin * outHeight * outBytes;
  for (let plane = begin; plane < end; ++plane, input += params.planeBytes) {
    let before: usize = 0;
    for (let y: usize = 0; y < outHeight; ++y, output += outBytes) {
      const from = input + load<i32>(rows + (y << 2));
      if (from == before) memory.copy(output, output - outBytes, outBytes);
      else if (columns) pickRow(from, columns, outWidth, output);
      else doubleRow(from, outWidth, output);
      before = from;
    }
  }
}

function pickRow(from: usize, columns: usize, count: i32, to: usize): void {
  for (; count >= 4; count -= 4, columns += 16, to += 16) v128.store(to, gather(from, columns));
  for (; count > 0; --count, columns += 4, to += 4) store<f32>(to, load<f32>(from + load<i32>(columns)));
}

function doubleRow(from: usize, count: i32, to: usize): void {
  for (; count >= 8; count -= 8, from += 16, to += 32) {
    const v = v128.load(from);
    v128.store(to, v128.shuffle<f32>(v, v, 0, 0, 1, 1));
    v128.store(to, v128.shuffle<f32>(v, v, 2, 2, 3, 3), 16);
  }
  for (; count > 0; count -= 2, from += 4, to += 8) {
    const value = load<f32>(from);
    store<f32>(to, value);
    store<f32>(to, value, 4);
  }
}

// @ts-ignore: decorator
@inline
function gather(from: usize, offsets: usize): v128 {
  let v = v128.load32_zero(from + load<i32>(offsets));
  v = v128.load32_lane(from + load<i32>(offsets, 4), v, 1);
  v = v128.load32_lane(from + load<i32>(offsets, 8), v, 2);
  return v128.load32_lane(from + load<i32>(offsets, 12), v, 3);
}

/** The argument of {@link resizeBilinear}. */
@unmanaged
export class ResizeBilinear {
  /** (planes, height, width) */
  input: usize;
  /** (planes, outHeight, outWidth) */
  output: usize;
  /** for each row of the output: byte offsets in a plane of the two rows around it, and the weight f32 of the second */
  rows: usize;
  /** first i32[outWidth], second i32[outWidth], weight f32[outWidth], likewise; not read if there are quads */
  columns: usize;
  /**
   * If four adjacent outputs always lie between four adjacent columns, as in images that grow enough, an entry for each four
   * outputs, the last of which end the row; otherwise 0:
   *
   *   byte offset of the columns i32 | output i32 | 0 | 0 | bytes of the first i8[16] | of the second i8[16] | weight f32[4]
   */
  quads: usize;
  /** workspace f32[2][outWidth] */
  lines: usize;
  planeBytes: i32;
  outHeight: i32;
  outWidth: i32;
}

/**
 * Each output is interpolated between four values of the input. Rows of the input are brought to the output's width in one
 * of two lines, where they stay while rows of the output lie between them. Items are planes.
 */
export function resizeBilinear(params: ResizeBilinear, begin: i32, end: i32): void {
  const columns = params.columns;
  const quads = params.quads;
  const outWidth = params.outWidth;
  const outHeight = params.outHeight;
  const outBytes = (<usize>outWidth) << 2;
  let input = params.input + <usize>begin * params.planeBytes;
  let output = params.output + <usize>begin * <usize>outHeight * outBytes;
  for (let plane = begin; plane < end; ++plane, input += params.planeBytes) {
    let upper = scratchOf(params.lines);
    let lower = upper + outBytes;
    // rows of the input that the lines hold
    let above: usize = 0;
    let below: usize = 0;
    let row = params.rows;
    for (let y = 0; y < outHeight; ++y, row += 12, output += outBytes) {
      const first = input + load<i32>(row);
      const second = input + load<i32>(row, 4);
      if (first == below) {
        const line = upper;
        upper = lower;
        lower = line;
        below = above;
        above = first;
      }
      if (first != above) widen(first, columns, quads, outWidth, upper);
      above = first;
      if (second == first) {
        memory.copy(output, upper, outBytes);
        continue;
      }
      if (second != below) widen(second, columns, quads, outWidth, lower);
      below = second;
      blend(upper, lower, load<f32>(row, 8), outWidth, output);
    }
  }
}

function widen(from: usize, columns: usize, quads: usize, count: i32, to: usize): void {
  if (quads) widenQuads(from, quads, (count + 3) >> 2, to);
  else widenColumns(from, columns, count, to);
}

function widenQuads(from: usize, quad: usize, count: i32, to: usize): void {
  const one = f32x4.splat(1);
  for (; count > 0; --count, quad += 64) {
    const four = v128.load(from + load<i32>(quad));
    const weight = v128.load(quad, 48);
    const second = f32x4.mul(weight, v128.swizzle(four, v128.load(quad, 32)));
    const first = v128.swizzle(four, v128.load(quad, 16));
    v128.store(to + load<i32>(quad, 4), madd(f32x4.sub(one, weight), first, second));
  }
}

function widenColumns(from: usize, columns: usize, count: i32, to: usize): void {
  const bytes = (<usize>count) << 2;
  const one = f32x4.splat(1);
  for (; count >= 4; count -= 4, columns += 16, to += 16) {
    const weight = v128.load(columns + 2 * bytes);
    const second = f32x4.mul(weight, gather(from, columns + bytes));
    v128.store(to, madd(f32x4.sub(one, weight), gather(from, columns), second));
  }
  for (; count > 0; --count, columns += 4, to += 4) {
    const weight = load<f32>(columns + 2 * bytes);
    const second = weight * load<f32>(from + load<i32>(columns + bytes));
    store<f32>(to, (1 - weight) * load<f32>(from + load<i32>(columns)) + second);
  }
}

function blend(upper: usize, lower: usize, weight: f32, count: i32, to: usize): void {
  const b = f32x4.splat(weight);
  const a = f32x4.splat(1 - weight);
  for (; count >= 4; count -= 4, upper += 16, lower += 16, to += 16) {
    v128.store(to, madd(a, v128.load(upper), f32x4.mul(b, v128.load(lower))));
  }
  for (; count > 0; --count, upper += 4, lower += 4, to += 4) {
    store<f32>(to, (1 - weight) * load<f32>(upper) + weight * load<f32>(lower));
  }
}
