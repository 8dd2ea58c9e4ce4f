import { madd } from "../simd";

/**
 * Micro-kernels for engines that pair vectors: V8's revectorizer makes one operation of 256 bits of two on neighbouring
 * vectors. It starts from pairs of stores and goes back through the sums, and gives up on the whole function where two
 * neighbours do not come about alike. What keeps it going here: sums begin with loads, whether or not these are biases, and
 * what c holds is added in a branch that may be left out. `npm run bench` shows whether they are still paired.
 */

/**
 * C[6][16] = A[6][depth] * B[depth][16], which needs twelve accumulators of 256 bits. Every sum has its terms in the order
 * of gemm6x8.
 *
 *   bias      six numbers with which the sums begin
 *   a         depth x 6 floats, one column of six filters after another
 *   b         depth rows of eight pixels, bRowBytes apart; those of the next eight pixels `next` bytes further
 *   c         six rows of sixteen floats, rowBytes apart, to which the sums are added unless they are the `first`
 */
export function gemm6x16(
  depth: i32,
  bias: usize,
  a: usize,
  b: usize,
  next: usize,
  bRowBytes: usize,
  c: usize,
  rowBytes: usize,
  first: bool,
): void {
  assert(depth >= 0 && !((a | b | c | bRowBytes | rowBytes) & 3));
  const r1 = c + rowBytes;
  const r2 = r1 + rowBytes;
  const r3 = r2 + rowBytes;
  const r4 = r3 + rowBytes;
  const r5 = r4 + rowBytes;
  let c00 = v128.load32_splat(bias);
  let c01 = c00;
  let c02 = c00;
  let c03 = c00;
  let c10 = v128.load32_splat(bias, 4);
  let c11 = c10;
  let c12 = c10;
  let c13 = c10;
  let c20 = v128.load32_splat(bias, 8);
  let c21 = c20;
  let c22 = c20;
  let c23 = c20;
  let c30 = v128.load32_splat(bias, 12);
  let c31 = c30;
  let c32 = c30;
  let c33 = c30;
  let c40 = v128.load32_splat(bias, 16);
  let c41 = c40;
  let c42 = c40;
  let c43 = c40;
  let c50 = v128.load32_splat(bias, 20);
  let c51 = c50;
  let c52 = c50;
  let c53 = c50;
  for (const end = a + <usize>depth * 24; a < end; a += 24, b += bRowBytes) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const b2 = v128.load(b + next);
    const b3 = v128.load(b + next, 16);
    const a0 = v128.load32_splat(a);
    c00 = madd(a0, b0, c00);
    c01 = madd(a0, b1, c01);
    c02 = madd(a0, b2, c02);
    c03 = madd(a0, b3, c03);
    const a1 = v128.load32_splat(a, 4);
    c10 = madd(a1, b0, c10);
    c11 = madd(a1, b1, c11);
    c12 = madd(a1, b2, c12);
    c13 = madd(a1, b3, c13);
    const a2 = v128.load32_splat(a, 8);
    c20 = madd(a2, b0, c20);
    c21 = madd(a2, b1, c21);
    c22 = madd(a2, b2, c22);
    c23 = madd(a2, b3, c23);
    const a3 = v128.load32_splat(a, 12);
    c30 = madd(a3, b0, c30);
    c31 = madd(a3, b1, c31);
    c32 = madd(a3, b2, c32);
    c33 = madd(a3, b3, c33);
    const a4 = v128.load32_splat(a, 16);
    c40 = madd(a4, b0, c40);
    c41 = madd(a4, b1, c41);
    c42 = madd(a4, b2, c42);
    c43 = madd(a4, b3, c43);
    const a5 = v128.load32_splat(a, 20);
    c50 = madd(a5, b0, c50);
    c51 = madd(a5, b1, c51);
    c52 = madd(a5, b2, c52);
    c53 = madd(a5, b3, c53);
  }
  if (!first) {
    c00 = f32x4.add(v128.load(c), c00);
    c01 = f32x4.add(v128.load(c, 16), c01);
    c02 = f32x4.add(v128.load(c, 32), c02);
    c03 = f32x4.add(v128.load(c, 48), c03);
    c10 = f32x4.add(v128.load(r1), c10);
    c11 = f32x4.add(v128.load(r1, 16), c11);
    c12 = f32x4.add(v128.load(r1, 32), c12);
    c13 = f32x4.add(v128.load(r1, 48), c13);
    c20 = f32x4.add(v128.load(r2), c20);
    c21 = f32x4.add(v128.load(r2, 16), c21);
    c22 = f32x4.add(v128.load(r2, 32), c22);
    c23 = f32x4.add(v128.load(r2, 48), c23);
    c30 = f32x4.add(v128.load(r3), c30);
    c31 = f32x4.add(v128.load(r3, 16), c31);
    c32 = f32x4.add(v128.load(r3, 32), c32);
    c33 = f32x4.add(v128.load(r3, 48), c33);
    c40 = f32x4.add(v128.load(r4), c40);
    c41 = f32x4.add(v128.load(r4, 16), c41);
    c42 = f32x4.add(v128.load(r4, 32), c42);
    c43 = f32x4.add(v128.load(r4, 48), c43);
    c50 = f32x4.add(v128.load(r5), c50);
    c51 = f32x4.add(v128.load(r5, 16), c51);
    c52 = f32x4.add(v128.load(r5, 32), c52);
    c53 = f32x4.add(v128.load(r5, 48), c53);
  }
  v128.store(c, c00);
  v128.store(c, c01, 16);
  v128.store(c, c02, 32);
  v128.store(c, c03, 48);
  v128.store(r1, c10);
  v128.store(r1, c11, 16);
  v128.store(r1, c12, 32);
  v128.store(r1, c13, 48);
  v128.store(r2, c20);
  v128.store(r2, c21, 16);
  v128.store(r2, c22, 32);
  v128.store(r2, c23, 48);
  v128.store(r3, c30);
  v128.store(r3, c31, 16);
  v128.store(r3, c32, 32);
  v128.store(r3, c33, 48);
  v128.store(r4, c40);
  v128.store(r4, c41, 16);
  v128.store(r4, c42, 32);
  v128.store(r4, c43, 48);
  v128.store(r5, c50);
  v128.store(r5, c51, 16);
  v128.store(r5, c52, 32);
  v128.store(r5, c53, 48);
}

