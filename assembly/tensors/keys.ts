/*
 * A key is a number and its place as 64 bits that are ordered as the numbers are, and for equal numbers by place, the first one
 * the greatest: number u32 | ones' complement of the place u32.
 */

import * as DType from "../codes/dtype";
import { fromHalf } from "./cast/half";

/** Of an element of up to four bytes. */
// @ts-ignore: decorator
@inline
export function keyOf(dtype: i32, at: usize, place: i32, least: bool): u64 {
  const order = orderOf(dtype, at);
  return ((<u64>(least ? ~order : order)) << 32) | (<u64>~(<u32>place));
}

// @ts-ignore: decorator
@inline
export function placeOfKey(key: u64): i32 {
  return <i32>~(<u32>key);
}

/** A float32 as a number that is ordered as it is; both zeros are the same, NaN is the greatest. */
// @ts-ignore: decorator
@inline
export function orderOfFloat(value: f32): u32 {
  // adding 0 makes -0 to +0
  const bits = reinterpret<i32>(value + 0);
  return (<u32>(bits ^ ((bits >> 31) & 0x7fffffff))) ^ 0x80000000;
}

/** An element of up to four bytes as a number that is ordered as it is. */
// @ts-ignore: decorator
@inline
export function orderOf(dtype: i32, at: usize): u32 {
  switch (dtype) {
    case DType.FLOAT32:
      return orderOfFloat(load<f32>(at));
    case DType.FLOAT16:
      return orderOfFloat(fromHalf(load<u16>(at)));
    case DType.INT32:
      return (<u32>load<i32>(at)) ^ 0x80000000;
    case DType.INT8:
      return <u32>(<i32>load<i8>(at) + 128);
    default:
      return load<u8>(at);
  }
}
