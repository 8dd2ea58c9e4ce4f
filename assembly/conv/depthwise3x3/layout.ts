import { quotient } from "../../quotient.ts";

/** Output rows that are computed together, for stride 1 and for stride 2. */
export const DEPTHWISE_ROWS: i32 = 4;
export const DEPTHWISE_ROWS_BY_2: i32 = 2;
/** Bytes of the bias and the nine weights of a filter. */
export const FILTER_BYTES: i32 = 40;

/** Output rows of a tile. */
export function tileRowsOf(stride: i32): i32 {
  return stride == 2 ? DEPTHWISE_ROWS_BY_2 : DEPTHWISE_ROWS;
}

/** Blocks of a plane: the last may have more rows than the others, so that it never has fewer than a tile. */
export function blocksOf(outHeight: u32, blockPixels: u32, stride: i32): u32 {
  return quotient(outHeight - tileRowsOf(stride), blockPixels) + 1;
}
