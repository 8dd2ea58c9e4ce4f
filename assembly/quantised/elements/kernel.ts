import * as DType from "../../codes/dtype";
import { BLOCK, blocksOf } from "../../ops/blocks";
import { eachRow } from "../../ops/broadcast";
import { rounded, storeBytes } from "../finish";

/** The argument of {@link quantize} and {@link dequantize}. */
@unmanaged
export class Scaling {
  /** (outer, length, inner) */
  from: usize;
  to: usize;
  /** f32: one for each place of the axis; with blocks (outer, blocks, inner) */
  scales: usize;
  /** as many, of the quantised type, or 0 for none */
  zeros: usize;
  length: i32;
  inner: i32;
  /** places of the axis that have a scale together, each element across them its own; 0 where all across a place have one */
  block: i32;
  /** of the axis */
  blocks: i32;
  /** the quantised type: see codes/dtype.ts */
  dtype: i32;
}

/** Calls `f.row` for the part of each row of inner elements that is among the items: blocks of rows. */
// @ts-ignore: decorator
@inline
function eachScaled<F>(params: Scaling, begin: i32, end: i32): void {
  const f = changetype<F>(0);
  const inner = params.inner;
  const blocks = blocksOf(inner);
  let row = begin / blocks;
  let block = begin - row * blocks;
  for (let item = begin; item < end; ++item) {
    const first = block * BLOCK;
    const outer = row / params.length;
    const place = row - outer * params.length;
    let scale = place;
    let step = 0;
    if (params.block) {
      scale = (outer * params.blocks + place / params.block) * inner + first;
      step = 1;
    }
    f.row(params, row * inner + first, min(BLOCK, inner - first), scale, step);
    if (++block == blocks) {
      block = 0;
      ++row;
    }
  }
}

/** float32 to bytes: divided by the scale, rounded half to even, limited. Items are rows x blocks of rows. */
export function quantize(params: Scaling, begin: i32, end: i32): void {
  eachScaled<Quantize>(params, begin, end);
}

/** Bytes or i32 to float32. Items are rows x blocks of rows. */
export function dequantize(params: Scaling, begin: i32, end: i32): void {
  eachScaled<Dequantize>(params, begin, end);
}

class Quantize {
  row(params: Scaling, index: i32, count: i32, scale: i32, step: i32): void {
    const signed = params.dtype == DType.INT8;
    let from = params.from + ((<usize>index) << 2);
    let to = params.to + <usize>index;
    if (step) {
      for (; count > 0; --count, ++scale, from += 4, ++to) {
        const v = v128.load32_zero(from);
        storeBytes(
          four(v, v128.load32_splat(params.scales + ((<usize>scale) << 2)), zeroAt(params, scale), signed),
          to,
          1,
        );
      }
      return;
    }
    const scales = v128.load32_splat(params.scales + ((<usize>scale) << 2));
    const zero = zeroAt(params, scale);
    for (; count >= 4; count -= 4, from += 16, to += 4) {
      v128.store32_lane(to, four(v128.load(from), scales, zero, signed), 0);
    }
    for (; count > 0; --count, from += 4, ++to) {
      storeBytes(four(v128.load32_zero(from), scales, zero, signed), to, 1);
    }
  }
}

/** Four numbers as bytes. */
// @ts-ignore: decorator
@inline
function four(v: v128, scale: v128, zero: i32, signed: bool): v128 {
  const lowest: i32 = signed ? -128 : 0;
  const least = <f32>(lowest - zero);
  const whole = rounded(f32x4.div(v, scale), f32x4.splat(least), f32x4.splat(least + 255));
  const words = i16x8.narrow_i32x4_s(i32x4.add(whole, i32x4.splat(zero)), i32x4.splat(0));
  return signed ? i8x16.narrow_i16x8_s(words, words) : i8x16.narrow_i16x8_u(words, words);
}

// @ts-ignore: decorator
@inline
function zeroAt(params: Scaling, index: i32): i32 {
  return params.zeros ? numberAt(params.zeros, index, params.dtype) : 0;
}

// @ts-ignore: decorator
@inline
function numberAt(from: usize, index: i32, dtype: i32): i32 {
  if (dtype == DType.INT32) return load<i32>(from + ((<usize>index) << 2));
  return dtype == DType.INT8 ? <i32>load<i8>(from + <usize>index) : <i32>load<u8>(from + <usize>index);
}

