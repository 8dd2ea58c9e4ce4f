import * as Reduction from "../../codes/reduction";
import { demoted, upper } from "../../math";
import { Four, One } from "../columns";
import { extremeOf, extremesOf, Least, Most } from "../extremes";
import { foursOf } from "../fours";
import { sumOf, Value } from "../sums";

/** The argument of {@link reduce}. */
@unmanaged
export class Reduce {
  /** (outer, count, inner) */
  from: usize;
  /** (outer, inner) */
  to: usize;
  /** see codes/reduction.ts */
  reduction: i32;
  count: i32;
  inner: i32;
  /** divisor of sums */
  divisor: f64;
}

/** The sum or an extreme along an axis. Items are as {@link foursOf} says. */
export function reduce(params: Reduce, begin: i32, end: i32): void {
  switch (params.reduction) {
    case Reduction.SUM:
      return reduceBy<Sum>(params, begin, end);
    case Reduction.MAXIMUM:
      return reduceBy<Maximum>(params, begin, end);
    case Reduction.MINIMUM:
      return reduceBy<Minimum>(params, begin, end);
    default:
      unreachable();
  }
}

function reduceBy<R>(params: Reduce, begin: i32, end: i32): void {
  const r = changetype<R>(0);
  const count = params.count;
  const inner = params.inner;
  const divisor = params.divisor;
  const pitch = (<usize>inner) << 2;
  const bytes = <usize>count * pitch;
  const fours = foursOf(inner);
  let outer = begin / fours;
  let four = begin - outer * fours;
  let from = params.from + <usize>outer * bytes;
  let to = params.to + <usize>outer * pitch;
  if (inner == 1) {
    for (let item = begin; item < end; ++item, from += bytes, to += 4) {
      store<f32>(to, <f32>r.ofRow(from, count, divisor));
    }
    return;
  }
  for (let left = end - begin; left > 0; from += bytes, to += pitch, four = 0) {
    const last = min(four + left, fours);
    left -= last - four;
    const until = min((<usize>last) << 4, pitch);
    let at = (<usize>four) << 4;
    for (; at + 16 <= until; at += 16) v128.store(to + at, r.ofColumns<Four>(from + at, count, pitch, divisor));
    for (; at < until; at += 4) v128.store32_lane(to + at, r.ofColumns<One>(from + at, count, pitch, divisor), 0);
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
