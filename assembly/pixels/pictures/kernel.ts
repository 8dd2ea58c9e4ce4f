import { BLOCK_PIXELS, BLOCK_ROWS, LOW_BITS, WEIGHT_BITS } from "./layout";

/** The argument of {@link resizeAcross}. */
@unmanaged
export class ResizeAcross {
  /** u8 (rows, length, channels) */
  from: usize;
  /** u8 (rows, count, channels) */
  to: usize;
  /** i32[count]: first pixel of each output */
  firsts: usize;
  /** i16[count][taps]: upper parts of the weights */
  high: usize;
  /** i16[count][taps]: lower bits of the weights */
  low: usize;
  rows: i32;
  length: i32;
  count: i32;
  /** 1, 3 or 4 */
  channels: i32;
  taps: i32;
  /** 1: rows are long enough for reading whole vectors */
  vectors: i32;
}

/** The argument of {@link resizeDown}. */
@unmanaged
export class ResizeDown {
  /** u8 (rows, width) */
  from: usize;
  /** u8 (count, width) */
  to: usize;
  /** for each output: first row i32, number of rows i32 */
  spans: usize;
  /** i16[count][taps], taps even: upper parts of the weights */
  high: usize;
  /** i16[count][taps]: lower bits of the weights */
  low: usize;
  /** bytes of a row */
  width: i32;
  taps: i32;
}

/** The argument of {@link pixelsToPlanes}. */
@unmanaged
export class PixelsToPlanes {
  /** u8 (pixels, channels) */
  from: usize;
  /** (planes, pixels): f32 from 0 to 1, or u8 */
  to: usize;
  pixels: i32;
  /** 1, 3 or 4: grey; red, green and blue; alpha besides */
  channels: i32;
  /** 1, 3 or 4 */
  planes: i32;
  /** 1: results are u8 */
  bytes: i32;
}

/** The argument of {@link planesToPixels}. */
@unmanaged
export class PlanesToPixels {
  /** (planes, pixels): f32, of which 0 to 1 become 0 to 255, or u8 */
  from: usize;
  /** u8 (pixels, channels) */
  to: usize;
  pixels: i32;
  /** 1, 3 or 4 */
  planes: i32;
  /** 1, 3 or 4 */
  channels: i32;
  /** 1: planes are u8 */
  bytes: i32;
}

const HALF = 1 << (WEIGHT_BITS - 1);

/** Rows of pixels in another length, as PIL resizes them. Items are blocks of four rows; the last may be fewer. */
export function resizeAcross(params: ResizeAcross, begin: i32, end: i32): void {
  const last = params.rows - 1;
  for (let item = begin; item < end; ++item) {
    const row = item * BLOCK_ROWS;
    const count = min(params.rows - row, BLOCK_ROWS);
    if (!params.vectors) {
      for (let i = 0; i < count; ++i) eachAlone(params, row + i);
    } else if (params.channels == 1) {
      for (let i = 0; i < count; ++i) greyRow(params, row + i);
    } else {
      // beyond the last row it is computed again
      const b = min(row + 1, last);
      const c = min(row + 2, last);
      const d = min(row + 3, last);
      if (params.channels == 4) fourRowsOf4(params, row, b, c, d);
      else fourRowsOf3(params, row, b, c, d);
    }
  }
}

// @ts-ignore: decorator
@inline
function rowFrom(params: ResizeAcross, row: i32): usize {
  return params.from + <usize>row * <usize>(params.length * params.channels);
}

// @ts-ignore: decorator
@inline
function rowTo(params: ResizeAcross, row: i32): usize {
  return params.to + <usize>row * <usize>(params.count * params.channels);
}

/** The byte of a sum of weighted bytes. Sums may wrap around meanwhile: the whole is positive and less than 2^31. */
// @ts-ignore: decorator
@inline
function byteOf(sum: i32): i32 {
  return min(sum >> WEIGHT_BITS, 255);
}

// @ts-ignore: decorator
@inline
function weightAt(high: usize, low: usize, tap: i32): i32 {
  const at = (<usize>tap) << 1;
  return (load<i16>(high + at) << LOW_BITS) + load<i16>(low + at);
}

