import { madd } from "./simd";

/**
 * Functions of four numbers at a time, within 2e-6 of the true value, relative, wherever that is a normal number; NaN
 * gives NaN. Only arithmetic: tables would be data segments. Long functions are called: inlining them gains little and costs
 * kilobytes.
 *
 * Constants are variables that are set when the module is instantiated, so that no WebAssembly optimiser folds them: V8
 * builds the vector of a literal wherever it is used, by three instructions, but loads a variable by one.
 */

function constant(x: f32): v128 {
  return f32x4.splat(x);
}

export let ONE: v128 = constant(1);
let TWO: v128 = constant(2);
let HALF: v128 = constant(0.5);
export let THREE: v128 = constant(3);
export let SIX: v128 = constant(6);
export let SIXTH: v128 = constant(1.0 / 6.0);

let LEAST: v128 = constant(-88);
let MOST: v128 = constant(89);
let LOG2_E: v128 = constant(1.4426950408889634);
/** 1.5 * 2^23 + 127: a number added to it becomes whole, and the lowest bits the exponent of that power of two. */
let EXPONENT: v128 = constant(12583039);
/** ln 2 in two parts, the first of which is exact when multiplied by an exponent. */
let MINUS_LN_2_HIGH: v128 = constant(-0.693359375);
let MINUS_LN_2_LOW: v128 = constant(2.12194440054690583e-4);

let E_2: v128 = constant(0.49999997);
let E_3: v128 = constant(0.16666542);
let E_4: v128 = constant(0.0416672044);
let E_5: v128 = constant(0.00836664718);
let E_6: v128 = constant(0.0013882498);

/**
 * e^r - 1 for |r| <= ln 2 / 2: a polynomial fitted for the smallest maximal relative error, 1.3e-8. Without the first term
 * of e^r it keeps its relative accuracy near zero.
 */
// @ts-ignore: decorator
@inline
function series(r: v128): v128 {
  let p = madd(r, E_6, E_5);
  p = madd(p, r, E_4);
  p = madd(p, r, E_3);
  p = madd(p, r, E_2);
  return madd(f32x4.mul(r, r), p, r);
}

/** EXPONENT + n of x = n ln 2 + r with |r| <= ln 2 / 2 */
// @ts-ignore: decorator
@inline
function exponent(x: v128): v128 {
  return madd(x, LOG2_E, EXPONENT);
}

/** r of x = n ln 2 + r */
// @ts-ignore: decorator
@inline
function remainder(x: v128, exponent: v128): v128 {
  const n = f32x4.sub(exponent, EXPONENT);
  return madd(n, MINUS_LN_2_LOW, madd(n, MINUS_LN_2_HIGH, x));
}

/** 2^n for n from -126 to 127, 0 for -127 and infinity for 128. */
// @ts-ignore: decorator
@inline
function power(exponent: v128): v128 {
  return i32x4.shl(exponent, 23);
}

// @ts-ignore: decorator
@inline
function bounded(x: v128): v128 {
  return f32x4.pmax(f32x4.pmin(x, MOST), LEAST);
}

/** e^(x + low), where low is the rounding error of x, for x from -88 to 89: 0 below -87.7, infinity from 88.4 on. */
// @ts-ignore: decorator
@inline
function expOfSum(x: v128, low: v128): v128 {
  const n = exponent(x);
  return f32x4.mul(f32x4.add(series(f32x4.add(remainder(x, n), low)), ONE), power(n));
}

/** e^x: 0 below -87.7, infinity from 88.4 on. */
// @ts-ignore: decorator
@inline
function expNormal(x: v128): v128 {
  const within = bounded(x);
  const n = exponent(within);
  return f32x4.mul(f32x4.add(series(remainder(within, n)), ONE), power(n));
}

/** e^x down to zero and up to infinity: the square of its root, which is a normal number whenever e^x is not 0. */
export function exp(x: v128): v128 {
  const root = expNormal(f32x4.mul(x, HALF));
  return f32x4.mul(root, root);
}

/** 1 + e^(-x), the reciprocal of the sigmoid. */
// @ts-ignore: decorator
@inline
export function logisticDivisor(x: v128): v128 {
  const within = bounded(f32x4.neg(x));
  const n = exponent(within);
  return madd(f32x4.add(series(remainder(within, n)), ONE), power(n), ONE);
}

/** e^x - 1 for x up to 0, accurate near zero. */
// @ts-ignore: decorator
@inline
export function expm1(x: v128): v128 {
  const within = f32x4.pmax(x, LEAST);
  const n = exponent(within);
  const scale = power(n);
  return madd(series(remainder(within, n)), scale, f32x4.sub(scale, ONE));
}

let ARTANH_3: v128 = constant(0.333332092);
let ARTANH_5: v128 = constant(0.200107634);
let ARTANH_7: v128 = constant(0.140009031);
let ARTANH_9: v128 = constant(0.140059933);

