import * as Dots from "../../codes/dots";
import { roundUp, tilesOf } from "../../quotient";
import { scratchOf } from "../../ops/scratch";
import { ByteConv, emit, fillBand, outsideOf, rowsOf } from "../band";
import { dots, flipOf, wayOf, zeroOf } from "../dot";
import { finishEight, sizeOfResult } from "../finish";
import {
  depthOf,
  flagsAt,
  headBytes,
  imageAt,
  panelBytes,
  resultsAt,
  tileAt,
  TILE_COLUMNS,
  TILE_ROWS,
  weightBytes,
  wideImageAt,
  wideWeightsAt,
} from "../layout";
import { tileOfWeights, widenImage, widenWeights } from "../tile";

export { dots } from "../dot";

/**
 * Convolution of bytes as a matrix product, whose sums are exact: panels of four filters times panels of eight pixels, which
 * are packed from a band of rows. Pixels of all rows are computed in a row, with those between the rows, which are dropped.
 *
 *   panel of pixels: for each four along the summed axis, four bytes of each of eight pixels
 *
 * Items are images x groups x blocks of blockPixels pixels x parts of partFilters filters.
 */
export function convBytes(conv: ByteConv, begin: i32, end: i32): void {
  const blocks = <i32>tilesOf(conv.pixels, conv.blockPixels);
  const parts = <i32>tilesOf(conv.filters, conv.partFilters);
  for (let item = begin; item < end;) {
    const block = item / parts;
    const part = item - block * parts;
    const last = min(parts, part + end - item);
    const plane = block / blocks;
    convBlock(conv, plane, block - plane * blocks, part * conv.partFilters, min(last * conv.partFilters, conv.filters));
    item += last - part;
  }
}

/** @param plane number of the image and group */
function convBlock(conv: ByteConv, plane: i32, block: i32, firstFilter: i32, lastFilter: i32): void {
  const depth = conv.depth;
  const scratch = scratchOf(conv.workspace);
  const group = plane % conv.groups;
  const begin = block * conv.blockPixels;
  const count = min(conv.blockPixels, conv.pixels - begin);
  const image = conv.input + <usize>(plane * conv.channels) * <usize>(conv.height * conv.width);
  const pixels = scratch + <usize>imageAt(conv.bandBytes);
  if (conv.flat) packPixels(conv, image + begin, count, flipOf(conv.signed), pixels);
  else {
    const row = begin / conv.pitch;
    fillBand(conv, image, row, rowsOf(conv, begin, begin + count), outsideOf(conv), flipOf(conv.signed), scratch);
    // what follows a band may be read
    packPixels(conv, scratch + <usize>(begin - row * conv.pitch), roundUp(count, TILE_COLUMNS), 0, pixels);
  }
  const steps = (<i32>depthOf(depth)) >> 2;
  const wide = scratch + <usize>wideImageAt(conv.bandBytes, depth, conv.blockPixels);
  const wideWeights = scratch + <usize>wideWeightsAt(conv.bandBytes, depth, conv.blockPixels);
  const results = scratch + <usize>resultsAt(conv.bandBytes, depth, conv.blockPixels);
  const size = sizeOfResult(conv.kind);
  const rowBytes = <usize>conv.blockPixels * size;
  const planeBytes = <usize>(conv.outHeight * conv.outWidth) * size;
  const bytes = <usize>panelBytes(TILE_ROWS, depth);
  let panel = conv.weights + <usize>group * <usize>weightBytes(TILE_ROWS, conv.filters, depth);
  panel += <usize>(firstFilter / TILE_ROWS) * bytes;
  let output = conv.output + <usize>(plane * conv.filters + firstFilter) * planeBytes;
  let isWide = false;
  for (let filter = firstFilter; filter < lastFilter; filter += TILE_ROWS, panel += bytes) {
    const flags = load<i32>(panel + <usize>flagsAt(TILE_ROWS));
    const weights = panel + <usize>headBytes(TILE_ROWS);
    const rows = min(TILE_ROWS, conv.filters - filter);
    const scales = conv.scales ? conv.scales + <usize>(group * conv.filters + filter) * 4 : 0;
    const way = wayOf(flags);
    if (way == Dots.SIXTEEN) {
      if (!isWide) {
        const tiles = <i32>tilesOf(count, TILE_COLUMNS);
        widenImage(pixels, wide, tiles * steps, 2, dots == Dots.SIGNED);
        isWide = true;
      }
      widenWeights(weights, panel + 2 * TILE_ROWS * 4, wideWeights, steps, 1);
      multiply(conv, way, panel, 2 * steps, wideWeights, wide, count, rows, scales, results, rowBytes);
    } else multiply(conv, way, panel, steps, weights, pixels, count, rows, scales, results, rowBytes);
    for (let i = 0; i < rows; ++i, output += planeBytes) {
      emit(conv, results + <usize>i * rowBytes, output, begin, count, size);
    }
  }
}

