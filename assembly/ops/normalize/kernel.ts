import { shiftAndScale } from "../shift";
import { Deviation, sumOf, Value } from "../sums";

/** The argument of {@link normalizeGroups}. */
@unmanaged
export class NormalizeGroups {
  /** (batch, groups, channels, pixels) */
  from: usize;
  /** may be `from` */
  to: usize;
  /** (groups * channels), or 0 for none */
  weight: usize;
  /** (groups * channels), or 0 for none */
  bias: usize;
  groups: i32;
  /** of a group */
  channels: i32;
  pixels: i32;
  eps: f64;
}

/**
 * The numbers of a group are scaled to mean 0 and variance 1, then each channel is multiplied by its weight and its bias
 * is added. Items are images x groups.
 */
export function normalizeGroups(params: NormalizeGroups, begin: i32, end: i32): void {
  const groups = params.groups;
  const channels = params.channels;
  const pixels = params.pixels;
  const weight = params.weight;
  const bias = params.bias;
  const count = channels * pixels;
  const plane = (<usize>pixels) << 2;
  const first = (<usize>begin * <usize>count) << 2;
  let from = params.from + first;
  let to = params.to + first;
  for (let item = begin; item < end; ++item) {
    const mean = sumOf<Value>(from, count, 0) / count;
    const inverse = inverseDeviation(from, count, mean, params.eps);
    let channel = (item % groups) * channels;
    for (let c = 0; c < channels; ++c, ++channel, from += plane, to += plane) {
      const scale = weight ? inverse * load<f32>(weight + ((<usize>channel) << 2)) : inverse;
      const shift = bias ? load<f32>(bias + ((<usize>channel) << 2)) : 0;
      shiftAndScale(from, to, pixels, mean, scale, shift);
    }
  }
}

/** The argument of {@link normalizeRows}. */
@unmanaged
export class NormalizeRows {
  /** (rows, columns) */
  from: usize;
  /** may be `from` */
  to: usize;
  /** (columns), or 0 for none */
  weight: usize;
  /** (columns), or 0 for none */
  bias: usize;
  /** (rows), for the mean of each row and 1 / its deviation; 0 for neither */
  means: usize;
  inverses: usize;
  columns: i32;
  /** 1 to scale to variance 1 around the mean, 0 to scale to mean square 1 */
  centred: i32;
  eps: f64;
}

/** As {@link normalizeGroups} for each row, with a weight and a bias for each column. Items are the rows. */
export function normalizeRows(params: NormalizeRows, begin: i32, end: i32): void {
  const columns = params.columns;
  const weight = params.weight;
  const bias = params.bias;
  const pitch = (<usize>columns) << 2;
  let from = params.from + <usize>begin * pitch;
  let to = params.to + <usize>begin * pitch;
  for (let row = begin; row < end; ++row, from += pitch, to += pitch) {
    const mean = params.centred ? sumOf<Value>(from, columns, 0) / columns : 0;
    const inverse = inverseDeviation(from, columns, mean, params.eps);
    if (params.means) {
      store<f32>(params.means + ((<usize>row) << 2), <f32>mean);
      store<f32>(params.inverses + ((<usize>row) << 2), <f32>inverse);
    }
    shiftAndScale(from, to, columns, mean, inverse, 0);
    if (weight) multiply(to, weight, columns);
    if (bias) add(to, bias, columns);
  }
}

/** 1 / sqrt(variance + eps), from distances to the rounded mean: the difference of squares would cancel. */
// @ts-ignore: decorator
@inline
function inverseDeviation(from: usize, count: i32, mean: f64, eps: f64): f64 {
  const rest = mean - <f32>mean;
  return 1 / sqrt(sumOf<Deviation>(from, count, <f32>mean) / count - rest * rest + eps);
}

function multiply(to: usize, by: usize, count: i32): void {
  for (; count >= 4; count -= 4, to += 16, by += 16) v128.store(to, f32x4.mul(v128.load(to), v128.load(by)));
  for (; count > 0; --count, to += 4, by += 4) store<f32>(to, load<f32>(to) * load<f32>(by));
}

function add(to: usize, by: usize, count: i32): void {
  for (; count >= 4; count -= 4, to += 16, by += 16) v128.store(to, f32x4.add(v128.load(to), v128.load(by)));
  for (; count > 0; --count, to += 4, by += 4) store<f32>(to, load<f32>(to) + load<f32>(by));
}
