import { floats } from "../floats";
import { madd } from "../simd";
import { panelBytes } from "./layout";

/**
 * Rows of numbers times packed weights, for fewer rows than gemm6x8 has.
 *
 *   from     rows of `depth` floats, `pitch` bytes apart
 *   weights  panels of eight columns, a row of biases before `depth` rows; two panels at a time
 *   to       rows of 8 * panels floats, `toPitch` bytes apart
 *
 * Each sum begins with its bias and goes through the factors in order, whatever the tile.
 */
export function multiplyRows(
  from: usize,
  pitch: usize,
  rows: i32,
  depth: i32,
  weights: usize,
  panels: i32,
  to: usize,
  toPitch: usize,
): void {
  const panel = <usize>panelBytes(1, depth);
  if (rows == 1) {
    for (; panels >= 4; panels -= 4, weights += 4 * panel, to += 128) tile1x32(depth, from, weights, panel, to);
  }
  for (; panels > 0; panels -= 2, weights += 2 * panel, to += 64) {
    let a = from;
    let c = to;
    for (let left = rows; left > 0;) {
      // four rows as two and two: one row alone waits for its sums
      const tile = left == 4 ? 2 : min(left, 3);
      if (tile == 3) tile3x16(depth, a, pitch, weights, panel, c, toPitch);
      else if (tile == 2) tile2x16(depth, a, pitch, weights, panel, c, toPitch);
      else tile1x16(depth, a, weights, panel, c);
      a += <usize>tile * pitch;
      c += <usize>tile * toPitch;
      left -= tile;
    }
  }
}

function tile1x32(depth: i32, a: usize, b: usize, panel: usize, c: usize): void {
  let lower = b + panel;
  let third = lower + panel;
  let fourth = third + panel;
  let c0 = v128.load(b);
  let c1 = v128.load(b, 16);
  let c2 = v128.load(lower);
  let c3 = v128.load(lower, 16);
  let c4 = v128.load(third);
  let c5 = v128.load(third, 16);
  let c6 = v128.load(fourth);
  let c7 = v128.load(fourth, 16);
  // two factors a time: the pointers would be a quarter of the work
  for (const end = a + floats(depth & ~1); a < end; a += 8) {
    let v = v128.load32_splat(a);
    c0 = madd(v, v128.load(b, 32), c0);
    c1 = madd(v, v128.load(b, 48), c1);
    c2 = madd(v, v128.load(lower, 32), c2);
    c3 = madd(v, v128.load(lower, 48), c3);
    c4 = madd(v, v128.load(third, 32), c4);
    c5 = madd(v, v128.load(third, 48), c5);
    c6 = madd(v, v128.load(fourth, 32), c6);
    c7 = madd(v, v128.load(fourth, 48), c7);
    v = v128.load32_splat(a, 4);
    c0 = madd(v, v128.load(b, 64), c0);
    c1 = madd(v, v128.load(b, 80), c1);
    c2 = madd(v, v128.load(lower, 64), c2);
    c3 = madd(v, v128.load(lower, 80), c3);
    c4 = madd(v, v128.load(third, 64), c4);
    c5 = madd(v, v128.load(third, 80), c5);
    c6 = madd(v, v128.load(fourth, 64), c6);
    c7 = madd(v, v128.load(fourth, 80), c7);
    b += 64;
    lower += 64;
    third += 64;
    fourth += 64;
  }
  if (depth & 1) {
    const v = v128.load32_splat(a);
    c0 = madd(v, v128.load(b, 32), c0);
    c1 = madd(v, v128.load(b, 48), c1);
    c2 = madd(v, v128.load(lower, 32), c2);
    c3 = madd(v, v128.load(lower, 48), c3);
    c4 = madd(v, v128.load(third, 32), c4);
    c5 = madd(v, v128.load(third, 48), c5);
    c6 = madd(v, v128.load(fourth, 32), c6);
    c7 = madd(v, v128.load(fourth, 48), c7);
  }
  v128.store(c, c0);
  v128.store(c, c1, 16);
  v128.store(c, c2, 32);
  v128.store(c, c3, 48);
  v128.store(c, c4, 64);
  v128.store(c, c5, 80);
  v128.store(c, c6, 96);
  v128.store(c, c7, 112);
}