function eachAlone(params: ResizeAcross, row: i32): void {
  const channels = params.channels;
  const line = rowFrom(params, row);
  let to = rowTo(params, row);
  let high = params.high;
  let low = params.low;
  const bytes = (<usize>params.taps) << 1;
  for (let x = 0; x < params.count; ++x, high += bytes, low += bytes) {
    const first = load<i32>(params.firsts + ((<usize>x) << 2));
    const taps = min(params.taps, params.length - first);
    for (let channel = 0; channel < channels; ++channel, ++to) {
      let from = line + <usize>(first * channels + channel);
      let sum = HALF;
      for (let tap = 0; tap < taps; ++tap, from += channels) sum += weightAt(high, low, tap) * <i32>load<u8>(from);
      store<u8>(to, byteOf(sum));
    }
  }
}

function greyRow(params: ResizeAcross, row: i32): void {
  const line = rowFrom(params, row);
  const to = rowTo(params, row);
  let high = params.high;
  let low = params.low;
  for (let x = 0; x < params.count; ++x) {
    let from = line + load<i32>(params.firsts + ((<usize>x) << 2));
    let upper = i32x4.splat(0);
    let lower = i32x4.splat(0);
    for (let tap = params.taps; tap > 0; tap -= 8, from += 8, high += 16, low += 16) {
      const eight = v128.load_ext<u8>(from);
      upper = i32x4.add(upper, i32x4.dot_i16x8_s(eight, v128.load(high)));
      lower = i32x4.add(lower, i32x4.dot_i16x8_s(eight, v128.load(low)));
    }
    let sum = i32x4.add(i32x4.shl(upper, LOW_BITS), lower);
    sum = i32x4.add(sum, v128.shuffle<i32>(sum, sum, 2, 3, 0, 1));
    store<u8>(to + x, byteOf(i32x4.extract_lane(sum, 0) + i32x4.extract_lane(sum, 1) + HALF));
  }
}

/** Four pixels in pairs of one channel: what is 0x80 becomes 0. */
// @ts-ignore: decorator
@inline
function firstPair(four: v128, channels: i32): v128 {
  return channels == 4
    ? i8x16.swizzle(four, i8x16(0, -128, 4, -128, 1, -128, 5, -128, 2, -128, 6, -128, 3, -128, 7, -128))
    : i8x16.swizzle(four, i8x16(0, -128, 3, -128, 1, -128, 4, -128, 2, -128, 5, -128, -128, -128, -128, -128));
}

// @ts-ignore: decorator
@inline
function secondPair(four: v128, channels: i32): v128 {
  return channels == 4
    ? i8x16.swizzle(four, i8x16(8, -128, 12, -128, 9, -128, 13, -128, 10, -128, 14, -128, 11, -128, 15, -128))
    : i8x16.swizzle(four, i8x16(6, -128, 9, -128, 7, -128, 10, -128, 8, -128, 11, -128, -128, -128, -128, -128));
}

/** Sixteen bytes of four channels, twelve of three. */
// @ts-ignore: decorator
@inline
function loadFour(from: usize, channels: i32): v128 {
  return channels == 4 ? v128.load(from) : v128.load32_lane(from, v128.load64_zero(from), 2, 8);
}

// @ts-ignore: decorator
@inline
function added(sum: v128, first: v128, second: v128, weights: v128, next: v128): v128 {
  return i32x4.add(i32x4.add(sum, i32x4.dot_i16x8_s(first, weights)), i32x4.dot_i16x8_s(second, next));
}

// @ts-ignore: decorator
@inline
function storePixel(to: usize, upper: v128, lower: v128, channels: i32): void {
  const sum = i32x4.shr_s(i32x4.add(i32x4.shl(upper, LOW_BITS), lower), WEIGHT_BITS);
  const words = i16x8.narrow_i32x4_s(sum, sum);
  const bytes = i8x16.narrow_i16x8_u(words, words);
  if (channels == 4) v128.store32_lane(to, bytes, 0);
  else {
    v128.store16_lane(to, bytes, 0);
    v128.store8_lane(to, bytes, 2, 2);
  }
}

