import { activate, Activation } from "../epilogue";
import { demoted, upper } from "../math";

/** Results that are activated together, so that they are still in the cache. */
// @ts-ignore: decorator
@inline
const RUN: i32 = 2048;

/**
 * x * scale + shift, then a function, over (batch, channels, pixels). `table` has scale f64 and shift f64 for each channel:
 * what is computed is rounded once.
 */
export function scaleChannels(
  from: usize,
  to: usize,
  batch: i32,
  channels: i32,
  pixels: i32,
  table: usize,
  activation: i32,
  alpha: f32,
  beta: f32,
): void {
  for (let n = 0; n < batch; ++n) {
    let entry = table;
    for (let channel = 0; channel < channels; ++channel, entry += 16) {
      const scale = load<f64>(entry);
      const shift = load<f64>(entry, 8);
      for (let left = pixels; left > 0; left -= RUN) {
        const run = min(left, RUN);
        scaleRow(from, to, run, scale, shift);
        if (activation != Activation.NONE) activate(to, to, run, activation, alpha, beta);
        from += (<usize>run) << 2;
        to += (<usize>run) << 2;
      }
    }
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
