import { finish } from "../../epilogue";
import { floats } from "../../floats";
import { Conv } from "../../params";
import { blocksOf, FILTER_BYTES } from "./layout";
import { rows3x3 } from "./tiles";

/**
 * One channel per group, 3x3, stride 1 or 2, at most one column of zeros on each side: a plane at a time, read straight from
 * the image, with the nine weights in registers. The rows may be padded in any way.
 *
 *   weights: bias | nine weights, for each filter     workspace: a row of zeros
 *
 * Items are images x groups x filters x blocks of blockPixels output rows, which are finished while they are in the cache;
 * the last block takes the rest of its plane.
 */
export function convDepthwise3x3(conv: Conv, begin: i32, end: i32): void {
  const blocks: i32 = blocksOf(conv.outHeight, conv.blockPixels, conv.strideWidth);
  const kernels = conv.groups * conv.filters;
  memory.fill(conv.scratch, 0, floats(conv.width));
  // counted rather than divided: an item of a small map takes only 30 ns
  let plane = begin / blocks;
  let block = begin - plane * blocks;
  let kernel = plane % kernels;
  for (let item = begin; item < end; ++item) {
    const y = block * conv.blockPixels;
    const count = block == blocks - 1 ? conv.outHeight - y : conv.blockPixels;
    convRows(conv, plane, kernel, y, count);
    if (++block == blocks) {
      block = 0;
      ++plane;
      if (++kernel == kernels) kernel = 0;
    }
  }
}

/** Rows [y, y + count) of a plane of the outputs, of all images and filters. */
function convRows(conv: Conv, plane: i32, kernel: i32, y: i32, count: i32): void {
  const image = conv.filters == 1 ? plane : plane / conv.filters;
  const input = conv.input + <usize>image * conv.planeBytes;
  const output = conv.output + <usize>plane * conv.outPlaneBytes;
  const weights = conv.weights + <usize>kernel * FILTER_BYTES;
  if (conv.strideWidth == 2) rows3x3<u16>(conv, input, weights, y, count, output);
  else rows3x3<u8>(conv, input, weights, y, count, output);
  finish(conv, output + floats(y * conv.outWidth), 0, 1, count * conv.outWidth);
}
