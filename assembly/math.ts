import { madd } from "./simd";

/**
 * Functions of four numbers at a time, within 2e-6 of the true value, relative, wherever that is a normal number; NaN
 * gives NaN. Only arithmetic: tables would be data segments. What is long is called, not inlined: V8 makes each constant
 * anew wherever it is used, so that inlining, unrolling and hoisting gain nothing, and cost kilobytes.
 */

/**
 * e^r by its Taylor polynomial of degree 7, whose rest is below 6e-9 for |r| <= ln 2 / 2, less 1: without its first term
 * it keeps its relative accuracy near zero.
 */
// @ts-ignore: decorator
@inline
function series(r: v128): v128 {
  let p = madd(r, f32x4.splat(1.0 / 5040.0), f32x4.splat(1.0 / 720.0));
  p = madd(p, r, f32x4.splat(1.0 / 120.0));
  p = madd(p, r, f32x4.splat(1.0 / 24.0));
  p = madd(p, r, f32x4.splat(1.0 / 6.0));
  p = madd(p, r, f32x4.splat(0.5));
  return madd(f32x4.mul(p, r), r, r);
}

// @ts-ignore: decorator
@inline
function bounded(x: v128): v128 {
  return f32x4.pmax(f32x4.pmin(x, f32x4.splat(89)), f32x4.splat(-87.3));
}

/** n of x = n ln 2 + r with |r| <= ln 2 / 2 */
// @ts-ignore: decorator
@inline
function powerOfTwo(x: v128): v128 {
  return f32x4.nearest(f32x4.mul(x, f32x4.splat(1.4426950408889634)));
}

/** r of x = n ln 2 + r: ln 2 is in two parts, the first of which is exact when multiplied by n. */
// @ts-ignore: decorator
@inline
function remainder(x: v128, n: v128): v128 {
  return madd(n, f32x4.splat(2.12194440054690583e-4), madd(n, f32x4.splat(-0.693359375), x));
}

/** 2^n by its exponent bits. */
// @ts-ignore: decorator
@inline
function scale(n: v128): v128 {
  return i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
}

/** e^(x + low), where low is what x lost when it was rounded. From 88.4 on infinity, below -87.3 the smallest normal number. */
// @ts-ignore: decorator
@inline
export function expNormal(x: v128, low: v128 = f32x4.splat(0)): v128 {
  const within = bounded(x);
  const n = powerOfTwo(within);
  const fraction = f32x4.add(series(f32x4.add(remainder(within, n), low)), f32x4.splat(1));
  return f32x4.mul(fraction, scale(n));
}

/** e^(x + low) down to zero and up to infinity: the square of the root, which is a normal number whenever that is not 0. */
export function exp(x: v128, low: v128 = f32x4.splat(0)): v128 {
  const half = f32x4.splat(0.5);
  const root = expNormal(f32x4.mul(x, half), f32x4.mul(low, half));
  return f32x4.mul(root, root);
}

/** e^x - 1 for x up to 88, accurate near zero. */
export function expm1(x: v128): v128 {
  const within = bounded(x);
  const n = powerOfTwo(within);
  const power = scale(n);
  return madd(series(remainder(within, n)), power, f32x4.sub(power, f32x4.splat(1)));
}

/** 2 artanh(s) for |s| <= 1/3, where the rest of its series is below 2e-9. */
// @ts-ignore: decorator
@inline
function twiceArtanh(s: v128): v128 {
  const square = f32x4.mul(s, s);
  let p = madd(square, f32x4.splat(1.0 / 15.0), f32x4.splat(1.0 / 13.0));
  p = madd(p, square, f32x4.splat(1.0 / 11.0));
  p = madd(p, square, f32x4.splat(1.0 / 9.0));
  p = madd(p, square, f32x4.splat(1.0 / 7.0));
  p = madd(p, square, f32x4.splat(1.0 / 5.0));
  p = madd(p, square, f32x4.splat(1.0 / 3.0));
  const twice = f32x4.add(s, s);
  return madd(f32x4.mul(p, square), twice, twice);
}

/** ln(1 + u) for 0 <= u <= 1 */
// @ts-ignore: decorator
@inline
export function log1p(u: v128): v128 {
  return twiceArtanh(f32x4.div(u, f32x4.add(u, f32x4.splat(2))));
}

