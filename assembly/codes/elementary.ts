/** Codes of the functions of one number that end no other call: see numbers/elementary, which computes them with `alpha` and `beta`. */

export const SIN: i32 = 0;
export const COS: i32 = 1;
export const TAN: i32 = 2;
export const ASIN: i32 = 3;
export const ACOS: i32 = 4;
export const ATAN: i32 = 5;
export const SINH: i32 = 6;
export const COSH: i32 = 7;
export const ASINH: i32 = 8;
export const ACOSH: i32 = 9;
export const ATANH: i32 = 10;
/** x / (1 + |x|) */
export const SOFTSIGN: i32 = 11;
/** beta (x above zero, alpha (e^x - 1) below) */
export const SELU: i32 = 12;
/** alpha (e^(x / alpha) - 1) below zero */
export const CELU: i32 = 13;
/** x above alpha, else 0 */
export const THRESHOLDED_RELU: i32 = 14;
/** x - beta above alpha, x + beta below -alpha, else 0 */
export const SHRINK: i32 = 15;
