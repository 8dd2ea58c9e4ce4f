import * as Activation from "../codes/activation";
import * as Own from "../codes/recurrent";
import { madd } from "../simd";
import { activateRow } from "./imports";

/** Bytes of a function: code i32, alpha f32, beta f32. */
export const FUNCTION_BYTES: usize = 12;

/** Applies the function at `f` to whole vectors of numbers, first brought to [-clip, clip] where clip is above 0. */
export function apply(f: usize, at: usize, count: i32, clip: f32): void {
  const code = load<i32>(f);
  const alpha = load<f32>(f, 4);
  const beta = load<f32>(f, 8);
  if (clip > 0) activateRow(at, at, count, Activation.CLAMP, -clip, clip);
  switch (code) {
    case Own.AFFINE:
      return affine(at, count, alpha, beta);
    case Own.SCALED_TANH:
      affine(at, count, beta, 0);
      activateRow(at, at, count, Activation.TANH, 0, 0);
      return affine(at, count, alpha, 0);
    case Own.THRESHOLDED_RELU:
      return thresholdedRelu(at, count, alpha);
    case Own.SOFTSIGN:
      return softsign(at, count);
    default:
      activateRow(at, at, count, code, alpha, beta);
  }
}

function affine(at: usize, count: i32, alpha: f32, beta: f32): void {
  const a = f32x4.splat(alpha);
  const b = f32x4.splat(beta);
  for (; count > 0; count -= 4, at += 16) v128.store(at, madd(v128.load(at), a, b));
}

function thresholdedRelu(at: usize, count: i32, alpha: f32): void {
  const a = f32x4.splat(alpha);
  for (; count > 0; count -= 4, at += 16) {
    const x = v128.load(at);
    // NaN stays
    v128.store(at, v128.andnot(x, f32x4.le(x, a)));
  }
}

function softsign(at: usize, count: i32): void {
  for (; count > 0; count -= 4, at += 16) {
    const x = v128.load(at);
    v128.store(at, f32x4.div(x, f32x4.add(f32x4.splat(1), f32x4.abs(x))));
  }
}
