import * as Activation from "../../codes/activation";
import { demoted, upper } from "../../math";
import { BLOCK } from "../blocks";
import { activateRow } from "../ending";

/** The argument of {@link scaleChannels}. */
@unmanaged
export class ScaleChannels {
  /** (batch, channels, pixels) */
  from: usize;
  /** may be `from` */
  to: usize;
  /** scale f64 and shift f64 for each channel */
  table: usize;
  channels: i32;
  pixels: i32;
  /** see codes/activation.ts */
  activation: i32;
  alpha: f32;
  beta: f32;
}

/**
 * x * scale + shift, rounded once, then a function. Items are images x channels.
 */
export function scaleChannels(params: ScaleChannels, begin: i32, end: i32): void {
  const channels = params.channels;
  const pixels = params.pixels;
  const activation = params.activation;
  const first = (<usize>begin * <usize>pixels) << 2;
  let from = params.from + first;
  let to = params.to + first;
  let channel = begin % channels;
  for (let item = begin; item < end; ++item) {
    const entry = params.table + ((<usize>channel) << 4);
    const scale = load<f64>(entry);
    const shift = load<f64>(entry, 8);
    for (let left = pixels; left > 0; left -= BLOCK) {
      const run = min(left, BLOCK);
      scaleRow(from, to, run, scale, shift);
      if (activation != Activation.NONE) activateRow(to, to, run, activation, params.alpha, params.beta);
      from += (<usize>run) << 2;
      to += (<usize>run) << 2;
    }
    if (++channel == channels) channel = 0;
  }
}

function scaleRow(from: usize, to: usize, count: i32, scale: f64, shift: f64): void {
  const s = f64x2.splat(scale);
  const t = f64x2.splat(shift);
  for (; count >= 4; count -= 4, from += 16, to += 16) {
    const x = v128.load(from);
    const low = f64x2.promote_low_f32x4(x);
    const high = upper(x);
    v128.store(to, demoted(f64x2.add(f64x2.mul(low, s), t), f64x2.add(f64x2.mul(high, s), t)));
  }
  for (; count > 0; --count, from += 4, to += 4) store<f32>(to, <f32>(load<f32>(from) * scale + shift));
}

/** The argument of {@link channelScales}. */
@unmanaged
export class ChannelScales {
  /** f32[channels] */
  mean: usize;
  /** f32[channels] */
  variance: usize;
  /** f32[channels], or 0 for ones */
  weight: usize;
  /** f32[channels], or 0 for zeros */
  bias: usize;
  /** for {@link scaleChannels}: scale f64 and shift f64 for each channel */
  table: usize;
  /** added to the variance */
  eps: f64;
}

/** The scales and shifts of a normalisation whose statistics or parameters are computed. Items are channels. */
export function channelScales(params: ChannelScales, begin: i32, end: i32): void {
  for (let channel = begin; channel < end; ++channel) {
    const at = (<usize>channel) << 2;
    const weight: f64 = params.weight ? load<f32>(params.weight + at) : 1;
    const bias: f64 = params.bias ? load<f32>(params.bias + at) : 0;
    const scale = weight / Math.sqrt(<f64>load<f32>(params.variance + at) + params.eps);
    const entry = params.table + ((<usize>channel) << 4);
    store<f64>(entry, scale);
    store<f64>(entry, bias - <f64>load<f32>(params.mean + at) * scale, 8);
  }
}
