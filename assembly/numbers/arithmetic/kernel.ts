import * as Arithmetic from "../../codes/arithmetic";
import * as DType from "../../codes/dtype";
import { BLOCK, blocksOf } from "../../ops/blocks";
import { eachRow } from "../../ops/broadcast";
import { Add, And, Div, Fmod, Maximum, Minimum, Mod, Mul, Or, Pow, ShiftLeft, ShiftRight, Sub, Xor } from "./functions";

/** The argument of {@link calculate}. */
@unmanaged
export class Calculate {
  a: usize;
  b: usize;
  /** may be `a` or `b`, if that has the result's shape */
  to: usize;
  /** i32 that becomes 1 if an integer is divided by 0 */
  fault: usize;
  /** as those of {@link Broadcast} in ops/binary, for elements of the type */
  axes: usize;
  rank: i32;
  /** see codes/arithmetic.ts */
  operation: i32;
  /** see codes/dtype.ts; for float32 there are products and remainders alone */
  dtype: i32;


  @inline get most(): i32 {
    return i32.MAX_VALUE;
  }


  @inline end(_index: usize, _count: i32): void {}

  /** Computes `count` results from the one with the given index on. */
  row(a: usize, aStep: usize, b: usize, bStep: usize, index: usize, count: i32): void {
    const dtype = this.dtype;
    const operation = this.operation;
    const to = this.to + index * bytesOf(dtype);
    const divides = operation == Arithmetic.DIV || operation == Arithmetic.MOD || operation == Arithmetic.FMOD;
    if (divides && dtype != DType.FLOAT32 && holdsZero(dtype, b, bStep, count)) store<i32>(this.fault, 1);
    operate(dtype, operation, a, aStep, b, bStep, to, count);
  }
}

/** An operation on two tensors of one type whose shapes broadcast. Items are those of broadcast in ops/binary. */
export function calculate(params: Calculate, begin: i32, end: i32): void {
  eachRow<Calculate>(params, params.a, params.b, params.axes, params.rank, begin, end);
}

/** The argument of {@link accumulate}. */
@unmanaged
export class Accumulate {
  /** (outer, count, inner) */
  from: usize;
  /** (outer, inner), or (outer, count, inner) if every partial result is kept */
  to: usize;
  /** see codes/dtype.ts; for float32 there are sums and products alone */
  dtype: i32;
  /** see codes/arithmetic.ts: sums, products and extremes */
  operation: i32;
  count: i32;
  inner: i32;
  /** 1 to keep every partial result */
  partial: i32;
  /** 1 to begin with the last element, for partial results */
  reverse: i32;
  /** 1 to begin with 0, and to leave out the last element that would be added, for partial results */
  exclusive: i32;
}

/**
 * An operation from element to element along an axis of at least one element. Items are blocks of BLOCK columns of each of
 * the outer parts.
 */
