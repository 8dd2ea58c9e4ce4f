import { gemm6x8 } from "./microkernel";
import { gemm6x8paired } from "./microkernel-paired";

/**
 * Which micro-kernel multiplies: 0 for gemm6x8, fastest where guard pages make loads free of checks, 1 for gemm6x8paired,
 * fastest where every address is checked. The host sets it once, for its engine, after making the instance.
 */
export let pairedLoads: i32 = 0;

/**
 * Whether the engine pairs neighbouring vectors to 256 bits, so that the tiles of microkernel-wide.ts, which would be slow
 * otherwise, are the faster ones. The host sets it once, too. Results are the same.
 */
export let wideVectors: i32 = 0;

// @ts-ignore: decorator
@inline
export function multiplyTile(
  depth: i32,
  a: usize,
  b: usize,
  bRowBytes: usize,
  c: usize,
  rowBytes: usize,
  first: bool,
): void {
  if (pairedLoads) gemm6x8paired(depth, a, b, bRowBytes, c, rowBytes, first);
  else gemm6x8(depth, a, b, bRowBytes, c, rowBytes, first);
}
