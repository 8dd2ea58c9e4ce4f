import * as Activation from "./codes/activation";
import {
  erf,
  exp,
  expm1,
  gelu,
  geluTanh,
  log,
  logisticDivisor,
  mish,
  ONE,
  SIX,
  SIXTH,
  softplus,
  tanh,
  THREE,
} from "./math";

/** The function with the given code over a row, which may be computed in place. */
export function activateRow(from: usize, to: usize, count: i32, activation: i32, alpha: f32, beta: f32): void {
  const a = f32x4.splat(alpha);
  const b = f32x4.splat(beta);
  switch (activation) {
    case Activation.RELU:
      return row<Relu>(from, to, count, a, b);
    case Activation.CLAMP:
      return row<Clamp>(from, to, count, a, b);
    case Activation.LEAKY_RELU:
      return row<LeakyRelu>(from, to, count, a, b);
    case Activation.SILU:
      return row<Silu>(from, to, count, a, b);
    case Activation.HARDSWISH:
      return row<Hardswish>(from, to, count, a, b);
    case Activation.SIGMOID:
      return row<Sigmoid>(from, to, count, a, b);
    case Activation.TANH:
      return row<Tanh>(from, to, count, a, b);
    case Activation.HARDSIGMOID:
      return row<Hardsigmoid>(from, to, count, a, b);
    case Activation.GELU:
      return row<Gelu>(from, to, count, a, b);
    case Activation.GELU_TANH:
      return row<GeluTanh>(from, to, count, a, b);
    case Activation.ELU:
      return row<Elu>(from, to, count, a, b);
    case Activation.SOFTPLUS:
      return row<Softplus>(from, to, count, a, b);
    case Activation.MISH:
      return row<Mish>(from, to, count, a, b);
    case Activation.EXP:
      return row<Exp>(from, to, count, a, b);
    case Activation.LOG:
      return row<Log>(from, to, count, a, b);
    case Activation.SQRT:
      return row<Sqrt>(from, to, count, a, b);
    case Activation.ABS:
      return row<Abs>(from, to, count, a, b);
    case Activation.NEG:
      return row<Neg>(from, to, count, a, b);
    case Activation.RECIPROCAL:
      return row<Reciprocal>(from, to, count, a, b);
    case Activation.ERF:
      return row<Erf>(from, to, count, a, b);
    case Activation.FLOOR:
      return row<Floor>(from, to, count, a, b);
    case Activation.CEIL:
      return row<Ceil>(from, to, count, a, b);
    case Activation.ROUND:
      return row<Round>(from, to, count, a, b);
    case Activation.SIGN:
      return row<Sign>(from, to, count, a, b);
    default:
      unreachable();
  }
}

/** One loop for each function: its method is known when the loop is compiled. */
export function row<F>(from: usize, to: usize, count: i32, alpha: v128, beta: v128): void {
  const f = changetype<F>(0);
  for (; count >= 4; count -= 4, from += 16, to += 16) v128.store(to, f.of(v128.load(from), alpha, beta));
  for (; count > 0; --count, from += 4, to += 4) {
    v128.store32_lane(to, f.of(v128.load32_splat(from), alpha, beta), 0);
  }
}

/**
 * Functions of one number, as types for which a loop is compiled. There are no such objects: a method is called on a null
 * pointer, which it never reads. pmax(x, bound) and pmin(x, bound) are one instruction on x86-64 and keep NaN.
 */

class Relu {

  @inline of(x: v128, _alpha: v128, _beta: v128): v128 {
    return f32x4.pmax(x, f32x4.splat(0));
  }
}

class Clamp {

  @inline of(x: v128, alpha: v128, beta: v128): v128 {
    return f32x4.pmin(f32x4.pmax(x, alpha), beta);
  }
}

class LeakyRelu {

  @inline of(x: v128, alpha: v128, _beta: v128): v128 {
    return v128.bitselect(f32x4.mul(x, alpha), x, f32x4.lt(x, f32x4.splat(0)));
  }
}

class Silu {

  @inline of(x: v128, _alpha: v128, _beta: v128): v128 {
    return f32x4.div(x, logisticDivisor(x));
  }
}

class Hardswish {

  @inline of(x: v128, alpha: v128, beta: v128): v128 {
    const gate = f32x4.pmin(f32x4.pmax(f32x4.add(x, THREE), f32x4.splat(0)), SIX);
    return f32x4.add(f32x4.mul(x, f32x4.mul(gate, f32x4.mul(alpha, SIXTH))), beta);
  }
}

class Sigmoid {

  @inline of(x: v128, _alpha: v128, _beta: v128): v128 {
    return f32x4.div(ONE, logisticDivisor(x));
  }
}

class Tanh {

  @inline of(x: v128, _alpha: v128, _beta: v128): v128 {
    return tanh(x);
  }
}

class Hardsigmoid {

  @inline of(x: v128, alpha: v128, beta: v128): v128 {
    return f32x4.pmin(f32x4.pmax(f32x4.add(f32x4.mul(x, alpha), beta), f32x4.splat(0)), ONE);
  }
}

class Gelu {

  @inline of(x: v128, _alpha: v128, _beta: v128): v128 {
    return gelu(x);
  }
}

class GeluTanh {

  @inline of(x: v128, _alpha: v128, _beta: v128): v128 {
    return geluTanh(x);
  }
}

class Elu {

  @inline of(x: v128, alpha: v128, _beta: v128): v128 {
    return v128.bitselect(f32x4.mul(expm1(f32x4.pmin(x, f32x4.splat(0))), alpha), x, f32x4.lt(x, f32x4.splat(0)));
  }
}

class Softplus {

  @inline of(x: v128, _alpha: v128, _beta: v128): v128 {
    return softplus(x);
  }
}

class Mish {

  @inline of(x: v128, _alpha: v128, _beta: v128): v128 {
    return mish(x);
  }
}

class Exp {

  @inline of(x: v128, _alpha: v128, _beta: v128): v128 {
    return exp(x);
  }
}

class Log {

  @inline of(x: v128, _alpha: v128, _beta: v128): v128 {
    return log(x);
  }
}

class Sqrt {

  @inline of(x: v128, _alpha: v128, _beta: v128): v128 {
    return f32x4.sqrt(x);
  }
}

class Abs {

  @inline of(x: v128, _alpha: v128, _beta: v128): v128 {
    return f32x4.abs(x);
  }
}

class Neg {

  @inline of(x: v128, _alpha: v128, _beta: v128): v128 {
    return f32x4.neg(x);
  }
}

class Reciprocal {

  @inline of(x: v128, _alpha: v128, _beta: v128): v128 {
    return f32x4.div(ONE, x);
  }
}

class Erf {

  @inline of(x: v128, _alpha: v128, _beta: v128): v128 {
    return erf(x);
  }
}

class Floor {

  @inline of(x: v128, _alpha: v128, _beta: v128): v128 {
    return f32x4.floor(x);
  }
}

class Ceil {

  @inline of(x: v128, _alpha: v128, _beta: v128): v128 {
    return f32x4.ceil(x);
  }
}

class Round {

  @inline of(x: v128, _alpha: v128, _beta: v128): v128 {
    return f32x4.nearest(x);
  }
}

class Sign {

  @inline of(x: v128, _alpha: v128, _beta: v128): v128 {
    const positive = v128.and(f32x4.gt(x, f32x4.splat(0)), ONE);
    const negative = v128.and(f32x4.lt(x, f32x4.splat(0)), f32x4.splat(-1));
    // all bits set is a NaN
    return v128.or(v128.or(positive, negative), f32x4.ne(x, x));
  }
}
