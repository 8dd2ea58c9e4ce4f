import { DEPTHWISE_ROWS, DEPTHWISE_ROWS_BY_2 } from "../blocking";
import { finish } from "../epilogue";
import { Conv } from "../params";
import { rows3x3, rows3x3by2 } from "./depthwise-3x3-tiles";

/**
 * One channel a group, 3x3, stride 1 or 2, at most one column of zeros on each side: a plane at a time, read straight from
 * the image, with the nine weights in registers. The rows may be padded in any way.
 *
 *   packed: bias | nine weights, for each filter     workspace: a row of zeros
 *
 * blockPixels counts output rows: those that are finished while they are in the cache.
 */
export function convDepthwise3x3(conv: Conv): void {
  const plane = (<usize>conv.height * conv.width) << 2;
  const outPlane = (<usize>conv.pixels) << 2;
  memory.fill(conv.workspace, 0, (<usize>conv.width) << 2);
  let input = conv.input;
  let output = conv.output;
  for (let n = 0; n < conv.batch; ++n) {
    let weights = conv.packed;
    for (let group = 0; group < conv.groups; ++group) {
      for (let filter = 0; filter < conv.filters; ++filter) {
        convPlane(conv, input, weights, output);
        output += outPlane;
        weights += 40;
      }
      input += plane;
    }
  }
}

function convPlane(conv: Conv, image: usize, weights: usize, output: usize): void {
  const rowBytes = (<usize>conv.outWidth) << 2;
  const end = conv.outHeight;
  const by2 = conv.strideWidth == 2;
  // a block that is lower than a tile begins within the one before, whose last rows are computed again
  const last = end - (by2 ? DEPTHWISE_ROWS_BY_2 : DEPTHWISE_ROWS);
  for (let y = 0; y < end; y += conv.blockPixels) {
    const top = min(y, last);
    const count = min(conv.blockPixels, end - top);
    if (by2) rows3x3by2(conv, image, weights, top, count, output);
    else rows3x3(conv, image, weights, top, count, output);
    finish(conv, output + <usize>top * rowBytes, 0, 1, count * conv.outWidth);
  }
}
