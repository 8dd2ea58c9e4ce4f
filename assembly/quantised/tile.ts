import * as Dots from "../codes/dots";
import { FoursOfActivations, FoursOfWeights, PairsOfActivations, PairsOfWeights, Sixteen } from "./dot";

/** A tile of weights times activations, by one of the ways of codes/dots.ts. */
export function tileOfWeights(way: i32, steps: i32, a: usize, b: usize, c: usize): void {
  if (way == Dots.SIXTEEN) tile4x8<Sixteen>(steps, a, b, c);
  else if (way == Dots.PAIRS) tile4x8<PairsOfWeights>(steps, a, b, c);
  else tile4x8<FoursOfWeights>(steps, a, b, c);
}

/** A tile of activations times weights. */
export function tileOfActivations(way: i32, steps: i32, a: usize, b: usize, c: usize): void {
  if (way == Dots.SIXTEEN) tile4x8<Sixteen>(steps, a, b, c);
  else if (way == Dots.PAIRS) tile4x8<PairsOfActivations>(steps, a, b, c);
  else tile4x8<FoursOfActivations>(steps, a, b, c);
}

/**
 * C[4][8] = A[4][depth] * B[depth][8], 32-bit sums that wrap around. A step takes four bytes, or two numbers of 16 bits, of
 * each row of A (16 bytes) and of each column of B (32 bytes). Eight accumulators leave room for both vectors of B, one of A
 * and the products.
 */
function tile4x8<D>(steps: i32, a: usize, b: usize, c: usize): void {
  const d = changetype<D>(0);
  let c00 = i32x4.splat(0);
  let c01 = i32x4.splat(0);
  let c10 = i32x4.splat(0);
  let c11 = i32x4.splat(0);
  let c20 = i32x4.splat(0);
  let c21 = i32x4.splat(0);
  let c30 = i32x4.splat(0);
  let c31 = i32x4.splat(0);
  for (const end = a + <usize>steps * 16; a < end; a += 16, b += 32) {
    const left = v128.load(b);
    const right = v128.load(b, 16);
    let x = v128.load32_splat(a);
    c00 = d.dot(x, left, c00);
    c01 = d.dot(x, right, c01);
    x = v128.load32_splat(a, 4);
    c10 = d.dot(x, left, c10);
    c11 = d.dot(x, right, c11);
    x = v128.load32_splat(a, 8);
    c20 = d.dot(x, left, c20);
    c21 = d.dot(x, right, c21);
    x = v128.load32_splat(a, 12);
    c30 = d.dot(x, left, c30);
    c31 = d.dot(x, right, c31);
  }
  v128.store(c, c00);
  v128.store(c, c01, 16);
  v128.store(c, c10, 32);
  v128.store(c, c11, 48);
  v128.store(c, c20, 64);
  v128.store(c, c21, 80);
  v128.store(c, c30, 96);
  v128.store(c, c31, 112);
}

/** Moves the first two bytes of each four before the last two. */
// @ts-ignore: decorator
@inline
export function halves(v: v128): v128 {
  return v128.shuffle<u8>(v, v, 0, 1, 4, 5, 8, 9, 12, 13, 2, 3, 6, 7, 10, 11, 14, 15);
}

/** Panels of activations as 16 bits: `count` vectors of bytes, in groups of `group` vectors that make a step. */
export function widenImage(from: usize, to: usize, steps: i32, group: i32, signed: bool): void {
  const bytes = <usize>group * 16;
  for (; steps > 0; --steps, to += bytes) {
    for (let i = 0; i < group; ++i, from += 16, to += 16) {
      const v = halves(v128.load(from));
      v128.store(to, signed ? i16x8.extend_low_i8x16_s(v) : i16x8.extend_low_i8x16_u(v));
      v128.store(to + bytes, signed ? i16x8.extend_high_i8x16_s(v) : i16x8.extend_high_i8x16_u(v));
    }
  }
}

/** A panel of weights as 16 bits, without their zero points: i32 for each of 4 * group filters. */
export function widenWeights(from: usize, zeros: usize, to: usize, steps: i32, group: i32): void {
  const bytes = <usize>group * 16;
  for (let i = 0; i < group; ++i) {
    const four = v128.load(zeros + <usize>i * 16);
    const zero = v128.shuffle<i16>(four, four, 0, 0, 2, 2, 4, 4, 6, 6);
    let source = from + <usize>i * 16;
    let target = to + <usize>i * 16;
    for (let step = 0; step < steps; ++step, source += bytes, target += 2 * bytes) {
      const v = halves(v128.load(source));
      v128.store(target, i16x8.sub(i16x8.extend_low_i8x16_s(v), zero));
      v128.store(target + bytes, i16x8.sub(i16x8.extend_high_i8x16_s(v), zero));
    }
  }
}
