/** Codes of the operations on two numbers of any type: see numbers/arithmetic. */

export const ADD: i32 = 0;
export const SUB: i32 = 1;
export const MUL: i32 = 2;
/** towards zero */
export const DIV: i32 = 3;
/** by a negative exponent towards zero */
export const POW: i32 = 4;
export const MINIMUM: i32 = 5;
export const MAXIMUM: i32 = 6;
/** remainder with the sign of the divisor */
export const MOD: i32 = 7;
/** remainder with the sign of the dividend */
export const FMOD: i32 = 8;
export const AND: i32 = 9;
export const OR: i32 = 10;
export const XOR: i32 = 11;
export const SHIFT_LEFT: i32 = 12;
/** zeros come in from the left */
export const SHIFT_RIGHT: i32 = 13;
