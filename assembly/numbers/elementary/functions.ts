import { demoted, exp, expm1, log, log1p, ONE, upper, withSignOf } from "../../math";
import { madd } from "../../simd";

/** Functions of one number, as types for which a loop is compiled: see functions.ts. Accuracy is that of math.ts. */

// @ts-ignore: decorator
@inline
function at(x: f32): v128 {
  return f32x4.splat(x);
}

/** 1 / (2 pi) as a binary fraction, 64 bits at a time. */
function turnsWord(index: i32): u64 {
  switch (index) {
    case 0:
      return 0x28be60db9391054a;
    case 1:
      return 0x7f09d5f47d4d3770;
    case 2:
      return 0x36d8a5664f10e410;
    default:
      return 0x7f9458eaf7aef158;
  }
}

/** A large number less the multiple of 2 pi that leaves it from -pi to pi, by the bits of its number of turns after the point. */
function angleOf(x: f32): f32 {
  const bits = reinterpret<u32>(x);
  if ((bits & 0x7fffffff) < reinterpret<u32>(LARGE)) return x;
  const exponent = <i32>((bits >> 23) & 0xff) - 150;
  if (exponent == 105) return NaN;
  const word = exponent >> 6;
  const shift = <u64>(exponent & 63);
  let high = turnsWord(word);
  let low = turnsWord(word + 1);
  if (shift != 0) {
    high = (high << shift) | (low >> (64 - shift));
    low = (low << shift) | (turnsWord(word + 2) >> (64 - shift));
  }
  const whole = <u64>((bits & 0x7fffff) | 0x800000);
  const turns = whole * high + ((whole * (low >> 32)) >> 32);
  return copysign<f32>(1, x) * <f32>(<f64>(<i64>turns) * 3.4061215800304813e-19);
}

// @ts-ignore: decorator
@inline
const LARGE: f32 = 268435456;

function smaller(x: v128): v128 {
  if (!v128.any_true(f32x4.ge(f32x4.abs(x), at(LARGE)))) return x;
  let result = f32x4.splat(angleOf(f32x4.extract_lane(x, 0)));
  result = f32x4.replace_lane(result, 1, angleOf(f32x4.extract_lane(x, 1)));
  result = f32x4.replace_lane(result, 2, angleOf(f32x4.extract_lane(x, 2)));
  return f32x4.replace_lane(result, 3, angleOf(f32x4.extract_lane(x, 3)));
}

/** r of x = n pi / 2 + r with |r| <= pi / 4, where n is `quarters`: pi / 2 in two parts, of which the first is exact times n. */
// @ts-ignore: decorator
@inline
function restOf(x: v128, quarters: v128): v128 {
  return f64x2.sub(
    f64x2.sub(x, f64x2.mul(quarters, f64x2.splat(1.5707963267341256))),
    f64x2.mul(quarters, f64x2.splat(6.077100506506192e-11)),
  );
}

// @ts-ignore: decorator
@inline
function quartersOf(x: v128): v128 {
  return f64x2.nearest(f64x2.mul(x, f64x2.splat(0.6366197723675814)));
}

// @ts-ignore: decorator
@inline
function sineOf(r: v128, square: v128): v128 {
  const p = madd(madd(square, at(-1.9515295891e-4), at(8.3321608736e-3)), square, at(-1.6666654611e-1));
  return madd(f32x4.mul(r, square), p, r);
}

// @ts-ignore: decorator
@inline
function cosineOf(square: v128): v128 {
  const p = madd(madd(square, at(2.443315711809948e-5), at(-1.388731625493765e-3)), square, at(4.166664568298827e-2));
  return madd(f32x4.mul(square, square), p, madd(square, at(-0.5), ONE));
}