export function accumulate(params: Accumulate, begin: i32, end: i32): void {
  const count = params.count;
  const inner = params.inner;
  const dtype = params.dtype;
  const operation = params.operation;
  const size = bytesOf(dtype);
  const pitch = <usize>inner * size;
  const blocks = blocksOf(inner);
  const toPitch = params.partial != 0 ? pitch : 0;
  const part = params.partial != 0 ? <usize>count * pitch : pitch;
  for (let item = begin; item < end; ++item) {
    const outer = item / blocks;
    const first = (item - outer * blocks) * BLOCK;
    const columns = min(inner - first, BLOCK);
    const column = <usize>first * size;
    let from = params.from + <usize>(outer * count) * pitch + column;
    let to = params.to + <usize>outer * part + column;
    let step = pitch;
    let toStep = toPitch;
    if (params.reverse != 0) {
      from += <usize>(count - 1) * pitch;
      to += <usize>(count - 1) * toPitch;
      step = 0 - step;
      toStep = 0 - toStep;
    }
    const bytes = <usize>columns * size;
    if (params.exclusive != 0) memory.fill(to, 0, bytes);
    else {
      memory.copy(to, from, bytes);
      from += step;
    }
    if (columns == 1) along(dtype, operation, from, step, to, toStep, count - 1);
    else {
      for (let i = 1; i < count; ++i, from += step) {
        const before = to;
        to += toStep;
        operate(dtype, operation, before, size, from, size, to, columns);
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function bytesOf(dtype: i32): usize {
  return dtype == DType.INT64 ? 8 : dtype == DType.INT32 || dtype == DType.FLOAT32 ? 4 : 1;
}

function holdsZero(dtype: i32, b: usize, step: usize, count: i32): bool {
  const size = bytesOf(dtype);
  if (step == 0) count = 1;
  for (; count > 0; --count, b += size) {
    const value = size == 8 ? load<i64>(b) : size == 4 ? <i64>load<i32>(b) : <i64>load<i8>(b);
    if (value == 0) return true;
  }
  return false;
}

function operate(
  dtype: i32,
  operation: i32,
  a: usize,
  aStep: usize,
  b: usize,
  bStep: usize,
  to: usize,
  count: i32,
): void {
  switch (dtype) {
    case DType.INT64:
      return integers<i64>(operation, a, aStep, b, bStep, to, count);
    case DType.INT32:
      return integers<i32>(operation, a, aStep, b, bStep, to, count);
    case DType.INT8:
      return integers<i8>(operation, a, aStep, b, bStep, to, count);
    case DType.UINT8:
    case DType.BOOL:
      return integers<u8>(operation, a, aStep, b, bStep, to, count);
    case DType.FLOAT32:
      return floats(operation, a, aStep, b, bStep, to, count);
    default:
      unreachable();
  }
}

function floats(operation: i32, a: usize, aStep: usize, b: usize, bStep: usize, to: usize, count: i32): void {
  switch (operation) {
    case Arithmetic.ADD:
      return vectors<f32, Add>(a, aStep, b, bStep, to, count);
    case Arithmetic.MUL:
      return vectors<f32, Mul>(a, aStep, b, bStep, to, count);
    case Arithmetic.MOD:
      return numbers<f32, Mod>(a, aStep, b, bStep, to, count);
    case Arithmetic.FMOD:
      return numbers<f32, Fmod>(a, aStep, b, bStep, to, count);
    default:
      unreachable();
  }
}

function integers<T>(operation: i32, a: usize, aStep: usize, b: usize, bStep: usize, to: usize, count: i32): void {
  switch (operation) {
    case Arithmetic.ADD:
      return vectors<T, Add>(a, aStep, b, bStep, to, count);
    case Arithmetic.SUB:
      return vectors<T, Sub>(a, aStep, b, bStep, to, count);
    case Arithmetic.MUL:
      return vectors<T, Mul>(a, aStep, b, bStep, to, count);
    case Arithmetic.MINIMUM:
      return vectors<T, Minimum>(a, aStep, b, bStep, to, count);
    case Arithmetic.MAXIMUM:
      return vectors<T, Maximum>(a, aStep, b, bStep, to, count);
    case Arithmetic.AND:
      return vectors<T, And>(a, aStep, b, bStep, to, count);
    case Arithmetic.OR:
      return vectors<T, Or>(a, aStep, b, bStep, to, count);
    case Arithmetic.XOR:
      return vectors<T, Xor>(a, aStep, b, bStep, to, count);
    case Arithmetic.DIV:
      return numbers<T, Div>(a, aStep, b, bStep, to, count);
    case Arithmetic.MOD:
      return numbers<T, Mod>(a, aStep, b, bStep, to, count);
    case Arithmetic.FMOD:
      return numbers<T, Fmod>(a, aStep, b, bStep, to, count);
    case Arithmetic.POW:
      return numbers<T, Pow>(a, aStep, b, bStep, to, count);
    case Arithmetic.SHIFT_LEFT:
      return numbers<T, ShiftLeft>(a, aStep, b, bStep, to, count);
    case Arithmetic.SHIFT_RIGHT:
      return numbers<T, ShiftRight>(a, aStep, b, bStep, to, count);
    default:
      unreachable();
  }
}

/** One by one. */
function numbers<T, F>(a: usize, aStep: usize, b: usize, bStep: usize, to: usize, count: i32): void {
  const f = changetype<F>(0);
  for (; count > 0; --count, a += aStep, b += bStep, to += sizeof<T>()) store<T>(to, f.one<T>(load<T>(a), load<T>(b)));
}

/** A vector at a time; an argument that repeats is loaded once. */
function vectors<T, F>(a: usize, aStep: usize, b: usize, bStep: usize, to: usize, count: i32): void {
  const f = changetype<F>(0);
  const lanes = <i32>(16 / sizeof<T>());
  if (count >= lanes) {
    let x = v128.splat<T>(load<T>(a));
    let y = v128.splat<T>(load<T>(b));
    const aBytes = aStep == 0 ? 0 : 16;
    const bBytes = bStep == 0 ? 0 : 16;
    for (; count >= lanes; count -= lanes, a += aBytes, b += bBytes, to += 16) {
      if (aBytes) x = v128.load(a);
      if (bBytes) y = v128.load(b);
      v128.store(to, f.vector<T>(x, y));
    }
  }
  numbers<T, F>(a, aStep, b, bStep, to, count);
}

/** A single column, whose elements are `step` bytes apart. */
function along(dtype: i32, operation: i32, from: usize, step: usize, to: usize, toStep: usize, count: i32): void {
  switch (dtype) {
    case DType.INT64:
      return alongOf<i64>(operation, from, step, to, toStep, count);
    case DType.INT32:
      return alongOf<i32>(operation, from, step, to, toStep, count);
    case DType.INT8:
      return alongOf<i8>(operation, from, step, to, toStep, count);
    case DType.UINT8:
    case DType.BOOL:
      return alongOf<u8>(operation, from, step, to, toStep, count);
    case DType.FLOAT32:
      return alongOf<f32>(operation, from, step, to, toStep, count);
    default:
      unreachable();
  }
}

function alongOf<T>(operation: i32, from: usize, step: usize, to: usize, toStep: usize, count: i32): void {
  switch (operation) {
    case Arithmetic.ADD:
      return alongBy<T, Add>(from, step, to, toStep, count);
    case Arithmetic.MUL:
      return alongBy<T, Mul>(from, step, to, toStep, count);
    case Arithmetic.MINIMUM:
      return alongBy<T, Minimum>(from, step, to, toStep, count);
    case Arithmetic.MAXIMUM:
      return alongBy<T, Maximum>(from, step, to, toStep, count);
    default:
      unreachable();
  }
}

function alongBy<T, F>(from: usize, step: usize, to: usize, toStep: usize, count: i32): void {
  const f = changetype<F>(0);
  let result = load<T>(to);
  for (; count > 0; --count, from += step) {
    result = f.one<T>(result, load<T>(from));
    store<T>((to += toStep), result);
  }
}
