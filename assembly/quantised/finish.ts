import * as Result from "../codes/quantised";

/** 1.5 * 2^23: a number of at most 2^22 that is added to it is rounded to a whole one, half to even. */
// @ts-ignore: decorator
@inline
const ROUNDING: f32 = 12582912;
// @ts-ignore: decorator
@inline
const ROUNDING_BITS: i32 = 0x4b400000;

/** Four whole numbers of numbers within [least, most], which must be within 2^22 of 0, half to even. */
// @ts-ignore: decorator
@inline
export function rounded(v: v128, least: v128, most: v128): v128 {
  // what is no number becomes the least, as in onnxruntime
  const limited = f32x4.pmin(most, f32x4.pmax(least, v));
  return i32x4.sub(f32x4.add(limited, f32x4.splat(ROUNDING)), i32x4.splat(ROUNDING_BITS));
}

/** A whole number as a byte; what is no number becomes the least. */
// @ts-ignore: decorator
@inline
export function limited(value: f32, least: i32): u8 {
  if (!(value > <f32>least)) return <u8>least;
  return value < <f32>(least + 255) ? <u8>(<i32>value) : <u8>(least + 255);
}

/** Bytes of a result. */
export function sizeOfResult(kind: i32): usize {
  return kind >= Result.UINT8 ? 1 : 4;
}

/**
 * Stores eight results of two vectors of sums, of which `count` are wanted.
 * @param low, high what is added to the sums
 * @param lowScale, highScale by which they are multiplied
 */
// @ts-ignore: decorator
@inline
export function finishEight(
  kind: i32,
  zero: i32,
  least: f32,
  most: f32,
  low: v128,
  high: v128,
  lowScale: v128,
  highScale: v128,
  to: usize,
  count: i32,
): void {
  if (kind != Result.SUM) {
    low = f32x4.mul(f32x4.convert_i32x4_s(low), lowScale);
    high = f32x4.mul(f32x4.convert_i32x4_s(high), highScale);
  }
  if (kind < Result.UINT8) {
    storeWords(low, high, to, count);
    return;
  }
  const bottom = f32x4.splat(least);
  const top = f32x4.splat(most);
  const shift = i32x4.splat(zero);
  const both = i16x8.narrow_i32x4_s(
    i32x4.add(rounded(low, bottom, top), shift),
    i32x4.add(rounded(high, bottom, top), shift),
  );
  storeBytes(kind == Result.UINT8 ? i8x16.narrow_i16x8_u(both, both) : i8x16.narrow_i16x8_s(both, both), to, count);
}

// @ts-ignore: decorator
@inline
function storeWords(low: v128, high: v128, to: usize, count: i32): void {
  if (count >= 8) {
    v128.store(to, low);
    v128.store(to, high, 16);
    return;
  }
  if (count >= 4) {
    v128.store(to, low);
    to += 16;
    count -= 4;
    low = high;
  }
  for (; count > 0; --count, to += 4) {
    v128.store32_lane(to, low, 0);
    low = v128.shuffle<i32>(low, low, 1, 2, 3, 3);
  }
}

/** The first of up to eight bytes. */
// @ts-ignore: decorator
@inline
export function storeBytes(v: v128, to: usize, count: i32): void {
  if (count >= 8) {
    v128.store64_lane(to, v, 0);
    return;
  }
  if (count & 4) {
    v128.store32_lane(to, v, 0);
    v = v128.shuffle<i32>(v, v, 1, 1, 1, 1);
    to += 4;
  }
  if (count & 2) {
    v128.store16_lane(to, v, 0);
    v = v128.shuffle<i16>(v, v, 1, 1, 1, 1, 1, 1, 1, 1);
    to += 2;
  }
  if (count & 1) v128.store8_lane(to, v, 0);
}