function tile1x16(depth: i32, a: usize, b: usize, panel: usize, c: usize): void {
  let lower = b + panel;
  let c0 = v128.load(b);
  let c1 = v128.load(b, 16);
  let c2 = v128.load(lower);
  let c3 = v128.load(lower, 16);
  for (const end = a + floats(depth); a < end; a += 4) {
    b += 32;
    lower += 32;
    const v = v128.load32_splat(a);
    c0 = madd(v, v128.load(b), c0);
    c1 = madd(v, v128.load(b, 16), c1);
    c2 = madd(v, v128.load(lower), c2);
    c3 = madd(v, v128.load(lower, 16), c3);
  }
  v128.store(c, c0);
  v128.store(c, c1, 16);
  v128.store(c, c2, 32);
  v128.store(c, c3, 48);
}

function tile2x16(depth: i32, a: usize, pitch: usize, b: usize, panel: usize, c: usize, toPitch: usize): void {
  let lower = b + panel;
  let a1 = a + pitch;
  let c00 = v128.load(b);
  let c01 = v128.load(b, 16);
  let c02 = v128.load(lower);
  let c03 = v128.load(lower, 16);
  let c10 = c00;
  let c11 = c01;
  let c12 = c02;
  let c13 = c03;
  for (const end = a + floats(depth); a < end; a += 4, a1 += 4) {
    b += 32;
    lower += 32;
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const b2 = v128.load(lower);
    const b3 = v128.load(lower, 16);
    const v0 = v128.load32_splat(a);
    c00 = madd(v0, b0, c00);
    c01 = madd(v0, b1, c01);
    c02 = madd(v0, b2, c02);
    c03 = madd(v0, b3, c03);
    const v1 = v128.load32_splat(a1);
    c10 = madd(v1, b0, c10);
    c11 = madd(v1, b1, c11);
    c12 = madd(v1, b2, c12);
    c13 = madd(v1, b3, c13);
  }
  storeRow(c, c00, c01, c02, c03);
  storeRow(c + toPitch, c10, c11, c12, c13);
}

function tile3x16(depth: i32, a: usize, pitch: usize, b: usize, panel: usize, c: usize, toPitch: usize): void {
  let lower = b + panel;
  let a1 = a + pitch;
  let a2 = a1 + pitch;
  let c00 = v128.load(b);
  let c01 = v128.load(b, 16);
  let c02 = v128.load(lower);
  let c03 = v128.load(lower, 16);
  let c10 = c00;
  let c11 = c01;
  let c12 = c02;
  let c13 = c03;
  let c20 = c00;
  let c21 = c01;
  let c22 = c02;
  let c23 = c03;
  for (const end = a + floats(depth); a < end; a += 4, a1 += 4, a2 += 4) {
    b += 32;
    lower += 32;
    const v0 = v128.load32_splat(a);
    const v1 = v128.load32_splat(a1);
    const v2 = v128.load32_splat(a2);
    const b0 = v128.load(b);
    c00 = madd(v0, b0, c00);
    c10 = madd(v1, b0, c10);
    c20 = madd(v2, b0, c20);
    const b1 = v128.load(b, 16);
    c01 = madd(v0, b1, c01);
    c11 = madd(v1, b1, c11);
    c21 = madd(v2, b1, c21);
    const b2 = v128.load(lower);
    c02 = madd(v0, b2, c02);
    c12 = madd(v1, b2, c12);
    c22 = madd(v2, b2, c22);
    const b3 = v128.load(lower, 16);
    c03 = madd(v0, b3, c03);
    c13 = madd(v1, b3, c13);
    c23 = madd(v2, b3, c23);
  }
  storeRow(c, c00, c01, c02, c03);
  storeRow(c + toPitch, c10, c11, c12, c13);
  storeRow(c + 2 * toPitch, c20, c21, c22, c23);
}

// @ts-ignore: decorator
@inline
function storeRow(c: usize, first: v128, second: v128, third: v128, fourth: v128): void {
  v128.store(c, first);
  v128.store(c, second, 16);
  v128.store(c, third, 32);
  v128.store(c, fourth, 48);
}