class Dequantize {
  row(params: Scaling, index: i32, count: i32, scale: i32, step: i32): void {
    const dtype = params.dtype;
    let to = params.to + ((<usize>index) << 2);
    if (!step && dtype != DType.INT32) {
      const zero = i32x4.splat(zeroAt(params, scale));
      const scales = v128.load32_splat(params.scales + ((<usize>scale) << 2));
      for (; count >= 4; count -= 4, index += 4, to += 16) {
        const v = v128.load32_zero(params.from + <usize>index);
        const words =
          dtype == DType.INT8
            ? i32x4.extend_low_i16x8_s(i16x8.extend_low_i8x16_s(v))
            : i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v));
        v128.store(to, f32x4.mul(f32x4.convert_i32x4_s(i32x4.sub(words, zero)), scales));
      }
    }
    for (; count > 0; --count, ++index, scale += step, to += 4) {
      const number = numberAt(params.from, index, dtype) - zeroAt(params, scale);
      store<f32>(to, <f32>number * load<f32>(params.scales + ((<usize>scale) << 2)));
    }
  }
}

/** The argument of {@link rangeOf} and {@link scaleOf}. */
@unmanaged
export class Range {
  from: usize;
  /** least and most of each block, f32 each */
  ranges: usize;
  /** f32 */
  scale: usize;
  /** u8 */
  zero: usize;
  count: i32;
}

/** The least and the most of each block and 0. Items are blocks. */
export function rangeOf(params: Range, begin: i32, end: i32): void {
  for (let item = begin; item < end; ++item) {
    let from = params.from + ((<usize>(item * BLOCK)) << 2);
    let count = min(BLOCK, params.count - item * BLOCK);
    let least = f32x4.splat(0);
    let most = least;
    for (; count >= 4; count -= 4, from += 16) {
      const v = v128.load(from);
      least = f32x4.pmin(least, v);
      most = f32x4.pmax(most, v);
    }
    for (; count > 0; --count, from += 4) {
      const v = v128.load32_zero(from);
      least = f32x4.pmin(least, v);
      most = f32x4.pmax(most, v);
    }
    const to = params.ranges + ((<usize>item) << 3);
    least = f32x4.pmin(least, v128.shuffle<f32>(least, least, 2, 3, 0, 1));
    most = f32x4.pmax(most, v128.shuffle<f32>(most, most, 2, 3, 0, 1));
    store<f32>(to, min(f32x4.extract_lane(least, 0), f32x4.extract_lane(least, 1)));
    store<f32>(to, max(f32x4.extract_lane(most, 0), f32x4.extract_lane(most, 1)), 4);
  }
}

/** Scale and zero point of the range of all blocks. The one item. */
export function scaleOf(params: Range, begin: i32, end: i32): void {
  if (begin == end) return;
  let least: f32 = 0;
  let most: f32 = 0;
  for (let i = 0; i < blocksOf(params.count); ++i) {
    const at = params.ranges + ((<usize>i) << 3);
    least = min(least, load<f32>(at));
    most = max(most, load<f32>(at, 4));
  }
  const scale: f32 = most == least ? 1 : (most - least) / 255;
  const zero: f32 = min<f32>(max<f32>(0 - least / scale, 0), 255);
  store<f32>(params.scale, scale);
  store<u8>(params.zero, <u8>nearest<f32>(zero));
}

/** The argument of {@link lookUp}. */
@unmanaged
export class LookUp {
  from: usize;
  /** may be `from` */
  to: usize;
  /** a byte for each byte */
  table: usize;
  count: i32;
}

/** Bytes by a table. Items are blocks. */
export function lookUp(params: LookUp, begin: i32, end: i32): void {
  const table = params.table;
  const last = min(end * BLOCK, params.count);
  let from = params.from + <usize>(begin * BLOCK);
  let to = params.to + <usize>(begin * BLOCK);
  const until = params.from + <usize>last;
  for (; from + 4 <= until; from += 4, to += 4) {
    const four = load<u32>(from);
    const low = (<u32>load<u8>(table + (four & 255))) | ((<u32>load<u8>(table + ((four >> 8) & 255))) << 8);
    const high = (<u32>load<u8>(table + ((four >> 16) & 255))) | ((<u32>load<u8>(table + (four >> 24))) << 8);
    store<u32>(to, low | (high << 16));
  }
  for (; from < until; ++from, ++to) store<u8>(to, load<u8>(table + <usize>load<u8>(from)));
}