/** Four filters times all pixels of the block. */
function multiply(
  conv: ByteConv,
  way: i32,
  panel: usize,
  steps: i32,
  weights: usize,
  pixels: usize,
  count: i32,
  rows: i32,
  scales: usize,
  results: usize,
  rowBytes: usize,
): void {
  const tile = scratchOf(conv.workspace) + <usize>tileAt(conv.bandBytes, conv.depth, conv.blockPixels);
  const zero = zeroOf(conv.zero, conv.signed);
  const kind = conv.kind;
  const step = <usize>TILE_COLUMNS * sizeOfResult(kind);
  for (let pixel = 0; pixel < count; pixel += TILE_COLUMNS, pixels += <usize>steps * 32, results += step) {
    tileOfWeights(way, steps, weights, pixels, tile);
    for (let i = 0; i < rows; ++i) {
      const head = panel + <usize>i * 4;
      const added = i32x4.splat(load<i32>(head) - zero * load<i32>(head, 16));
      const scale = scales ? v128.load32_splat(scales + <usize>i * 4) : f32x4.splat(0);
      const sums = tile + <usize>i * 32;
      const low = i32x4.add(v128.load(sums), added);
      const high = i32x4.add(v128.load(sums, 16), added);
      finishEight(kind, conv.outZero, conv.least, conv.most, low, high, scale, scale, results + <usize>i * rowBytes, 8);
    }
  }
}

/**
 * Puts pixels into panels of eight.
 * @param from the first pixel of the first channel
 * @param count how many may be read
 */
function packPixels(conv: ByteConv, from: usize, count: i32, flip: i32, to: usize): void {
  const flips = i8x16.splat(<i8>flip);
  const end = conv.offsets + <usize>depthOf(conv.depth) * 4;
  for (let pixel = 0; pixel < count; pixel += TILE_COLUMNS, from += TILE_COLUMNS) {
    const rest = count - pixel;
    for (let at = conv.offsets; at < end; at += 16, to += 32) {
      const p0 = from + load<u32>(at);
      const p1 = from + load<u32>(at, 4);
      const p2 = from + load<u32>(at, 8);
      const p3 = from + load<u32>(at, 12);
      let v0: v128;
      let v1: v128;
      let v2: v128;
      let v3: v128;
      if (rest >= TILE_COLUMNS) {
        v0 = v128.load64_zero(p0);
        v1 = v128.load64_zero(p1);
        v2 = v128.load64_zero(p2);
        v3 = v128.load64_zero(p3);
      } else {
        v0 = i64x2.splat(loadPart(p0, rest));
        v1 = i64x2.splat(loadPart(p1, rest));
        v2 = i64x2.splat(loadPart(p2, rest));
        v3 = i64x2.splat(loadPart(p3, rest));
      }
      const v01 = v128.shuffle<u8>(v0, v1, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      const v23 = v128.shuffle<u8>(v2, v3, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      v128.store(to, v128.xor(v128.shuffle<u16>(v01, v23, 0, 8, 1, 9, 2, 10, 3, 11), flips));
      v128.store(to, v128.xor(v128.shuffle<u16>(v01, v23, 4, 12, 5, 13, 6, 14, 7, 15), flips), 16);
    }
  }
}

/** The first bytes of eight. */
function loadPart(from: usize, count: i32): i64 {
  let value: i64 = 0;
  for (let i = 0; i < count; ++i) value |= (<i64>load<u8>(from + <usize>i)) << (8 * i);
  return value;
}
