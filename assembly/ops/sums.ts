import { upper } from "../math";

/** The number itself. */
export class Value {

  @inline of(x: v128, _middle: v128): v128 {
    return x;
  }
}

/** The square of its distance from the mean. */
export class Deviation {

  @inline of(x: v128, middle: v128): v128 {
    const distance = f32x4.sub(x, middle);
    return f32x4.mul(distance, distance);
  }
}

/** Sum over a row; four vectors at a time are added in float32, everything else in float64. */
export function sumOf<T>(from: usize, count: i32, middle: f32): f64 {
  const t = changetype<T>(0);
  const m = f32x4.splat(middle);
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  for (; count >= 16; count -= 16, from += 64) {
    const first = f32x4.add(t.of(v128.load(from), m), t.of(v128.load(from, 16), m));
    const last = f32x4.add(t.of(v128.load(from, 32), m), t.of(v128.load(from, 48), m));
    const x = f32x4.add(first, last);
    low = f64x2.add(low, f64x2.promote_low_f32x4(x));
    high = f64x2.add(high, upper(x));
  }
  for (; count >= 4; count -= 4, from += 16) {
    const x = t.of(v128.load(from), m);
    low = f64x2.add(low, f64x2.promote_low_f32x4(x));
    high = f64x2.add(high, upper(x));
  }
  let sum = total(low, high);
  for (; count > 0; --count, from += 4) sum += f32x4.extract_lane(t.of(v128.load32_splat(from), m), 0);
  return sum;
}

// @ts-ignore: decorator
@inline
export function total(low: v128, high: v128): f64 {
  const both = f64x2.add(low, high);
  return f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1);
}
