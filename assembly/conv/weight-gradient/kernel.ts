import { COLUMN_BYTES, GEMM_MR, GEMM_NR, ROW_BYTES, TILE_BYTES } from "../../blocking";
import { floats } from "../../floats";
import { copyTile } from "../../gemm/edge";
import { multiplyTile } from "../../gemm/tile";
import { Conv } from "../../params";
import { tilesOf } from "../../quotient";
import { storeTransposed } from "../../simd";
import { bandBytes, bandPitch, storeBand } from "../band";
import { eachItem } from "../item";
import { GRADIENT_CHANNELS, gradientAt, gradientBytes, pixelsOf } from "./layout";

/**
 * Gradient of the weights: filters x (channels x taps), each a sum over all output pixels, as a matrix product whose
 * summed axis is the pixels of a band. Neither the regions nor the gradient are ever transposed as a whole: only
 * eight columns of the regions and one band of the gradient are in memory at a time.
 *
 * tables: those of the band
 * workspace: tile f32[6][8] | band of eight channels | gradient f32[filters / 6][pixels][6] | regions f32[pixels][8]
 *
 * `gradient` is the output's gradient, `output` receives that of the weights. A band has blockPixels output rows; its
 * pixels continue past the ends of rows, where gradient and regions are zero. Items are groups x blocks of blockDepth
 * channels, a multiple of eight, over all images: the gradient is packed again for each block of them.
 */
export function convWeightGradient(conv: Conv, begin: i32, end: i32): void {
  memory.fill(conv.scratch + TILE_BYTES, 0, <usize>GRADIENT_CHANNELS * bandBytes(conv));
  eachItem<Channels>(conv, tilesOf(conv.channels, conv.blockDepth), begin, end);
}

class Channels {
  compute(conv: Conv, _image: i32, group: i32, block: i32): void {
    const first = block * conv.blockDepth;
    const channels = min(conv.blockDepth, conv.channels - first);
    const weight = conv.output + floats(group * conv.filters * conv.depth + first * conv.taps);
    clear(weight, conv, channels);
    for (let image = 0; image < conv.batch; ++image) {
      const input = conv.inputOf(image, group) + <usize>first * conv.planeBytes;
      const gradient = conv.gradient + <usize>((image * conv.groups + group) * conv.filters) * conv.outPlaneBytes;
      for (let y = 0; y < conv.outHeight; y += conv.blockPixels) {
        addBand(conv, input, channels, gradient, y, min(conv.blockPixels, conv.outHeight - y), weight);
      }
    }
  }
}

/** Sums begin at zero. */
function clear(weight: usize, conv: Conv, channels: i32): void {
  const rowBytes = floats(conv.depth);
  for (let filter = 0; filter < conv.filters; ++filter, weight += rowBytes) {
    memory.fill(weight, 0, floats(channels * conv.taps));
  }
}

function addBand(conv: Conv, input: usize, count: i32, gradient: usize, y: i32, rows: i32, weight: usize): void {
  const plane = conv.planeBytes;
  const channelBytes = bandBytes(conv);
  const band = conv.scratch + TILE_BYTES;
  const pixels: i32 = pixelsOf(rows, bandPitch(conv));
  const panels = conv.scratch + <usize>gradientAt(<u32>channelBytes);
  const regions = panels + <usize>gradientBytes(conv.filters, pixels);
  packGradient(conv, gradient, y, rows, pixels, panels);
  for (let start = 0; start < count; start += GRADIENT_CHANNELS) {
    const channels = min(GRADIENT_CHANNELS, count - start);
    for (let c = 0; c < channels; ++c) {
      storeBand(conv, input + <usize>(start + c) * plane, y, rows, band + <usize>c * channelBytes);
    }
    const columns = channels * conv.taps;
    for (let column = 0; column < columns; column += GEMM_NR) {
      packRegions(conv, column, columns, band, channelBytes, pixels, regions);
      clearGaps(conv, rows, pixels, regions);
      const to = weight + floats(start * conv.taps + column);
      multiplyColumns(conv, panels, regions, pixels, min(columns - column, GEMM_NR), to);
    }
  }
}