// @ts-ignore: decorator
@inline
function fourRows(params: ResizeAcross, row0: i32, row1: i32, row2: i32, row3: i32, channels: i32): void {
  const line0 = rowFrom(params, row0);
  const line1 = rowFrom(params, row1);
  const line2 = rowFrom(params, row2);
  const line3 = rowFrom(params, row3);
  let to0 = rowTo(params, row0);
  let to1 = rowTo(params, row1);
  let to2 = rowTo(params, row2);
  let to3 = rowTo(params, row3);
  let high = params.high;
  let low = params.low;
  let firsts = params.firsts;
  for (let x = params.count; x > 0; --x, firsts += 4) {
    let at = load<i32>(firsts) * channels;
    let upper0 = i32x4.splat(0);
    let upper1 = i32x4.splat(0);
    let upper2 = i32x4.splat(0);
    let upper3 = i32x4.splat(0);
    let lower0 = i32x4.splat(HALF);
    let lower1 = i32x4.splat(HALF);
    let lower2 = i32x4.splat(HALF);
    let lower3 = i32x4.splat(HALF);
    for (let tap = params.taps; tap > 0; tap -= 4, at += 4 * channels, high += 8, low += 8) {
      const u = v128.load32_splat(high);
      const v = v128.load32_splat(high, 4);
      const s = v128.load32_splat(low);
      const t = v128.load32_splat(low, 4);
      let four = loadFour(line0 + at, channels);
      let first = firstPair(four, channels);
      let second = secondPair(four, channels);
      upper0 = added(upper0, first, second, u, v);
      lower0 = added(lower0, first, second, s, t);
      four = loadFour(line1 + at, channels);
      first = firstPair(four, channels);
      second = secondPair(four, channels);
      upper1 = added(upper1, first, second, u, v);
      lower1 = added(lower1, first, second, s, t);
      four = loadFour(line2 + at, channels);
      first = firstPair(four, channels);
      second = secondPair(four, channels);
      upper2 = added(upper2, first, second, u, v);
      lower2 = added(lower2, first, second, s, t);
      four = loadFour(line3 + at, channels);
      first = firstPair(four, channels);
      second = secondPair(four, channels);
      upper3 = added(upper3, first, second, u, v);
      lower3 = added(lower3, first, second, s, t);
    }
    storePixel(to0, upper0, lower0, channels);
    storePixel(to1, upper1, lower1, channels);
    storePixel(to2, upper2, lower2, channels);
    storePixel(to3, upper3, lower3, channels);
    to0 += channels;
    to1 += channels;
    to2 += channels;
    to3 += channels;
  }
}

function fourRowsOf4(params: ResizeAcross, a: i32, b: i32, c: i32, d: i32): void {
  fourRows(params, a, b, c, d, 4);
}

function fourRowsOf3(params: ResizeAcross, a: i32, b: i32, c: i32, d: i32): void {
  fourRows(params, a, b, c, d, 3);
}

/** Columns of bytes in another length, as PIL resizes them. Items are rows of the result. */
export function resizeDown(params: ResizeDown, begin: i32, end: i32): void {
  const width = params.width;
  const bytes = (<usize>params.taps) << 1;
  for (let row = begin; row < end; ++row) {
    const span = params.spans + ((<usize>row) << 3);
    const from = params.from + <usize>load<i32>(span) * <usize>width;
    const to = params.to + <usize>row * <usize>width;
    const high = params.high + <usize>row * bytes;
    const low = params.low + <usize>row * bytes;
    const taps = load<i32>(span, 4);
    if (width < 16) {
      for (let x = 0; x < width; ++x) {
        let sum = HALF;
        for (let tap = 0; tap < taps; ++tap) {
          sum += weightAt(high, low, tap) * <i32>load<u8>(from + <usize>(tap * width + x));
        }
        store<u8>(to + x, byteOf(sum));
      }
    } else {
      for (let x = 0; x < width; x += 16) {
        // the last sixteen may overlap those before
        const at = min(x, width - 16);
        sixteenDown(from + at, width, high, low, taps, to + at);
      }
    }
  }
}

