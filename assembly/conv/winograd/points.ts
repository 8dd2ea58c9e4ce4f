import { madd } from "../../simd";

/**
 * The six-point transforms of Winograd's minimal filtering (Lavin and Gray, arXiv 1509.09308), at the points
 * 0, +-a, +-b and infinity with a = sqrt(1/2), b = sqrt(2): a * b = 1 keeps the rounding errors three to seven times
 * below those of the usual 0, +-1, +-2.
 *
 *   input       1    0 -5/2    0    1    0      filter   1    0      0  (/ 1)     output, m = 4
 *   B^T         0   -b   -2    a    1    0      G        1    a    1/2  (/ -3/2)  A^T   1  1  1  1  1  0
 *               0    b   -2   -a    1    0               1   -a    1/2  (/ -3/2)        0  a -a  b -b  0
 *               0   -a -1/2    b    1    0               1    b      2  (/ 6)           0 1/2 1/2 2 2  0
 *               0    a -1/2   -b    1    0               1   -b      2  (/ 6)           0 a/2 -a/2 2b -2b 1
 *               0    1    0 -5/2    0    1               0    0      1
 *
 * With five taps the rows of G continue with powers of the point; with m = 2 outputs A^T has two rows, the last of
 * which ends in 1.
 */
// @ts-ignore: decorator
@inline
export const A: f64 = 0.7071067811865475244;
// @ts-ignore: decorator
@inline
export const B: f64 = 1.4142135623730950488;

// @ts-ignore: decorator
@inline
function splat(x: f64): v128 {
  return f32x4.splat(<f32>x);
}

/** B^T times six vectors at `from`, stored `pitch` apart. */
// @ts-ignore: decorator
@inline
export function transformInput(
  d0: v128,
  d1: v128,
  d2: v128,
  d3: v128,
  d4: v128,
  d5: v128,
  to: usize,
  pitch: usize,
): void {
  const evenA = madd(d2, splat(-2), d4);
  const oddA = madd(d1, splat(-2), d3);
  const evenB = madd(d2, splat(-0.5), d4);
  const oddB = madd(d1, splat(-0.5), d3);
  v128.store(to, madd(d2, splat(-2.5), f32x4.add(d0, d4)));
  v128.store(to + pitch, madd(oddA, splat(A), evenA));
  v128.store(to + 2 * pitch, madd(oddA, splat(-A), evenA));
  v128.store(to + 3 * pitch, madd(oddB, splat(B), evenB));
  v128.store(to + 4 * pitch, madd(oddB, splat(-B), evenB));
  v128.store(to + 5 * pitch, madd(d3, splat(-2.5), f32x4.add(d1, d5)));
}

// @ts-ignore: decorator
@inline
export function output0(m0: v128, sumA: v128, sumB: v128): v128 {
  return f32x4.add(f32x4.add(m0, sumA), sumB);
}

// @ts-ignore: decorator
@inline
export function output1(differenceA: v128, differenceB: v128): v128 {
  return madd(differenceA, splat(A), f32x4.mul(differenceB, splat(B)));
}

// @ts-ignore: decorator
@inline
export function output2(sumA: v128, sumB: v128): v128 {
  return madd(sumA, splat(0.5), f32x4.add(sumB, sumB));
}

// @ts-ignore: decorator
@inline
export function output3(differenceA: v128, differenceB: v128, m5: v128): v128 {
  return madd(differenceA, splat(A / 2), madd(differenceB, splat(2 * B), m5));
}
