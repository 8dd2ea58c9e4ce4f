import { GEMM_MR, GEMM_NR, TAP_BYTES } from "../blocking";
import { finish } from "../epilogue";
import { copyTile } from "../gemm/edge";
import { multiplyTile } from "../gemm/tile";
import { Conv } from "../params";
import { packPixels } from "./im2col";
import { packPanels } from "./pack-weights";

export function packGemm(conv: Conv): void {
  packPanels(conv, GEMM_MR);
}

/**
 * Convolution as a matrix product: (filters x depth) weights times (depth x pixels) image regions.
 * Of the regions only a block of blockDepth x blockPixels is ever in memory.
 *
 * workspace: edge tile f32[6][8] | tap table | packed block f32[blockPixels / 8][blockDepth][8]
 */
export function convGemm(conv: Conv): void {
  const inputGroup = (<usize>conv.channels * conv.height * conv.width) << 2;
  const outputGroup = (<usize>conv.filters * conv.pixels) << 2;
  const packedGroup = <usize>((conv.filters + GEMM_MR - 1) / GEMM_MR) * ((conv.depth + 1) * GEMM_MR * 4);
  let input = conv.input;
  let output = conv.output;
  for (let n = 0; n < conv.batch; ++n) {
    let packed = conv.packed;
    for (let group = 0; group < conv.groups; ++group) {
      convGroup(conv, input, packed, output);
      input += inputGroup;
      output += outputGroup;
      packed += packedGroup;
    }
  }
}

function convGroup(conv: Conv, input: usize, packed: usize, output: usize): void {
  const table = conv.workspace + GEMM_MR * GEMM_NR * 4;
  const block = table + <usize>min(conv.taps, conv.blockDepth) * TAP_BYTES;
  for (let pixel = 0; pixel < conv.pixels; pixel += conv.blockPixels) {
    const count = min(conv.blockPixels, conv.pixels - pixel);
    for (let start = 0; start < conv.depth; start += conv.blockDepth) {
      const depth = min(conv.blockDepth, conv.depth - start);
      packPixels(conv, input, pixel, count, start, depth, table, block);
      multiplyBlock(conv, packed, start, depth, block, count, output + ((<usize>pixel) << 2));
    }
  }
}

/** Adds the product of all filters with one packed block to the output. */
function multiplyBlock(
  conv: Conv,
  packed: usize,
  start: i32,
  depth: i32,
  block: usize,
  count: i32,
  output: usize,
): void {
  const rowBytes = (<usize>conv.pixels) << 2;
  const panelBytes = <usize>(conv.depth + 1) * (GEMM_MR * 4);
  const blockPanelBytes = <usize>depth * (GEMM_NR * 4);
  const first = start == 0;
  // the biases stand before the first block; later blocks skip them
  let a = packed + (first ? 0 : <usize>(start + 1) * (GEMM_MR * 4));
  for (let filter = 0; filter < conv.filters; filter += GEMM_MR) {
    const rows = min(conv.filters - filter, GEMM_MR);
    const whole = rows == GEMM_MR ? count & ~(GEMM_NR - 1) : 0;
    let b = block;
    let c = output + <usize>filter * rowBytes;
    for (let pixel = 0; pixel < whole; pixel += GEMM_NR) {
      multiplyTile(depth, a, b, GEMM_NR * 4, c, rowBytes, first);
      b += blockPanelBytes;
      c += GEMM_NR * 4;
    }
    for (let pixel = whole; pixel < count; pixel += GEMM_NR) {
      edgeTile(conv.workspace, depth, a, b, c, rowBytes, first, rows, min(count - pixel, GEMM_NR));
      b += blockPanelBytes;
      c += GEMM_NR * 4;
    }
    if (start + depth == conv.depth) finish(conv, output + <usize>filter * rowBytes, rowBytes, rows, count);
    a += panelBytes;
  }
}

function edgeTile(
  tile: usize,
  depth: i32,
  a: usize,
  b: usize,
  c: usize,
  rowBytes: usize,
  first: bool,
  rows: i32,
  columns: i32,
): void {
  if (!first) copyTile(c, rowBytes, tile, GEMM_NR * 4, rows, columns);
  multiplyTile(depth, a, b, GEMM_NR * 4, tile, GEMM_NR * 4, first);
  copyTile(tile, GEMM_NR * 4, c, rowBytes, rows, columns);
}
