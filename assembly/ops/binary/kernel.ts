import * as Activation from "../../codes/activation";
import * as Binary from "../../codes/binary";
import { eachRow } from "../broadcast";
import { activateRow } from "../ending";
import { Add, Cube, Div, Maximum, Minimum, Mul, Prelu, Root, Sub } from "./functions";
import { power } from "./power";

/** The argument of {@link broadcast}. */
@unmanaged
export class Broadcast {
  a: usize;
  b: usize;
  /** may be `a` or `b`, if that has the result's shape */
  to: usize;
  /**
   * An entry for each axis of the result, the outermost first:
   *
   *   count i32 | a i32 | b i32        bytes between elements; 0 repeats
   *
   * Axes that run on are merged, so the last entry has 4 and 4, 4 and 0, or 0 and 4.
   */
  axes: usize;
  rank: i32;
  /** see codes/binary.ts */
  operation: i32;
  /** see codes/activation.ts */
  activation: i32;
  alpha: f32;
  beta: f32;

  /** Blocks that are computed before they are activated: one, so that it stays in the cache. */
  @inline get most(): i32 {
    return this.activation == Activation.NONE ? i32.MAX_VALUE : 1;
  }

  /** Computes `count` results from the one with the given index on. */
  @inline row(a: usize, aStep: usize, b: usize, bStep: usize, index: usize, count: i32): void {
    operateRow(this.operation, a, aStep, b, bStep, this.to + (index << 2), count);
  }


  @inline end(index: usize, count: i32): void {
    const to = this.to + (index << 2);
    if (this.activation != Activation.NONE) activateRow(to, to, count, this.activation, this.alpha, this.beta);
  }
}

/**
 * An operation on two tensors whose shapes broadcast, and a function of its results. Items are the rows of the innermost
 * axis or, if these are longer, their blocks of BLOCK elements.
 */
export function broadcast(params: Broadcast, begin: i32, end: i32): void {
  eachRow<Broadcast>(params, params.a, params.b, params.axes, params.rank, begin, end);
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
    case Binary.POW:
      return powerRow(a, aStep, b, bStep, to, count);
    default:
      unreachable();
  }
}

/** Common exponents of networks are worth avoiding four calls for each vector. */
function powerRow(a: usize, aStep: usize, b: usize, bStep: usize, to: usize, count: i32): void {
  if (bStep == 0) {
    const exponent = load<f32>(b);
    if (exponent == 2) return row<Mul>(a, aStep, a, aStep, to, count);
    if (exponent == 3) return row<Cube>(a, aStep, b, bStep, to, count);
    if (exponent == 0.5) return row<Root>(a, aStep, b, bStep, to, count);
  }
  for (; count > 0; --count, a += aStep, b += bStep, to += 4) store<f32>(to, power(load<f32>(a), load<f32>(b)));
}

/** One loop for each operation, and for each argument that may repeat. */
function row<F>(a: usize, aStep: usize, b: usize, bStep: usize, to: usize, count: i32): void {
  const f = changetype<F>(0);
  if (aStep == 0) {
    const x = v128.load32_splat(a);
    for (; count >= 4; count -= 4, b += 16, to += 16) v128.store(to, f.of(x, v128.load(b)));
    for (; count > 0; --count, b += 4, to += 4) v128.store32_lane(to, f.of(x, v128.load32_splat(b)), 0);
  } else if (bStep == 0) {
    const y = v128.load32_splat(b);
    for (; count >= 4; count -= 4, a += 16, to += 16) v128.store(to, f.of(v128.load(a), y));
    for (; count > 0; --count, a += 4, to += 4) v128.store32_lane(to, f.of(v128.load32_splat(a), y), 0);
  } else {
    for (; count >= 8; count -= 8, a += 32, b += 32, to += 32) {
      v128.store(to, f.of(v128.load(a), v128.load(b)));
      v128.store(to, f.of(v128.load(a, 16), v128.load(b, 16)), 16);
    }
    for (; count >= 4; count -= 4, a += 16, b += 16, to += 16) v128.store(to, f.of(v128.load(a), v128.load(b)));
    for (; count > 0; --count, a += 4, b += 4, to += 4) {
      v128.store32_lane(to, f.of(v128.load32_splat(a), v128.load32_splat(b)), 0);
    }
  }
}
