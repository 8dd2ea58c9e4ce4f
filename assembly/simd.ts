/** The only reader of the instruction-set switch: every kernel is written once and compiled twice. */

/** a * b + c: fused (one rounding) in the relaxed build, two roundings in the simd build. */
// @ts-ignore: decorator
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? f32x4.relaxed_madd(a, b, c) : f32x4.add(f32x4.mul(a, b), c);
}

/**
 * Keeps compilers from moving the computations before it after it: a WebAssembly optimiser moves each sum to where it
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
