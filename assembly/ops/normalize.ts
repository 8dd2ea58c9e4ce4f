import { madd } from "../simd";
import { Deviation, sumOf, Value } from "./reduce";

/**
 * (batch, groups, channels, pixels): the numbers of a group are brought to mean 0 and variance 1, then each channel is
 * multiplied by its weight and its bias is added; weight and bias are (groups * channels), or 0 for none. In place too.
 */
export function normalizeGroups(
  from: usize,
  to: usize,
  batch: i32,
  groups: i32,
  channels: i32,
  pixels: i32,
  weight: usize,
  bias: usize,
  eps: f64,
): void {
  const count = channels * pixels;
  const plane = (<usize>pixels) << 2;
  for (let n = 0; n < batch; ++n) {
    for (let channel = 0; channel < groups * channels; channel += channels) {
      const mean = sumOf<Value>(from, count, 0) / count;
      const inverse = inverseDeviation(from, count, mean, eps);
      for (let c = channel; c < channel + channels; ++c, from += plane, to += plane) {
        const scale = weight ? inverse * load<f32>(weight + ((<usize>c) << 2)) : inverse;
        const shift = bias ? load<f32>(bias + ((<usize>c) << 2)) : 0;
        shiftAndScale(from, to, pixels, mean, scale, shift);
      }
    }
  }
}

/** As {@link normalizeGroups} for each row, with a weight and a bias for each column. */
export function normalizeRows(
  from: usize,
  to: usize,
  rows: i32,
  columns: i32,
  weight: usize,
  bias: usize,
  eps: f64,
): void {
  const pitch = (<usize>columns) << 2;
  for (let row = 0; row < rows; ++row, from += pitch, to += pitch) {
    const mean = sumOf<Value>(from, columns, 0) / columns;
    shiftAndScale(from, to, columns, mean, inverseDeviation(from, columns, mean, eps), 0);
    if (weight) multiply(to, weight, columns);
    if (bias) add(to, bias, columns);
  }
}

/** 1 / sqrt(variance + eps), from distances to the mean, rounded: the difference of squares would cancel. */
// @ts-ignore: decorator
@inline
function inverseDeviation(from: usize, count: i32, mean: f64, eps: f64): f64 {
  const rest = mean - <f32>mean;
  return 1 / sqrt(sumOf<Deviation>(from, count, <f32>mean) / count - rest * rest + eps);
}

/** (x - mean) * scale + shift; what the mean loses when it is rounded is part of the shift. */
function shiftAndScale(from: usize, to: usize, count: i32, mean: f64, scale: f64, shift: f64): void {
  const m = f32x4.splat(<f32>mean);
  const s = f32x4.splat(<f32>scale);
  const t = f32x4.splat(<f32>(shift - (mean - <f32>mean) * scale));
  for (; count >= 4; count -= 4, from += 16, to += 16) v128.store(to, madd(f32x4.sub(v128.load(from), m), s, t));
  for (; count > 0; --count, from += 4, to += 4) {
    v128.store32_lane(to, madd(f32x4.sub(v128.load32_splat(from), m), s, t), 0);
  }
}

function multiply(to: usize, by: usize, count: i32): void {
  for (; count >= 4; count -= 4, to += 16, by += 16) v128.store(to, f32x4.mul(v128.load(to), v128.load(by)));
  for (; count > 0; --count, to += 4, by += 4) store<f32>(to, load<f32>(to) * load<f32>(by));
}

function add(to: usize, by: usize, count: i32): void {
  for (; count >= 4; count -= 4, to += 16, by += 16) v128.store(to, f32x4.add(v128.load(to), v128.load(by)));
  for (; count > 0; --count, to += 4, by += 4) store<f32>(to, load<f32>(to) + load<f32>(by));
}
