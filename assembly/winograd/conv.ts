import { GEMM_MR, GEMM_NR, WINOGRAD_POINTS, WINOGRAD_SCRATCH, WINOGRAD_SKEW } from "../blocking";
import { finish } from "../epilogue";
import { gemm12x4 } from "../gemm/microkernel-narrow";
import { multiplyTile } from "../gemm/tile";
import { Conv } from "../params";
import { transformPatch } from "./input";
import { inverseTiles } from "./output";

/**
 * Winograd convolution F(4x4, 3x3) or F(2x2, 5x5), both over tiles of 6 x 6: transform, multiply, transform back, for a
 * block of tiles at a time. A dilated kernel is an undilated one on each of the grids of every dilation-th row and column.
 *
 * workspace: scratch | V f32[36][channels][pitch] | M f32[36][blockDepth][pitch]
 *
 * blockPixels counts tiles here, blockDepth filters, a multiple of six: the products of a few filters at a time are
 * transformed back before they leave the cache. Tiles run on over tile rows, grids and images, so that small maps fill
 * vectors too; up to four of one tile row are transformed at a time, and lanes past the last of them are overwritten by the
 * next, for which a row's pitch has three columns to spare.
 */
export function convWinograd(conv: Conv): void {
  const tiles = conv.batch * gridCount(conv) * tileRows(conv) * tileColumns(conv);
  const panels = (conv.filters + GEMM_MR - 1) / GEMM_MR;
  const groupBytes =
    WINOGRAD_POINTS * <usize>(panels * (conv.channels + 1)) * (GEMM_MR * 4) + ((<usize>conv.filters) << 2);
  for (let group = 0; group < conv.groups; ++group) {
    const packed = conv.packed + <usize>group * groupBytes;
    for (let tile = 0; tile < tiles; tile += conv.blockPixels) {
      convBlock(conv, group, packed, tile, min(conv.blockPixels, tiles - tile));
    }
  }
  // rows of a dilated output are finished only when all their grids are
  if (gridCount(conv) > 1) finish(conv, conv.output, 0, 1, conv.batch * conv.groups * conv.filters * conv.pixels);
}

/** Outputs on a side of a tile. */
// @ts-ignore: decorator
@inline
function tileSide(conv: Conv): i32 {
  return 7 - conv.kernelHeight;
}

// @ts-ignore: decorator
@inline
function gridCount(conv: Conv): i32 {
  return conv.dilationHeight * conv.dilationWidth;
}

/** Tile rows of one grid; the last grids may have fewer, and are given as many. */
// @ts-ignore: decorator
@inline
function tileRows(conv: Conv): i32 {
  const step = tileSide(conv) * conv.dilationHeight;
  return (conv.outHeight + step - 1) / step;
}

// @ts-ignore: decorator
@inline
function tileColumns(conv: Conv): i32 {
  const step = tileSide(conv) * conv.dilationWidth;
  return (conv.outWidth + step - 1) / step;
}

function convBlock(conv: Conv, group: i32, packed: usize, tile: i32, count: i32): void {
  const columns = (count + GEMM_NR - 1) & ~(GEMM_NR - 1);
  const pitch = (<usize>max(columns, (count + 6) & ~3)) << 2;
  const panels = (conv.filters + GEMM_MR - 1) / GEMM_MR;
  const panelBytes = <usize>(conv.channels + 1) * (GEMM_MR * 4);
  const uPoint = <usize>panels * panelBytes;
  // points that lie a multiple of 4 KB apart would all fall on the same sets of the L1 cache
  const vPoint = <usize>conv.channels * pitch + WINOGRAD_SKEW;
  const mPoint = <usize>conv.blockDepth * pitch + WINOGRAD_SKEW;
  const v = conv.workspace + WINOGRAD_SCRATCH;
  const products = v + WINOGRAD_POINTS * vPoint;
  const bias = packed + WINOGRAD_POINTS * uPoint;
  if (columns > count) clearTail(v, vPoint, conv.channels, pitch, count, columns);
  transformBlock(conv, group, tile, count, v, pitch, vPoint);
  for (let filter = 0; filter < conv.filters; filter += conv.blockDepth) {
    const filters = min(conv.blockDepth, conv.filters - filter);
    const u = packed + <usize>(filter / GEMM_MR) * panelBytes;
    for (let point: usize = 0; point < WINOGRAD_POINTS; ++point) {
      multiplyPoint(
        conv.channels,
        filters,
        u + point * uPoint,
        v + point * vPoint,
        products + point * mPoint,
        pitch,
        count,
      );
    }
    inverseBlock(conv, group, filter, filters, bias, tile, count, products, pitch, mPoint);
  }
}

