import { activate, Activation } from "../epilogue";
import { power } from "./power";

/** Operations on two numbers. */
export namespace Binary {
  export const ADD: i32 = 0;
  export const SUB: i32 = 1;
  export const MUL: i32 = 2;
  export const DIV: i32 = 3;
  export const POW: i32 = 4;
  /** NaN where either is */
  export const MINIMUM: i32 = 5;
  export const MAXIMUM: i32 = 6;
  /** slope b below zero */
  export const PRELU: i32 = 7;
}

// @ts-ignore: decorator
@inline
const AXIS_BYTES: usize = 12;

/** Results that are activated together, so that they are still in the cache. */
// @ts-ignore: decorator
@inline
const RUN: i32 = 2048;

/**
 * An operation on two tensors whose shapes broadcast, and a function of its results. `axes` has an entry for each of `rank`
 * axes of the result, the outermost first:
 *
 *   count i32 | a i32 | b i32        bytes from one element to the next; 0 repeats
 *
 * The caller has merged what runs on, so the last entry says 4 and 4, 4 and 0, or 0 and 4. `splat` is 16 bytes of scratch.
 */
export function broadcast(
  operation: i32,
  a: usize,
  b: usize,
  to: usize,
  axes: usize,
  rank: i32,
  splat: usize,
  activation: i32,
  alpha: f32,
  beta: f32,
): void {
  operate(operation, a, b, to, axes, rank, splat, activation, alpha, beta);
}

/** Returns the end of the results. */
function operate(
  operation: i32,
  a: usize,
  b: usize,
  to: usize,
  axes: usize,
  rank: i32,
  splat: usize,
  activation: i32,
  alpha: f32,
  beta: f32,
): usize {
  const count = load<i32>(axes);
  const aStep = <usize>load<i32>(axes, 4);
  const bStep = <usize>load<i32>(axes, 8);
  if (rank > 1) {
    for (let i = 0; i < count; ++i, a += aStep, b += bStep) {
      to = operate(operation, a, b, to, axes + AXIS_BYTES, rank - 1, splat, activation, alpha, beta);
    }
    return to;
  }
  const repeated = aStep == 0 ? a : b;
  if (aStep == 0 || bStep == 0) v128.store(splat, v128.load32_splat(repeated));
  if (aStep == 0) a = splat;
  if (bStep == 0) b = splat;
  if (activation == Activation.NONE) {
    operateRow(operation, a, aStep, b, bStep, to, count);
    return to + ((<usize>count) << 2);
  }
  for (let left = count; left > 0; left -= RUN) {
    const run = min(left, RUN);
    operateRow(operation, a, aStep, b, bStep, to, run);
    activate(to, to, run, activation, alpha, beta);
    a += <usize>run * aStep;
    b += <usize>run * bStep;
    to += (<usize>run) << 2;
  }
  return to;
}

function operateRow(operation: i32, a: usize, aStep: usize, b: usize, bStep: usize, to: usize, count: i32): void {
  switch (operation) {
    case Binary.ADD:
      return row<Add>(a, aStep, b, bStep, to, count);
    case Binary.SUB:
      return row<Sub>(a, aStep, b, bStep, to, count);
    case Binary.MUL:
      return row<Mul>(a, aStep, b, bStep, to, count);
    case Binary.DIV:
      return row<Div>(a, aStep, b, bStep, to, count);
    case Binary.MINIMUM:
      return row<Minimum>(a, aStep, b, bStep, to, count);
    case Binary.MAXIMUM:
      return row<Maximum>(a, aStep, b, bStep, to, count);
    case Binary.PRELU:
      return row<Prelu>(a, aStep, b, bStep, to, count);
    default:
      powerRow(a, aStep, b, bStep, to, count);
  }
}

/** The exponents that networks have are worth more than four calls each. */
function powerRow(a: usize, aStep: usize, b: usize, bStep: usize, to: usize, count: i32): void {
  if (bStep == 0) {
    const exponent = load<f32>(b);
    if (exponent == 2) return row<Mul>(a, aStep, a, aStep, to, count);
    if (exponent == 3) return row<Cube>(a, aStep, b, bStep, to, count);
    if (exponent == 0.5) return row<Root>(a, aStep, b, bStep, to, count);
  }
  for (; count > 0; --count, a += aStep, b += bStep, to += 4) store<f32>(to, power(load<f32>(a), load<f32>(b)));
}

/** A loop of its own for each operation, as in epilogue.ts. A repeated argument is four equal numbers. */
function row<F>(a: usize, aStep: usize, b: usize, bStep: usize, to: usize, count: i32): void {
  const f = changetype<F>(0);
  for (; count >= 4; count -= 4, a += aStep << 2, b += bStep << 2, to += 16) {
    v128.store(to, f.of(v128.load(a), v128.load(b)));
  }
  for (; count > 0; --count, a += aStep, b += bStep, to += 4) {
    v128.store32_lane(to, f.of(v128.load32_splat(a), v128.load32_splat(b)), 0);
  }
}

class Add {

  @inline of(a: v128, b: v128): v128 {
    return f32x4.add(a, b);
  }
}

class Sub {

  @inline of(a: v128, b: v128): v128 {
    return f32x4.sub(a, b);
  }
}

class Mul {

  @inline of(a: v128, b: v128): v128 {
    return f32x4.mul(a, b);
  }
}

class Div {

  @inline of(a: v128, b: v128): v128 {
    return f32x4.div(a, b);
  }
}

class Minimum {

  @inline of(a: v128, b: v128): v128 {
    return f32x4.min(a, b);
  }
}

class Maximum {

  @inline of(a: v128, b: v128): v128 {
    return f32x4.max(a, b);
  }
}

class Prelu {

  @inline of(a: v128, b: v128): v128 {
    return v128.bitselect(f32x4.mul(a, b), a, f32x4.lt(a, f32x4.splat(0)));
  }
}

class Cube {

  @inline of(a: v128, _b: v128): v128 {
    return f32x4.mul(f32x4.mul(a, a), a);
  }
}

class Root {

  @inline of(a: v128, _b: v128): v128 {
    return f32x4.sqrt(a);
  }
}
