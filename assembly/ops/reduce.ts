import { demoted, exp, log, upper } from "../math";

/** What a reduction makes of the numbers along an axis. */
export namespace Reduction {
  export const SUM: i32 = 0;
  /** NaN where any is */
  export const MAXIMUM: i32 = 1;
  export const MINIMUM: i32 = 2;
}

/**
 * (outer, count, inner) to (outer, inner). Sums are divided by `divisor`. In place where count is 2 or more: no result lies
 * behind what is still to be read.
 */
export function reduce(reduction: i32, from: usize, to: usize, outer: i32, count: i32, inner: i32, divisor: f64): void {
  if (reduction == Reduction.SUM) reduceBy<Sum>(from, to, outer, count, inner, divisor);
  else if (reduction == Reduction.MAXIMUM) reduceBy<Maximum>(from, to, outer, count, inner, divisor);
  else reduceBy<Minimum>(from, to, outer, count, inner, divisor);
}

function reduceBy<R>(from: usize, to: usize, outer: i32, count: i32, inner: i32, divisor: f64): void {
  const r = changetype<R>(0);
  const pitch = (<usize>inner) << 2;
  for (let o = 0; o < outer; ++o) {
    if (inner == 1) {
      store<f32>(to, <f32>r.ofRow(from, count, divisor));
      to += 4;
    } else {
      let left = inner;
      let at = from;
      for (; left >= 4; left -= 4, at += 16, to += 16) v128.store(to, r.ofColumns<Four>(at, count, pitch, divisor));
      for (; left > 0; --left, at += 4, to += 4) {
        v128.store32_lane(to, r.ofColumns<One>(at, count, pitch, divisor), 0);
      }
    }
    from += <usize>count * pitch;
  }
}

/** Four columns side by side. */
class Four {

  @inline load(at: usize): v128 {
    return v128.load(at);
  }


  @inline store(at: usize, value: v128): void {
    v128.store(at, value);
  }
}

/** A column by itself, four times. */
class One {

  @inline load(at: usize): v128 {
    return v128.load32_splat(at);
  }


  @inline store(at: usize, value: v128): void {
    v128.store32_lane(at, value, 0);
  }
}

class Sum {

  @inline ofRow(from: usize, count: i32, divisor: f64): f64 {
    return sumOf<Value>(from, count, 0) / divisor;
  }


  @inline ofColumns<C>(from: usize, count: i32, pitch: usize, divisor: f64): v128 {
    const c = changetype<C>(0);
    let low = f64x2.splat(0);
    let high = f64x2.splat(0);
    for (; count > 0; --count, from += pitch) {
      const x = c.load(from);
      low = f64x2.add(low, f64x2.promote_low_f32x4(x));
      high = f64x2.add(high, upper(x));
    }
    const by = f64x2.splat(divisor);
    return demoted(f64x2.div(low, by), f64x2.div(high, by));
  }
}

class Maximum {

  @inline ofRow(from: usize, count: i32, _divisor: f64): f64 {
    return extremeOf<Most>(from, count);
  }


  @inline ofColumns<C>(from: usize, count: i32, pitch: usize, _divisor: f64): v128 {
    return extremesOf<Most, C>(from, count, pitch);
  }
}

class Minimum {

  @inline ofRow(from: usize, count: i32, _divisor: f64): f64 {
    return extremeOf<Least>(from, count);
  }


  @inline ofColumns<C>(from: usize, count: i32, pitch: usize, _divisor: f64): v128 {
    return extremesOf<Least, C>(from, count, pitch);
  }
}

/** The larger one, the first where the second is NaN: max would keep NaN, by seven instructions instead of one. */
class Most {

  @inline of(a: v128, b: v128): v128 {
    return f32x4.pmax(a, b);
  }
}

/** The smaller one, the first where the second is NaN. */
class Least {

  @inline of(a: v128, b: v128): v128 {
    return f32x4.pmin(a, b);
  }
}

/** The number itself. */
export class Value {

  @inline of(x: v128, _middle: v128): v128 {
    return x;
  }
}

/** The square of its distance from the middle. */
export class Deviation {

  @inline of(x: v128, middle: v128): v128 {
    const distance = f32x4.sub(x, middle);
    return f32x4.mul(distance, distance);
  }
}

/** Sum over a row; four vectors at a time are added in float32, all else in float64. */
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
function total(low: v128, high: v128): f64 {
  const both = f64x2.add(low, high);
  return f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1);
}

