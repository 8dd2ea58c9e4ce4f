// the first module has these
// @ts-ignore: decorator
@external("kernels", "activateRow")
export declare function activateRow(from: usize, to: usize, count: i32, activation: i32, alpha: f32, beta: f32): void;

// @ts-ignore: decorator
@external("kernels", "gemm6x8")
export declare function gemm6x8(
  depth: i32,
  a: usize,
  b: usize,
  bRowBytes: usize,
  c: usize,
  rowBytes: usize,
  first: bool,
): void;

// @ts-ignore: decorator
@external("kernels", "gemm6x16")
export declare function gemm6x16(
  depth: i32,
  bias: usize,
  a: usize,
  b: usize,
  next: usize,
  bRowBytes: usize,
  c: usize,
  rowBytes: usize,
  first: bool,
): void;

/** Set by the host: see gemm/tile.ts. */
// @ts-ignore: decorator
@external("kernels", "wideVectors")
export declare let wideVectors: i32;
