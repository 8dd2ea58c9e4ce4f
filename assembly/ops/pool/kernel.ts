import { scratchOf } from "../scratch";

/** The argument of the pools: each output is that of a window, whose rows and columns tables give. */
@unmanaged
export class Pool {
  /** (planes, height, width) */
  input: usize;
  /** (planes, outHeight, outWidth) */
  output: usize;
  /** workspace f32[bufferWidth]: a row of windows, reduced to one row; before and after its `width` floats is padding */
  buffer: usize;
  /** for each row of the output: byte offset of the window's first row in a plane, rows i32, divisor f32 */
  rows: usize;
  /** f32[max(outWidth, 4)] */
  divisors: usize;
  /** for each column of the output: byte offset of the window's first column in a row, columns i32; or 0 for equal steps */
  spans: usize;
  planeBytes: i32;
  width: i32;
  /** bytes from one row of a window to the next */
  rowStep: i32;
  outHeight: i32;
  outWidth: i32;
  /** columns of a window */
  taps: i32;
  /** bytes from one column of a window to the next */
  tapStep: i32;
  /** floats from one window to the next */
  stride: i32;
  /** floats of padding before the row */
  left: i32;
  bufferWidth: i32;
}

/** The largest value of each window, NaN if it has one. Items are planes. */
export function maxPool(pool: Pool, begin: i32, end: i32): void {
  fill(scratchOf(pool.buffer), pool.bufferWidth, nothing<i32>());
  for (let plane = begin; plane < end; ++plane) {
    const from = pool.input + <usize>plane * pool.planeBytes;
    // the maximum that propagates NaN takes eight instructions on x86-64, the other one
    if (mayHaveNaN(from, pool.planeBytes)) poolPlane<i32>(pool, plane, from);
    else poolPlane<i8>(pool, plane, from);
  }
}

/** The sum of each window divided by its two divisors. Items are planes. */
export function avgPool(pool: Pool, begin: i32, end: i32): void {
  fill(scratchOf(pool.buffer), pool.bufferWidth, nothing<f32>());
  for (let plane = begin; plane < end; ++plane) {
    poolPlane<f32>(pool, plane, pool.input + <usize>plane * pool.planeBytes);
  }
}

/** Whether there is a NaN, by a sum that keeps it. May also be true where infinities cancel, or the sum overflows. */
function mayHaveNaN(at: usize, bytes: usize): bool {
  const end = at + bytes;
  let a = f32x4.splat(0);
  let b = a;
  let c = a;
  let d = a;
  for (; at + 64 <= end; at += 64) {
    a = f32x4.add(a, v128.load(at));
    b = f32x4.add(b, v128.load(at, 16));
    c = f32x4.add(c, v128.load(at, 32));
    d = f32x4.add(d, v128.load(at, 48));
  }
  for (; at < end; at += 4) a = f32x4.add(a, v128.load32_splat(at));
  const sum = f32x4.add(f32x4.add(a, b), f32x4.add(c, d));
  return v128.any_true(f32x4.ne(sum, sum));
}

/**
 * A window's rows are reduced first, along the whole width at once, into a buffer that has the padding on both sides; then
 * its columns, four outputs at a time. OP is f32 for the sum, i32 for the maximum, i8 for the maximum without NaN.
 *
 *   row 0   | a a a a a |                  +---+-----------+---+
 *   row 1   | b b b b b |    buffer  ->    | 0 | s s s s s | 0 |    ->   output row
 *   row 2   | c c c c c |                  +---+-----------+---+
 */
function poolPlane<OP>(pool: Pool, plane: i32, input: usize): void {
  const buffer = scratchOf(pool.buffer);
  const inside = buffer + ((<usize>pool.left) << 2);
  const outWidth = pool.outWidth;
  const outBytes = (<usize>outWidth) << 2;
  const spans = pool.spans;
  let output = pool.output + <usize>plane * pool.outHeight * outBytes;
  let row = pool.rows;
  for (let y = 0; y < pool.outHeight; ++y, row += 12, output += outBytes) {
    let from = input + load<i32>(row);
    const count = load<i32>(row, 4);
    // a row that is already complete needs no copy
    if (!spans || count != 1) {
      reduceRows<OP>(from, pool.rowStep, count, pool.width, inside);
      from = buffer;
    }
    if (spans) reduceSpans<OP>(from, spans, outWidth, output);
    else if (pool.stride == 1) reduceTaps<OP, i8>(pool, output);
    else if (pool.stride == 2) reduceTaps<OP, i16>(pool, output);
    else reduceTaps<OP, i32>(pool, output);
    if (isFloat<OP>()) divide(output, pool.divisors, load<f32>(row, 8), outWidth);
  }
}

/** The neutral element. */
// @ts-ignore: decorator
@inline
function nothing<OP>(): v128 {
  return f32x4.splat(isFloat<OP>() ? 0 : -Infinity);
}

