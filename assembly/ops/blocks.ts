/**
 * Elements of a block, in which kernels over rows of numbers divide their work. Three of them fit into the first cache, where
 * what was computed still is when a function is applied to it.
 */
export const BLOCK: i32 = 2048;

/** Blocks of so many elements; the last may be shorter. */
export function blocksOf(count: i32): i32 {
  return (((count - 1) / BLOCK) | 0) + (count > 0 ? 1 : 0);
}
