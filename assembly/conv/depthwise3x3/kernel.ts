import { finish } from "../../epilogue";
import { floats } from "../../floats";
import { Conv } from "../../params";
import { eachItem } from "../item";
import { blocksOf, FILTER_BYTES } from "./layout";
import { rows3x3 } from "./tiles";

/**
 * One channel a group, 3x3, stride 1 or 2, at most one column of zeros on each side: a plane at a time, read straight from
 * the image, with the nine weights in registers. The rows may be padded in any way.
 *
 *   weights: bias | nine weights, for each filter     workspace: a row of zeros
 *
 * Items are images x groups x filters x blocks of blockPixels output rows, which are finished while they are in the cache;
 * the last block takes the rest of its plane.
 */
export function convDepthwise3x3(conv: Conv, begin: i32, end: i32): void {
  memory.fill(conv.workspace, 0, floats(conv.width));
  eachItem<Rows>(conv, conv.filters * blockCount(conv), begin, end);
}

// @ts-ignore: decorator
@inline
function blockCount(conv: Conv): i32 {
  return blocksOf(conv.outHeight, conv.blockPixels, conv.strideWidth);
}

class Rows {
  compute(conv: Conv, image: i32, group: i32, index: i32): void {
    const blocks = blockCount(conv);
    const filter = index / blocks;
    const block = index - filter * blocks;
    const y = block * conv.blockPixels;
    const count = block == blocks - 1 ? conv.outHeight - y : conv.blockPixels;
    const input = conv.inputOf(image, group);
    const output = conv.outputOf(image, group) + <usize>filter * conv.outPlaneBytes;
    const weights = conv.weights + <usize>(group * conv.filters + filter) * FILTER_BYTES;
    if (conv.strideWidth == 2) rows3x3<u16>(conv, input, weights, y, count, output);
    else rows3x3<u8>(conv, input, weights, y, count, output);
    finish(conv, output + floats(y * conv.outWidth), 0, 1, count * conv.outWidth);
  }
}
