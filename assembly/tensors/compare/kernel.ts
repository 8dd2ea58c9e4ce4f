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
      return compareBy<T, Equal>(a, aStep, b, bStep, to, count);
    case Comparison.NOT_EQUAL:
      return compareBy<T, NotEqual>(a, aStep, b, bStep, to, count);
    case Comparison.LESS:
      return compareBy<T, Less>(a, aStep, b, bStep, to, count);
    case Comparison.LESS_OR_EQUAL:
      return compareBy<T, LessOrEqual>(a, aStep, b, bStep, to, count);
    default:
      unreachable();
  }
}

/** Sixteen results at a time, but for int64. */
function compareBy<T, C>(a: usize, aStep: usize, b: usize, bStep: usize, to: usize, count: i32): void {
  const c = changetype<C>(0);
  if (sizeof<T>() != 8 && count >= 16) {
    let x = v128.splat<T>(load<T>(a));
    let y = v128.splat<T>(load<T>(b));
    const ones = i8x16.splat(1);
    for (; count >= 16; count -= 16, a += aStep << 4, b += bStep << 4, to += 16) {
      let holds: v128;
      if (sizeof<T>() == 1) {
        if (aStep) x = v128.load(a);
        if (bStep) y = v128.load(b);
        holds = c.vector<T>(x, y);
      } else {
        if (aStep) x = v128.load(a);
        if (bStep) y = v128.load(b);
        const first = c.vector<T>(x, y);
        if (aStep) x = v128.load(a, 16);
        if (bStep) y = v128.load(b, 16);
        const second = c.vector<T>(x, y);
        if (aStep) x = v128.load(a, 32);
        if (bStep) y = v128.load(b, 32);
        const third = c.vector<T>(x, y);
        if (aStep) x = v128.load(a, 48);
        if (bStep) y = v128.load(b, 48);
        const fourth = c.vector<T>(x, y);
        holds = i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(first, second), i16x8.narrow_i32x4_s(third, fourth));
      }
      v128.store(to, v128.and(holds, ones));
    }
  }
  for (; count > 0; --count, a += aStep, b += bStep, ++to) store<u8>(to, <u8>c.one<T>(load<T>(a), load<T>(b)));
}

class Equal {

  @inline one<T>(a: T, b: T): bool {
    return a == b;
  }


  @inline vector<T>(a: v128, b: v128): v128 {
    return v128.eq<T>(a, b);
  }
}

class NotEqual {

  @inline one<T>(a: T, b: T): bool {
    return a != b;
  }


  @inline vector<T>(a: v128, b: v128): v128 {
    return v128.ne<T>(a, b);
  }
}

class Less {

  @inline one<T>(a: T, b: T): bool {
    return a < b;
  }


  @inline vector<T>(a: v128, b: v128): v128 {
    return v128.lt<T>(a, b);
  }
}

class LessOrEqual {

  @inline one<T>(a: T, b: T): bool {
    return a <= b;
  }


  @inline vector<T>(a: v128, b: v128): v128 {
    return v128.le<T>(a, b);
  }
}
