import { demoted, upper } from "../../math";
import { shiftAndScale } from "../../ops/shift";
import { Deviation, sumOf, total, Value } from "../../ops/sums";

/** The argument of {@link normalizeBatch}. */
@unmanaged
export class NormalizeBatch {
  /** (batch, channels, pixels) */
  from: usize;
  to: usize;
  /** (channels), or 0 for none */
  weight: usize;
  /** (channels), or 0 for none */
  bias: usize;
  /** result (channels) */
  mean: usize;
  /** result (channels), of sums divided by the number of values */
  variance: usize;
  batch: i32;
  channels: i32;
  pixels: i32;
  eps: f64;
}

/** The numbers of a channel, of all images, are scaled to mean 0 and variance 1, then weighted and shifted. Items are channels. */
export function normalizeBatch(params: NormalizeBatch, begin: i32, end: i32): void {
  const pixels = params.pixels;
  const plane = (<usize>pixels) << 2;
  const image = plane * params.channels;
  const batch = params.batch;
  const weight = params.weight;
  const bias = params.bias;
  for (let channel = begin; channel < end; ++channel) {
    const at = (<usize>channel) << 2;
    const offset = <usize>channel * plane;
    const mean = meanOf(params.from + offset, image, batch, pixels);
    const variance = varianceOf(params.from + offset, image, batch, pixels, mean);
    store<f32>(params.mean + at, <f32>mean);
    store<f32>(params.variance + at, <f32>variance);
    const inverse = 1 / sqrt(variance + params.eps);
    const scale = weight ? inverse * load<f32>(weight + at) : inverse;
    const shift = bias ? load<f32>(bias + at) : 0;
    for (let n = 0, place = offset; n < batch; ++n, place += image) {
      shiftAndScale(params.from + place, params.to + place, pixels, mean, scale, shift);
    }
  }
}

/** The argument of {@link normalizeBatchGradient}. */
@unmanaged
export class NormalizeBatchGradient {
  /** (batch, channels, pixels): gradient of the result */
  gradient: usize;
  /** (batch, channels, pixels): what was normalised */
  input: usize;
  /** (channels), or 0 for none */
  weight: usize;
  /** result (batch, channels, pixels) */
  to: usize;
  /** result (channels) */
  ofWeight: usize;
  /** result (channels) */
  ofBias: usize;
  batch: i32;
  channels: i32;
  pixels: i32;
  eps: f64;
}

/**
 * With x̂ = (x - mean) r and r = 1 / sqrt(variance + eps), the gradient of x is w r (g - mean(g) - x̂ mean(g x̂)), of the weight
 * sum(g x̂), of the bias sum(g). Items are channels.
 */
export function normalizeBatchGradient(params: NormalizeBatchGradient, begin: i32, end: i32): void {
  const pixels = params.pixels;
  const plane = (<usize>pixels) << 2;
  const image = plane * params.channels;
  const batch = params.batch;
  const count = <f64>batch * pixels;
  const weight = params.weight;
  for (let channel = begin; channel < end; ++channel) {
    const at = (<usize>channel) << 2;
    const offset = <usize>channel * plane;
    const mean = meanOf(params.input + offset, image, batch, pixels);
    const inverse = 1 / sqrt(varianceOf(params.input + offset, image, batch, pixels, mean) + params.eps);
    let sum: f64 = 0;
    let product: f64 = 0;
    for (let n = 0, place = offset; n < batch; ++n, place += image) {
      sum += sumOf<Value>(params.gradient + place, pixels, 0);
      product += productOf(params.gradient + place, params.input + place, pixels, mean);
    }
    store<f32>(params.ofWeight + at, <f32>(product * inverse));
    store<f32>(params.ofBias + at, <f32>sum);
    const ofGradient = weight ? inverse * load<f32>(weight + at) : inverse;
    const ofInput = (-ofGradient * inverse * inverse * product) / count;
    const constant = (-ofGradient * sum) / count - ofInput * mean;
    for (let n = 0, place = offset; n < batch; ++n, place += image) {
      combine(params.gradient + place, params.input + place, params.to + place, pixels, ofGradient, ofInput, constant);
    }
  }
}

function meanOf(from: usize, image: usize, batch: i32, pixels: i32): f64 {
  let sum: f64 = 0;
  for (let n = 0; n < batch; ++n, from += image) sum += sumOf<Value>(from, pixels, 0);
  return sum / (<f64>batch * pixels);
}

/** From distances to the rounded mean: the difference of squares would cancel. */
function varianceOf(from: usize, image: usize, batch: i32, pixels: i32, mean: f64): f64 {
  const rest = mean - <f32>mean;
  let sum: f64 = 0;
  for (let n = 0; n < batch; ++n, from += image) sum += sumOf<Deviation>(from, pixels, <f32>mean);
  return sum / (<f64>batch * pixels) - rest * rest;
}

/** Sum of g (x - mean), in float64. */
function productOf(g: usize, x: usize, count: i32, mean: f64): f64 {
  const m = f64x2.splat(mean);
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  for (; count >= 4; count -= 4, g += 16, x += 16) {
    const a = v128.load(g);
    const b = v128.load(x);
    low = f64x2.add(low, f64x2.mul(f64x2.promote_low_f32x4(a), f64x2.sub(f64x2.promote_low_f32x4(b), m)));
    high = f64x2.add(high, f64x2.mul(upper(a), f64x2.sub(upper(b), m)));
  }
  let sum = total(low, high);
  for (; count > 0; --count, g += 4, x += 4) sum += load<f32>(g) * (load<f32>(x) - mean);
  return sum;
}

/** g a + x b + c, rounded once */
function combine(g: usize, x: usize, to: usize, count: i32, a: f64, b: f64, c: f64): void {
  const s = f64x2.splat(a);
  const t = f64x2.splat(b);
  const u = f64x2.splat(c);
  for (; count >= 4; count -= 4, g += 16, x += 16, to += 16) {
    const y = v128.load(g);
    const z = v128.load(x);
    const low = f64x2.add(f64x2.mul(f64x2.promote_low_f32x4(y), s), f64x2.mul(f64x2.promote_low_f32x4(z), t));
    const high = f64x2.add(f64x2.mul(upper(y), s), f64x2.mul(upper(z), t));
    v128.store(to, demoted(f64x2.add(low, u), f64x2.add(high, u)));
  }
  for (; count > 0; --count, g += 4, x += 4, to += 4) {
    store<f32>(to, <f32>(load<f32>(g) * a + load<f32>(x) * b + c));
  }
}
