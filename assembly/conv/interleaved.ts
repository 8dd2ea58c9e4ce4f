import { Conv } from "../params";
import { storeTransposed } from "../simd";

/**
 * A band of the padded image with four channels of a pixel side by side:
 *
 *   a0 a1 a2 ...  b0 b1 b2 ...  c0 c1 c2 ...  d0 d1 d2 ...      four planes
 *   a0 b0 c0 d0 | a1 b1 c1 d1 | a2 b2 c2 d2 | ...               a row of the band
 *
 * Where the padding is zero its columns are cleared once and stay so.
 */

/** Bytes from one row of the band to the next. */
// @ts-ignore: decorator
@inline
export function interleavedPitch(conv: Conv): usize {
  return (<usize>((conv.outWidth - 1) * conv.strideWidth + (conv.kernelWidth - 1) * conv.dilationWidth + 1)) << 4;
}

/** Rows of the padded image under `rows` output rows. */
// @ts-ignore: decorator
@inline
function bandRows(conv: Conv, rows: i32): i32 {
  return (rows - 1) * conv.strideHeight + (conv.kernelHeight - 1) * conv.dilationHeight + 1;
}

/** Where the band begins, behind the tap offsets. */
// @ts-ignore: decorator
@inline
export function interleavedBand(conv: Conv): usize {
  return (conv.workspace + ((<usize>conv.taps) << 2) + 15) & ~15;
}

/** Writes the distance of each tap in bytes, and zeros into the band and what the last outputs read past it. */
export function prepareInterleaved(conv: Conv): void {
  const pitch = interleavedPitch(conv);
  let to = conv.workspace;
  for (let r = 0; r < conv.kernelHeight; ++r) {
    for (let s = 0; s < conv.kernelWidth; ++s, to += 4) {
      store<u32>(to, <u32>(<usize>(r * conv.dilationHeight) * pitch + ((<usize>(s * conv.dilationWidth)) << 4)));
    }
  }
  const slack = (<usize>(7 * conv.strideWidth)) << 4;
  memory.fill(interleavedBand(conv), 0, <usize>bandRows(conv, conv.blockPixels) * pitch + slack);
}

/** Stores the rows under output rows [y, y + rows) of up to four planes. Channels that are not there repeat the first. */
export function interleave(conv: Conv, image: usize, channels: i32, y: i32, rows: i32): void {
  const pitch = interleavedPitch(conv);
  const plane = (<usize>conv.height * conv.width) << 2;
  const height = bandRows(conv, rows);
  const b: usize = channels > 1 ? plane : 0;
  const c: usize = channels > 2 ? plane * 2 : 0;
  const d: usize = channels > 3 ? plane * 3 : 0;
  const total = <i32>(pitch >> 4);
  // columns [begin, end) are the image's own; a phase of a transposed convolution may begin within it
  const begin = min(max(conv.padLeft, 0), total);
  const end = max(min(conv.padLeft + conv.width, total), begin);
  const first = (<usize>(begin - conv.padLeft)) << 2;
  let to = interleavedBand(conv);
  let source = conv.rows + ((y * conv.strideHeight) << 2);
  for (let row = 0; row < height; ++row, to += pitch, source += 4) {
    const index = load<i32>(source);
    if (index < 0) {
      clear(to, total);
      continue;
    }
    const from = image + ((<usize>index * conv.width) << 2);
    interleaveRow(from + first, b, c, d, end - begin, to + ((<usize>begin) << 4));
    pad(conv, from, b, c, d, 0, begin, to);
    pad(conv, from, b, c, d, end, total, to);
  }
}

function clear(to: usize, count: i32): void {
  for (const end = to + ((<usize>count) << 4); to < end; to += 16) v128.store(to, f32x4.splat(0));
}

/** The last four columns may overlap those before them. */
function interleaveRow(a: usize, b: usize, c: usize, d: usize, count: i32, to: usize): void {
  if (count < 4) {
    for (; count > 0; --count, a += 4, to += 16) v128.store(to, pixel(a, b, c, d));
    return;
  }
  for (; count > 4; count -= 4, a += 16, to += 64) transposeFour(a, b, c, d, to);
  const back = (<usize>(4 - count)) << 2;
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

/** Fills columns [begin, end) beside the image by the table; zeros are there already. */
function pad(conv: Conv, row: usize, b: usize, c: usize, d: usize, begin: i32, end: i32, to: usize): void {
  for (let x = begin; x < end; ++x) {
    const column = load<i32>(conv.cols + ((<usize>x) << 2));
    if (column >= 0) v128.store(to + ((<usize>x) << 4), pixel(row + ((<usize>column) << 2), b, c, d));
  }
}
