/** Codes of the operations on two numbers: see ops/binary. */

export const ADD: i32 = 0;
export const SUB: i32 = 1;
export const MUL: i32 = 2;
export const DIV: i32 = 3;
export const POW: i32 = 4;
/** NaN where either is */
export const MINIMUM: i32 = 5;
export const MAXIMUM: i32 = 6;
/** slope b below zero */
export const PRELU: i32 = 7;
