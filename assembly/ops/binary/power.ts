/**
 * x^y in float64, whose 29 additional bits absorb the logarithm's error as magnified by the exponential: rounded once to
 * float32 it is within 1e-7. Infinities, zeros and negative numbers as C's pow.
 */
export function power(x: f32, y: f32): f32 {
  if (y == 0 || x == 1) return 1;
  if (x != x || y != y) return NaN;
  const size = abs(x);
  if (abs(y) == Infinity) return size == 1 ? 1 : size > 1 == y > 0 ? Infinity : 0;
  const whole = nearest(y) == y;
  if (x < 0 && !whole && size != Infinity) return NaN;
  const magnitude = size == 0 || size == Infinity ? edge(size, y) : <f32>exponential(<f64>y * logarithm(size));
  const odd = whole && nearest(y * 0.5) != y * 0.5;
  return odd ? copysign<f32>(magnitude, x) : magnitude;
}

/** For zero and infinity. */
// @ts-ignore: decorator
@inline
function edge(size: f32, y: f32): f32 {
  return (size == 0) == y > 0 ? 0 : Infinity;
}

/** ln x as e ln 2 + 2 artanh((m - 1) / (m + 1)) with m from sqrt(1/2) to sqrt(2); the remainder of the series is below 1e-13. */
function logarithm(x: f32): f64 {
  const bits = reinterpret<i64>(<f64>x);
  const exponent = (bits - 0x3fe6a09e667f3bcd) >> 52;
  const m = reinterpret<f64>(bits - (exponent << 52));
  const s = (m - 1) / (m + 1);
  const square = s * s;
  let p: f64 = 1.0 / 17.0;
  for (let n: f64 = 15; n > 0; n -= 2) p = p * square + 1 / n;
  return <f64>exponent * 0.6931471805599453 + 2 * s * p;
}

/** e^x as 2^n times Taylor's series, whose remainder is below 1e-13; beyond float32's range it stays there. */
function exponential(x: f64): f64 {
  const within = max<f64>(min<f64>(x, 100), -120);
  const n = nearest(within * 1.4426950408889634);
  const r = within - n * 0.6931471805599453;
  let p: f64 = 1;
  for (let k: f64 = 11; k > 0; --k) p = 1 + (p * r) / k;
  return p * reinterpret<f64>((<i64>n + 1023) << 52);
}
