import { GEMM_MR, GEMM_NR, GRADIENT_CHANNELS } from "../blocking";
import { copyTile } from "../gemm/edge";
import { multiplyTile } from "../gemm/tile";
import { Conv } from "../params";
import { storeTransposed } from "../simd";
import { bandAt, bandBytes, bandPitch, prepareBand, storeBand } from "./band";

/**
 * Gradient of the weights: filters x (channels x taps), each a sum over all output pixels, as a matrix product whose
 * summed axis is the pixels of a band. Neither the regions nor the gradient are ever turned over as a whole: of the
 * regions only eight columns are in memory at a time, of the gradient one band.
 *
 * workspace: tile f32[6][8] | tables | band of eight channels | gradient f32[filters / 6][pixels][6] | regions f32[pixels][8]
 *
 * `gradient` holds the output's gradient, `output` receives that of the weights. A band has blockPixels output rows; its
 * pixels run on over the ends of rows, where gradient and regions are zero.
 */
export function convWeightGradient(conv: Conv): void {
  const tables = conv.workspace + GEMM_MR * GEMM_NR * 4;
  const inputGroup = (<usize>conv.channels * conv.height * conv.width) << 2;
  const gradientGroup = (<usize>conv.filters * conv.pixels) << 2;
  const weightGroup = (<usize>conv.filters * conv.depth) << 2;
  memory.fill(conv.output, 0, <usize>conv.groups * weightGroup);
  prepareBand(conv, GRADIENT_CHANNELS, tables);
  let input = conv.input;
  let gradient = conv.gradient;
  for (let n = 0; n < conv.batch; ++n) {
    let weight = conv.output;
    for (let group = 0; group < conv.groups; ++group) {
      for (let y = 0; y < conv.outHeight; y += conv.blockPixels) {
        addBand(conv, input, gradient, y, min(conv.blockPixels, conv.outHeight - y), tables, weight);
      }
      input += inputGroup;
      gradient += gradientGroup;
      weight += weightGroup;
    }
  }
}

function addBand(conv: Conv, input: usize, gradient: usize, y: i32, rows: i32, tables: usize, weight: usize): void {
  const plane = (<usize>conv.height * conv.width) << 2;
  const channelBytes = bandBytes(conv);
  const band = bandAt(conv, tables);
  // whole vectors: the pixels past the last row have zero gradient too
  const pixels = (rows * bandPitch(conv) + 3) & ~3;
  const panels = band + <usize>GRADIENT_CHANNELS * channelBytes;
  const regions = panels + <usize>((conv.filters + GEMM_MR - 1) / GEMM_MR) * (<usize>pixels * (GEMM_MR * 4));
  packGradient(conv, gradient, y, rows, pixels, panels);
  for (let start = 0; start < conv.channels; start += GRADIENT_CHANNELS) {
    const channels = min(GRADIENT_CHANNELS, conv.channels - start);
    for (let c = 0; c < channels; ++c) {
      storeBand(conv, input + <usize>(start + c) * plane, y, rows, tables, band + <usize>c * channelBytes);
    }
    const columns = channels * conv.taps;
    for (let column = 0; column < columns; column += GEMM_NR) {
      packRegions(conv, column, columns, band, channelBytes, tables, pixels, regions);
      clearGaps(conv, rows, pixels, regions);
      const to = weight + ((<usize>(start * conv.taps + column)) << 2);
      multiplyColumns(conv, panels, regions, pixels, min(columns - column, GEMM_NR), to);
    }
  }
}