/** Zeros where no tile will be, because subnormals left there would slow the product down. */
function clearTail(v: usize, vPoint: usize, channels: i32, pitch: usize, count: i32, columns: i32): void {
  for (let point: usize = 0; point < WINOGRAD_POINTS; ++point) {
    let row = v + point * vPoint;
    for (let c = 0; c < channels; ++c, row += pitch) {
      for (let i = count; i < columns; ++i) store<f32>(row + ((<usize>i) << 2), 0);
    }
  }
}

/** The product of a few filters with all tiles at one point. At most four last columns are left to gemm12x4. */
function multiplyPoint(channels: i32, filters: i32, u: usize, v: usize, to: usize, pitch: usize, count: i32): void {
  const panelBytes = <usize>(channels + 1) * (GEMM_MR * 4);
  const rows = <usize>GEMM_MR * pitch;
  const rest = count & (GEMM_NR - 1);
  const narrow = rest > 0 && rest <= GEMM_NR / 2;
  const wide = (<usize>(narrow ? count - rest : (count + GEMM_NR - 1) & ~(GEMM_NR - 1))) << 2;
  for (let filter = 0; filter < filters; filter += 2 * GEMM_MR) {
    const both = filter + GEMM_MR < filters;
    multiplyPanel(channels, u, v, wide, to, pitch);
    if (both) multiplyPanel(channels, u + panelBytes, v, wide, to + rows, pitch);
    if (narrow) {
      if (both) gemm12x4(channels, u, panelBytes, v + wide, pitch, to + wide, pitch);
      else multiplyTile(channels, u, v + wide, pitch, to + wide, pitch, true);
    }
    u += 2 * panelBytes;
    to += 2 * rows;
  }
}

// @ts-ignore: decorator
@inline
function multiplyPanel(channels: i32, u: usize, v: usize, end: usize, to: usize, pitch: usize): void {
  for (let column: usize = 0; column < end; column += GEMM_NR * 4) {
    multiplyTile(channels, u, v + column, pitch, to + column, pitch, true);
  }
}

function transformBlock(conv: Conv, group: i32, tile: i32, count: i32, v: usize, pitch: usize, vPoint: usize): void {
  const m = tileSide(conv);
  const rows = tileRows(conv);
  const columns = tileColumns(conv);
  const plane = (<usize>conv.height * conv.width) << 2;
  for (let done = 0, run = 0; done < count; done += run) {
    const row = (tile + done) / columns;
    const column = tile + done - row * columns;
    const grid = row / rows;
    const image = grid / gridCount(conv);
    run = min(4, min(columns - column, count - done));
    const y = (row - grid * rows) * m * conv.dilationHeight + gridRow(conv, grid);
    const x = column * m * conv.dilationWidth + gridColumn(conv, grid);
    let from = conv.input + <usize>((image * conv.groups + group) * conv.channels) * plane;
    let to = v + ((<usize>done) << 2);
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
  const m = tileSide(conv);
  const rows = tileRows(conv);
  const columns = tileColumns(conv);
  const plane = (<usize>conv.pixels) << 2;
  for (let done = 0, run = 0; done < count; done += run) {
    const row = (tile + done) / columns;
    const column = tile + done - row * columns;
    const grid = row / rows;
    const image = grid / gridCount(conv);
    run = min(4, min(columns - column, count - done));
    const y = (row - grid * rows) * m * conv.dilationHeight + gridRow(conv, grid);
    const x = column * m * conv.dilationWidth + gridColumn(conv, grid);
    let to = conv.output + <usize>((image * conv.groups + group) * conv.filters + first) * plane;
    let from = products + ((<usize>done) << 2);
    for (let filter = first; filter < first + filters; ++filter) {
      inverseTiles(conv, from, mPoint, load<f32>(bias + ((<usize>filter) << 2)), m, y, x, run, to);
      from += pitch;
      to += plane;
    }
  }
}