/** The sine of x + phase pi / 2, for phase 0 or 1; the tangent for phase 2. */
// @ts-ignore: decorator
@inline
function circular(x: v128, phase: i32): v128 {
  x = smaller(x);
  const low = f64x2.promote_low_f32x4(x);
  const high = upper(x);
  const lowQuarters = quartersOf(low);
  const highQuarters = quartersOf(high);
  const r = demoted(restOf(low, lowQuarters), restOf(high, highQuarters));
  const quarters = v128.shuffle<i32>(
    i32x4.trunc_sat_f64x2_s_zero(lowQuarters),
    i32x4.trunc_sat_f64x2_s_zero(highQuarters),
    0,
    1,
    4,
    5,
  );
  const square = f32x4.mul(r, r);
  const sine = sineOf(r, square);
  const cosine = cosineOf(square);
  if (phase == 2) {
    const odd = i32x4.ne(v128.and(quarters, i32x4.splat(1)), i32x4.splat(0));
    const above = v128.bitselect(f32x4.neg(cosine), sine, odd);
    const result = f32x4.div(above, v128.bitselect(sine, cosine, odd));
    return v128.bitselect(x, result, f32x4.eq(x, at(0)));
  }
  const turned = i32x4.add(quarters, i32x4.splat(phase));
  const odd = i32x4.ne(v128.and(turned, i32x4.splat(1)), i32x4.splat(0));
  const result = v128.bitselect(cosine, sine, odd);
  const signed = v128.xor(result, i32x4.shl(v128.and(turned, i32x4.splat(2)), 30));
  return phase == 0 ? v128.bitselect(x, signed, f32x4.eq(x, at(0))) : signed;
}

export class Sin {

  @inline of(x: v128, _alpha: v128, _beta: v128): v128 {
    return circular(x, 0);
  }
}

export class Cos {

  @inline of(x: v128, _alpha: v128, _beta: v128): v128 {
    return circular(x, 1);
  }
}

export class Tan {

  @inline of(x: v128, _alpha: v128, _beta: v128): v128 {
    return circular(x, 2);
  }
}

/** asin of |x| up to 1/2; beyond, half of acos(|x|). */
// @ts-ignore: decorator
@inline
function arcsine(x: v128, isFar: v128): v128 {
  const size = f32x4.abs(x);
  const square = v128.bitselect(madd(size, at(-0.5), at(0.5)), f32x4.mul(size, size), isFar);
  const s = v128.bitselect(f32x4.sqrt(square), size, isFar);
  let p = madd(square, at(4.2163199048e-2), at(2.4181311049e-2));
  p = madd(p, square, at(4.5470025998e-2));
  p = madd(p, square, at(7.4953002686e-2));
  p = madd(p, square, at(1.6666752422e-1));
  return madd(f32x4.mul(p, square), s, s);
}

export class Asin {

  @inline of(x: v128, _alpha: v128, _beta: v128): v128 {
    const isFar = f32x4.gt(f32x4.abs(x), at(0.5));
    const arc = arcsine(x, isFar);
    return withSignOf(x, v128.bitselect(f32x4.sub(at(1.5707963267948966), f32x4.add(arc, arc)), arc, isFar));
  }
}

export class Acos {

  @inline of(x: v128, _alpha: v128, _beta: v128): v128 {
    const isFar = f32x4.gt(f32x4.abs(x), at(0.5));
    const arc = arcsine(x, isFar);
    const twice = f32x4.add(arc, arc);
    const far = v128.bitselect(f32x4.sub(at(3.141592653589793), twice), twice, f32x4.lt(x, at(0)));
    return v128.bitselect(far, f32x4.sub(at(1.5707963267948966), withSignOf(x, arc)), isFar);
  }
}

export class Atan {

  @inline of(x: v128, _alpha: v128, _beta: v128): v128 {
    const size = f32x4.abs(x);
    const isFar = f32x4.gt(size, at(2.414213562373095));
    const isNear = f32x4.le(size, at(0.414213562373095));
    const above = v128.bitselect(at(-1), v128.bitselect(size, f32x4.sub(size, ONE), isNear), isFar);
    const below = v128.bitselect(size, v128.bitselect(ONE, f32x4.add(size, ONE), isNear), isFar);
    const first = v128.bitselect(at(1.5707963267948966), v128.andnot(at(0.7853981633974483), isNear), isFar);
    const t = f32x4.div(above, below);
    const square = f32x4.mul(t, t);
    let p = madd(square, at(8.05374449538e-2), at(-1.38776856032e-1));
    p = madd(p, square, at(1.99777106478e-1));
    p = madd(p, square, at(-3.33329491539e-1));
    return withSignOf(x, f32x4.add(first, madd(f32x4.mul(p, square), t, t)));
  }
}