function sixteenDown(from: usize, width: i32, high: usize, low: usize, taps: i32, to: usize): void {
  let upper0 = i32x4.splat(0);
  let upper1 = i32x4.splat(0);
  let upper2 = i32x4.splat(0);
  let upper3 = i32x4.splat(0);
  let lower0 = i32x4.splat(HALF);
  let lower1 = i32x4.splat(HALF);
  let lower2 = i32x4.splat(HALF);
  let lower3 = i32x4.splat(HALF);
  for (; taps > 0; taps -= 2, from += width << 1, high += 4, low += 4) {
    const a = v128.load(from);
    // the weight of a row that is not there is zero
    const b = v128.load(taps > 1 ? from + width : from);
    const u = v128.load32_splat(high);
    const v = v128.load32_splat(low);
    let pairs = v128.shuffle<i8>(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    let four = i16x8.extend_low_i8x16_u(pairs);
    upper0 = i32x4.add(upper0, i32x4.dot_i16x8_s(four, u));
    lower0 = i32x4.add(lower0, i32x4.dot_i16x8_s(four, v));
    four = i16x8.extend_high_i8x16_u(pairs);
    upper1 = i32x4.add(upper1, i32x4.dot_i16x8_s(four, u));
    lower1 = i32x4.add(lower1, i32x4.dot_i16x8_s(four, v));
    pairs = v128.shuffle<i8>(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    four = i16x8.extend_low_i8x16_u(pairs);
    upper2 = i32x4.add(upper2, i32x4.dot_i16x8_s(four, u));
    lower2 = i32x4.add(lower2, i32x4.dot_i16x8_s(four, v));
    four = i16x8.extend_high_i8x16_u(pairs);
    upper3 = i32x4.add(upper3, i32x4.dot_i16x8_s(four, u));
    lower3 = i32x4.add(lower3, i32x4.dot_i16x8_s(four, v));
  }
  const first = i16x8.narrow_i32x4_s(whole(upper0, lower0), whole(upper1, lower1));
  const second = i16x8.narrow_i32x4_s(whole(upper2, lower2), whole(upper3, lower3));
  v128.store(to, i8x16.narrow_i16x8_u(first, second));
}

// @ts-ignore: decorator
@inline
function whole(upper: v128, lower: v128): v128 {
  return i32x4.shr_s(i32x4.add(i32x4.shl(upper, LOW_BITS), lower), WEIGHT_BITS);
}

/** Red, green and blue as PIL weighs them, which is ITU-R 601-2 luma in 16 bits: Convert.c, rgb2l. */
const RED = 19595;
const GREEN = 38470;
const BLUE = 7471;
const LUMA_HALF = 0x8000;

/**
 * Interleaved bytes as planes: torchvision's ToTensor or PILToTensor. A grey picture has three equal colours, colours have
 * luma where one plane is wanted, and no alpha is full alpha. Items are blocks of 4096 pixels.
 */
export function pixelsToPlanes(params: PixelsToPlanes, begin: i32, end: i32): void {
  for (let item = begin; item < end; ++item) {
    const first = item * BLOCK_PIXELS;
    const last = min(first + BLOCK_PIXELS, params.pixels);
    for (let plane = 0; plane < params.planes; ++plane) toPlane(params, plane, first, last);
  }
}

function toPlane(params: PixelsToPlanes, plane: i32, first: i32, last: i32): void {
  const channels = params.channels;
  const size = params.bytes ? 1 : 4;
  const isLuma = params.planes == 1 && channels > 1;
  const isFull = plane == 3 && channels < 4;
  let from = params.from + <usize>(first * channels);
  let to = params.to + <usize>(plane * params.pixels + first) * <usize>size;
  const channel = channels == 1 || isFull ? 0 : plane;
  const limit = params.from + <usize>(params.pixels * channels);
  const places = i32x4.add(i32x4.splat(<i32>0x80808000 + channel), i32x4(0, channels, 2 * channels, 3 * channels));
  let pixel = first;
  for (; pixel + 4 <= last && from + 16 <= limit; pixel += 4, from += 4 * channels, to += 4 * size) {
    const four = v128.load(from);
    let value = i8x16.swizzle(four, places);
    if (isLuma) {
      const ones = i32x4.splat(1);
      const green = i8x16.swizzle(four, i32x4.add(places, ones));
      const blue = i8x16.swizzle(four, i32x4.add(places, i32x4.splat(2)));
      value = i32x4.add(i32x4.mul(value, i32x4.splat(RED)), i32x4.mul(green, i32x4.splat(GREEN)));
      value = i32x4.add(value, i32x4.mul(blue, i32x4.splat(BLUE)));
      value = i32x4.shr_u(i32x4.add(value, i32x4.splat(LUMA_HALF)), 16);
    }
    if (isFull) value = i32x4.splat(255);
    if (params.bytes) {
      const words = i16x8.narrow_i32x4_s(value, value);
      v128.store32_lane(to, i8x16.narrow_i16x8_u(words, words), 0);
    } else v128.store(to, f32x4.div(f32x4.convert_i32x4_u(value), f32x4.splat(255)));
  }
  for (; pixel < last; ++pixel, from += channels, to += size) {
    let value: i32 = load<u8>(from + channel);
    if (isLuma) {
      value = value * RED + <i32>load<u8>(from, 1) * GREEN + <i32>load<u8>(from, 2) * BLUE;
      value = (value + LUMA_HALF) >>> 16;
    }
    if (isFull) value = 255;
    if (params.bytes) store<u8>(to, value);
    else store<f32>(to, <f32>value / 255);
  }
}

/** Planes as interleaved bytes: torchvision.utils.save_image's rounding, by halves up. Items are blocks of 4096 pixels. */
export function planesToPixels(params: PlanesToPixels, begin: i32, end: i32): void {
  for (let item = begin; item < end; ++item) {
    const first = item * BLOCK_PIXELS;
    toPixels(params, first, min(first + BLOCK_PIXELS, params.pixels));
  }
}

function toPixels(params: PlanesToPixels, first: i32, last: i32): void {
  const channels = params.channels;
  const size = params.bytes ? 1 : 4;
  const plane = <usize>params.pixels * <usize>size;
  let red = params.from + <usize>first * <usize>size;
  let green = params.planes == 1 ? red : red + plane;
  let blue = params.planes == 1 ? red : red + 2 * plane;
  let alpha = params.planes == 4 ? red + 3 * plane : 0;
  let to = params.to + <usize>(first * channels);
  let pixel = first;
  for (; pixel + 4 <= last; pixel += 4, to += 4 * channels) {
    let four = fourBytes(red, params.bytes);
    red += 4 * size;
    if (channels == 1) {
      four = i16x8.narrow_i32x4_s(four, four);
      v128.store32_lane(to, i8x16.narrow_i16x8_u(four, four), 0);
      continue;
    }
    four = v128.or(four, i32x4.shl(fourBytes(green, params.bytes), 8));
    four = v128.or(four, i32x4.shl(fourBytes(blue, params.bytes), 16));
    green += 4 * size;
    blue += 4 * size;
    if (channels == 3) {
      four = i8x16.swizzle(four, i8x16(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -128, -128, -128, -128));
      v128.store64_lane(to, four, 0);
      v128.store32_lane(to, four, 2, 8);
      continue;
    }
    const fourth = alpha ? fourBytes(alpha, params.bytes) : i32x4.splat(255);
    if (alpha) alpha += 4 * size;
    v128.store(to, v128.or(four, i32x4.shl(fourth, 24)));
  }
  for (; pixel < last; ++pixel, to += channels) {
    store<u8>(to, oneByte(red, params.bytes));
    red += size;
    if (channels == 1) continue;
    store<u8>(to, oneByte(green, params.bytes), 1);
    store<u8>(to, oneByte(blue, params.bytes), 2);
    green += size;
    blue += size;
    if (channels == 3) continue;
    store<u8>(to, alpha ? oneByte(alpha, params.bytes) : 255, 3);
    if (alpha) alpha += size;
  }
}

// @ts-ignore: decorator
@inline
function fourBytes(from: usize, bytes: i32): v128 {
  if (bytes) return i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(from)));
  const scaled = f32x4.add(f32x4.mul(v128.load(from), f32x4.splat(255)), f32x4.splat(0.5));
  return i32x4.trunc_sat_f32x4_s(f32x4.min(f32x4.max(scaled, f32x4.splat(0)), f32x4.splat(255)));
}

// @ts-ignore: decorator
@inline
function oneByte(from: usize, bytes: i32): i32 {
  if (bytes) return load<u8>(from);
  const scaled = load<f32>(from) * 255 + <f32>0.5;
  // NaN becomes 0
  return scaled > 0 ? <i32>min<f32>(scaled, 255) : 0;
}
