import { COLUMN_BYTES, GEMM_MR, GEMM_NR, ROW_BYTES } from "../../blocking";
import { finish } from "../../epilogue";
import { floats } from "../../floats";
import { copyTile } from "../../gemm/edge";
import { gemm4x8 } from "../../gemm/microkernel";
import { gemm12x4 } from "../../gemm/microkernel-narrow";
import { gemm12x8, gemm6x16 } from "../../gemm/microkernel-wide";
import { multiplyTile, wideVectors } from "../../gemm/tile";
import { Conv } from "../../params";
import { panelBytes, ZEROS_AT } from "./layout";

/** The first panel of a block: its biases come before the first block, and later blocks skip them. */
// @ts-ignore: decorator
@inline
function firstPanel(weights: usize, start: i32): usize {
  return weights + (start == 0 ? 0 : <usize>(start + 1) * COLUMN_BYTES);
}

/**
 * Adds the product of filters with whole tiles of pixels to the output: tiles `tileBytes` apart, each of rows
 * `bRowBytes` apart.
 */
export function multiplyBlock(
  conv: Conv,
  weights: usize,
  filters: i32,
  start: i32,
  depth: i32,
  block: usize,
  tileBytes: usize,
  bRowBytes: usize,
  count: i32,
  output: usize,
): void {
  if (wideVectors) {
    const pairs = count & ~(2 * GEMM_NR - 1);
    if (pairs > 0) multiplyPairs(conv, weights, filters, start, depth, block, tileBytes, bRowBytes, pairs, output);
    if (pairs == count) return;
    const last = block + <usize>(pairs / GEMM_NR) * tileBytes;
    multiplyRest(conv, weights, filters, start, depth, last, bRowBytes, GEMM_NR, output + floats(pairs));
    return;
  }
  const rowBytes = conv.outPlaneBytes;
  const first = start == 0;
  let a = firstPanel(weights, start);
  for (let filter = 0; filter < filters; filter += GEMM_MR) {
    const rows = min(filters - filter, GEMM_MR);
    let b = block;
    let c = output;
    for (let pixel = 0; pixel < count; pixel += GEMM_NR) {
      if (rows == GEMM_MR) multiplyTile(depth, a, b, bRowBytes, c, rowBytes, first);
      else if (rows == 4) gemm4x8(depth, a, b, bRowBytes, c, rowBytes, first);
      else edgeTile(conv.scratch, depth, a, b, bRowBytes, c, rowBytes, first, rows, GEMM_NR);
      b += tileBytes;
      c += ROW_BYTES;
    }
    if (start + depth == conv.depth) finish(conv, output, rowBytes, rows, count);
    a += <usize>panelBytes(conv.depth);
    output += <usize>GEMM_MR * rowBytes;
  }
}

/** Where sums begin that are no first ones. */
// @ts-ignore: decorator
@inline
function zerosOf(conv: Conv): usize {
  const zeros = conv.scratch + ZEROS_AT;
  v128.store(zeros, f32x4.splat(0));
  v128.store64_lane(zeros, f32x4.splat(0), 0, 16);
  return zeros;
}

/** The same by pairs of tiles. */
function multiplyPairs(
  conv: Conv,
  weights: usize,
  filters: i32,
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
  const zeros = zerosOf(conv);
  const tile = conv.scratch;
  let a = firstPanel(weights, start);
  for (let filter = 0; filter < filters; filter += GEMM_MR) {
    const rows = min(filters - filter, GEMM_MR);
    const bias = first ? a : zeros;
    const panel = first ? a + COLUMN_BYTES : a;
    let b = block;
    let c = output;
    for (let pixel = 0; pixel < count; pixel += 2 * GEMM_NR) {
      if (rows == GEMM_MR) gemm6x16(depth, bias, panel, b, tileBytes, bRowBytes, c, rowBytes, first);
      else {
        if (!first) copyTile(c, rowBytes, tile, 2 * ROW_BYTES, rows, 2 * GEMM_NR);
        gemm6x16(depth, bias, panel, b, tileBytes, bRowBytes, tile, 2 * ROW_BYTES, first);
        copyTile(tile, 2 * ROW_BYTES, c, rowBytes, rows, 2 * GEMM_NR);
      }
      b += 2 * tileBytes;
      c += 2 * ROW_BYTES;
    }
    if (start + depth == conv.depth) finish(conv, output, rowBytes, rows, count);
    a += <usize>panelBytes(conv.depth);
    output += <usize>GEMM_MR * rowBytes;
  }
}

