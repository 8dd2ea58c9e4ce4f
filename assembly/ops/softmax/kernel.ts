import { demoted, exp, log, upper } from "../../math";
import { Four, One } from "../columns";
import { extremeOf, extremesOf, Most } from "../extremes";
import { foursOf } from "../fours";
import { total } from "../sums";

/** The argument of {@link softmax}. */
@unmanaged
export class Softmax {
  /** (outer, count, inner) */
  from: usize;
  /** may be `from` */
  to: usize;
  count: i32;
  inner: i32;
  /** 1 for the logarithm of softmax */
  logarithm: i32;
}

/** Softmax along the middle axis. Items are as {@link foursOf} says. */
export function softmax(params: Softmax, begin: i32, end: i32): void {
  const count = params.count;
  const inner = params.inner;
  const logarithm = params.logarithm;
  const pitch = (<usize>inner) << 2;
  const bytes = <usize>count * pitch;
  const fours = foursOf(inner);
  let outer = begin / fours;
  let four = begin - outer * fours;
  let from = params.from + <usize>outer * bytes;
  let to = params.to + <usize>outer * bytes;
  for (let left = end - begin; left > 0; from += bytes, to += bytes, four = 0) {
    const last = min(four + left, fours);
    left -= last - four;
    if (inner == 1) {
      softmaxRow(from, to, count, logarithm);
      continue;
    }
    const until = min((<usize>last) << 4, pitch);
    let at = (<usize>four) << 4;
    for (; at + 16 <= until; at += 16) softmaxColumns<Four>(from + at, to + at, count, pitch, logarithm);
    for (; at < until; at += 4) softmaxColumns<One>(from + at, to + at, count, pitch, logarithm);
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
