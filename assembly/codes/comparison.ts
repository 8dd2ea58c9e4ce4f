/** Codes of the comparisons of two numbers: see tensors/compare. Greater is less with the arguments exchanged. */

export const EQUAL: i32 = 0;
export const LESS: i32 = 1;
export const LESS_OR_EQUAL: i32 = 2;
export const NOT_EQUAL: i32 = 3;
