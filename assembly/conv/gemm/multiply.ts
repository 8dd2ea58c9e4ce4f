import { COLUMN_BYTES, GEMM_MR, GEMM_NR, ROW_BYTES } from "../../blocking";
import { finish } from "../../epilogue";
import { floats } from "../../floats";
import { copyTile } from "../../gemm/edge";
import { gemm4x8 } from "../../gemm/microkernel";
import { gemm12x4 } from "../../gemm/microkernel-narrow";
import { multiplyTile } from "../../gemm/tile";
import { Conv } from "../../params";
import { panelBytes } from "./layout";

/** The first panel of a block: its biases come before the first block, and later blocks skip them. */
// @ts-ignore: decorator
@inline
function firstPanel(weights: usize, start: i32): usize {
  return weights + (start == 0 ? 0 : <usize>(start + 1) * COLUMN_BYTES);
}

/**
 * Adds the product of all filters with whole tiles of pixels to the output: tiles `tileBytes` apart, each of rows
 * `bRowBytes` apart.
 */
export function multiplyBlock(
  conv: Conv,
  weights: usize,
  start: i32,
  depth: i32,
  block: usize,
  tileBytes: usize,
  bRowBytes: usize,
  count: i32,
  output: usize,
): void {
  const rowBytes = conv.outPlaneBytes;
  const first = start == 0;
  let a = firstPanel(weights, start);
  for (let filter = 0; filter < conv.filters; filter += GEMM_MR) {
    const rows = min(conv.filters - filter, GEMM_MR);
    let b = block;
    let c = output;
    for (let pixel = 0; pixel < count; pixel += GEMM_NR) {
      if (rows == GEMM_MR) multiplyTile(depth, a, b, bRowBytes, c, rowBytes, first);
      else if (rows == 4) gemm4x8(depth, a, b, bRowBytes, c, rowBytes, first);
      else edgeTile(conv.workspace, depth, a, b, bRowBytes, c, rowBytes, first, rows, GEMM_NR);
      b += tileBytes;
      c += ROW_BYTES;
    }
    if (start + depth == conv.depth) finish(conv, output, rowBytes, rows, count);
    a += <usize>panelBytes(conv.depth);
    output += <usize>GEMM_MR * rowBytes;
  }
}

/** Adds the product with the remaining pixels, fewer than a tile. Up to four of them take half of a tile's time. */
export function multiplyRest(
  conv: Conv,
  weights: usize,
  start: i32,
  depth: i32,
  b: usize,
  columns: i32,
  output: usize,
): void {
  const rowBytes = conv.outPlaneBytes;
  const panel = <usize>panelBytes(conv.depth);
  const first = start == 0;
  let a = firstPanel(weights, start);
  for (let filter = 0, rows = 0; filter < conv.filters; filter += rows) {
    if (columns <= GEMM_NR / 2 && filter + GEMM_MR < conv.filters) {
      rows = min(conv.filters - filter, 2 * GEMM_MR);
      narrowTile(conv.workspace, depth, a, panel, b, output, rowBytes, first, rows, columns);
      a += panel;
    } else {
      rows = min(conv.filters - filter, GEMM_MR);
      edgeTile(conv.workspace, depth, a, b, ROW_BYTES, output, rowBytes, first, rows, columns);
    }
    if (start + depth == conv.depth) finish(conv, output, rowBytes, rows, columns);
    a += panel;
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
  if (!first) copyTile(c, rowBytes, tile, ROW_BYTES, rows, columns);
  if (rows <= 4) gemm4x8(depth, a, b, bRowBytes, tile, ROW_BYTES, first);
  else multiplyTile(depth, a, b, bRowBytes, tile, ROW_BYTES, first);
  copyTile(tile, ROW_BYTES, c, rowBytes, rows, columns);
}

/** Up to twelve filters, of two panels, times up to four pixels. */
function narrowTile(
  tile: usize,
  depth: i32,
  a: usize,
  panel: usize,
  b: usize,
  c: usize,
  rowBytes: usize,
  first: bool,
  rows: i32,
  columns: i32,
): void {
  // it skips six values before the weights, which only the first block has
  gemm12x4(depth, first ? a : a - COLUMN_BYTES, panel, b, ROW_BYTES, tile, GEMM_NR * 2);
  for (let row = 0; row < rows; ++row) {
    const bias = row < GEMM_MR ? a + floats(row) : a + panel + floats(row - GEMM_MR);
    for (let at: usize = 0; at < floats(columns); at += 4) {
      store<f32>(c + at, load<f32>(tile + at) + load<f32>(first ? bias : c + at));
    }
    tile += GEMM_NR * 2;
    c += rowBytes;
  }
}
