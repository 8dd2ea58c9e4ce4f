import { floats } from "../../floats";
import { Conv } from "../../params";
import { storeTransposed } from "../../simd";
import { bandBytesOf, extentOf, PIXEL_BYTES } from "./layout";

/**
 * A band of the padded image with four channels of a pixel side by side:
 *
 *   a0 a1 a2 ...  b0 b1 b2 ...  c0 c1 c2 ...  d0 d1 d2 ...      four planes
 *   a0 b0 c0 d0 | a1 b1 c1 d1 | a2 b2 c2 d2 | ...               a row of the band
 *
 * Columns of zero padding are cleared once per call and stay zero.
 */

/** Bytes of a row of the band. */
// @ts-ignore: decorator
@inline
export function interleavedPitch(conv: Conv): usize {
  return <usize>columnsOf(conv) * PIXEL_BYTES;
}

/** Columns of the padded image under a row of outputs. */
// @ts-ignore: decorator
@inline
function columnsOf(conv: Conv): i32 {
  return extentOf(conv.outWidth, conv.kernelWidth, conv.dilationWidth, conv.strideWidth);
}

/** Rows of the padded image under `rows` output rows. */
// @ts-ignore: decorator
@inline
function bandRows(conv: Conv, rows: i32): i32 {
  return extentOf(rows, conv.kernelHeight, conv.dilationHeight, conv.strideHeight);
}

/** Writes zeros into the band and what the last outputs read past it. */
export function clearBand(conv: Conv): void {
  const rows = bandRows(conv, conv.blockPixels);
  memory.fill(conv.scratch, 0, <usize>bandBytesOf(rows, columnsOf(conv), conv.strideWidth));
}

/** Stores the rows under output rows [y, y + rows) of up to four planes. Missing channels repeat the first. */
export function interleave(conv: Conv, image: usize, channels: i32, y: i32, rows: i32): void {
  const pitch = interleavedPitch(conv);
  const plane = conv.planeBytes;
  const height = bandRows(conv, rows);
  const b: usize = channels > 1 ? plane : 0;
  const c: usize = channels > 2 ? plane * 2 : 0;
  const d: usize = channels > 3 ? plane * 3 : 0;
  const total = columnsOf(conv);
  // columns [begin, end) are those of the image; a phase of a transposed convolution may begin within it
  const begin = min(max(conv.padLeft, 0), total);
  const end = max(min(conv.padLeft + conv.width, total), begin);
  const first = floats(begin - conv.padLeft);
  let to = conv.scratch;
  let source = conv.rows + floats(y * conv.strideHeight);
  for (let row = 0; row < height; ++row, to += pitch, source += 4) {
    const index = load<i32>(source);
    if (index < 0) {
      clear(to, total);
      continue;
    }
    const from = image + floats(index * conv.width);
    interleaveRow(from + first, b, c, d, end - begin, to + <usize>begin * PIXEL_BYTES);
    pad(conv, from, b, c, d, 0, begin, to);
    pad(conv, from, b, c, d, end, total, to);
  }
}

function clear(to: usize, count: i32): void {
  for (const end = to + <usize>count * PIXEL_BYTES; to < end; to += 16) v128.store(to, f32x4.splat(0));
}

/** The last four columns may overlap those before them. */
function interleaveRow(a: usize, b: usize, c: usize, d: usize, count: i32, to: usize): void {
  if (count < 4) {
    for (; count > 0; --count, a += 4, to += 16) v128.store(to, pixel(a, b, c, d));
    return;
  }
  for (; count > 4; count -= 4, a += 16, to += 64) transposeFour(a, b, c, d, to);
  const back = floats(4 - count);
  transposeFour(a - back, b, c, d, to - (back << 2));
}

// @ts-ignore: decorator
@inline
function transposeFour(a: usize, b: usize, c: usize, d: usize, to: usize): void {
  storeTransposed(v128.load(a), v128.load(a + b), v128.load(a + c), v128.load(a + d), to, 16);
}

// @ts-ignore: decorator
@inline
function pixel(a: usize, b: usize, c: usize, d: usize): v128 {
  let v = v128.load32_zero(a);
  v = v128.load32_lane(a + b, v, 1);
  v = v128.load32_lane(a + c, v, 2);
  return v128.load32_lane(a + d, v, 3);
}

/** Fills columns [begin, end) beside the image by the table; zeros are already there. */
function pad(conv: Conv, row: usize, b: usize, c: usize, d: usize, begin: i32, end: i32, to: usize): void {
  for (let x = begin; x < end; ++x) {
    const column = load<i32>(conv.cols + floats(x));
    if (column >= 0) v128.store(to + <usize>x * PIXEL_BYTES, pixel(row + floats(column), b, c, d));
  }
}
