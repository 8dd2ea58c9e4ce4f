import { floats } from "../../floats";
import { Conv } from "../../params";
import { keepOrder, madd } from "../../simd";
import { DEPTHWISE_ROWS, DEPTHWISE_ROWS_BY_2 } from "./layout";

/** Which windows of a tile reach past the image. */
// @ts-ignore: decorator
@inline
const INNER: i32 = 0;
// @ts-ignore: decorator
@inline
const LEFT: i32 = 1;
// @ts-ignore: decorator
@inline
const RIGHT: i32 = 2;

/** Four floats that begin one before those at `from + 4`. */
// @ts-ignore: decorator
@inline
function before(from: usize, edge: i32): v128 {
  if (edge != LEFT) return v128.load(from);
  return v128.shuffle<f32>(f32x4.splat(0), v128.load(from, 4), 3, 4, 5, 6);
}

/** Four floats that begin one after those at `from + 4`. */
// @ts-ignore: decorator
@inline
function after(from: usize, edge: i32): v128 {
  if (edge != RIGHT) return v128.load(from, 8);
  return v128.shuffle<f32>(v128.load(from, 4), f32x4.splat(0), 1, 2, 3, 4);
}

// @ts-ignore: decorator
@inline
function tile(
  w: usize,
  w0: v128,
  w1: v128,
  w2: v128,
  w3: v128,
  w4: v128,
  w5: v128,
  w6: v128,
  w7: v128,
  w8: v128,
  r0: usize,
  r1: usize,
  r2: usize,
  r3: usize,
  r4: usize,
  r5: usize,
  at: usize,
  c: usize,
  rowBytes: usize,
  edge: i32,
): void {
  r0 += at;
  r1 += at;
  r2 += at;
  r3 += at;
  r4 += at;
  r5 += at;
  let c0 = v128.load32_splat(w);
  let c1 = c0;
  let c2 = c0;
  let c3 = c0;
  let x = before(r0, edge);
  c0 = madd(w0, x, c0);
  x = v128.load(r0, 4);
  c0 = madd(w1, x, c0);
  x = after(r0, edge);
  c0 = madd(w2, x, c0);

  keepOrder(w);
  x = before(r1, edge);
  c0 = madd(w3, x, c0);
  c1 = madd(w0, x, c1);
  x = v128.load(r1, 4);
  c0 = madd(w4, x, c0);
  c1 = madd(w1, x, c1);
  x = after(r1, edge);
  c0 = madd(w5, x, c0);
  c1 = madd(w2, x, c1);

  keepOrder(w);
  x = before(r2, edge);
  c0 = madd(w6, x, c0);
  c1 = madd(w3, x, c1);
  c2 = madd(w0, x, c2);
  x = v128.load(r2, 4);
  c0 = madd(w7, x, c0);
  c1 = madd(w4, x, c1);
  c2 = madd(w1, x, c2);
  x = after(r2, edge);
  c0 = madd(w8, x, c0);
  c1 = madd(w5, x, c1);
  c2 = madd(w2, x, c2);
  v128.store(c, c0);
  c += rowBytes;

  keepOrder(w);
  x = before(r3, edge);
  c1 = madd(w6, x, c1);
  c2 = madd(w3, x, c2);
  c3 = madd(w0, x, c3);
  x = v128.load(r3, 4);
  c1 = madd(w7, x, c1);
  c2 = madd(w4, x, c2);
  c3 = madd(w1, x, c3);
  x = after(r3, edge);
  c1 = madd(w8, x, c1);
  c2 = madd(w5, x, c2);
  c3 = madd(w2, x, c3);
  v128.store(c, c1);
  c += rowBytes;

  keepOrder(w);
  x = before(r4, edge);
  c2 = madd(w6, x, c2);
  c3 = madd(w3, x, c3);
  x = v128.load(r4, 4);
  c2 = madd(w7, x, c2);
  c3 = madd(w4, x, c3);
  x = after(r4, edge);
  c2 = madd(w8, x, c2);
  c3 = madd(w5, x, c3);
  v128.store(c, c2);
  c += rowBytes;

  keepOrder(w);
  x = before(r5, edge);
  c3 = madd(w6, x, c3);
  x = v128.load(r5, 4);
  c3 = madd(w7, x, c3);
  x = after(r5, edge);
  c3 = madd(w8, x, c3);
  v128.store(c, c3);
}

/** Where the first output's window begins in a row of the image, or of zeros. */
// @ts-ignore: decorator
@inline
function rowAt(conv: Conv, image: usize, entry: usize): usize {
  const row = load<i32>(entry);
  return (row < 0 ? conv.scratch : image + floats(row * conv.width)) - floats(conv.padLeft);
}

/** Whether the last window of a row reaches past the image. */
// @ts-ignore: decorator
@inline
function pastRight(conv: Conv): bool {
  return (conv.outWidth - 1) * conv.strideWidth + 3 - conv.padLeft > conv.width;
}

// @ts-ignore: decorator
@inline
function evens(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 0, 2, 4, 6);
}

// @ts-ignore: decorator
@inline
function odds(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 1, 3, 5, 7);
}

