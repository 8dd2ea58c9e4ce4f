import { COLUMN_BYTES, GEMM_MR, GEMM_NR, ROW_BYTES } from "../../blocking";
import { floats } from "../../floats";
import { gemm12x4 } from "../../gemm/microkernel-narrow";
import { gemm12x8, gemm6x16 } from "../../gemm/microkernel-wide";
import { multiplyTile, wideVectors } from "../../gemm/tile";
import { Conv, Pack } from "../../params";
import { tilesOf } from "../../quotient";
import { eachPart } from "../item";
import { packFilters } from "./filter";
import { transformPatch } from "./input";
import {
  axisTiles,
  blockPointBytes,
  panelBytes,
  pitchOf,
  pointBytes,
  tileSideOf,
  weightBytes,
  WINOGRAD_POINTS,
  WINOGRAD_SCRATCH,
} from "./layout";
import { inverseTiles } from "./output";

/** Transforms filters: see filter.ts. Items are groups x panels of six filters. */
export function packWinograd(pack: Pack, begin: i32, end: i32): void {
  packFilters(pack, begin, end);
}

/**
 * Winograd convolution F(4x4, 3x3) or F(2x2, 5x5), both over tiles of 6 x 6: transform, multiply, transform back, for a
 * block of tiles at a time. A dilated kernel is an undilated one on each of the grids of every dilation-th row and column.
 *
 * workspace: scratch | V f32[36][channels][pitch] | M f32[36][blockDepth][pitch]
 *
 * blockPixels counts tiles here, blockDepth filters, a multiple of six: the products of a few filters at a time are
 * transformed back before they leave the cache. Tiles run on over tile rows, grids and images, so that small maps fill
 * vectors too; up to four of one tile row are transformed at a time. Lanes past the last of them are overwritten by the
 * next; a row's pitch has three spare columns for them.
 *
 * Items are groups x blocks of tiles x parts of tileFilters filters, a multiple of twelve.
 */
export function convWinograd(conv: Conv, begin: i32, end: i32): void {
  eachPart<Tiles>(conv, tilesOf(tileCount(conv), conv.blockPixels), begin, end);
}

class Tiles {
  compute(conv: Conv, _image: i32, group: i32, block: i32, first: i32, last: i32): void {
    const weights = conv.weights + <usize>group * <usize>weightBytes(conv.filters, conv.channels);
    const tile = block * conv.blockPixels;
    convBlock(conv, group, weights, first, last, tile, min(conv.blockPixels, tileCount(conv) - tile));
  }
}

/** Tiles of all images. */
// @ts-ignore: decorator
@inline
function tileCount(conv: Conv): i32 {
  return conv.batch * gridCount(conv) * tileRows(conv) * tileColumns(conv);
}

// @ts-ignore: decorator
@inline
function gridCount(conv: Conv): i32 {
  return conv.dilationHeight * conv.dilationWidth;
}

// @ts-ignore: decorator
@inline
function tileRows(conv: Conv): i32 {
  return axisTiles(conv.outHeight, tileSideOf(conv.kernelHeight), conv.dilationHeight);
}

// @ts-ignore: decorator
@inline
function tileColumns(conv: Conv): i32 {
  return axisTiles(conv.outWidth, tileSideOf(conv.kernelHeight), conv.dilationWidth);
}

function convBlock(conv: Conv, group: i32, weights: usize, first: i32, last: i32, tile: i32, count: i32): void {
  const columns = (count + GEMM_NR - 1) & ~(GEMM_NR - 1);
  const floatPitch = pitchOf(count);
  const pitch = floats(floatPitch);
  const panel = <usize>panelBytes(conv.channels);
  const uPoint = <usize>pointBytes(conv.filters, conv.channels);
  const vPoint = <usize>blockPointBytes(conv.channels, floatPitch);
  const mPoint = <usize>blockPointBytes(conv.blockDepth, floatPitch);
  const v = conv.scratch + WINOGRAD_SCRATCH;
  const products = v + <usize>WINOGRAD_POINTS * vPoint;
  const bias = weights + <usize>WINOGRAD_POINTS * uPoint;
  if (columns > count) clearTail(v, vPoint, conv.channels, pitch, count, columns);
  transformBlock(conv, group, tile, count, v, pitch, vPoint);
  for (let filter = first; filter < last; filter += conv.blockDepth) {
    const filters = min(conv.blockDepth, last - filter);
    const u = weights + <usize>(filter / GEMM_MR) * panel;
    for (let point = 0; point < WINOGRAD_POINTS; ++point) {
      multiplyPoint(
        conv.channels,
        filters,
        u + <usize>point * uPoint,
        v + <usize>point * vPoint,
        products + <usize>point * mPoint,
        pitch,
        count,
      );
    }
    inverseBlock(conv, group, filter, filters, bias, tile, count, products, pitch, mPoint);
  }
}

/** Zeros where there is no tile, because subnormals left there would slow the product down. */
function clearTail(v: usize, vPoint: usize, channels: i32, pitch: usize, count: i32, columns: i32): void {
  for (let point = 0; point < WINOGRAD_POINTS; ++point) {
    let row = v + <usize>point * vPoint;
    for (let c = 0; c < channels; ++c, row += pitch) {
      for (let i = count; i < columns; ++i) store<f32>(row + floats(i), 0);
    }
  }
}

