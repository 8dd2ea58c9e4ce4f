import { GEMM_MR, GEMM_NR, ROW_BYTES } from "../../blocking";
import { floats } from "../../floats";
import { Conv } from "../../params";
import { tilesOf } from "../../quotient";
import { eachPart } from "../item";
import { isFlat, packPixels } from "./im2col";
import { blockAt, IN_PLACE_FILTERS, IN_PLACE_PIXELS, panelBytes, weightBytes } from "./layout";
import { multiplyBlock, multiplyRest } from "./multiply";

/**
 * Convolution as a matrix product: (filters x depth) weights times (depth x pixels) image regions.
 * Only a block of blockDepth x blockPixels of the regions is ever in memory. The weights are panels of six filters.
 *
 * workspace: edge tile | six zeros | tap table | packed block f32[blockPixels / 8][blockDepth][8]
 *
 * Items are images x groups x blocks of blockPixels pixels x parts of tileFilters filters, a multiple of twelve.
 */
export function convGemm(conv: Conv, begin: i32, end: i32): void {
  eachPart<Block>(conv, tilesOf(conv.pixels, conv.blockPixels), begin, end);
}

class Block {
  compute(conv: Conv, image: i32, group: i32, block: i32, first: i32, last: i32): void {
    const input = conv.inputOf(image, group);
    const panel = <usize>(first / GEMM_MR) * <usize>panelBytes(conv.depth);
    const weights = conv.weights + <usize>group * <usize>weightBytes(conv.filters, conv.depth) + panel;
    const pixel = block * conv.blockPixels;
    const count = min(conv.blockPixels, conv.pixels - pixel);
    const to = conv.outputOf(image, group) + <usize>first * conv.outPlaneBytes + floats(pixel);
    if (isFlat(conv) && (conv.filters <= IN_PLACE_FILTERS || conv.pixels <= IN_PLACE_PIXELS)) {
      multiplyInPlace(conv, input, weights, last - first, pixel, count, to);
    } else {
      multiplyPacked(conv, input, weights, last - first, pixel, count, to);
    }
  }
}

/** Whole tiles of pixels are read from the image itself. */
function multiplyInPlace(
  conv: Conv,
  input: usize,
  weights: usize,
  filters: i32,
  pixel: i32,
  count: i32,
  to: usize,
): void {
  const rest = conv.scratch + <usize>blockAt(conv.taps, conv.blockDepth);
  const plane = conv.planeBytes;
  const whole = count & ~(GEMM_NR - 1);
  for (let start = 0; start < conv.depth; start += conv.blockDepth) {
    const depth = min(conv.blockDepth, conv.depth - start);
    const image = input + <usize>start * plane + floats(pixel);
    multiplyBlock(conv, weights, filters, start, depth, image, ROW_BYTES, plane, whole, to);
    if (whole < count) {
      packPixels(conv, input, pixel + whole, count - whole, start, depth, rest);
      multiplyRest(conv, weights, filters, start, depth, rest, ROW_BYTES, count - whole, to + floats(whole));
    }
  }
}

function multiplyPacked(
  conv: Conv,
  input: usize,
  weights: usize,
  filters: i32,
  pixel: i32,
  count: i32,
  to: usize,
): void {
  const block = conv.scratch + <usize>blockAt(conv.taps, conv.blockDepth);
  const whole = count & ~(GEMM_NR - 1);
  for (let start = 0; start < conv.depth; start += conv.blockDepth) {
    const depth = min(conv.blockDepth, conv.depth - start);
    const tileBytes = <usize>depth * ROW_BYTES;
    packPixels(conv, input, pixel, count, start, depth, block);
    multiplyBlock(conv, weights, filters, start, depth, block, tileBytes, ROW_BYTES, whole, to);
    if (whole < count) {
      const rest = block + <usize>(whole / GEMM_NR) * tileBytes;
      multiplyRest(conv, weights, filters, start, depth, rest, ROW_BYTES, count - whole, to + floats(whole));
    }
  }
}