// @ts-ignore: decorator
@inline
function tileBy2(
  w: usize,
  w0: v128,
  w1: v128,
  w2: v128,
  w3: v128,
  w4: v128,
  w5: v128,
  w6: v128,
  w7: v128,
  w8: v128,
  r0: usize,
  r1: usize,
  r2: usize,
  r3: usize,
  r4: usize,
  at: usize,
  c: usize,
  rowBytes: usize,
  edge: i32,
): void {
  r0 += at;
  r1 += at;
  r2 += at;
  r3 += at;
  r4 += at;
  let c0 = v128.load32_splat(w);
  let c1 = c0;
  // columns 0 2 4 6, 1 3 5 7 and 2 4 6 8 of nine, from two pairs of vectors that begin at 0 and at 1
  let a = before(r0, edge);
  let b = v128.load(r0, 16);
  c0 = madd(w0, evens(a, b), c0);
  a = v128.load(r0, 4);
  b = after(r0 + 12, edge);
  c0 = madd(w1, evens(a, b), c0);
  c0 = madd(w2, odds(a, b), c0);

  keepOrder(w);
  a = before(r1, edge);
  b = v128.load(r1, 16);
  c0 = madd(w3, evens(a, b), c0);
  a = v128.load(r1, 4);
  b = after(r1 + 12, edge);
  c0 = madd(w4, evens(a, b), c0);
  c0 = madd(w5, odds(a, b), c0);

  keepOrder(w);
  a = before(r2, edge);
  b = v128.load(r2, 16);
  let x = evens(a, b);
  c0 = madd(w6, x, c0);
  c1 = madd(w0, x, c1);
  a = v128.load(r2, 4);
  b = after(r2 + 12, edge);
  x = evens(a, b);
  c0 = madd(w7, x, c0);
  c1 = madd(w1, x, c1);
  x = odds(a, b);
  c0 = madd(w8, x, c0);
  c1 = madd(w2, x, c1);
  v128.store(c, c0);

  keepOrder(w);
  a = before(r3, edge);
  b = v128.load(r3, 16);
  c1 = madd(w3, evens(a, b), c1);
  a = v128.load(r3, 4);
  b = after(r3 + 12, edge);
  c1 = madd(w4, evens(a, b), c1);
  c1 = madd(w5, odds(a, b), c1);

  keepOrder(w);
  a = before(r4, edge);
  b = v128.load(r4, 16);
  c1 = madd(w6, evens(a, b), c1);
  a = v128.load(r4, 4);
  b = after(r4 + 12, edge);
  c1 = madd(w7, evens(a, b), c1);
  c1 = madd(w8, odds(a, b), c1);
  v128.store(c + rowBytes, c1);
}

/**
 * Output rows [y, y + count) of a plane, at least a tile of them: four at a time from six rows of the image with stride 1,
 * two at a time from five with stride 2. `STRIDE` is a type of as many bytes: a function is compiled for each.
 */
export function rows3x3<STRIDE>(conv: Conv, image: usize, w: usize, y: i32, count: i32, output: usize): void {
  const w0 = v128.load32_splat(w, 4);
  const w1 = v128.load32_splat(w, 8);
  const w2 = v128.load32_splat(w, 12);
  const w3 = v128.load32_splat(w, 16);
  const w4 = v128.load32_splat(w, 20);
  const w5 = v128.load32_splat(w, 24);
  const w6 = v128.load32_splat(w, 28);
  const w7 = v128.load32_splat(w, 32);
  const w8 = v128.load32_splat(w, 36);
  const tileRows = sizeof<STRIDE>() == 1 ? DEPTHWISE_ROWS : DEPTHWISE_ROWS_BY_2;
  const rowBytes = floats(conv.outWidth);
  const left = conv.padLeft > 0;
  const right = pastRight(conv);
  const last = rowBytes - 16;
  const end = right ? last : last + 16;
  const bottom = y + count - tileRows;
  for (; y < bottom + tileRows; y += tileRows) {
    const top = min(y, bottom);
    const entry = conv.rows + floats(top * <i32>sizeof<STRIDE>());
    const r0 = rowAt(conv, image, entry);
    const r1 = rowAt(conv, image, entry + 4);
    const r2 = rowAt(conv, image, entry + 8);
    const r3 = rowAt(conv, image, entry + 12);
    const r4 = rowAt(conv, image, entry + 16);
    const r5 = sizeof<STRIDE>() == 1 ? rowAt(conv, image, entry + 20) : 0;
    const c = output + <usize>top * rowBytes;
    let i: usize = 0;
    if (left) {
      if (sizeof<STRIDE>() == 1)
        tile(w, w0, w1, w2, w3, w4, w5, w6, w7, w8, r0, r1, r2, r3, r4, r5, 0, c, rowBytes, LEFT);
      else tileBy2(w, w0, w1, w2, w3, w4, w5, w6, w7, w8, r0, r1, r2, r3, r4, 0, c, rowBytes, LEFT);
      i = 16;
    }
    for (; i < end; i += 16) {
      const at = min(i, last);
      if (sizeof<STRIDE>() == 1)
        tile(w, w0, w1, w2, w3, w4, w5, w6, w7, w8, r0, r1, r2, r3, r4, r5, at, c + at, rowBytes, INNER);
      else tileBy2(w, w0, w1, w2, w3, w4, w5, w6, w7, w8, r0, r1, r2, r3, r4, at << 1, c + at, rowBytes, INNER);
    }
    if (right) {
      if (sizeof<STRIDE>() == 1)
        tile(w, w0, w1, w2, w3, w4, w5, w6, w7, w8, r0, r1, r2, r3, r4, r5, last, c + last, rowBytes, RIGHT);
      else tileBy2(w, w0, w1, w2, w3, w4, w5, w6, w7, w8, r0, r1, r2, r3, r4, last << 1, c + last, rowBytes, RIGHT);
    }
  }
}
