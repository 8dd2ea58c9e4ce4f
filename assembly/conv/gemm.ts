import { GEMM_MR, GEMM_NR, IN_PLACE_FILTERS, IN_PLACE_PIXELS, TAP_BYTES } from "../blocking";
import { finish } from "../epilogue";
import { copyTile } from "../gemm/edge";
import { gemm4x8 } from "../gemm/microkernel";
import { gemm12x4 } from "../gemm/microkernel-narrow";
import { multiplyTile } from "../gemm/tile";
import { Conv } from "../params";
import { isFlat, packPixels } from "./im2col";
import { packPanels } from "./pack-weights";

export function packGemm(conv: Conv): void {
  packPanels(conv, GEMM_MR);
}

/**
 * Convolution as a matrix product: (filters x depth) weights times (depth x pixels) image regions.
 * Of the regions only a block of blockDepth x blockPixels is ever in memory.
 *
 * workspace: edge tile f32[6][8], or f32[12][4] | tap table | packed block f32[blockPixels / 8][blockDepth][8]
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
  const plane = (<usize>conv.height * conv.width) << 2;
  const inPlace = isFlat(conv) && (conv.filters <= IN_PLACE_FILTERS || conv.pixels <= IN_PLACE_PIXELS);
  for (let pixel = 0; pixel < conv.pixels; pixel += conv.blockPixels) {
    const count = min(conv.blockPixels, conv.pixels - pixel);
    const whole = count & ~(GEMM_NR - 1);
    const to = output + ((<usize>pixel) << 2);
    for (let start = 0; start < conv.depth; start += conv.blockDepth) {
      const depth = min(conv.blockDepth, conv.depth - start);
      let rest = block;
      if (inPlace) {
        const image = input + <usize>start * plane + ((<usize>pixel) << 2);
        multiplyBlock(conv, packed, start, depth, image, GEMM_NR * 4, plane, whole, to);
        if (whole < count) packPixels(conv, input, pixel + whole, count - whole, start, depth, table, block);
      } else {
        const panelBytes = <usize>depth * (GEMM_NR * 4);
        packPixels(conv, input, pixel, count, start, depth, table, block);
        multiplyBlock(conv, packed, start, depth, block, panelBytes, GEMM_NR * 4, whole, to);
        rest += <usize>(whole / GEMM_NR) * panelBytes;
      }
      if (whole < count) multiplyRest(conv, packed, start, depth, rest, count - whole, to + ((<usize>whole) << 2));
    }
  }
}

/** Bytes of one panel of weights with its biases. */
// @ts-ignore: decorator
@inline
function panelBytesOf(conv: Conv): usize {
  return <usize>(conv.depth + 1) * (GEMM_MR * 4);
}

/** The first panel of a block: its biases stand before the first block, and later blocks skip them. */
// @ts-ignore: decorator
@inline
function firstPanel(packed: usize, start: i32): usize {
  return packed + (start == 0 ? 0 : <usize>(start + 1) * (GEMM_MR * 4));
}

/**
 * Adds the product of all filters with whole tiles of pixels to the output: tiles `tileBytes` apart, each of rows
 * `bRowBytes` apart.
 */
function multiplyBlock(
  conv: Conv,
  packed: usize,
  start: i32,
  depth: i32,
  block: usize,
  tileBytes: usize,
  bRowBytes: usize,
  count: i32,
  output: usize,
): void {
  const rowBytes = (<usize>conv.pixels) << 2;
  const first = start == 0;
  let a = firstPanel(packed, start);
  for (let filter = 0; filter < conv.filters; filter += GEMM_MR) {
    const rows = min(conv.filters - filter, GEMM_MR);
    let b = block;
    let c = output;
    for (let pixel = 0; pixel < count; pixel += GEMM_NR) {
      if (rows == GEMM_MR) multiplyTile(depth, a, b, bRowBytes, c, rowBytes, first);
      else if (rows == 4) gemm4x8(depth, a, b, bRowBytes, c, rowBytes, first);
      else edgeTile(conv.workspace, depth, a, b, bRowBytes, c, rowBytes, first, rows, GEMM_NR);
      b += tileBytes;
      c += GEMM_NR * 4;
    }
    if (start + depth == conv.depth) finish(conv, output, rowBytes, rows, count);
    a += panelBytesOf(conv);
    output += <usize>GEMM_MR * rowBytes;
  }
}

/** Adds the product with the pixels that are left, fewer than a tile. Up to four of them take half of a tile's time. */
function multiplyRest(conv: Conv, packed: usize, start: i32, depth: i32, b: usize, columns: i32, output: usize): void {
  const rowBytes = (<usize>conv.pixels) << 2;
  const panelBytes = panelBytesOf(conv);
  const first = start == 0;
  let a = firstPanel(packed, start);
  for (let filter = 0, rows = 0; filter < conv.filters; filter += rows) {
    if (columns <= GEMM_NR / 2 && filter + GEMM_MR < conv.filters) {
      rows = min(conv.filters - filter, 2 * GEMM_MR);
      narrowTile(conv.workspace, depth, a, panelBytes, b, output, rowBytes, first, rows, columns);
      a += panelBytes;
    } else {
      rows = min(conv.filters - filter, GEMM_MR);
      edgeTile(conv.workspace, depth, a, b, GEMM_NR * 4, output, rowBytes, first, rows, columns);
    }
    if (start + depth == conv.depth) finish(conv, output, rowBytes, rows, columns);
    a += panelBytes;
    output += <usize>rows * rowBytes;
  }
}

function edgeTile(
  tile: usize,
  depth: i32,
  a: usize,
  b: usize,
  bRowBytes: usize,
  c: usize,
  rowBytes: usize,
  first: bool,
  rows: i32,
  columns: i32,
): void {
  if (!first) copyTile(c, rowBytes, tile, GEMM_NR * 4, rows, columns);
  if (rows <= 4) gemm4x8(depth, a, b, bRowBytes, tile, GEMM_NR * 4, first);
  else multiplyTile(depth, a, b, bRowBytes, tile, GEMM_NR * 4, first);
  copyTile(tile, GEMM_NR * 4, c, rowBytes, rows, columns);
}

/** Up to twelve filters, of two panels, times up to four pixels. */
function narrowTile(
  tile: usize,
  depth: i32,
  a: usize,
  panelBytes: usize,
  b: usize,
  c: usize,
  rowBytes: usize,
  first: bool,
  rows: i32,
  columns: i32,
): void {
  // it skips six values before the weights, which only the first block has
  gemm12x4(depth, first ? a : a - GEMM_MR * 4, panelBytes, b, GEMM_NR * 4, tile, GEMM_NR * 2);
  for (let row = 0; row < rows; ++row) {
    const bias = row < GEMM_MR ? a + (row << 2) : a + panelBytes + ((row - GEMM_MR) << 2);
    for (let at: usize = 0; at < (<usize>columns) << 2; at += 4) {
      store<f32>(c + at, load<f32>(tile + at) + load<f32>(first ? bias : c + at));
    }
    tile += GEMM_NR * 2;
    c += rowBytes;
  }
}