/** Panels of six filters, zero between the rows, after the last one, and for filters that are not there. */
function packGradient(conv: Conv, gradient: usize, y: i32, rows: i32, pixels: i32, to: usize): void {
  const pitch = bandPitch(conv);
  const width = conv.outWidth;
  const plane = (<usize>conv.pixels) << 2;
  const panelBytes = <usize>pixels * (GEMM_MR * 4);
  for (let filter = 0; filter < conv.filters; filter += GEMM_MR, to += panelBytes) {
    memory.fill(to, 0, panelBytes);
    const count = min(conv.filters - filter, GEMM_MR);
    for (let i = 0; i < count; ++i) {
      let from = gradient + <usize>(filter + i) * plane + ((<usize>(y * width)) << 2);
      for (let row = 0; row < rows; ++row) {
        let at = to + ((<usize>(row * pitch * GEMM_MR + i)) << 2);
        for (const end = from + ((<usize>width) << 2); from < end; from += 4, at += GEMM_MR * 4)
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
  offsets: usize,
  pixels: i32,
  to: usize,
): void {
  const x0 = columnAt(conv, column, columns, band, channelBytes, offsets);
  const x1 = columnAt(conv, column + 1, columns, band, channelBytes, offsets);
  const x2 = columnAt(conv, column + 2, columns, band, channelBytes, offsets);
  const x3 = columnAt(conv, column + 3, columns, band, channelBytes, offsets);
  transposeFour(x0, x1, x2, x3, pixels, to);
  const x4 = columnAt(conv, column + 4, columns, band, channelBytes, offsets);
  const x5 = columnAt(conv, column + 5, columns, band, channelBytes, offsets);
  const x6 = columnAt(conv, column + 6, columns, band, channelBytes, offsets);
  const x7 = columnAt(conv, column + 7, columns, band, channelBytes, offsets);
  transposeFour(x4, x5, x6, x7, pixels, to + 16);
}

/** Zeros between the rows and behind the last one: an infinity there, times a zero gradient, would be NaN. */
function clearGaps(conv: Conv, rows: i32, pixels: i32, regions: usize): void {
  const pitch = bandPitch(conv);
  for (let row = 0; row < rows; ++row) {
    const end = row == rows - 1 ? pixels : (row + 1) * pitch;
    for (let pixel = row * pitch + conv.outWidth; pixel < end; ++pixel) {
      const at = regions + ((<usize>pixel) << 5);
      v128.store(at, f32x4.splat(0));
      v128.store(at, f32x4.splat(0), 16);
    }
  }
}

/** Where the first pixel of a (channel, tap) column lies in the band. */
function columnAt(conv: Conv, column: i32, columns: i32, band: usize, channelBytes: usize, offsets: usize): usize {
  const index = min(column, columns - 1);
  const channel = index / conv.taps;
  return band + <usize>channel * channelBytes + load<u32>(offsets + ((<usize>(index - channel * conv.taps)) << 2));
}

function transposeFour(x0: usize, x1: usize, x2: usize, x3: usize, pixels: i32, to: usize): void {
  for (let at: usize = 0, end = (<usize>pixels) << 2; at < end; at += 16, to += 128) {
    storeTransposed(v128.load(x0 + at), v128.load(x1 + at), v128.load(x2 + at), v128.load(x3 + at), to, 32);
  }
}

/** Adds the product of all filters' gradients with up to eight columns of the regions. */
function multiplyColumns(conv: Conv, panels: usize, regions: usize, pixels: i32, columns: i32, to: usize): void {
  const rowBytes = (<usize>conv.depth) << 2;
  const tile = conv.workspace;
  for (let filter = 0; filter < conv.filters; filter += GEMM_MR) {
    const rows = min(conv.filters - filter, GEMM_MR);
    if (rows == GEMM_MR && columns == GEMM_NR) {
      multiplyTile(pixels, panels, regions, GEMM_NR * 4, to, rowBytes, false);
    } else {
      copyTile(to, rowBytes, tile, GEMM_NR * 4, rows, columns);
      multiplyTile(pixels, panels, regions, GEMM_NR * 4, tile, GEMM_NR * 4, false);
      copyTile(tile, GEMM_NR * 4, to, rowBytes, rows, columns);
    }
    panels += <usize>pixels * (GEMM_MR * 4);
    to += <usize>GEMM_MR * rowBytes;
  }
}