/** ln x as e ln 2 + ln m with m from sqrt(1/2) to sqrt(2); -infinity for 0, NaN below. */
export function log(x: v128): v128 {
  const one = f32x4.splat(1);
  const subnormal = f32x4.lt(x, f32x4.splat(f32.MIN_NORMAL_VALUE));
  const normal = v128.bitselect(f32x4.mul(x, f32x4.splat(8388608)), x, subnormal);
  // bits of sqrt(1/2): the exponent grows by one where m begins anew
  const exponent = i32x4.shr_s(i32x4.sub(normal, i32x4.splat(0x3f3504f3)), 23);
  const m = i32x4.sub(normal, i32x4.shl(exponent, 23));
  const e = f32x4.sub(f32x4.convert_i32x4_s(exponent), v128.and(f32x4.splat(23), subnormal));
  const fraction = twiceArtanh(f32x4.div(f32x4.sub(m, one), f32x4.add(m, one)));
  const finite = madd(e, f32x4.splat(0.693359375), madd(e, f32x4.splat(-2.12194440054690583e-4), fraction));
  const ends = v128.bitselect(x, f32x4.splat(NaN), v128.or(f32x4.gt(x, f32x4.splat(0)), f32x4.ne(x, x)));
  const zero = f32x4.eq(x, f32x4.splat(0));
  const special = v128.bitselect(f32x4.splat(-Infinity), ends, zero);
  // infinity less itself is not zero, nor is NaN
  const ordinary = v128.and(f32x4.gt(x, f32x4.splat(0)), f32x4.eq(f32x4.sub(x, x), f32x4.splat(0)));
  return v128.bitselect(finite, special, ordinary);
}

// @ts-ignore: decorator
@inline
export function withSignOf(x: v128, magnitude: v128): v128 {
  return v128.bitselect(x, magnitude, i32x4.splat(0x80000000));
}

/** By e^(-2|x|), which cannot overflow. */
export function tanh(x: v128): v128 {
  const less = expm1(f32x4.mul(f32x4.abs(x), f32x4.splat(-2)));
  return withSignOf(x, f32x4.div(f32x4.neg(less), f32x4.add(less, f32x4.splat(2))));
}

/** e^(factor x^2) for x from 0 to 20 and a factor that is a power of two: x^2 is the sum of an exact square and its rest. */
// @ts-ignore: decorator
@inline
function gauss(x: v128, factor: f32): v128 {
  const high = v128.and(x, i32x4.splat(0xfffff000));
  const low = f32x4.mul(f32x4.sub(x, high), f32x4.add(x, high));
  return exp(f32x4.mul(f32x4.mul(high, high), f32x4.splat(factor)), f32x4.mul(low, f32x4.splat(factor)));
}

/**
 * e^(z^2) erfc(z) for z from 0 to 14.5: a polynomial in (z - 2) / (z + 2) over z + 2, fitted for the least greatest
 * relative error, 4.4e-8.
 */
// @ts-ignore: decorator
@inline
function scaledErfc(z: v128): v128 {
  const two = f32x4.splat(2);
  const inverse = f32x4.div(f32x4.splat(1), f32x4.add(z, two));
  const u = f32x4.mul(f32x4.sub(z, two), inverse);
  let p = madd(u, f32x4.splat(-4.63955989e-4), f32x4.splat(-7.59032915e-4));
  p = madd(p, u, f32x4.splat(2.97881941e-3));
  p = madd(p, u, f32x4.splat(6.44001393e-3));
  p = madd(p, u, f32x4.splat(-2.14828287e-2));
  p = madd(p, u, f32x4.splat(-3.64356519e-2));
  p = madd(p, u, f32x4.splat(2.79469507e-1));
  p = madd(p, u, f32x4.splat(-6.87160954e-1));
  p = madd(p, u, f32x4.splat(1.02158275));
  return f32x4.mul(p, inverse);
}

