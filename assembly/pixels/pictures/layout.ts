/**
 * PIL weighs pixels by whole numbers of so many bits, which decide what becomes of a value between two bytes: Resample.c,
 * PRECISION_BITS.
 */
export const WEIGHT_BITS = 22;
/** A weight is stored as its upper part and these lower bits, each of which fits an i16. */
export const LOW_BITS = 11;

/** Rows that are resized together: they share their weights. */
export const BLOCK_ROWS = 4;
/** Pixels that are converted as one item. */
export const BLOCK_PIXELS = 4096;

/** Weights of one output across: pixels of one channel are read in eights, others in fours. */
export function acrossTaps(most: i32, channels: i32): i32 {
  return channels == 1 ? (most + 7) & -8 : (most + 3) & -4;
}
