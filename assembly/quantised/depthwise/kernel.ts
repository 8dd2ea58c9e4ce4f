import * as Dots from "../../codes/dots";
import { scratchOf } from "../../ops/scratch";
import { ByteConv, emit, fillBand, outsideOf, rowsOf } from "../band";
import { dots, flipOf, FoursOfWeights, PairsOfWeights, wayOf, zeroOf } from "../dot";
import { finishEight, sizeOfResult } from "../finish";
import { depthOf, flagsAt, headBytes, imageAt, panelBytes, RUN } from "../layout";
import { roundUp } from "../../quotient";

/**
 * Convolution of planes of bytes, each by one filter: sixteen pixels at a time, of which the values under four taps are put
 * side by side. Items are images x groups.
 */
export function convBytesDepthwise(conv: ByteConv, begin: i32, end: i32): void {
  const scratch = scratchOf(conv.workspace);
  const taps = conv.depth;
  const bytes = <usize>panelBytes(1, taps);
  const wide = scratch + <usize>imageAt(conv.bandBytes);
  const results = wide + <usize>roundUp(2 * depthOf(taps), 64);
  const size = sizeOfResult(conv.kind);
  const plane = <usize>(conv.height * conv.width);
  const outPlane = <usize>(conv.outHeight * conv.outWidth) * size;
  const zero = zeroOf(conv.zero, conv.signed);
  const flip = flipOf(conv.signed);
  const outside = outsideOf(conv);
  for (let item = begin; item < end; ++item) {
    const group = item % conv.groups;
    const panel = conv.weights + <usize>group * bytes;
    const flags = load<i32>(panel + <usize>flagsAt(1));
    const weights = panel + <usize>headBytes(1);
    const added = load<i32>(panel) - zero * load<i32>(panel, 4);
    const scale = conv.scales ? load<f32>(conv.scales + <usize>group * 4) : 0;
    const way = wayOf(flags);
    if (way == Dots.SIXTEEN) widen(weights, load<i32>(panel, 8), taps, wide);
    for (let pixel = 0; pixel < conv.pixels; pixel += conv.blockPixels) {
      const count = min(conv.blockPixels, conv.pixels - pixel);
      const rows = rowsOf(conv, pixel, pixel + count);
      fillBand(conv, conv.input + <usize>item * plane, pixel / conv.pitch, rows, outside, flip, scratch);
      if (way == Dots.SIXTEEN) sumPairs(conv, wide, scratch, count, added, scale, results);
      else if (way == Dots.PAIRS) sumFours<PairsOfWeights>(conv, weights, scratch, count, added, scale, results);
      else sumFours<FoursOfWeights>(conv, weights, scratch, count, added, scale, results);
      emit(conv, results, conv.output + <usize>item * outPlane, pixel, count, size);
    }
  }
}

/** Weights as pairs of 16 bits without their zero point. */
function widen(weights: usize, zero: i32, taps: i32, to: usize): void {
  for (let i = 0; i < <i32>depthOf(taps); ++i, to += 2) {
    store<i16>(to, <i16>(<i32>load<i8>(weights + <usize>i) - zero));
  }
}

function sumFours<D>(conv: ByteConv, weights: usize, band: usize, count: i32, added: i32, scale: f32, to: usize): void {
  const d = changetype<D>(0);
  const end = conv.offsets + <usize>depthOf(conv.depth) * 4;
  for (let pixel = 0; pixel < count; pixel += RUN, band += RUN) {
    let s0 = i32x4.splat(added);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    let weight = weights;
    for (let at = conv.offsets; at < end; at += 16, weight += 4) {
      const v0 = v128.load(band + load<u32>(at));
      const v1 = v128.load(band + load<u32>(at, 4));
      const v2 = v128.load(band + load<u32>(at, 8));
      const v3 = v128.load(band + load<u32>(at, 12));
      const low01 = v128.shuffle<u8>(v0, v1, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      const low23 = v128.shuffle<u8>(v2, v3, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      const high01 = v128.shuffle<u8>(v0, v1, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
      const high23 = v128.shuffle<u8>(v2, v3, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
      const w = v128.load32_splat(weight);
      s0 = d.dot(w, v128.shuffle<u16>(low01, low23, 0, 8, 1, 9, 2, 10, 3, 11), s0);
      s1 = d.dot(w, v128.shuffle<u16>(low01, low23, 4, 12, 5, 13, 6, 14, 7, 15), s1);
      s2 = d.dot(w, v128.shuffle<u16>(high01, high23, 0, 8, 1, 9, 2, 10, 3, 11), s2);
      s3 = d.dot(w, v128.shuffle<u16>(high01, high23, 4, 12, 5, 13, 6, 14, 7, 15), s3);
    }
    to = finishRun(conv, s0, s1, s2, s3, scale, to);
  }
}

function sumPairs(conv: ByteConv, weights: usize, band: usize, count: i32, added: i32, scale: f32, to: usize): void {
  const end = conv.offsets + <usize>depthOf(conv.depth) * 4;
  const signed = dots == Dots.SIGNED;
  for (let pixel = 0; pixel < count; pixel += RUN, band += RUN) {
    let s0 = i32x4.splat(added);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    let weight = weights;
    for (let at = conv.offsets; at < end; at += 8, weight += 4) {
      const v0 = v128.load(band + load<u32>(at));
      const v1 = v128.load(band + load<u32>(at, 4));
      const low = v128.shuffle<u8>(v0, v1, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      const high = v128.shuffle<u8>(v0, v1, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
      const w = v128.load32_splat(weight);
      if (signed) {
        s0 = i32x4.add(s0, i32x4.dot_i16x8_s(w, i16x8.extend_low_i8x16_s(low)));
        s1 = i32x4.add(s1, i32x4.dot_i16x8_s(w, i16x8.extend_high_i8x16_s(low)));
        s2 = i32x4.add(s2, i32x4.dot_i16x8_s(w, i16x8.extend_low_i8x16_s(high)));
        s3 = i32x4.add(s3, i32x4.dot_i16x8_s(w, i16x8.extend_high_i8x16_s(high)));
      } else {
        s0 = i32x4.add(s0, i32x4.dot_i16x8_s(w, i16x8.extend_low_i8x16_u(low)));
        s1 = i32x4.add(s1, i32x4.dot_i16x8_s(w, i16x8.extend_high_i8x16_u(low)));
        s2 = i32x4.add(s2, i32x4.dot_i16x8_s(w, i16x8.extend_low_i8x16_u(high)));
        s3 = i32x4.add(s3, i32x4.dot_i16x8_s(w, i16x8.extend_high_i8x16_u(high)));
      }
    }
    to = finishRun(conv, s0, s1, s2, s3, scale, to);
  }
}

/**
 * Returns the address after the sixteen results. Inlined: V8 cannot pair vectors that are parameters of a function, and ends the
 * process if it tries.
 */
// @ts-ignore: decorator
@inline
function finishRun(conv: ByteConv, s0: v128, s1: v128, s2: v128, s3: v128, scale: f32, to: usize): usize {
  const scales = f32x4.splat(scale);
  const eight = sizeOfResult(conv.kind) << 3;
  finishEight(conv.kind, conv.outZero, conv.least, conv.most, s0, s1, scales, scales, to, 8);
  finishEight(conv.kind, conv.outZero, conv.least, conv.most, s2, s3, scales, scales, to + eight, 8);
  return to + 2 * eight;
}
