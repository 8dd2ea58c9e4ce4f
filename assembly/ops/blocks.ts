/**
 * Elements of a block, into which kernels over rows of numbers divide their work. Three blocks fit into the L1 cache, so that
 * results are still there when a function is applied to them.
 */
export const BLOCK: i32 = 2048;

/** Number of blocks for this many elements; the last may be shorter. */
export function blocksOf(count: i32): i32 {
  return (((count - 1) / BLOCK) | 0) + (count > 0 ? 1 : 0);
}
