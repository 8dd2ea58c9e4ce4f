import { finish } from "../../epilogue";
import { floats } from "../../floats";
import { Conv } from "../../params";
import { quotient } from "../../quotient";
import { madd } from "../../simd";
import { copyRow } from "../band";
import { eachItem } from "../item";
import { filterBytes, reachOf, TILE_OUTPUTS } from "./layout";

/**
 * One channel per group, images and kernels of one row, stride 1: each tap is a weight times a run of the line.
 *
 *   the line             . . a b c d e f g h i j k l m n o p . .      two values of padding on each side
 *   windows               copied |    read where they are   | copied
 *
 *   weights: bias | taps, for each filter     workspace: the padded line under a block
 *
 * Items are images x groups x blocks of blockPixels outputs x filters: the last block of a line takes the rest of it, so
 * that every block has at least a tile of outputs.
 */
export function convDepthwise1d(conv: Conv, begin: i32, end: i32): void {
  eachItem<Block>(conv, quotient(conv.outWidth, conv.blockPixels) * conv.filters, begin, end);
}

class Block {
  compute(conv: Conv, image: i32, group: i32, index: i32): void {
    const block = index / conv.filters;
    const filter = index - block * conv.filters;
    const begin = block * conv.blockPixels;
    const end = begin + 2 * conv.blockPixels <= conv.outWidth ? begin + conv.blockPixels : conv.outWidth;
    const weights = conv.weights + <usize>((group * conv.filters + filter) * <i32>filterBytes(conv.kernelWidth));
    const output = conv.outputOf(image, group) + floats(filter * conv.outWidth);
    convBlock(conv, conv.inputOf(image, group), weights, begin, end, output);
    finish(conv, output + floats(begin), 0, 1, end - begin);
  }
}

/** Outputs [begin, end) of a line. Spans may share outputs, which are the same by both. */
function convBlock(conv: Conv, line: usize, weights: usize, begin: i32, end: i32, output: usize): void {
  const inside = conv.width + conv.padLeft - <i32>reachOf(conv.kernelWidth, conv.dilationWidth);
  // windows that begin before the image, and those that end after it
  const left = conv.padLeft > begin ? min(max(conv.padLeft, begin + TILE_OUTPUTS), end) : begin;
  const right = inside < end ? max(min(inside, end - TILE_OUTPUTS), begin) : end;
  if (min(right, inside) - left < TILE_OUTPUTS) {
    convPadded(conv, line, weights, begin, end, output);
    return;
  }
  if (left > begin) convPadded(conv, line, weights, begin, left, output);
  const from = line + floats(left - conv.padLeft);
  convSpan(conv, from, weights, right - left, output + floats(left));
  if (right < end) convPadded(conv, line, weights, right, end, output);
}

/** Outputs [begin, end) from a padded copy of the line under them. */
function convPadded(conv: Conv, line: usize, weights: usize, begin: i32, end: i32, output: usize): void {
  const reach = <i32>reachOf(conv.kernelWidth, conv.dilationWidth);
  copyPadded(conv, line, begin, end + reach, conv.scratch);
  convSpan(conv, conv.scratch, weights, end - begin, output + floats(begin));
}

/** Copies values [begin, end) of the padded line. */
function copyPadded(conv: Conv, line: usize, begin: i32, end: i32, to: usize): void {
  // values [first, last) are those of the image; a phase of a transposed convolution may begin within it
  const first = min(max(conv.padLeft, begin), end);
  const last = max(min(conv.padLeft + conv.width, end), first);
  fill(conv, line, begin, first, to);
  const inside = to + floats(first - begin);
  if (last > first) copyRow(line + floats(first - conv.padLeft), last - first, inside);
  fill(conv, line, last, end, inside + floats(last - first));
}

/** Values [begin, end) of the padded line beside the image, by the table. */
function fill(conv: Conv, line: usize, begin: i32, end: i32, to: usize): void {
  for (let i = begin; i < end; ++i, to += 4) {
    const column = load<i32>(conv.cols + floats(i));
    store<f32>(to, column < 0 ? 0 : load<f32>(line + floats(column)));
  }
}

/** `count` outputs, at least a tile, of the windows that begin at x. The last tile may overlap the one before. */
function convSpan(conv: Conv, x: usize, weights: usize, count: i32, to: usize): void {
  const step = floats(conv.dilationWidth);
  const end = weights + floats(conv.kernelWidth);
  const last = floats(count - TILE_OUTPUTS);
  for (let at: usize = 0; at < last; at += floats(TILE_OUTPUTS)) tile32(weights, end, x + at, step, to + at);
  tile32(weights, end, x + last, step, to + last);
}

/** `end` is the last weight. */
// @ts-ignore: decorator
@inline
function tile32(w: usize, end: usize, x: usize, step: usize, to: usize): void {
  let a = v128.load32_splat(w);
  let b = a;
  let c = a;
  let d = a;
  let e = a;
  let f = a;
  let g = a;
  let h = a;
  do {
    w += 4;
    const v = v128.load32_splat(w);
    a = madd(v, v128.load(x), a);
    b = madd(v, v128.load(x, 16), b);
    c = madd(v, v128.load(x, 32), c);
    d = madd(v, v128.load(x, 48), d);
    e = madd(v, v128.load(x, 64), e);
    f = madd(v, v128.load(x, 80), f);
    g = madd(v, v128.load(x, 96), g);
    h = madd(v, v128.load(x, 112), h);
    x += step;
  } while (w < end);
  v128.store(to, a);
  v128.store(to, b, 16);
  v128.store(to, c, 32);
  v128.store(to, d, 48);
  v128.store(to, e, 64);
  v128.store(to, f, 80);
  v128.store(to, g, 96);
  v128.store(to, h, 112);
}
