import { madd } from "../../simd";

/** The argument of {@link resampleAxis}. */
@unmanaged
export class Resample {
  /** (outer, length, inner) */
  from: usize;
  /** (outer, count, inner) */
  to: usize;
  /** for each output: first element i32, number of elements i32; of none is `value` */
  spans: usize;
  /** f32[count][taps]: weights of each output's elements; those that are not used are zeros */
  weights: usize;
  length: i32;
  count: i32;
  inner: i32;
  taps: i32;
  /** of outputs outside the input */
  value: f32;
}

/** One axis in another length: each output is a weighted sum of adjacent elements. Items are outer x count. */
export function resampleAxis(params: Resample, begin: i32, end: i32): void {
  const count = params.count;
  const inner = params.inner;
  const row = (<usize>inner) << 2;
  const plane = <usize>params.length * row;
  const weightBytes = (<usize>params.taps) << 2;
  let outer = begin / count;
  let output = begin - outer * count;
  let to = params.to + <usize>begin * row;
  for (let item = begin; item < end; ++item, to += row) {
    const span = params.spans + ((<usize>output) << 3);
    const weights = params.weights + <usize>output * weightBytes;
    const from = params.from + <usize>outer * plane + <usize>load<i32>(span) * row;
    if (inner == 1) store<f32>(to, dot(from, weights, load<i32>(span, 4), params.value));
    else sumRows(from, row, weights, load<i32>(span, 4), inner, params.value, to);
    if (++output == count) {
      output = 0;
      ++outer;
    }
  }
}

// @ts-ignore: decorator
@inline
function dot(from: usize, weights: usize, taps: i32, value: f32): f32 {
  if (taps == 0) return value;
  let sum: f32 = 0;
  if (taps >= 4) {
    let four = f32x4.mul(v128.load(from), v128.load(weights));
    for (taps -= 4, from += 16, weights += 16; taps >= 4; taps -= 4, from += 16, weights += 16) {
      four = madd(v128.load(from), v128.load(weights), four);
    }
    four = f32x4.add(four, v128.shuffle<f32>(four, four, 2, 3, 0, 1));
    sum = f32x4.extract_lane(four, 0) + f32x4.extract_lane(four, 1);
  }
  for (; taps > 0; --taps, from += 4, weights += 4) sum += load<f32>(from) * load<f32>(weights);
  return sum;
}

function sumRows(from: usize, row: usize, weights: usize, taps: i32, width: i32, value: f32, to: usize): void {
  if (taps == 0) {
    for (; width > 0; --width, to += 4) store<f32>(to, value);
    return;
  }
  for (; width >= 8; width -= 8, from += 32, to += 32) {
    let w = v128.load32_splat(weights);
    let a = f32x4.mul(w, v128.load(from));
    let b = f32x4.mul(w, v128.load(from, 16));
    let at = from;
    for (let tap = 1; tap < taps; ++tap) {
      at += row;
      w = v128.load32_splat(weights + ((<usize>tap) << 2));
      a = madd(w, v128.load(at), a);
      b = madd(w, v128.load(at, 16), b);
    }
    v128.store(to, a);
    v128.store(to, b, 16);
  }
  for (; width > 0; --width, from += 4, to += 4) {
    let sum = load<f32>(weights) * load<f32>(from);
    let at = from;
    for (let tap = 1; tap < taps; ++tap) {
      at += row;
      sum += load<f32>(weights + ((<usize>tap) << 2)) * load<f32>(at);
    }
    store<f32>(to, sum);
  }
}
