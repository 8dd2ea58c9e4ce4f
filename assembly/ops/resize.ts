import { madd } from "../simd";

/**
 * Each output is one value of the input. `rows` has a row's byte offset in a plane for each row of the output, `columns` a
 * column's in a row for each column; columns 0 says that each column is there twice.
 */
export function resizeNearest(
  input: usize,
  planes: i32,
  planeBytes: usize,
  rows: usize,
  outHeight: i32,
  columns: usize,
  outWidth: i32,
  output: usize,
): void {
  const outBytes = (<usize>outWidth) << 2;
  for (; planes > 0; --planes, input += planeBytes) {
    let before: usize = 0;
    for (let y: usize = 0; y < <usize>outHeight; ++y, output += outBytes) {
      const from = input + load<usize>(rows + (y << 2));
      if (from == before) memory.copy(output, output - outBytes, outBytes);
      else if (columns) pickRow(from, columns, outWidth, output);
      else doubleRow(from, outWidth, output);
      before = from;
    }
  }
}

function pickRow(from: usize, columns: usize, count: i32, to: usize): void {
  for (; count >= 4; count -= 4, columns += 16, to += 16) v128.store(to, gather(from, columns));
  for (; count > 0; --count, columns += 4, to += 4) store<f32>(to, load<f32>(from + load<usize>(columns)));
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
  let v = v128.load32_zero(from + load<usize>(offsets));
  v = v128.load32_lane(from + load<usize>(offsets, 4), v, 1);
  v = v128.load32_lane(from + load<usize>(offsets, 8), v, 2);
  return v128.load32_lane(from + load<usize>(offsets, 12), v, 3);
}

/**
 * Each output is between four values of the input. Rows of the input are brought to the output's width in one of two `lines`,
 * f32[outWidth] each, where they stay while rows of the output lie between them.
 *
 * rows: for each row of the output, byte offsets in a plane of the two rows around it, and the weight f32 of the second.
 * columns: first[outWidth], second[outWidth], weight f32[outWidth], likewise; or, where four adjacent outputs lie between four
 * adjacent columns, as in all images that grow enough, `quads`, one for each four outputs, the last of which end the row:
 *
 *   byte offset of the columns i32 | output i32 | 0 | 0 | bytes of the first i8[16] | of the second i8[16] | weight f32[4]
 */
export function resizeBilinear(
  input: usize,
  planes: i32,
  planeBytes: usize,
  rows: usize,
  outHeight: i32,
  columns: usize,
  quads: usize,
  outWidth: i32,
  output: usize,
  lines: usize,
): void {
  const outBytes = (<usize>outWidth) << 2;
  for (; planes > 0; --planes, input += planeBytes) {
    let upper = lines;
    let lower = lines + outBytes;
    // rows of the input that the lines hold
    let above: usize = 0;
    let below: usize = 0;
    let row = rows;
    for (let y = 0; y < outHeight; ++y, row += 12, output += outBytes) {
      const first = input + load<usize>(row);
      const second = input + load<usize>(row, 4);
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
    const four = v128.load(from + load<usize>(quad));
    const weight = v128.load(quad, 48);
    const second = f32x4.mul(weight, v128.swizzle(four, v128.load(quad, 32)));
    const first = v128.swizzle(four, v128.load(quad, 16));
    v128.store(to + load<usize>(quad, 4), madd(f32x4.sub(one, weight), first, second));
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
    const second = weight * load<f32>(from + load<usize>(columns + bytes));
    store<f32>(to, (1 - weight) * load<f32>(from + load<usize>(columns)) + second);
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
