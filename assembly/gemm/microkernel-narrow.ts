import { madd } from "../simd";

/**
 * C[12][4] = A[12][depth] * B[depth][4] for products of at most four columns, which would waste half of gemm6x8: two
 * panels of six rows of A, `panelBytes` apart, each after its six zeros. Twelve accumulators again, a vector of B, one of A.
 */
export function gemm12x4(
  depth: i32,
  a: usize,
  panelBytes: usize,
  b: usize,
  bRowBytes: usize,
  c: usize,
  rowBytes: usize,
): void {
  assert(depth >= 0 && !((a | b | c | bRowBytes | rowBytes) & 3));
  let c0 = f32x4.splat(0);
  let c1 = f32x4.splat(0);
  let c2 = f32x4.splat(0);
  let c3 = f32x4.splat(0);
  let c4 = f32x4.splat(0);
  let c5 = f32x4.splat(0);
  let c6 = f32x4.splat(0);
  let c7 = f32x4.splat(0);
  let c8 = f32x4.splat(0);
  let c9 = f32x4.splat(0);
  let c10 = f32x4.splat(0);
  let c11 = f32x4.splat(0);
  a += 24;
  let lower = a + panelBytes;
  for (const end = a + <usize>depth * 24; a < end; a += 24, lower += 24, b += bRowBytes) {
    const v = v128.load(b);
    c0 = madd(v128.load32_splat(a), v, c0);
    c1 = madd(v128.load32_splat(a, 4), v, c1);
    c2 = madd(v128.load32_splat(a, 8), v, c2);
    c3 = madd(v128.load32_splat(a, 12), v, c3);
    c4 = madd(v128.load32_splat(a, 16), v, c4);
    c5 = madd(v128.load32_splat(a, 20), v, c5);
    c6 = madd(v128.load32_splat(lower), v, c6);
    c7 = madd(v128.load32_splat(lower, 4), v, c7);
    c8 = madd(v128.load32_splat(lower, 8), v, c8);
    c9 = madd(v128.load32_splat(lower, 12), v, c9);
    c10 = madd(v128.load32_splat(lower, 16), v, c10);
    c11 = madd(v128.load32_splat(lower, 20), v, c11);
  }
  v128.store(c, c0);
  c += rowBytes;
  v128.store(c, c1);
  c += rowBytes;
  v128.store(c, c2);
  c += rowBytes;
  v128.store(c, c3);
  c += rowBytes;
  v128.store(c, c4);
  c += rowBytes;
  v128.store(c, c5);
  c += rowBytes;
  v128.store(c, c6);
  c += rowBytes;
  v128.store(c, c7);
  c += rowBytes;
  v128.store(c, c8);
  c += rowBytes;
  v128.store(c, c9);
  c += rowBytes;
  v128.store(c, c10);
  c += rowBytes;
  v128.store(c, c11);
}
