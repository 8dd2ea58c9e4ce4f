/** float16, IEEE 754's binary16, as the 16 bits in which it is stored. */

/** Exact; NaN stays NaN. */
export function fromHalf(bits: u32): f32 {
  const sign = (bits & 0x8000) << 16;
  const rest = bits & 0x7fff;
  // with an exponent of 0 it is a subnormal number: a multiple of 2^-24
  if (rest < 0x0400) return copysign<f32>(<f32>rest * 5.9604644775390625e-8, reinterpret<f32>(sign));
  if (rest < 0x7c00) return reinterpret<f32>(sign | ((rest + 0x1c000) << 13));
  return reinterpret<f32>(sign | 0x7f800000 | ((rest & 0x03ff) << 13));
}

/** Rounded to the nearest, halves to even; infinite from 65520 on. */
export function toHalf(x: f32): u32 {
  const bits = reinterpret<u32>(x);
  const sign = (bits >> 16) & 0x8000;
  const size = bits & 0x7fffffff;
  if (size > 0x7f800000) return sign | 0x7e00;
  if (size >= 0x477ff000) return sign | 0x7c00;
  // below 2^-14 the result is a multiple of 2^-24: adding 1/2 makes that the sum's last bit
  if (size < 0x38800000) return sign | (reinterpret<u32>(reinterpret<f32>(size) + 0.5) - 0x3f000000);
  const odd = (size >> 13) & 1;
  return sign | ((size - 0x38000000 + 0x0fff + odd) >> 13);
}
