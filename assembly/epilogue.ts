import {
  Abs,
  Ceil,
  Clamp,
  Elu,
  Erf,
  Exp,
  Floor,
  Gelu,
  GeluTanh,
  Hardsigmoid,
  Hardswish,
  LeakyRelu,
  Log,
  Mish,
  Neg,
  Reciprocal,
  Relu,
  Round,
  Sigmoid,
  Silu,
  Softplus,
  Sqrt,
  Tanh,
} from "./functions";
import { floats } from "./floats";
import { Conv } from "./params";

/** Functions of one number, for finished outputs and by themselves; `alpha` and `beta` are their numbers. */
export namespace Activation {
  export const NONE: i32 = 0;
  export const RELU: i32 = 1;
  /** to [alpha, beta] */
  export const CLAMP: i32 = 2;
  /** slope alpha below zero */
  export const LEAKY_RELU: i32 = 3;
  export const SILU: i32 = 4;
  /** alpha hardswish(x) + beta */
  export const HARDSWISH: i32 = 5;
  export const SIGMOID: i32 = 6;
  export const TANH: i32 = 7;
  /** alpha x + beta, to [0, 1] */
  export const HARDSIGMOID: i32 = 8;
  export const GELU: i32 = 9;
  export const GELU_TANH: i32 = 10;
  /** alpha (e^x - 1) below zero */
  export const ELU: i32 = 11;
  export const SOFTPLUS: i32 = 12;
  export const MISH: i32 = 13;
  export const EXP: i32 = 14;
  export const LOG: i32 = 15;
  export const SQRT: i32 = 16;
  export const ABS: i32 = 17;
  export const NEG: i32 = 18;
  export const RECIPROCAL: i32 = 19;
  export const ERF: i32 = 20;
  export const FLOOR: i32 = 21;
  export const CEIL: i32 = 22;
  /** halves to even */
  export const ROUND: i32 = 23;
}

/** Adds the residual and applies the activation to finished outputs, while they are in the cache. */
// @ts-ignore: decorator
@inline
export function finish(conv: Conv, at: usize, rowBytes: usize, rows: i32, columns: i32): void {
  if (conv.activation != Activation.NONE || conv.residual != 0) finishRows(conv, at, rowBytes, rows, columns);
}

function finishRows(conv: Conv, at: usize, rowBytes: usize, rows: i32, columns: i32): void {
  let residual = conv.residual ? conv.residual + (at - conv.output) : 0;
  for (let row = 0; row < rows; ++row) {
    finishRow(conv, at, residual, columns);
    at += rowBytes;
    if (residual) residual += rowBytes;
  }
}

/** Finishes a row whose residual lies at `residual`, or that has none. */
export function finishRow(conv: Conv, at: usize, residual: usize, columns: i32): void {
  if (residual) addRow(at, residual, columns);
  if (conv.activation != Activation.NONE) activateRow(at, at, columns, conv.activation, conv.alpha, conv.beta);
}

function addRow(at: usize, other: usize, columns: i32): void {
  for (; columns >= 4; columns -= 4) {
    v128.store(at, f32x4.add(v128.load(at), v128.load(other)));
    at += 16;
    other += 16;
  }
  for (; columns > 0; --columns) {
    store<f32>(at, load<f32>(at) + load<f32>(other));
    at += 4;
    other += 4;
  }
}

/** The function over a row, which may be computed in place. */
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
    default:
      memory.copy(to, from, floats(count));
  }
}

/** A loop of its own for each function: the call is resolved when it is compiled, and the pointer points to nothing. */
function row<F>(from: usize, to: usize, count: i32, alpha: v128, beta: v128): void {
  const f = changetype<F>(0);
  for (; count >= 4; count -= 4, from += 16, to += 16) v128.store(to, f.of(v128.load(from), alpha, beta));
  for (; count > 0; --count, from += 4, to += 4) {
    v128.store32_lane(to, f.of(v128.load32_splat(from), alpha, beta), 0);
  }
}