/** The argument of {@link addBytes} and {@link mulBytes}. */
@unmanaged
export class BytePair {
  a: usize;
  b: usize;
  /** may be `a` or `b`, if that has the result's shape */
  to: usize;
  /** as those of {@link Broadcast} in ops/binary, for bytes */
  axes: usize;
  rank: i32;
  /** whether the bytes have a sign */
  signed: i32;
  aZero: i32;
  bZero: i32;
  zero: i32;
  /** of a sum: scales divided by that of the result; of a product: all in one */
  aScale: f32;
  bScale: f32;
  /** of a sum: what all zero points add; and the same in other roundings, for a first argument that repeats */
  fixed: f32;
  exchanged: f32;
  /** of a sum: numbers farther than this from a whole one are computed again, as exactly as onnxruntime does */
  doubt: f32;


  @inline get most(): i32 {
    return i32.MAX_VALUE;
  }


  @inline end(_index: usize, _count: i32): void {}
}

/** A sum of bytes, scaled. Items are those of broadcast in ops/binary. */
export function addBytes(params: BytePair, begin: i32, end: i32): void {
  eachRow<AddRows>(changetype<AddRows>(params), params.a, params.b, params.axes, params.rank, begin, end);
}

/** A product of bytes, scaled. Items are those of broadcast in ops/binary. */
export function mulBytes(params: BytePair, begin: i32, end: i32): void {
  eachRow<MulRows>(changetype<MulRows>(params), params.a, params.b, params.axes, params.rank, begin, end);
}


@unmanaged
class AddRows extends BytePair {
  row(a: usize, aStep: usize, b: usize, bStep: usize, index: usize, count: i32): void {
    const signed = this.signed;
    let first = this.fixed;
    const to = this.to + index;
    // what repeats is added beforehand
    if (!aStep) first = <f32>(<f64>byteAt(a, signed) * <f64>this.aScale + <f64>this.exchanged);
    else if (!bStep) first = <f32>(<f64>byteAt(b, signed) * <f64>this.bScale + <f64>first);
    if (!aStep || !bStep) {
      const from = aStep ? a : b;
      const scale = f64x2.splat(<f64>(aStep ? this.aScale : this.bScale));
      const added = f32x4.splat(first);
      for (let i = 0; i < count; i += 4) {
        const rest = min(count - i, 4);
        storeFour(fused(fourAt(from + <usize>i, rest, signed), scale, added), signed, to + <usize>i, rest);
      }
      return;
    }
    const aScale = f32x4.splat(this.aScale);
    const bScale = f32x4.splat(this.bScale);
    const added = f32x4.splat(first);
    const doubt = f32x4.splat(this.doubt);
    let i = 0;
    for (; i + 8 <= count; i += 8) {
      const x = eightAt(a + <usize>i, signed);
      const y = eightAt(b + <usize>i, signed);
      const low = f32x4.add(f32x4.mul(lowFloats(x), aScale), f32x4.add(f32x4.mul(lowFloats(y), bScale), added));
      const high = f32x4.add(f32x4.mul(highFloats(x), aScale), f32x4.add(f32x4.mul(highFloats(y), bScale), added));
      // in four roundings, where none of them can matter: far enough from halves
      if (v128.any_true(v128.or(isDoubtful(low, doubt), isDoubtful(high, doubt)))) {
        this.four(a + <usize>i, b + <usize>i, added, to + <usize>i, 4);
        this.four(a + <usize>i + 4, b + <usize>i + 4, added, to + <usize>i + 4, 4);
      } else storeEight(low, high, signed, to + <usize>i);
    }
    for (; i < count; i += 4) this.four(a + <usize>i, b + <usize>i, added, to + <usize>i, min(count - i, 4));
  }

  /** Each product and sum is rounded once, as a fused multiplication and addition is: in float64, where products are exact. */
  four(a: usize, b: usize, added: v128, to: usize, count: i32): void {
    const sum = fused(fourAt(b, count, this.signed), f64x2.splat(<f64>this.bScale), added);
    storeFour(fused(fourAt(a, count, this.signed), f64x2.splat(<f64>this.aScale), sum), this.signed, to, count);
  }
}


