import * as DType from "../../codes/dtype";
import { Four, One } from "../../ops/columns";
import { foursOf } from "../../ops/fours";

/** The argument of {@link argmax}. */
@unmanaged
export class ArgMax {
  /** (outer, count, inner) */
  from: usize;
  /** i64 (outer, inner) */
  to: usize;
  /** of the elements: see codes/dtype.ts */
  dtype: i32;
  count: i32;
  inner: i32;
  /** 1 for the least elements in place of the greatest */
  least: i32;
  /** 1 for the last one of equal elements in place of the first */
  last: i32;
}

/**
 * Where along an axis the greatest or the least element is. A NaN beats nothing, and nothing beats it: it counts only where it
 * comes first, as in onnxruntime.
 * Items are as {@link foursOf} says.
 */
export function argmax(params: ArgMax, begin: i32, end: i32): void {
  if (params.least != 0) {
    if (params.last != 0) searchBy<LastLeast>(params, begin, end);
    else searchBy<FirstLeast>(params, begin, end);
  } else if (params.last != 0) searchBy<LastMost>(params, begin, end);
  else searchBy<FirstMost>(params, begin, end);
}

function searchBy<S>(params: ArgMax, begin: i32, end: i32): void {
  const inner = params.inner;
  const fours = foursOf(inner);
  for (let item = begin; item < end; ++item) {
    const outer = item / fours;
    const column = (item - outer * fours) << 2;
    const first = outer * params.count * inner + column;
    const columns = min(inner - column, 4);
    const to = params.to + ((<usize>(outer * inner + column)) << 3);
    if (params.dtype == DType.FLOAT32) floats<S>(params, params.from + ((<usize>first) << 2), to, columns);
    else {
      for (let i = 0; i < columns; ++i) store<i64>(to + ((<usize>i) << 3), ofIntegers<S>(params, first + i));
    }
  }
}

// @ts-ignore: decorator
@inline
function floats<S>(params: ArgMax, from: usize, to: usize, columns: i32): void {
  const count = params.count;
  const pitch = (<usize>params.inner) << 2;
  if (pitch == 4) {
    store<i64>(to, <i64>ofRow<S>(from, count));
  } else if (columns == 4) {
    const index = ofColumns<S, Four>(from, count, pitch);
    v128.store(to, i64x2.extend_low_i32x4_s(index));
    v128.store(to, i64x2.extend_high_i32x4_s(index), 16);
  } else {
    for (; columns > 0; --columns, from += 4, to += 8) {
      store<i64>(to, <i64>i32x4.extract_lane(ofColumns<S, One>(from, count, pitch), 0));
    }
  }
}

/** Of four columns. */
function ofColumns<S, C>(from: usize, count: i32, pitch: usize): v128 {
  const s = changetype<S>(0);
  const c = changetype<C>(0);
  let best = c.load(from);
  let index = i32x4.splat(0);
  for (let i = 1; i < count; ++i) {
    const x = c.load((from += pitch));
    const beats = s.beats(x, best);
    best = v128.bitselect(x, best, beats);
    index = v128.bitselect(i32x4.splat(i), index, beats);
  }
  return index;
}

/**
 * Of adjacent elements. Each lane goes through every fourth one, and begins with the first of all, so that a NaN there remains
 * in every lane.
 */
function ofRow<S>(from: usize, count: i32): i32 {
  const s = changetype<S>(0);
  let best = v128.load32_splat(from);
  let index = i32x4.splat(0);
  let at = i32x4(0, 1, 2, 3);
  let i = 0;
  for (; i + 4 <= count; i += 4, from += 16) {
    const x = v128.load(from);
    const beats = s.beats(x, best);
    best = v128.bitselect(x, best, beats);
    index = v128.bitselect(at, index, beats);
    at = i32x4.add(at, i32x4.splat(4));
  }
  // of the rest, all in every lane
  for (; i < count; ++i, from += 4) {
    const x = v128.load32_splat(from);
    const beats = s.beats(x, best);
    best = v128.bitselect(x, best, beats);
    index = v128.bitselect(i32x4.splat(i), index, beats);
  }
  let lane = f32x4.extract_lane(best, 0);
  let found = i32x4.extract_lane(index, 0);
  for (let n = 1; n < 4; ++n) {
    best = v128.shuffle<f32>(best, best, 1, 2, 3, 0);
    index = v128.shuffle<i32>(index, index, 1, 2, 3, 0);
    const x = f32x4.extract_lane(best, 0);
    const place = i32x4.extract_lane(index, 0);
    if (x == lane) found = s.of(found, place);
    else if (s.isBetter<f32>(x, lane)) {
      lane = x;
      found = place;
    }
  }
  return found;
}

/** Of integers of any size. */
function ofIntegers<S>(params: ArgMax, element: i32): i64 {
  const s = changetype<S>(0);
  let best = integerAt(params, element);
  let index = 0;
  for (let i = 1; i < params.count; ++i) {
    const x = integerAt(params, (element += params.inner));
    if (!s.isBetter<i64>(x, best)) continue;
    best = x;
    index = i;
  }
  return index;
}

// @ts-ignore: decorator
@inline
function integerAt(params: ArgMax, element: i32): i64 {
  switch (params.dtype) {
    case DType.INT64:
      return load<i64>(params.from + ((<usize>element) << 3));
    case DType.INT32:
      return load<i32>(params.from + ((<usize>element) << 2));
    case DType.INT8:
      return load<i8>(params.from + <usize>element);
    case DType.UINT8:
      return load<u8>(params.from + <usize>element);
    default:
      return unreachable();
  }
}

/** The first of the greatest. */
class FirstMost {

  @inline beats(x: v128, best: v128): v128 {
    return f32x4.gt(x, best);
  }


  @inline isBetter<T>(x: T, best: T): bool {
    return x > best;
  }

  /** Which one of two places of equal elements. */
  @inline of(a: i32, b: i32): i32 {
    return min(a, b);
  }
}

class LastMost {

  @inline beats(x: v128, best: v128): v128 {
    return f32x4.ge(x, best);
  }


  @inline isBetter<T>(x: T, best: T): bool {
    return x >= best;
  }


  @inline of(a: i32, b: i32): i32 {
    return max(a, b);
  }
}

class FirstLeast {

  @inline beats(x: v128, best: v128): v128 {
    return f32x4.lt(x, best);
  }


  @inline isBetter<T>(x: T, best: T): bool {
    return x < best;
  }


  @inline of(a: i32, b: i32): i32 {
    return min(a, b);
  }
}

class LastLeast {

  @inline beats(x: v128, best: v128): v128 {
    return f32x4.le(x, best);
  }


  @inline isBetter<T>(x: T, best: T): bool {
    return x <= best;
  }


  @inline of(a: i32, b: i32): i32 {
    return max(a, b);
  }
}
