/** The only reader of the instruction-set switch: every kernel is written once and compiled twice. */

/** a * b + c: fused (one rounding) in the relaxed build, two roundings in the simd build. */
// @ts-ignore: decorator
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? f32x4.relaxed_madd(a, b, c) : f32x4.add(f32x4.mul(a, b), c);
}

/**
 * Keeps the compilers from computing later what stands before it: an optimiser of WebAssembly moves each sum to where it
 * is stored, and its terms then wait in more registers than there are. Engines see that the later ones of several tests of
 * one pointer never hold, so that only the first is left of them.
 */
// @ts-ignore: decorator
@inline
export function keepOrder(pointer: usize): void {
  if (!pointer) unreachable();
}

/** Stores the columns of the matrix whose rows are v0 to v3, `pitch` bytes apart. */
// @ts-ignore: decorator
@inline
export function storeTransposed(v0: v128, v1: v128, v2: v128, v3: v128, to: usize, pitch: usize): void {
  const low01 = v128.shuffle<f32>(v0, v1, 0, 4, 1, 5);
  const low23 = v128.shuffle<f32>(v2, v3, 0, 4, 1, 5);
  const high01 = v128.shuffle<f32>(v0, v1, 2, 6, 3, 7);
  const high23 = v128.shuffle<f32>(v2, v3, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5));
  v128.store(to + pitch, v128.shuffle<f32>(low01, low23, 2, 3, 6, 7));
  v128.store(to + 2 * pitch, v128.shuffle<f32>(high01, high23, 0, 1, 4, 5));
  v128.store(to + 3 * pitch, v128.shuffle<f32>(high01, high23, 2, 3, 6, 7));
}

/**
 * e^x to about 1e-7: x = n ln 2 + r with |r| <= ln 2 / 2, e^r by its Taylor polynomial of degree 7 (its rest is below
 * 6e-9 there), 2^n by its exponent bits. From 88.4 on infinity, below -87.3 the smallest normal number.
 */
// @ts-ignore: decorator
@inline
export function exp(x: v128): v128 {
  const bounded = f32x4.pmax(f32x4.pmin(x, f32x4.splat(89)), f32x4.splat(-87.3));
  const n = f32x4.nearest(f32x4.mul(bounded, f32x4.splat(1.4426950408889634)));
  // ln 2 in two parts, the first of which is exact when multiplied by n
  const r = madd(n, f32x4.splat(2.12194440054690583e-4), madd(n, f32x4.splat(-0.693359375), bounded));
  let p = madd(r, f32x4.splat(1.0 / 5040.0), f32x4.splat(1.0 / 720.0));
  p = madd(p, r, f32x4.splat(1.0 / 120.0));
  p = madd(p, r, f32x4.splat(1.0 / 24.0));
  p = madd(p, r, f32x4.splat(1.0 / 6.0));
  p = madd(p, r, f32x4.splat(0.5));
  p = madd(p, r, f32x4.splat(1));
  p = madd(p, r, f32x4.splat(1));
  const exponent = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  return f32x4.mul(p, exponent);
}
