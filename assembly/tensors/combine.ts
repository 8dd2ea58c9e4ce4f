import * as DType from "../codes/dtype";
import * as Scatter from "../codes/scatter";
import { fromHalf, toHalf } from "./cast/half";

/** What elements in place become by others: `count` adjacent ones, by a code of codes/scatter.ts. */
export function combine(reduction: i32, dtype: i32, to: usize, from: usize, count: i32): void {
  switch (dtype) {
    case DType.FLOAT32:
      return combineBy<f32>(reduction, to, from, count);
    case DType.FLOAT16:
      return combineHalves(reduction, to, from, count);
    case DType.INT64:
      return combineBy<i64>(reduction, to, from, count);
    case DType.INT32:
      return combineBy<i32>(reduction, to, from, count);
    case DType.INT8:
      return combineBy<i8>(reduction, to, from, count);
    default:
      combineBy<u8>(reduction, to, from, count);
  }
}

function combineBy<T>(reduction: i32, to: usize, from: usize, count: i32): void {
  for (; count > 0; --count, from += sizeof<T>(), to += sizeof<T>()) {
    store<T>(to, combined<T>(reduction, load<T>(to), load<T>(from)));
  }
}

function combineHalves(reduction: i32, to: usize, from: usize, count: i32): void {
  for (; count > 0; --count, from += 2, to += 2) {
    const other = load<u16>(from);
    const result =
      reduction == Scatter.REPLACE
        ? other
        : <u16>toHalf(combined<f32>(reduction, fromHalf(load<u16>(to)), fromHalf(other)));
    store<u16>(to, result);
  }
}

// @ts-ignore: decorator
@inline
function combined<T>(reduction: i32, own: T, other: T): T {
  switch (reduction) {
    case Scatter.ADD:
      return <T>(own + other);
    case Scatter.MULTIPLY:
      return <T>(own * other);
    case Scatter.LEAST:
      return other < own ? other : own;
    case Scatter.GREATEST:
      return other > own ? other : own;
    default:
      return other;
  }
}