/** 2 artanh(s) for |s| <= 1/3: a polynomial fitted for the smallest maximal relative error, 4.5e-9. */
// @ts-ignore: decorator
@inline
function twiceArtanh(s: v128): v128 {
  const square = f32x4.mul(s, s);
  let p = madd(square, ARTANH_9, ARTANH_7);
  p = madd(p, square, ARTANH_5);
  p = madd(p, square, ARTANH_3);
  const twice = f32x4.add(s, s);
  return madd(f32x4.mul(p, square), twice, twice);
}

/** ln(1 + u) for 0 <= u <= 1 */
// @ts-ignore: decorator
@inline
export function log1p(u: v128): v128 {
  return twiceArtanh(f32x4.div(u, f32x4.add(u, TWO)));
}

/** ln x as e ln 2 + ln m with m from sqrt(1/2) to sqrt(2); -infinity for 0, NaN below. */
export function log(x: v128): v128 {
  const subnormal = f32x4.lt(x, f32x4.splat(f32.MIN_NORMAL_VALUE));
  const normal = v128.bitselect(f32x4.mul(x, f32x4.splat(8388608)), x, subnormal);
  // bits of sqrt(1/2): the exponent grows by one where m starts over
  const exponent = i32x4.shr_s(i32x4.sub(normal, i32x4.splat(0x3f3504f3)), 23);
  const m = i32x4.sub(normal, i32x4.shl(exponent, 23));
  const e = f32x4.sub(f32x4.convert_i32x4_s(exponent), v128.and(f32x4.splat(23), subnormal));
  const fraction = twiceArtanh(f32x4.div(f32x4.sub(m, ONE), f32x4.add(m, ONE)));
  const finite = f32x4.sub(fraction, madd(e, MINUS_LN_2_LOW, f32x4.mul(e, MINUS_LN_2_HIGH)));
  const ends = v128.bitselect(x, f32x4.splat(NaN), v128.or(f32x4.gt(x, f32x4.splat(0)), f32x4.ne(x, x)));
  const zero = f32x4.eq(x, f32x4.splat(0));
  const special = v128.bitselect(f32x4.splat(-Infinity), ends, zero);
  // infinity minus itself is not zero, nor is NaN
  const ordinary = v128.and(f32x4.gt(x, f32x4.splat(0)), f32x4.eq(f32x4.sub(x, x), f32x4.splat(0)));
  return v128.bitselect(finite, special, ordinary);
}

let SIGN: v128 = constant(-0.0);

// @ts-ignore: decorator
@inline
export function withSignOf(x: v128, magnitude: v128): v128 {
  return v128.bitselect(x, magnitude, SIGN);
}

let MINUS_TWO: v128 = constant(-2);
let TEN: v128 = constant(10);

/** (1 - e) / (1 + e) with e = e^(-2|x|); 1 from 10 on. */
// @ts-ignore: decorator
@inline
export function tanh(x: v128): v128 {
  const less = expm1(f32x4.mul(f32x4.pmin(f32x4.abs(x), TEN), MINUS_TWO));
  return withSignOf(x, f32x4.div(less, f32x4.add(less, TWO)));
}

/**
 * e^(2 factor x^2) for factors that are a negative power of two, down to zero, and factor x^2 from -88: the square of the
 * root, where x^2 is the sum of an exact square and its rest.
 */
// @ts-ignore: decorator
@inline
function gauss(x: v128, factor: v128): v128 {
  const high = v128.and(x, i32x4.splat(0xfffff000));
  const low = f32x4.mul(f32x4.sub(x, high), f32x4.add(x, high));
  const root = expOfSum(f32x4.mul(f32x4.mul(high, high), factor), f32x4.mul(low, factor));
  return f32x4.mul(root, root);
}

let ERFC_0: v128 = constant(1.02158275);
let ERFC_1: v128 = constant(-6.87160954e-1);
let ERFC_2: v128 = constant(2.79469507e-1);
let ERFC_3: v128 = constant(-3.64356519e-2);
let ERFC_4: v128 = constant(-2.14828287e-2);
let ERFC_5: v128 = constant(6.44001393e-3);
let ERFC_6: v128 = constant(2.97881941e-3);
let ERFC_7: v128 = constant(-7.59032915e-4);
let ERFC_8: v128 = constant(-4.63955989e-4);

/**
 * e^(z^2) erfc(z) for z from 0 to 14.5: a polynomial in (z - 2) / (z + 2) over z + 2, fitted for the smallest maximal
 * relative error, 4.4e-8.
 */
// @ts-ignore: decorator
@inline
function scaledErfc(z: v128): v128 {
  const inverse = f32x4.div(ONE, f32x4.add(z, TWO));
  const u = f32x4.mul(f32x4.sub(z, TWO), inverse);
  let p = madd(u, ERFC_8, ERFC_7);
  p = madd(p, u, ERFC_6);
  p = madd(p, u, ERFC_5);
  p = madd(p, u, ERFC_4);
  p = madd(p, u, ERFC_3);
  p = madd(p, u, ERFC_2);
  p = madd(p, u, ERFC_1);
  p = madd(p, u, ERFC_0);
  return f32x4.mul(p, inverse);
}

