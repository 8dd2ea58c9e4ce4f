/** Codes of what a reduction makes of the numbers along an axis: see ops/reduce. */

export const SUM: i32 = 0;
/** NaN where any is */
export const MAXIMUM: i32 = 1;
export const MINIMUM: i32 = 2;