/** Half of e^|x| plus or minus its reciprocal, up to the largest number. */
// @ts-ignore: decorator
@inline
function hyperbolic(root: v128): v128 {
  return f32x4.mul(f32x4.mul(root, at(0.5)), root);
}

export class Sinh {

  @inline of(x: v128, _alpha: v128, _beta: v128): v128 {
    const size = f32x4.abs(x);
    const square = f32x4.mul(x, x);
    let p = madd(square, at(2.7557319223985893e-6), at(1.984126984126984e-4));
    p = madd(p, square, at(8.333333333333333e-3));
    p = madd(p, square, at(0.16666666666666666));
    const near = madd(f32x4.mul(p, square), size, size);
    const root = exp(f32x4.mul(size, at(0.5)));
    const far = f32x4.sub(hyperbolic(root), f32x4.div(at(0.5), f32x4.mul(root, root)));
    return withSignOf(x, v128.bitselect(near, far, f32x4.lt(size, ONE)));
  }
}

export class Cosh {

  @inline of(x: v128, _alpha: v128, _beta: v128): v128 {
    const root = exp(f32x4.mul(f32x4.abs(x), at(0.5)));
    return f32x4.add(hyperbolic(root), f32x4.div(at(0.5), f32x4.mul(root, root)));
  }
}

/** ln(1 + u) */
// @ts-ignore: decorator
@inline
function logOf(u: v128): v128 {
  const isSmall = v128.and(f32x4.ge(u, at(0)), f32x4.le(u, ONE));
  return v128.bitselect(log1p(u), log(f32x4.add(u, ONE)), isSmall);
}

/** ln(2 x) from 2^31 on */
// @ts-ignore: decorator
@inline
function orLogOfTwice(x: v128, result: v128): v128 {
  return v128.bitselect(f32x4.add(log(x), at(0.6931471805599453)), result, f32x4.ge(x, at(2147483648)));
}

export class Asinh {

  @inline of(x: v128, _alpha: v128, _beta: v128): v128 {
    const size = f32x4.abs(x);
    const square = f32x4.mul(x, x);
    const root = f32x4.sqrt(f32x4.add(square, ONE));
    const u = f32x4.add(size, f32x4.div(square, f32x4.add(root, ONE)));
    return withSignOf(x, orLogOfTwice(size, logOf(u)));
  }
}

export class Acosh {

  @inline of(x: v128, _alpha: v128, _beta: v128): v128 {
    const t = f32x4.sub(x, ONE);
    const u = f32x4.add(t, f32x4.sqrt(f32x4.mul(t, f32x4.add(t, at(2)))));
    return v128.bitselect(at(NaN), orLogOfTwice(x, logOf(u)), f32x4.lt(x, ONE));
  }
}

export class Atanh {

  @inline of(x: v128, _alpha: v128, _beta: v128): v128 {
    const size = f32x4.abs(x);
    const twice = logOf(f32x4.div(f32x4.add(size, size), f32x4.sub(ONE, size)));
    return withSignOf(x, f32x4.mul(twice, at(0.5)));
  }
}

export class Softsign {

  @inline of(x: v128, _alpha: v128, _beta: v128): v128 {
    return f32x4.div(x, f32x4.add(f32x4.abs(x), ONE));
  }
}

export class Selu {

  @inline of(x: v128, alpha: v128, beta: v128): v128 {
    const below = f32x4.mul(expm1(f32x4.pmin(x, at(0))), alpha);
    return f32x4.mul(v128.bitselect(below, x, f32x4.lt(x, at(0))), beta);
  }
}

export class Celu {

  @inline of(x: v128, alpha: v128, _beta: v128): v128 {
    const below = f32x4.mul(expm1(f32x4.pmin(f32x4.div(x, alpha), at(0))), alpha);
    return v128.bitselect(below, x, f32x4.lt(x, at(0)));
  }
}

export class ThresholdedRelu {

  @inline of(x: v128, alpha: v128, _beta: v128): v128 {
    return v128.and(x, f32x4.gt(x, alpha));
  }
}

export class Shrink {

  @inline of(x: v128, alpha: v128, beta: v128): v128 {
    const above = v128.and(f32x4.sub(x, beta), f32x4.gt(x, alpha));
    const below = f32x4.lt(x, f32x4.neg(alpha));
    return v128.bitselect(f32x4.add(x, beta), above, below);
  }
}
