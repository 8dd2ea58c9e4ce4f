import { madd } from "../simd";

/** (x - mean) * scale + shift; the rounding error of the mean is part of the shift. */
export function shiftAndScale(from: usize, to: usize, count: i32, mean: f64, scale: f64, shift: f64): void {
  const m = f32x4.splat(<f32>mean);
  const s = f32x4.splat(<f32>scale);
  const t = f32x4.splat(<f32>(shift - (mean - <f32>mean) * scale));
  for (; count >= 4; count -= 4, from += 16, to += 16) v128.store(to, madd(f32x4.sub(v128.load(from), m), s, t));
  for (; count > 0; --count, from += 4, to += 4) {
    v128.store32_lane(to, madd(f32x4.sub(v128.load32_splat(from), m), s, t), 0);
  }
}
