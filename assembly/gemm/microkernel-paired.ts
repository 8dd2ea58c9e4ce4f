import { madd } from "../simd";

// @ts-ignore: decorator
@inline
function spread0(v: v128): v128 {
  return v128.shuffle<f32>(v, v, 0, 0, 0, 0);
}

// @ts-ignore: decorator
@inline
function spread1(v: v128): v128 {
  return v128.shuffle<f32>(v, v, 1, 1, 1, 1);
}

// @ts-ignore: decorator
@inline
function spread2(v: v128): v128 {
  return v128.shuffle<f32>(v, v, 2, 2, 2, 2);
}

// @ts-ignore: decorator
@inline
function spread3(v: v128): v128 {
  return v128.shuffle<f32>(v, v, 3, 3, 3, 3);
}

/**
 * The same product for engines that check each address: two steps at a time, the twelve values of A in three vectors whose
 * lanes are spread by shuffles, so that 24 products need 7 loads instead of 16.
 */
export function gemm6x8paired(
  depth: i32,
  a: usize,
  b: usize,
  bRowBytes: usize,
  c: usize,
  rowBytes: usize,
  first: bool,
): void {
  assert(depth >= 0 && !((a | b | c | bRowBytes | rowBytes) & 3));
  let c00: v128, c01: v128, c10: v128, c11: v128, c20: v128, c21: v128;
  let c30: v128, c31: v128, c40: v128, c41: v128, c50: v128, c51: v128;
  const c1 = c + rowBytes;
  const c2 = c1 + rowBytes;
  const c3 = c2 + rowBytes;
  const c4 = c3 + rowBytes;
  const c5 = c4 + rowBytes;
  if (first) {
    c00 = c01 = v128.load32_splat(a);
    c10 = c11 = v128.load32_splat(a, 4);
    c20 = c21 = v128.load32_splat(a, 8);
    c30 = c31 = v128.load32_splat(a, 12);
    c40 = c41 = v128.load32_splat(a, 16);
    c50 = c51 = v128.load32_splat(a, 20);
    a += 24;
  } else {
    c00 = c01 = c10 = c11 = c20 = c21 = c30 = c31 = c40 = c41 = c50 = c51 = f32x4.splat(0);
  }
  let b0: v128, b1: v128, w: v128;
  for (const end = a + <usize>(depth >> 1) * 48; a < end; a += 48) {
    b0 = v128.load(b);
    b1 = v128.load(b, 16);
    b += bRowBytes;
    w = v128.load(a);
    c00 = madd(spread0(w), b0, c00);
    c01 = madd(spread0(w), b1, c01);
    c10 = madd(spread1(w), b0, c10);
    c11 = madd(spread1(w), b1, c11);
    c20 = madd(spread2(w), b0, c20);
    c21 = madd(spread2(w), b1, c21);
    c30 = madd(spread3(w), b0, c30);
    c31 = madd(spread3(w), b1, c31);
    w = v128.load(a, 16);
    c40 = madd(spread0(w), b0, c40);
    c41 = madd(spread0(w), b1, c41);
    c50 = madd(spread1(w), b0, c50);
    c51 = madd(spread1(w), b1, c51);
    b0 = v128.load(b);
    b1 = v128.load(b, 16);
    b += bRowBytes;
    c00 = madd(spread2(w), b0, c00);
    c01 = madd(spread2(w), b1, c01);
    c10 = madd(spread3(w), b0, c10);
    c11 = madd(spread3(w), b1, c11);
    w = v128.load(a, 32);
    c20 = madd(spread0(w), b0, c20);
    c21 = madd(spread0(w), b1, c21);
    c30 = madd(spread1(w), b0, c30);
    c31 = madd(spread1(w), b1, c31);
    c40 = madd(spread2(w), b0, c40);
    c41 = madd(spread2(w), b1, c41);
    c50 = madd(spread3(w), b0, c50);
    c51 = madd(spread3(w), b1, c51);
  }
  if (depth & 1) {
    b0 = v128.load(b);
    b1 = v128.load(b, 16);
    w = v128.load32_splat(a);
    c00 = madd(w, b0, c00);
    c01 = madd(w, b1, c01);
    w = v128.load32_splat(a, 4);
    c10 = madd(w, b0, c10);
    c11 = madd(w, b1, c11);
    w = v128.load32_splat(a, 8);
    c20 = madd(w, b0, c20);
    c21 = madd(w, b1, c21);
    w = v128.load32_splat(a, 12);
    c30 = madd(w, b0, c30);
    c31 = madd(w, b1, c31);
    w = v128.load32_splat(a, 16);
    c40 = madd(w, b0, c40);
    c41 = madd(w, b1, c41);
    w = v128.load32_splat(a, 20);
    c50 = madd(w, b0, c50);
    c51 = madd(w, b1, c51);
  }
  // a block is summed separately: the error grows with its length, not with that of the whole sum
  if (!first) {
    c00 = f32x4.add(v128.load(c), c00);
    c01 = f32x4.add(v128.load(c, 16), c01);
    c10 = f32x4.add(v128.load(c1), c10);
    c11 = f32x4.add(v128.load(c1, 16), c11);
    c20 = f32x4.add(v128.load(c2), c20);
    c21 = f32x4.add(v128.load(c2, 16), c21);
    c30 = f32x4.add(v128.load(c3), c30);
    c31 = f32x4.add(v128.load(c3, 16), c31);
    c40 = f32x4.add(v128.load(c4), c40);
    c41 = f32x4.add(v128.load(c4, 16), c41);
    c50 = f32x4.add(v128.load(c5), c50);
    c51 = f32x4.add(v128.load(c5, 16), c51);
  }
  v128.store(c, c00);
  v128.store(c, c01, 16);
  v128.store(c1, c10);
  v128.store(c1, c11, 16);
  v128.store(c2, c20);
  v128.store(c2, c21, 16);
  v128.store(c3, c30);
  v128.store(c3, c31, 16);
  v128.store(c4, c40);
  v128.store(c4, c41, 16);
  v128.store(c5, c50);
  v128.store(c5, c51, 16);
}
