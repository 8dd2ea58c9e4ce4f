import { madd } from "../simd";

/**
 * C[6][8] = A[6][depth] * B[depth][8], accumulators held in registers.
 *
 *   a   depth x 6 floats, one column of six filters after another; before the first block, their six biases
 *   b   depth rows of eight pixels, bRowBytes apart
 *   c   six rows of eight floats, rowBytes apart
 *
 * With `first` the sums start from the six biases at a, otherwise from what c holds.
 * A separate function, called once per tile: engines without on-stack replacement then optimise it during
 * the first convolution instead of leaving the whole nest in baseline code.
 */
export function gemm6x8(
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
  const end = a + <usize>depth * 24;
  while (a < end) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const a0 = v128.load32_splat(a);
    c00 = madd(a0, b0, c00);
    c01 = madd(a0, b1, c01);
    const a1 = v128.load32_splat(a, 4);
    c10 = madd(a1, b0, c10);
    c11 = madd(a1, b1, c11);
    const a2 = v128.load32_splat(a, 8);
    c20 = madd(a2, b0, c20);
    c21 = madd(a2, b1, c21);
    const a3 = v128.load32_splat(a, 12);
    c30 = madd(a3, b0, c30);
    c31 = madd(a3, b1, c31);
    const a4 = v128.load32_splat(a, 16);
    c40 = madd(a4, b0, c40);
    c41 = madd(a4, b1, c41);
    const a5 = v128.load32_splat(a, 20);
    c50 = madd(a5, b0, c50);
    c51 = madd(a5, b1, c51);
    a += 24;
    b += bRowBytes;
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

/** The same for the first four of six filters, which would waste a third of gemm6x8. */
export function gemm4x8(
  depth: i32,
  a: usize,
  b: usize,
  bRowBytes: usize,
  c: usize,
  rowBytes: usize,
  first: bool,
): void {
  assert(depth >= 0 && !((a | b | c | bRowBytes | rowBytes) & 3));
  let c00: v128, c01: v128, c10: v128, c11: v128;
  let c20: v128, c21: v128, c30: v128, c31: v128;
  const c1 = c + rowBytes;
  const c2 = c1 + rowBytes;
  const c3 = c2 + rowBytes;
  if (first) {
    c00 = c01 = v128.load32_splat(a);
    c10 = c11 = v128.load32_splat(a, 4);
    c20 = c21 = v128.load32_splat(a, 8);
    c30 = c31 = v128.load32_splat(a, 12);
    a += 24;
  } else {
    c00 = c01 = c10 = c11 = c20 = c21 = c30 = c31 = f32x4.splat(0);
  }
  for (const end = a + <usize>depth * 24; a < end; a += 24, b += bRowBytes) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const a0 = v128.load32_splat(a);
    c00 = madd(a0, b0, c00);
    c01 = madd(a0, b1, c01);
    const a1 = v128.load32_splat(a, 4);
    c10 = madd(a1, b0, c10);
    c11 = madd(a1, b1, c11);
    const a2 = v128.load32_splat(a, 8);
    c20 = madd(a2, b0, c20);
    c21 = madd(a2, b1, c21);
    const a3 = v128.load32_splat(a, 12);
    c30 = madd(a3, b0, c30);
    c31 = madd(a3, b1, c31);
  }
  if (!first) {
    c00 = f32x4.add(v128.load(c), c00);
    c01 = f32x4.add(v128.load(c, 16), c01);
    c10 = f32x4.add(v128.load(c1), c10);
    c11 = f32x4.add(v128.load(c1, 16), c11);
    c20 = f32x4.add(v128.load(c2), c20);
    c21 = f32x4.add(v128.load(c2, 16), c21);
    c30 = f32x4.add(v128.load(c3), c30);
    c31 = f32x4.add(v128.load(c3, 16), c31);
  }
  v128.store(c, c00);
  v128.store(c, c01, 16);
  v128.store(c1, c10);
  v128.store(c1, c11, 16);
  v128.store(c2, c20);
  v128.store(c2, c21, 16);
  v128.store(c3, c30);
  v128.store(c3, c31, 16);
}
