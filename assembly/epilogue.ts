import { Conv } from "./params";
import { exp } from "./simd";

/** What `activation` in the parameter block says; `alpha` and `beta` are its numbers. */
export namespace Activation {
  export const NONE: i32 = 0;
  export const RELU: i32 = 1;
  /** to [alpha, beta] */
  export const CLAMP: i32 = 2;
  /** slope alpha below zero */
  export const LEAKY_RELU: i32 = 3;
  export const SILU: i32 = 4;
  export const HARDSWISH: i32 = 5;
}

/** Adds the residual and applies the activation to finished outputs, while they are in the cache. */
// @ts-ignore: decorator
@inline
export function finish(conv: Conv, at: usize, rowBytes: usize, rows: i32, columns: i32): void {
  if (conv.activation != Activation.NONE || conv.residual != 0) finishRows(conv, at, rowBytes, rows, columns);
}

function finishRows(conv: Conv, at: usize, rowBytes: usize, rows: i32, columns: i32): void {
  const residual = conv.residual;
  let other = residual + (at - conv.output);
  for (let row = 0; row < rows; ++row) {
    if (residual) addRow(at, other, columns);
    activateRow(conv.activation, at, columns, f32x4.splat(conv.alpha), f32x4.splat(conv.beta));
    at += rowBytes;
    other += rowBytes;
  }
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

function activateRow(activation: i32, at: usize, columns: i32, alpha: v128, beta: v128): void {
  if (activation == Activation.NONE) return;
  for (; columns >= 4; columns -= 4, at += 16) v128.store(at, activate(activation, v128.load(at), alpha, beta));
  for (; columns > 0; --columns, at += 4) {
    v128.store32_lane(at, activate(activation, v128.load32_splat(at), alpha, beta), 0);
  }
}

/** pmax(x, bound) and pmin(x, bound) are one instruction on x86-64 and keep NaN. */
function activate(activation: i32, x: v128, alpha: v128, beta: v128): v128 {
  if (activation == Activation.RELU) return f32x4.pmax(x, f32x4.splat(0));
  if (activation == Activation.CLAMP) return f32x4.pmin(f32x4.pmax(x, alpha), beta);
  if (activation == Activation.LEAKY_RELU) return v128.bitselect(f32x4.mul(x, alpha), x, f32x4.lt(x, f32x4.splat(0)));
  if (activation == Activation.SILU) return f32x4.div(x, f32x4.add(f32x4.splat(1), exp(f32x4.neg(x))));
  const gate = f32x4.pmin(f32x4.pmax(f32x4.add(x, f32x4.splat(3)), f32x4.splat(0)), f32x4.splat(6));
  return f32x4.mul(x, f32x4.mul(gate, f32x4.splat(1.0 / 6.0)));
}
