/** What becomes of the sum of a quantised product. */

/** It stays, a number of 32 bits. */
export const SUM: i32 = 0;
/** It is multiplied with a scale: float32. */
export const FLOAT: i32 = 1;
/** It is multiplied, rounded and limited to a byte without sign. */
export const UINT8: i32 = 2;
/** The same with a sign. */
export const INT8: i32 = 3;
