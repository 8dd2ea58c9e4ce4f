/**
 * How a processor multiplies bytes. Sums are the same by each; the host tells them apart by running the instructions.
 */

/** Pairs of 16 bits: everywhere. */
export const SIXTEEN: i32 = 0;
/** Fours of a byte without and a byte with a sign: VNNI. */
export const UNSIGNED: i32 = 1;
/** Fours of bytes with signs: ARM's SDOT. */
export const SIGNED: i32 = 2;
/** Pairs of a byte without and a byte with a sign, whose sum is cut to 16 bits: pmaddubsw. */
export const PAIRS: i32 = 3;