// @ts-ignore: decorator
@inline
function join<OP>(a: v128, b: v128): v128 {
  if (isFloat<OP>()) return f32x4.add(a, b);
  return sizeof<OP>() == 1 ? f32x4.pmax(a, b) : f32x4.max(a, b);
}

function fill(at: usize, count: i32, value: v128): void {
  for (; count > 0; --count, at += 4) v128.store32_lane(at, value, 0);
}

function reduceRows<OP>(from: usize, rowStep: usize, count: i32, width: i32, to: usize): void {
  for (; width >= 16; width -= 16, from += 64, to += 64) {
    let a = nothing<OP>();
    let b = a;
    let c = a;
    let d = a;
    let at = from;
    for (let row = 0; row < count; ++row, at += rowStep) {
      a = join<OP>(a, v128.load(at));
      b = join<OP>(b, v128.load(at, 16));
      c = join<OP>(c, v128.load(at, 32));
      d = join<OP>(d, v128.load(at, 48));
    }
    v128.store(to, a);
    v128.store(to, b, 16);
    v128.store(to, c, 32);
    v128.store(to, d, 48);
  }
  for (; width >= 4; width -= 4, from += 16, to += 16) {
    let a = nothing<OP>();
    let at = from;
    for (let row = 0; row < count; ++row, at += rowStep) a = join<OP>(a, v128.load(at));
    v128.store(to, a);
  }
  for (; width > 0; --width, from += 4, to += 4) {
    let a = nothing<OP>();
    let at = from;
    for (let row = 0; row < count; ++row, at += rowStep) a = join<OP>(a, v128.load32_splat(at));
    v128.store32_lane(to, a, 0);
  }
}

/** Columns of windows at equal steps: STRIDE is i8 for 1, i16 for 2, i32 for more. */
function reduceTaps<OP, STRIDE>(pool: Pool, to: usize): void {
  const step = (<usize>pool.stride) << 2;
  const width = pool.outWidth;
  const last = max(width - 4, 0);
  const taps = pool.taps;
  const tapStep = pool.tapStep;
  const buffer = scratchOf(pool.buffer);
  for (let x = 0; x < width; x += 4) {
    // the last four overlap those before: results computed twice are the same
    const left = <usize>min(x, last);
    let at = buffer + left * step;
    let a = nothing<OP>();
    for (let tap = 0; tap < taps; ++tap, at += tapStep) a = join<OP>(a, fourAt<STRIDE>(at, step));
    storePart(a, to + (left << 2), min(width, 4));
  }
}

// @ts-ignore: decorator
@inline
function fourAt<STRIDE>(at: usize, step: usize): v128 {
  if (sizeof<STRIDE>() == 1) return v128.load(at);
  if (sizeof<STRIDE>() == 2) return v128.shuffle<f32>(v128.load(at), v128.load(at, 16), 0, 2, 4, 6);
  let v = v128.load32_zero(at);
  v = v128.load32_lane(at + step, v, 1);
  v = v128.load32_lane(at + 2 * step, v, 2);
  return v128.load32_lane(at + 3 * step, v, 3);
}

// @ts-ignore: decorator
@inline
function storePart(v: v128, to: usize, count: i32): void {
  if (count == 4) {
    v128.store(to, v);
    return;
  }
  v128.store32_lane(to, v, 0);
  if (count > 1) v128.store32_lane(to, v, 1, 4);
  if (count > 2) v128.store32_lane(to, v, 2, 8);
}

/** Columns of windows that each have their own place and width. */
function reduceSpans<OP>(row: usize, spans: usize, width: i32, to: usize): void {
  for (; width > 0; --width, spans += 8, to += 4) {
    let at = row + load<i32>(spans);
    let count = load<i32>(spans, 4);
    let a = nothing<OP>();
    if (count >= 8) {
      let b = a;
      for (; count >= 8; count -= 8, at += 32) {
        a = join<OP>(a, v128.load(at));
        b = join<OP>(b, v128.load(at, 16));
      }
      a = join<OP>(a, b);
      a = join<OP>(a, v128.shuffle<f32>(a, a, 2, 3, 0, 1));
      a = join<OP>(a, v128.shuffle<f32>(a, a, 1, 0, 3, 2));
    }
    for (; count > 0; --count, at += 4) a = join<OP>(a, v128.load32_splat(at));
    v128.store32_lane(to, a, 0);
  }
}

function divide(at: usize, divisors: usize, divisor: f32, width: i32): void {
  const each = f32x4.splat(divisor);
  for (; width >= 4; width -= 4, at += 16, divisors += 16) {
    v128.store(at, f32x4.div(v128.load(at), f32x4.mul(each, v128.load(divisors))));
  }
  for (; width > 0; --width, at += 4, divisors += 4) {
    store<f32>(at, load<f32>(at) / (divisor * load<f32>(divisors)));
  }
}