/** NaN where any number of the row is. */
function extremeOf<E>(from: usize, count: i32): f32 {
  const e = changetype<E>(0);
  let even = v128.load32_splat(from);
  let odd = even;
  let lost = f32x4.ne(even, even);
  for (; count >= 8; count -= 8, from += 32) {
    const first = v128.load(from);
    const second = v128.load(from, 16);
    even = e.of(even, first);
    odd = e.of(odd, second);
    lost = v128.or(lost, v128.or(f32x4.ne(first, first), f32x4.ne(second, second)));
  }
  for (; count > 0; --count, from += 4) {
    const x = v128.load32_splat(from);
    even = e.of(even, x);
    lost = v128.or(lost, f32x4.ne(x, x));
  }
  if (v128.any_true(lost)) return NaN;
  const pairs = e.of(even, odd);
  const halves = e.of(pairs, v128.shuffle<f32>(pairs, pairs, 2, 3, 0, 1));
  return f32x4.extract_lane(e.of(halves, v128.shuffle<f32>(halves, halves, 1, 0, 3, 2)), 0);
}

/** As extremeOf, of four columns. */
// @ts-ignore: decorator
@inline
function extremesOf<E, C>(from: usize, count: i32, pitch: usize): v128 {
  const e = changetype<E>(0);
  const c = changetype<C>(0);
  let extreme = c.load(from);
  let lost = f32x4.ne(extreme, extreme);
  for (; count > 1; --count) {
    const x = c.load((from += pitch));
    extreme = e.of(extreme, x);
    lost = v128.or(lost, f32x4.ne(x, x));
  }
  // all bits set is a NaN
  return v128.or(extreme, lost);
}

/** Softmax, or where `logarithm` is set its logarithm, along the middle axis of (outer, count, inner). In place too. */
export function softmax(from: usize, to: usize, outer: i32, count: i32, inner: i32, logarithm: i32): void {
  const pitch = (<usize>inner) << 2;
  const bytes = <usize>count * pitch;
  for (let o = 0; o < outer; ++o, from += bytes, to += bytes) {
    if (inner == 1) {
      softmaxRow(from, to, count, logarithm);
      continue;
    }
    let at: usize = 0;
    for (; at + 16 <= pitch; at += 16) softmaxColumns<Four>(from + at, to + at, count, pitch, logarithm);
    for (; at < pitch; at += 4) softmaxColumns<One>(from + at, to + at, count, pitch, logarithm);
  }
}

function softmaxRow(from: usize, to: usize, count: i32, logarithm: i32): void {
  const most = f32x4.splat(extremeOf<Most>(from, count));
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  const whole = from + (((<usize>count) & ~3) << 2);
  const end = from + ((<usize>count) << 2);
  const shift = to - from;
  for (let at = from; at < whole; at += 16) {
    const e = exp(f32x4.sub(v128.load(at), most));
    if (!logarithm) v128.store(at + shift, e);
    low = f64x2.add(low, f64x2.promote_low_f32x4(e));
    high = f64x2.add(high, upper(e));
  }
  let sum = total(low, high);
  for (let at = whole; at < end; at += 4) {
    const e = exp(f32x4.sub(v128.load32_splat(at), most));
    if (!logarithm) v128.store32_lane(at + shift, e, 0);
    sum += f32x4.extract_lane(e, 0);
  }
  if (logarithm) {
    const less = log(f32x4.splat(<f32>sum));
    for (let at = from; at < whole; at += 16) {
      v128.store(at + shift, f32x4.sub(f32x4.sub(v128.load(at), most), less));
    }
    for (let at = whole; at < end; at += 4) {
      v128.store32_lane(at + shift, f32x4.sub(f32x4.sub(v128.load32_splat(at), most), less), 0);
    }
    return;
  }
  const by = f32x4.splat(<f32>(1 / sum));
  for (let at = from; at < whole; at += 16) v128.store(at + shift, f32x4.mul(v128.load(at + shift), by));
  for (let at = whole; at < end; at += 4) {
    v128.store32_lane(at + shift, f32x4.mul(v128.load32_splat(at + shift), by), 0);
  }
}

function softmaxColumns<C>(from: usize, to: usize, count: i32, pitch: usize, logarithm: i32): void {
  const c = changetype<C>(0);
  const end = from + <usize>count * pitch;
  const shift = to - from;
  const most = extremesOf<Most, C>(from, count, pitch);
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  for (let at = from; at < end; at += pitch) {
    const e = exp(f32x4.sub(c.load(at), most));
    if (!logarithm) c.store(at + shift, e);
    low = f64x2.add(low, f64x2.promote_low_f32x4(e));
    high = f64x2.add(high, upper(e));
  }
  if (logarithm) {
    const less = log(demoted(low, high));
    for (let at = from; at < end; at += pitch) c.store(at + shift, f32x4.sub(f32x4.sub(c.load(at), most), less));
    return;
  }
  const one = f64x2.splat(1);
  const by = demoted(f64x2.div(one, low), f64x2.div(one, high));
  for (let at = from; at < end; at += pitch) c.store(at + shift, f32x4.mul(c.load(at + shift), by));
}