let ERF_1: v128 = constant(1.12837911);
let ERF_3: v128 = constant(-0.37612325);
let ERF_5: v128 = constant(0.112801805);
let ERF_7: v128 = constant(-0.0267113131);
let ERF_9: v128 = constant(0.00491755269);
let ERF_11: v128 = constant(-0.000563142705);
let MINUS_HALF: v128 = constant(-0.5);

/** Up to |x| = 1 a polynomial fitted for the smallest maximal relative error, 4e-8, and 1 - erfc(|x|) beyond. */
export function erf(x: v128): v128 {
  const square = f32x4.mul(x, x);
  let p = madd(square, ERF_11, ERF_9);
  p = madd(p, square, ERF_7);
  p = madd(p, square, ERF_5);
  p = madd(p, square, ERF_3);
  p = madd(p, square, ERF_1);
  const near = f32x4.mul(p, x);
  const z = f32x4.pmin(f32x4.abs(x), TEN);
  const far = withSignOf(x, f32x4.sub(ONE, f32x4.mul(gauss(z, MINUS_HALF), scaledErfc(z))));
  return v128.bitselect(near, far, f32x4.lt(f32x4.abs(x), ONE));
}

let MINUS_QUARTER: v128 = constant(-0.25);
let FIFTEEN: v128 = constant(15);
let ROOT_HALF: v128 = constant(0.7071067811865476);

/** x times the normal distribution function, whose tails are computed by erfc: 1 + erf would lose the left one. */
export function gelu(x: v128): v128 {
  const size = f32x4.pmin(f32x4.abs(x), FIFTEEN);
  const z = f32x4.mul(size, ROOT_HALF);
  const tail = f32x4.mul(f32x4.mul(gauss(size, MINUS_QUARTER), scaledErfc(z)), HALF);
  const part = v128.bitselect(tail, f32x4.sub(ONE, tail), f32x4.lt(x, f32x4.splat(0)));
  return f32x4.mul(x, part);
}

let TWENTY: v128 = constant(20);
let MINUS_TWENTY: v128 = constant(-20);
let MINUS_TWO_Y_1: v128 = constant64(-1.5957691216057308);
let MINUS_TWO_Y_3: v128 = constant64(-0.07135481627260025);

function constant64(x: f64): v128 {
  return f64x2.splat(x);
}

/** x (1 + tanh y) / 2 = x / (1 + e^(-2 y)) with y = sqrt(2 / pi) (x + 0.044715 x^3): zero where e^(-2 y) is infinite. */
export function geluTanh(x: v128): v128 {
  const within = f32x4.pmax(f32x4.pmin(x, TWENTY), MINUS_TWENTY);
  const first = minusTwoY(f64x2.promote_low_f32x4(within));
  const last = minusTwoY(upper(within));
  const high = demoted(first, last);
  // the exponential magnifies the relative error of its argument by that argument, up to 88 times
  const low = demoted(f64x2.sub(first, f64x2.promote_low_f32x4(high)), f64x2.sub(last, upper(high)));
  return f32x4.div(x, f32x4.add(expOfSum(bounded(high), low), ONE));
}

// @ts-ignore: decorator
@inline
function minusTwoY(x: v128): v128 {
  return f64x2.mul(x, f64x2.add(f64x2.mul(f64x2.mul(x, x), MINUS_TWO_Y_3), MINUS_TWO_Y_1));
}

/** The last two numbers in float64; promote_low_f32x4 gives the first two. */
// @ts-ignore: decorator
@inline
export function upper(x: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<f32>(x, x, 2, 3, 2, 3));
}

/** Two pairs of numbers in float64, rounded to four in float32. */
// @ts-ignore: decorator
@inline
export function demoted(first: v128, last: v128): v128 {
  return v128.shuffle<f32>(f32x4.demote_f64x2_zero(first), f32x4.demote_f64x2_zero(last), 0, 1, 4, 5);
}

/** ln(1 + e^x) = max(x, 0) + ln(1 + e^(-|x|)) */
export function softplus(x: v128): v128 {
  return f32x4.add(f32x4.pmax(x, f32x4.splat(0)), log1p(expNormal(v128.or(x, SIGN))));
}

/** x tanh(softplus(x)) = x w (w + 2) / (w (w + 2) + 2) with w = e^x; from 20 on the fraction is 1. */
export function mish(x: v128): v128 {
  const w = expNormal(f32x4.pmin(x, TWENTY));
  const product = f32x4.mul(w, f32x4.add(w, TWO));
  return f32x4.mul(x, f32x4.div(product, f32x4.add(product, TWO)));
}
