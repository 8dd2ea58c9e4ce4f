/** Codes of the types of tensors' elements. */

export const FLOAT32: i32 = 0;
/** IEEE 754's binary16 */
export const FLOAT16: i32 = 1;
export const INT64: i32 = 2;
export const INT32: i32 = 3;
export const UINT8: i32 = 4;
export const INT8: i32 = 5;
/** a byte, 0 or 1 */
export const BOOL: i32 = 6;
