import { GEMM_MR, GEMM_NR, WINOGRAD_POINTS, WINOGRAD_SCRATCH, WINOGRAD_SKEW } from "../blocking";
import { multiplyTile } from "../gemm/tile";
import { Conv } from "../params";
import { transformPatch } from "./input";
import { inverseTiles } from "./output";

/**
 * Winograd convolution F(4x4, 3x3) or F(2x2, 5x5), both over tiles of 6 x 6: transform, multiply, transform back, for a
 * block of tiles at a time.
 *
 * workspace: scratch | V f32[36][channels][pitch] | M f32[36][blockDepth][pitch]
 *
 * blockPixels counts tiles here, blockDepth filters, a multiple of six: the products of a few filters at a time are
 * transformed back before they leave the cache. Tiles run on over tile rows and images, so that small maps fill vectors too; up to four
 * of one tile row are transformed at a time, and lanes past the last of them are overwritten by the next, for which
 * a row's pitch has three columns to spare.
 */
export function convWinograd(conv: Conv): void {
  const m = 7 - conv.kernelHeight;
  const tileRows = (conv.outHeight + m - 1) / m;
  const tileColumns = (conv.outWidth + m - 1) / m;
  const tiles = conv.batch * tileRows * tileColumns;
  const panels = (conv.filters + GEMM_MR - 1) / GEMM_MR;
  const groupBytes = WINOGRAD_POINTS * <usize>(panels * (conv.channels + 1)) * (GEMM_MR * 4) + (<usize>conv.filters << 2);
  for (let group = 0; group < conv.groups; ++group) {
    const packed = conv.packed + <usize>group * groupBytes;
    for (let tile = 0; tile < tiles; tile += conv.blockPixels) {
      convBlock(conv, group, packed, m, tileRows, tileColumns, tile, min(conv.blockPixels, tiles - tile));
    }
  }
}

function convBlock(conv: Conv, group: i32, packed: usize, m: i32, tileRows: i32, tileColumns: i32, tile: i32, count: i32): void {
  const columns = (count + GEMM_NR - 1) & ~(GEMM_NR - 1);
  const pitch = <usize>max(columns, (count + 6) & ~3) << 2;
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
  transformBlock(conv, group, m, tileRows, tileColumns, tile, count, v, pitch, vPoint);
  for (let filter = 0; filter < conv.filters; filter += conv.blockDepth) {
    const filters = min(conv.blockDepth, conv.filters - filter);
    const u = packed + <usize>(filter / GEMM_MR) * panelBytes;
    for (let point: usize = 0; point < WINOGRAD_POINTS; ++point) {
      multiplyPoint(conv.channels, filters, u + point * uPoint, v + point * vPoint, products + point * mPoint, pitch, columns);
    }
    inverseBlock(conv, group, filter, filters, bias, m, tileRows, tileColumns, tile, count, products, pitch, mPoint);
  }
}

/** Zeros where no tile will be, because subnormals left there would slow the product down. */
function clearTail(v: usize, vPoint: usize, channels: i32, pitch: usize, count: i32, columns: i32): void {
  for (let point: usize = 0; point < WINOGRAD_POINTS; ++point) {
    let row = v + point * vPoint;
    for (let c = 0; c < channels; ++c, row += pitch) {
      for (let i = count; i < columns; ++i) store<f32>(row + (<usize>i << 2), 0);
    }
  }
}

function multiplyPoint(channels: i32, filters: i32, u: usize, v: usize, to: usize, pitch: usize, columns: i32): void {
  const panelBytes = <usize>(channels + 1) * (GEMM_MR * 4);
  const end = <usize>columns << 2;
  for (let filter = 0; filter < filters; filter += GEMM_MR) {
    for (let column: usize = 0; column < end; column += GEMM_NR * 4) multiplyTile(channels, u, v + column, pitch, to + column, pitch, true);
    u += panelBytes;
    to += <usize>GEMM_MR * pitch;
  }
}

function transformBlock(conv: Conv, group: i32, m: i32, tileRows: i32, tileColumns: i32, tile: i32, count: i32, v: usize, pitch: usize, vPoint: usize): void {
  const plane = (<usize>conv.height * conv.width) << 2;
  for (let done = 0, run = 0; done < count; done += run) {
    const row = (tile + done) / tileColumns;
    const column = tile + done - row * tileColumns;
    const image = row / tileRows;
    run = min(4, min(tileColumns - column, count - done));
    let from = conv.input + <usize>((image * conv.groups + group) * conv.channels) * plane;
    let to = v + (<usize>done << 2);
    for (let c = 0; c < conv.channels; ++c) {
      transformPatch(conv, from, m, (row - image * tileRows) * m, column * m, to, vPoint);
      from += plane;
      to += pitch;
    }
  }
}

function inverseBlock(conv: Conv, group: i32, first: i32, filters: i32, bias: usize, m: i32, tileRows: i32, tileColumns: i32, tile: i32, count: i32, products: usize, pitch: usize, mPoint: usize): void {
  const plane = <usize>conv.pixels << 2;
  for (let done = 0, run = 0; done < count; done += run) {
    const row = (tile + done) / tileColumns;
    const column = tile + done - row * tileColumns;
    const image = row / tileRows;
    run = min(4, min(tileColumns - column, count - done));
    let to = conv.output + <usize>((image * conv.groups + group) * conv.filters + first) * plane;
    let from = products + (<usize>done << 2);
    for (let filter = first; filter < first + filters; ++filter) {
      const start = load<f32>(bias + (<usize>filter << 2));
      inverseTiles(conv, from, mPoint, start, m, (row - image * tileRows) * m, column * m, run, to);
      from += pitch;
      to += plane;
    }
  }
}