/** Panels of six filters, zero between the rows, after the last one, and for missing filters. */
function packGradient(conv: Conv, gradient: usize, y: i32, rows: i32, pixels: i32, to: usize): void {
  const pitch = bandPitch(conv);
  const width = conv.outWidth;
  const plane = conv.outPlaneBytes;
  const panelBytes = <usize>pixels * COLUMN_BYTES;
  for (let filter = 0; filter < conv.filters; filter += GEMM_MR, to += panelBytes) {
    memory.fill(to, 0, panelBytes);
    const count = min(conv.filters - filter, GEMM_MR);
    for (let i = 0; i < count; ++i) {
      let from = gradient + <usize>(filter + i) * plane + floats(y * width);
      for (let row = 0; row < rows; ++row) {
        let at = to + floats(row * pitch * GEMM_MR + i);
        for (const end = from + floats(width); from < end; from += 4, at += COLUMN_BYTES)
          store<f32>(at, load<f32>(from));
      }
    }
  }
}

/** Eight columns of the regions, transposed: a row of eight for each pixel. Columns past the last repeat it. */
function packRegions(
  conv: Conv,
  column: i32,
  columns: i32,
  band: usize,
  channelBytes: usize,
  pixels: i32,
  to: usize,
): void {
  const x0 = columnAt(conv, column, columns, band, channelBytes);
  const x1 = columnAt(conv, column + 1, columns, band, channelBytes);
  const x2 = columnAt(conv, column + 2, columns, band, channelBytes);
  const x3 = columnAt(conv, column + 3, columns, band, channelBytes);
  transposeFour(x0, x1, x2, x3, pixels, to);
  const x4 = columnAt(conv, column + 4, columns, band, channelBytes);
  const x5 = columnAt(conv, column + 5, columns, band, channelBytes);
  const x6 = columnAt(conv, column + 6, columns, band, channelBytes);
  const x7 = columnAt(conv, column + 7, columns, band, channelBytes);
  transposeFour(x4, x5, x6, x7, pixels, to + 16);
}

/** Zeros between the rows and after the last one: an infinity there, times a zero gradient, would be NaN. */
function clearGaps(conv: Conv, rows: i32, pixels: i32, regions: usize): void {
  const pitch = bandPitch(conv);
  for (let row = 0; row < rows; ++row) {
    const end = row == rows - 1 ? pixels : (row + 1) * pitch;
    for (let pixel = row * pitch + conv.outWidth; pixel < end; ++pixel) {
      const at = regions + <usize>pixel * ROW_BYTES;
      v128.store(at, f32x4.splat(0));
      v128.store(at, f32x4.splat(0), 16);
    }
  }
}

/** Where the first pixel of a (channel, tap) column lies in the band. */
function columnAt(conv: Conv, column: i32, columns: i32, band: usize, channelBytes: usize): usize {
  const index = min(column, columns - 1);
  const channel = index / conv.taps;
  return band + <usize>channel * channelBytes + load<u32>(conv.tables + floats(index - channel * conv.taps));
}

function transposeFour(x0: usize, x1: usize, x2: usize, x3: usize, pixels: i32, to: usize): void {
  for (let at: usize = 0, end = floats(pixels); at < end; at += 16, to += 128) {
    storeTransposed(v128.load(x0 + at), v128.load(x1 + at), v128.load(x2 + at), v128.load(x3 + at), to, 32);
  }
}

/** Adds the product of all filters' gradients with up to eight columns of the regions. */
function multiplyColumns(conv: Conv, panels: usize, regions: usize, pixels: i32, columns: i32, to: usize): void {
  const rowBytes = floats(conv.depth);
  const tile = conv.scratch;
  for (let filter = 0; filter < conv.filters; filter += GEMM_MR) {
    const rows = min(conv.filters - filter, GEMM_MR);
    if (rows == GEMM_MR && columns == GEMM_NR) {
      multiplyTile(pixels, panels, regions, ROW_BYTES, to, rowBytes, false);
    } else {
      copyTile(to, rowBytes, tile, ROW_BYTES, rows, columns);
      multiplyTile(pixels, panels, regions, ROW_BYTES, tile, ROW_BYTES, false);
      copyTile(tile, ROW_BYTES, to, rowBytes, rows, columns);
    }
    panels += <usize>pixels * COLUMN_BYTES;
    to += <usize>GEMM_MR * rowBytes;
  }
}