/** The product of a few filters with all tiles at one point. At most four last columns are left to gemm12x4. */
function multiplyPoint(channels: i32, filters: i32, u: usize, v: usize, to: usize, pitch: usize, count: i32): void {
  if (wideVectors) {
    multiplyPointWide(channels, filters, u, v, to, pitch, count);
    return;
  }
  const panel = <usize>panelBytes(channels);
  const rows = <usize>GEMM_MR * pitch;
  const rest = count & (GEMM_NR - 1);
  const narrow = rest > 0 && rest <= GEMM_NR / 2;
  const wide = floats(narrow ? count - rest : (count + GEMM_NR - 1) & ~(GEMM_NR - 1));
  for (let filter = 0; filter < filters; filter += 2 * GEMM_MR) {
    const both = filter + GEMM_MR < filters;
    multiplyPanel(channels, u, v, wide, to, pitch);
    if (both) multiplyPanel(channels, u + panel, v, wide, to + rows, pitch);
    if (narrow) {
      if (both) gemm12x4(channels, u, panel, v + wide, pitch, to + wide, pitch);
      else multiplyTile(channels, u, v + wide, pitch, to + wide, pitch, true);
    }
    u += 2 * panel;
    to += 2 * rows;
  }
}

/** The same by pairs of tiles, and by gemm12x8 where one is left. */
function multiplyPointWide(channels: i32, filters: i32, u: usize, v: usize, to: usize, pitch: usize, count: i32): void {
  const panel = <usize>panelBytes(channels);
  const rows = <usize>GEMM_MR * pitch;
  const columns = (count + GEMM_NR - 1) & ~(GEMM_NR - 1);
  const single = (columns & GEMM_NR) != 0;
  const pairs = floats(single ? columns - GEMM_NR : columns);
  for (let filter = 0; filter < filters; filter += 2 * GEMM_MR) {
    const both = filter + GEMM_MR < filters;
    multiplyPairs(channels, u, v, pairs, to, pitch);
    if (both) multiplyPairs(channels, u + panel, v, pairs, to + rows, pitch);
    if (single) {
      if (both) gemm12x8(channels, u, u, u + COLUMN_BYTES, panel, v + pairs, pitch, to + pairs, pitch, true);
      else multiplyTile(channels, u, v + pairs, pitch, to + pairs, pitch, true);
    }
    u += 2 * panel;
    to += 2 * rows;
  }
}

// @ts-ignore: decorator
@inline
function multiplyPairs(channels: i32, u: usize, v: usize, end: usize, to: usize, pitch: usize): void {
  for (let column: usize = 0; column < end; column += 2 * ROW_BYTES) {
    gemm6x16(channels, u, u + COLUMN_BYTES, v + column, ROW_BYTES, pitch, to + column, pitch, true);
  }
}

// @ts-ignore: decorator
@inline
function multiplyPanel(channels: i32, u: usize, v: usize, end: usize, to: usize, pitch: usize): void {
  for (let column: usize = 0; column < end; column += ROW_BYTES) {
    multiplyTile(channels, u, v + column, pitch, to + column, pitch, true);
  }
}

function transformBlock(conv: Conv, group: i32, tile: i32, count: i32, v: usize, pitch: usize, vPoint: usize): void {
  const m = tileSideOf(conv.kernelHeight);
  const rows = tileRows(conv);
  const columns = tileColumns(conv);
  const plane = conv.planeBytes;
  for (let done = 0, run = 0; done < count; done += run) {
    const row = (tile + done) / columns;
    const column = tile + done - row * columns;
    const grid = row / rows;
    const image = grid / gridCount(conv);
    run = min(4, min(columns - column, count - done));
    const y = (row - grid * rows) * m * conv.dilationHeight + gridRow(conv, grid);
    const x = column * m * conv.dilationWidth + gridColumn(conv, grid);
    let from = conv.inputOf(image, group);
    let to = v + floats(done);
    for (let c = 0; c < conv.channels; ++c) {
      transformPatch(conv, from, m, y, x, to, vPoint);
      from += plane;
      to += pitch;
    }
  }
}

/** First row of a grid, of all the grids of all images. */
// @ts-ignore: decorator
@inline
function gridRow(conv: Conv, grid: i32): i32 {
  return (grid % gridCount(conv)) / conv.dilationWidth;
}

// @ts-ignore: decorator
@inline
function gridColumn(conv: Conv, grid: i32): i32 {
  return grid % conv.dilationWidth;
}

function inverseBlock(
  conv: Conv,
  group: i32,
  first: i32,
  filters: i32,
  bias: usize,
  tile: i32,
  count: i32,
  products: usize,
  pitch: usize,
  mPoint: usize,
): void {
  const m = tileSideOf(conv.kernelHeight);
  const rows = tileRows(conv);
  const columns = tileColumns(conv);
  const plane = conv.outPlaneBytes;
  for (let done = 0, run = 0; done < count; done += run) {
    const row = (tile + done) / columns;
    const column = tile + done - row * columns;
    const grid = row / rows;
    const image = grid / gridCount(conv);
    run = min(4, min(columns - column, count - done));
    const y = (row - grid * rows) * m * conv.dilationHeight + gridRow(conv, grid);
    const x = column * m * conv.dilationWidth + gridColumn(conv, grid);
    let to = conv.outputOf(image, group) + <usize>first * plane;
    let from = products + floats(done);
    for (let filter = first; filter < first + filters; ++filter) {
      inverseTiles(conv, from, mPoint, load<f32>(bias + floats(filter)), m, y, x, run, to);
      from += pitch;
      to += plane;
    }
  }
}