/**
 * Adds the product with the remaining pixels, at most a tile. Up to four of them take half of a tile's time; so do eight where
 * vectors are paired.
 */
export function multiplyRest(
  conv: Conv,
  weights: usize,
  filters: i32,
  start: i32,
  depth: i32,
  b: usize,
  bRowBytes: usize,
  columns: i32,
  output: usize,
): void {
  const rowBytes = conv.outPlaneBytes;
  const panel = <usize>panelBytes(conv.depth);
  const first = start == 0;
  const zeros = zerosOf(conv);
  let a = firstPanel(weights, start);
  for (let filter = 0, rows = 0; filter < filters; filter += rows) {
    const narrow = columns <= GEMM_NR / 2;
    if ((narrow || wideVectors) && filter + GEMM_MR < filters) {
      rows = min(filters - filter, 2 * GEMM_MR);
      if (narrow)
        narrowTile(conv.scratch, zeros, depth, a, panel, b, bRowBytes, output, rowBytes, first, rows, columns);
      else doubleTile(conv.scratch, zeros, depth, a, panel, b, bRowBytes, output, rowBytes, first, rows, columns);
      a += panel;
    } else {
      rows = min(filters - filter, GEMM_MR);
      edgeTile(conv.scratch, depth, a, b, bRowBytes, output, rowBytes, first, rows, columns);
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
  zeros: usize,
  depth: i32,
  a: usize,
  panel: usize,
  b: usize,
  bRowBytes: usize,
  c: usize,
  rowBytes: usize,
  first: bool,
  rows: i32,
  columns: i32,
): void {
  const columnA = first ? a + COLUMN_BYTES : a;
  const tileRow: usize = wideVectors ? ROW_BYTES : ROW_BYTES / 2;
  // gemm12x4 skips six values before the weights
  if (wideVectors) gemm12x8(depth, zeros, zeros, columnA, panel, b, bRowBytes, tile, tileRow, true);
  else gemm12x4(depth, columnA - COLUMN_BYTES, panel, b, bRowBytes, tile, tileRow);
  for (let row = 0; row < rows; ++row) {
    const bias = row < GEMM_MR ? a + floats(row) : a + panel + floats(row - GEMM_MR);
    for (let at: usize = 0; at < floats(columns); at += 4) {
      store<f32>(c + at, load<f32>(tile + at) + load<f32>(first ? bias : c + at));
    }
    tile += tileRow;
    c += rowBytes;
  }
}

/** Up to twelve filters, of two panels, times up to eight pixels. */
function doubleTile(
  tile: usize,
  zeros: usize,
  depth: i32,
  a: usize,
  panel: usize,
  b: usize,
  bRowBytes: usize,
  c: usize,
  rowBytes: usize,
  first: bool,
  rows: i32,
  columns: i32,
): void {
  const whole = rows == 2 * GEMM_MR && columns == GEMM_NR;
  const to = whole ? c : tile;
  const toRow: usize = whole ? rowBytes : ROW_BYTES;
  if (!whole && !first) copyTile(c, rowBytes, tile, ROW_BYTES, rows, columns);
  if (first) gemm12x8(depth, a, a + panel, a + COLUMN_BYTES, panel, b, bRowBytes, to, toRow, true);
  else gemm12x8(depth, zeros, zeros, a, panel, b, bRowBytes, to, toRow, false);
  if (!whole) copyTile(tile, ROW_BYTES, c, rowBytes, rows, columns);
}
