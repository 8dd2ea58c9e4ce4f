/** Codes of functions that only recurrent cells have, beside those of activation.ts. */

/** alpha x + beta */
export const AFFINE: i32 = -1;
/** alpha tanh(beta x) */
export const SCALED_TANH: i32 = -2;
/** x above alpha, otherwise 0 */
export const THRESHOLDED_RELU: i32 = -3;
/** x / (1 + |x|) */
export const SOFTSIGN: i32 = -4;