/** Taylor's series up to |x| = 1, where its rest is below 2e-8, and 1 - erfc(|x|) beyond. */
export function erf(x: v128): v128 {
  const one = f32x4.splat(1);
  const square = f32x4.mul(x, x);
  let p = madd(square, f32x4.splat(1.0 / 76204800.0), f32x4.splat(-1.0 / 6894720.0));
  p = madd(p, square, f32x4.splat(1.0 / 685440.0));
  p = madd(p, square, f32x4.splat(-1.0 / 75600.0));
  p = madd(p, square, f32x4.splat(1.0 / 9360.0));
  p = madd(p, square, f32x4.splat(-1.0 / 1320.0));
  p = madd(p, square, f32x4.splat(1.0 / 216.0));
  p = madd(p, square, f32x4.splat(-1.0 / 42.0));
  p = madd(p, square, f32x4.splat(1.0 / 10.0));
  p = madd(p, square, f32x4.splat(-1.0 / 3.0));
  p = madd(p, square, one);
  const near = f32x4.mul(f32x4.mul(p, x), f32x4.splat(1.1283791670955126));
  const z = f32x4.pmin(f32x4.abs(x), f32x4.splat(10));
  const far = withSignOf(x, f32x4.sub(one, f32x4.mul(gauss(z, -1), scaledErfc(z))));
  return v128.bitselect(near, far, f32x4.lt(f32x4.abs(x), one));
}

/** x times the normal distribution function, whose tails are computed as such: 1 + erf would lose the left one. */
export function gelu(x: v128): v128 {
  const size = f32x4.pmin(f32x4.abs(x), f32x4.splat(20));
  const z = f32x4.mul(size, f32x4.splat(0.7071067811865476));
  const tail = f32x4.mul(f32x4.mul(gauss(size, -0.5), scaledErfc(z)), f32x4.splat(0.5));
  const part = v128.bitselect(tail, f32x4.sub(f32x4.splat(1), tail), f32x4.lt(x, f32x4.splat(0)));
  return f32x4.mul(x, part);
}

/** x (1 + tanh y) / 2 = x / (1 + e^(-2 y)) with y = sqrt(2 / pi) (x + 0.044715 x^3): zero where e^(-2 y) is infinite. */
export function geluTanh(x: v128): v128 {
  const within = f32x4.pmax(f32x4.pmin(x, f32x4.splat(20)), f32x4.splat(-20));
  const first = minusTwoY(f64x2.promote_low_f32x4(within));
  const last = minusTwoY(upper(within));
  const high = demoted(first, last);
  // e^ multiplies the error of its argument by it, up to 88 times
  const low = demoted(f64x2.sub(first, f64x2.promote_low_f32x4(high)), f64x2.sub(last, upper(high)));
  return f32x4.div(x, f32x4.add(f32x4.splat(1), expNormal(high, low)));
}

// @ts-ignore: decorator
@inline
function minusTwoY(x: v128): v128 {
  const square = f64x2.mul(x, x);
  const factor = f64x2.add(f64x2.mul(square, f64x2.splat(-0.07135481627260025)), f64x2.splat(-1.5957691216057308));
  return f64x2.mul(x, factor);
}

/** The last two numbers in float64; promote_low_f32x4 gives the first two. */
// @ts-ignore: decorator
@inline
export function upper(x: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<f32>(x, x, 2, 3, 2, 3));
}

/** Two and two numbers in float64, rounded to four in float32. */
// @ts-ignore: decorator
@inline
export function demoted(first: v128, last: v128): v128 {
  return v128.shuffle<f32>(f32x4.demote_f64x2_zero(first), f32x4.demote_f64x2_zero(last), 0, 1, 4, 5);
}

/** ln(1 + e^x) = max(x, 0) + ln(1 + e^(-|x|)) */
export function softplus(x: v128): v128 {
  return f32x4.add(f32x4.pmax(x, f32x4.splat(0)), log1p(exp(f32x4.neg(f32x4.abs(x)))));
}

/** x tanh(softplus(x)) = x w (w + 2) / (w (w + 2) + 2) with w = e^x; from 20 on the fraction is 1. */
export function mish(x: v128): v128 {
  const two = f32x4.splat(2);
  const w = exp(f32x4.pmin(x, f32x4.splat(20)));
  const product = f32x4.mul(w, f32x4.add(w, two));
  return f32x4.mul(x, f32x4.div(product, f32x4.add(product, two)));
}
