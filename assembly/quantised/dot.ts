import * as Dots from "../codes/dots";
import { PLAIN, SAFE } from "./layout";

/** How this processor multiplies bytes: see codes/dots.ts. The host sets it when it loads the module. */
export let dots: i32 = Dots.SIXTEEN;

/** What turns the bytes of activations into those that are multiplied: without a sign, or with one for {@link Dots.SIGNED}. */
export function flipOf(signed: i32): i32 {
  return (signed != 0) == (dots == Dots.SIGNED) ? 0 : 0x80;
}

/** The zero point of activations as they are multiplied; address 0 stands for none. */
export function zeroOf(at: usize, signed: i32): i32 {
  const byte = (at ? <i32>load<u8>(at) : 0) ^ flipOf(signed);
  return dots == Dots.SIGNED ? <i32>(<i8>byte) : byte & 255;
}

/** How a panel of weights is multiplied here, by its flags. */
export function wayOf(flags: i32): i32 {
  if (!(flags & PLAIN)) return Dots.SIXTEEN;
  return dots == Dots.PAIRS && !(flags & SAFE) ? Dots.SIXTEEN : dots;
}

/*
 * A vector of products, added to what was summed before. Each lane has the next numbers along the summed axis: two of 16
 * bits, or four bytes. `x` are weights or activations in the order of the name.
 */

/** Both of 16 bits. */
export class Sixteen {

  @inline dot(x: v128, y: v128, sum: v128): v128 {
    return i32x4.add(sum, i32x4.dot_i16x8_s(x, y));
  }
}

/** Weights, which have a sign, and activations. */
export class FoursOfWeights {

  @inline dot(x: v128, y: v128, sum: v128): v128 {
    return ASC_FEATURE_RELAXED_SIMD ? i32x4.relaxed_dot_i8x16_i7x16_add_s(x, y, sum) : sum;
  }
}

/** Activations and weights. */
export class FoursOfActivations {

  @inline dot(x: v128, y: v128, sum: v128): v128 {
    return ASC_FEATURE_RELAXED_SIMD ? i32x4.relaxed_dot_i8x16_i7x16_add_s(y, x, sum) : sum;
  }
}

/** Weights and activations where two products fit into 16 bits. */
export class PairsOfWeights {

  @inline dot(x: v128, y: v128, sum: v128): v128 {
    if (!ASC_FEATURE_RELAXED_SIMD) return sum;
    return i32x4.add(sum, i32x4.dot_i16x8_s(i16x8.relaxed_dot_i8x16_i7x16_s(x, y), i16x8.splat(1)));
  }
}

/** Activations and weights where two products fit into 16 bits. */
export class PairsOfActivations {

  @inline dot(x: v128, y: v128, sum: v128): v128 {
    if (!ASC_FEATURE_RELAXED_SIMD) return sum;
    return i32x4.add(sum, i32x4.dot_i16x8_s(i16x8.relaxed_dot_i8x16_i7x16_s(y, x), i16x8.splat(1)));
  }
}