@unmanaged
class MulRows extends BytePair {
  row(a: usize, aStep: usize, b: usize, bStep: usize, index: usize, count: i32): void {
    const signed = this.signed;
    const scale = f32x4.splat(this.aScale);
    const zero = f32x4.splat(<f32>this.zero);
    const aZero = i16x8.splat(<i16>this.aZero);
    const bZero = i16x8.splat(<i16>this.bZero);
    const to = this.to + index;
    let x = i16x8.sub(i16x8.splat(<i16>byteAt(a, signed)), aZero);
    let y = i16x8.sub(i16x8.splat(<i16>byteAt(b, signed)), bZero);
    let i = 0;
    for (; i + 8 <= count; i += 8) {
      if (aStep) x = i16x8.sub(eightAt(a + <usize>i, signed), aZero);
      if (bStep) y = i16x8.sub(eightAt(b + <usize>i, signed), bZero);
      const low = f32x4.convert_i32x4_s(i32x4.extmul_low_i16x8_s(x, y));
      const high = f32x4.convert_i32x4_s(i32x4.extmul_high_i16x8_s(x, y));
      storeEight(
        f32x4.add(f32x4.mul(low, scale), zero),
        f32x4.add(f32x4.mul(high, scale), zero),
        signed,
        to + <usize>i,
      );
    }
    for (; i < count; ++i) {
      const p = byteAt(aStep ? a + <usize>i : a, signed) - this.aZero;
      const q = byteAt(bStep ? b + <usize>i : b, signed) - this.bZero;
      storeFour(f32x4.add(f32x4.mul(f32x4.splat(<f32>(p * q)), scale), zero), signed, to + <usize>i, 1);
    }
  }
}

/** Whether numbers are so near to a half that the roundings before could have decided to which side they go. */
// @ts-ignore: decorator
@inline
function isDoubtful(v: v128, doubt: v128): v128 {
  return f32x4.gt(f32x4.abs(f32x4.sub(v, f32x4.nearest(v))), doubt);
}

// @ts-ignore: decorator
@inline
function lowFloats(v: v128): v128 {
  return f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(v));
}

// @ts-ignore: decorator
@inline
function highFloats(v: v128): v128 {
  return f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(v));
}

/** Eight bytes as 16 bits. */
// @ts-ignore: decorator
@inline
function eightAt(from: usize, signed: i32): v128 {
  const v = v128.load64_zero(from);
  return signed ? i16x8.extend_low_i8x16_s(v) : i16x8.extend_low_i8x16_u(v);
}

/** Eight numbers, their zero point added already. */
// @ts-ignore: decorator
@inline
function storeEight(low: v128, high: v128, signed: i32, to: usize): void {
  const least = f32x4.splat(signed ? -128 : 0);
  const most = f32x4.splat(signed ? 127 : 255);
  const halves = i16x8.narrow_i32x4_s(rounded(low, least, most), rounded(high, least, most));
  v128.store64_lane(to, signed ? i8x16.narrow_i16x8_s(halves, halves) : i8x16.narrow_i16x8_u(halves, halves), 0);
}

// @ts-ignore: decorator
@inline
function byteAt(from: usize, signed: i32): i32 {
  return signed ? <i32>load<i8>(from) : <i32>load<u8>(from);
}

/** Up to four bytes as whole numbers. */
// @ts-ignore: decorator
@inline
function fourAt(from: usize, count: i32, signed: i32): v128 {
  let v: v128;
  if (count >= 4) v = v128.load32_zero(from);
  else {
    v = i8x16.splat(0);
    if (count > 2) v = v128.load8_lane(from, v, 2, 2);
    if (count > 1) v = v128.load8_lane(from, v, 1, 1);
    v = v128.load8_lane(from, v, 0);
  }
  return signed
    ? i32x4.extend_low_i16x8_s(i16x8.extend_low_i8x16_s(v))
    : i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v));
}

/** v * scale + added, rounded to float32 once. */
// @ts-ignore: decorator
@inline
function fused(v: v128, scale: v128, added: v128): v128 {
  const upper = v128.shuffle<i32>(v, v, 2, 3, 2, 3);
  const upperAdded = v128.shuffle<f32>(added, added, 2, 3, 2, 3);
  const low = f64x2.add(f64x2.mul(f64x2.convert_low_i32x4_s(v), scale), f64x2.promote_low_f32x4(added));
  const high = f64x2.add(f64x2.mul(f64x2.convert_low_i32x4_s(upper), scale), f64x2.promote_low_f32x4(upperAdded));
  return v128.shuffle<f32>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 1, 4, 5);
}

/** Up to four numbers, their zero point added already. */
// @ts-ignore: decorator
@inline
function storeFour(v: v128, signed: i32, to: usize, count: i32): void {
  const least = f32x4.splat(signed ? -128 : 0);
  const words = rounded(v, least, f32x4.splat(signed ? 127 : 255));
  const halves = i16x8.narrow_i32x4_s(words, words);
  const bytes = signed ? i8x16.narrow_i16x8_s(halves, halves) : i8x16.narrow_i16x8_u(halves, halves);
  if (count >= 4) v128.store32_lane(to, bytes, 0);
  else storeBytes(bytes, to, count);
}