/** C[12][8] of two panels of six filters, `panel` bytes apart, of which the second begins with `lowerBias`. */
export function gemm12x8(
  depth: i32,
  bias: usize,
  lowerBias: usize,
  a: usize,
  panel: usize,
  b: usize,
  bRowBytes: usize,
  c: usize,
  rowBytes: usize,
  first: bool,
): void {
  assert(depth >= 0 && !((a | b | c | bRowBytes | rowBytes) & 3));
  const r1 = c + rowBytes;
  const r2 = r1 + rowBytes;
  const r3 = r2 + rowBytes;
  const r4 = r3 + rowBytes;
  const r5 = r4 + rowBytes;
  const r6 = r5 + rowBytes;
  const r7 = r6 + rowBytes;
  const r8 = r7 + rowBytes;
  const r9 = r8 + rowBytes;
  const ra = r9 + rowBytes;
  const rb = ra + rowBytes;
  let c00 = v128.load32_splat(bias);
  let c01 = c00;
  let c10 = v128.load32_splat(bias, 4);
  let c11 = c10;
  let c20 = v128.load32_splat(bias, 8);
  let c21 = c20;
  let c30 = v128.load32_splat(bias, 12);
  let c31 = c30;
  let c40 = v128.load32_splat(bias, 16);
  let c41 = c40;
  let c50 = v128.load32_splat(bias, 20);
  let c51 = c50;
  let c60 = v128.load32_splat(lowerBias);
  let c61 = c60;
  let c70 = v128.load32_splat(lowerBias, 4);
  let c71 = c70;
  let c80 = v128.load32_splat(lowerBias, 8);
  let c81 = c80;
  let c90 = v128.load32_splat(lowerBias, 12);
  let c91 = c90;
  let ca0 = v128.load32_splat(lowerBias, 16);
  let ca1 = ca0;
  let cb0 = v128.load32_splat(lowerBias, 20);
  let cb1 = cb0;
  let lower = a + panel;
  for (const end = a + <usize>depth * 24; a < end; a += 24, lower += 24, b += bRowBytes) {
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
    const a6 = v128.load32_splat(lower);
    c60 = madd(a6, b0, c60);
    c61 = madd(a6, b1, c61);
    const a7 = v128.load32_splat(lower, 4);
    c70 = madd(a7, b0, c70);
    c71 = madd(a7, b1, c71);
    const a8 = v128.load32_splat(lower, 8);
    c80 = madd(a8, b0, c80);
    c81 = madd(a8, b1, c81);
    const a9 = v128.load32_splat(lower, 12);
    c90 = madd(a9, b0, c90);
    c91 = madd(a9, b1, c91);
    const aa = v128.load32_splat(lower, 16);
    ca0 = madd(aa, b0, ca0);
    ca1 = madd(aa, b1, ca1);
    const ab = v128.load32_splat(lower, 20);
    cb0 = madd(ab, b0, cb0);
    cb1 = madd(ab, b1, cb1);
  }
  if (!first) {
    c00 = f32x4.add(v128.load(c), c00);
    c01 = f32x4.add(v128.load(c, 16), c01);
    c10 = f32x4.add(v128.load(r1), c10);
    c11 = f32x4.add(v128.load(r1, 16), c11);
    c20 = f32x4.add(v128.load(r2), c20);
    c21 = f32x4.add(v128.load(r2, 16), c21);
    c30 = f32x4.add(v128.load(r3), c30);
    c31 = f32x4.add(v128.load(r3, 16), c31);
    c40 = f32x4.add(v128.load(r4), c40);
    c41 = f32x4.add(v128.load(r4, 16), c41);
    c50 = f32x4.add(v128.load(r5), c50);
    c51 = f32x4.add(v128.load(r5, 16), c51);
    c60 = f32x4.add(v128.load(r6), c60);
    c61 = f32x4.add(v128.load(r6, 16), c61);
    c70 = f32x4.add(v128.load(r7), c70);
    c71 = f32x4.add(v128.load(r7, 16), c71);
    c80 = f32x4.add(v128.load(r8), c80);
    c81 = f32x4.add(v128.load(r8, 16), c81);
    c90 = f32x4.add(v128.load(r9), c90);
    c91 = f32x4.add(v128.load(r9, 16), c91);
    ca0 = f32x4.add(v128.load(ra), ca0);
    ca1 = f32x4.add(v128.load(ra, 16), ca1);
    cb0 = f32x4.add(v128.load(rb), cb0);
    cb1 = f32x4.add(v128.load(rb, 16), cb1);
  }
  v128.store(c, c00);
  v128.store(c, c01, 16);
  v128.store(r1, c10);
  v128.store(r1, c11, 16);
  v128.store(r2, c20);
  v128.store(r2, c21, 16);
  v128.store(r3, c30);
  v128.store(r3, c31, 16);
  v128.store(r4, c40);
  v128.store(r4, c41, 16);
  v128.store(r5, c50);
  v128.store(r5, c51, 16);
  v128.store(r6, c60);
  v128.store(r6, c61, 16);
  v128.store(r7, c70);
  v128.store(r7, c71, 16);
  v128.store(r8, c80);
  v128.store(r8, c81, 16);
  v128.store(r9, c90);
  v128.store(r9, c91, 16);
  v128.store(ra, ca0);
  v128.store(ra, ca1, 16);
  v128.store(rb, cb0);
  v128.store(rb, cb1, 16);
}
