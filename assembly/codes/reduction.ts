/** Codes of the reductions of the numbers along an axis: see ops/reduce. */

/** divided by `divisor` */
export const SUM: i32 = 0;
/** NaN where any is */
export const MAXIMUM: i32 = 1;
export const MINIMUM: i32 = 2;
