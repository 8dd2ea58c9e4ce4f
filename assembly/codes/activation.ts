/** Codes of the functions of one number: see functions.ts, which computes them with `alpha` and `beta`. */

export const NONE: i32 = 0;
export const RELU: i32 = 1;
/** to [alpha, beta] */
export const CLAMP: i32 = 2;
/** slope alpha below zero */
export const LEAKY_RELU: i32 = 3;
export const SILU: i32 = 4;
/** alpha hardswish(x) + beta */
export const HARDSWISH: i32 = 5;
export const SIGMOID: i32 = 6;
export const TANH: i32 = 7;
/** alpha x + beta, to [0, 1] */
export const HARDSIGMOID: i32 = 8;
export const GELU: i32 = 9;
export const GELU_TANH: i32 = 10;
/** alpha (e^x - 1) below zero */
export const ELU: i32 = 11;
export const SOFTPLUS: i32 = 12;
export const MISH: i32 = 13;
export const EXP: i32 = 14;
export const LOG: i32 = 15;
export const SQRT: i32 = 16;
export const ABS: i32 = 17;
export const NEG: i32 = 18;
export const RECIPROCAL: i32 = 19;
export const ERF: i32 = 20;
export const FLOOR: i32 = 21;
export const CEIL: i32 = 22;
/** halves to even */
export const ROUND: i32 = 23;
/** -1, 0 or 1 */
export const SIGN: i32 = 24;
