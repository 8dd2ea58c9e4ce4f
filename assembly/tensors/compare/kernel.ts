import * as Comparison from "../../codes/comparison";
import * as DType from "../../codes/dtype";
import { eachRow } from "../../ops/broadcast";

/** The argument of {@link compare}. */
@unmanaged
export class Compare {
  a: usize;
  b: usize;
  /** bytes, 0 or 1 */
  to: usize;
  /** as those of {@link Broadcast} in ops/binary, for elements of the type */
  axes: usize;
  rank: i32;
  /** see codes/comparison.ts */
  comparison: i32;
  /** of both arguments: see codes/dtype.ts */
  dtype: i32;


  @inline get most(): i32 {
    return i32.MAX_VALUE;
  }


  @inline end(_index: usize, _count: i32): void {}

  /** Computes `count` results from the one with the given index on. */
  row(a: usize, aStep: usize, b: usize, bStep: usize, index: usize, count: i32): void {
    const to = this.to + index;
    const comparison = this.comparison;
    switch (this.dtype) {
      case DType.FLOAT32:
        return compareRow<f32>(comparison, a, aStep, b, bStep, to, count);
      case DType.INT64:
        return compareRow<i64>(comparison, a, aStep, b, bStep, to, count);
      case DType.INT32:
        return compareRow<i32>(comparison, a, aStep, b, bStep, to, count);
      case DType.INT8:
        return compareRow<i8>(comparison, a, aStep, b, bStep, to, count);
      case DType.UINT8:
      case DType.BOOL:
        return compareRow<u8>(comparison, a, aStep, b, bStep, to, count);
      default:
        unreachable();
    }
  }
}

/** A comparison of two tensors whose shapes broadcast. Items are those of broadcast in ops/binary. */
export function compare(params: Compare, begin: i32, end: i32): void {
  eachRow<Compare>(params, params.a, params.b, params.axes, params.rank, begin, end);
}

function compareRow<T>(comparison: i32, a: usize, aStep: usize, b: usize, bStep: usize, to: usize, count: i32): void {
  switch (comparison) {
    case Comparison.EQUAL:
      for (; count > 0; --count, a += aStep, b += bStep, ++to) store<u8>(to, <u8>(load<T>(a) == load<T>(b)));
      return;
    case Comparison.LESS:
      for (; count > 0; --count, a += aStep, b += bStep, ++to) store<u8>(to, <u8>(load<T>(a) < load<T>(b)));
      return;
    case Comparison.LESS_OR_EQUAL:
      for (; count > 0; --count, a += aStep, b += bStep, ++to) store<u8>(to, <u8>(load<T>(a) <= load<T>(b)));
      return;
    default:
      unreachable();
  }
}
