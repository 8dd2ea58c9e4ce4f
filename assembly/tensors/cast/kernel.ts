import * as DType from "../../codes/dtype";
import { BLOCK } from "../../ops/blocks";
import { fromHalf, toHalf } from "./half";

/** The argument of {@link cast}. */
@unmanaged
export class Cast {
  from: usize;
  to: usize;
  count: i32;
  /** type of the elements of `from`, see codes/dtype.ts */
  source: i32;
  /** another type, of the elements of `to` */
  target: i32;
}

/**
 * Elements as another type. A float becomes an integer by its whole part, limited to the integer's range, and 0 for NaN; an
 * integer becomes another by its lowest bits. Floats are rounded to the nearest; booleans are 1 for anything but 0. Items are
 * blocks of BLOCK elements.
 */
export function cast(params: Cast, begin: i32, end: i32): void {
  let first = begin * BLOCK;
  let count = min((end - begin) * BLOCK, params.count - first);
  const from = params.from;
  const to = params.to;
  const target = params.target;
  if (params.source == DType.FLOAT32 && (target == DType.UINT8 || target == DType.INT8)) {
    const whole = count & -16;
    bytesOfFloats(from + ((<usize>first) << 2), to + <usize>first, whole, target == DType.UINT8);
    first += whole;
    count -= whole;
  }
  switch (params.source) {
    case DType.FLOAT32:
      return castFrom<Float32, f32>(from, to, target, first, count);
    case DType.FLOAT16:
      return castFrom<Float16, f32>(from, to, target, first, count);
    case DType.INT64:
      return castFrom<Int64, i64>(from, to, target, first, count);
    case DType.INT32:
      return castFrom<Int32, i32>(from, to, target, first, count);
    case DType.UINT8:
    case DType.BOOL:
      return castFrom<Uint8, i32>(from, to, target, first, count);
    case DType.INT8:
      return castFrom<Int8, i32>(from, to, target, first, count);
    default:
      unreachable();
  }
}

/** As {@link cast} has it, for a multiple of 16 floats. */
function bytesOfFloats(from: usize, to: usize, count: i32, isUnsigned: bool): void {
  for (; count > 0; count -= 16, from += 64, to += 16) {
    const low = i16x8.narrow_i32x4_s(wholeAt(from), wholeAt(from + 16));
    const high = i16x8.narrow_i32x4_s(wholeAt(from + 32), wholeAt(from + 48));
    v128.store(to, isUnsigned ? i8x16.narrow_i16x8_u(low, high) : i8x16.narrow_i16x8_s(low, high));
  }
}

// @ts-ignore: decorator
@inline
function wholeAt(at: usize): v128 {
  return i32x4.trunc_sat_f32x4_s(v128.load(at));
}

function castFrom<S, W>(from: usize, to: usize, target: i32, first: i32, count: i32): void {
  switch (target) {
    case DType.FLOAT32:
      return castRow<S, Float32, W>(from, to, first, count);
    case DType.FLOAT16:
      return castRow<S, Float16, W>(from, to, first, count);
    case DType.INT64:
      return castRow<S, Int64, W>(from, to, first, count);
    case DType.INT32:
      return castRow<S, Int32, W>(from, to, first, count);
    case DType.UINT8:
      return castRow<S, Uint8, W>(from, to, first, count);
    case DType.INT8:
      return castRow<S, Int8, W>(from, to, first, count);
    case DType.BOOL:
      return castRow<S, Bool, W>(from, to, first, count);
    default:
      unreachable();
  }
}

/** Elements are read as W, which can hold all of them: f32, i64 or i32. */
function castRow<S, T, W>(from: usize, to: usize, first: i32, count: i32): void {
  const s = changetype<S>(0);
  const t = changetype<T>(0);
  from += <usize>first * s.size;
  to += <usize>first * t.size;
  for (; count > 0; --count, from += s.size, to += t.size) t.write<W>(to, <W>s.read(from));
}

class Float32 {

  @inline get size(): usize {
    return 4;
  }


  @inline read(at: usize): f32 {
    return load<f32>(at);
  }


  @inline write<W>(at: usize, value: W): void {
    store<f32>(at, <f32>value);
  }
}

class Float16 {

  @inline get size(): usize {
    return 2;
  }


  @inline read(at: usize): f32 {
    return fromHalf(load<u16>(at));
  }


  @inline write<W>(at: usize, value: W): void {
    store<u16>(at, <u16>toHalf(<f32>value));
  }
}

class Int64 {

  @inline get size(): usize {
    return 8;
  }


  @inline read(at: usize): i64 {
    return load<i64>(at);
  }


  @inline write<W>(at: usize, value: W): void {
    store<i64>(at, <i64>value);
  }
}

class Int32 {

  @inline get size(): usize {
    return 4;
  }


  @inline read(at: usize): i32 {
    return load<i32>(at);
  }


  @inline write<W>(at: usize, value: W): void {
    store<i32>(at, <i32>value);
  }
}

class Uint8 {

  @inline get size(): usize {
    return 1;
  }


  @inline read(at: usize): i32 {
    return load<u8>(at);
  }


  @inline write<W>(at: usize, value: W): void {
    if (isFloat<W>()) store<u8>(at, <u8>max(min(<i32>value, 255), 0));
    else store<u8>(at, <u8>value);
  }
}

class Int8 {

  @inline get size(): usize {
    return 1;
  }


  @inline read(at: usize): i32 {
    return load<i8>(at);
  }


  @inline write<W>(at: usize, value: W): void {
    if (isFloat<W>()) store<i8>(at, <i8>max(min(<i32>value, 127), -128));
    else store<i8>(at, <i8>value);
  }
}

class Bool {

  @inline get size(): usize {
    return 1;
  }


  @inline write<W>(at: usize, value: W): void {
    store<u8>(at, <u8>(value != <W>0));
  }
}
