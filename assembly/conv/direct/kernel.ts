import { ROW_BYTES } from "../../blocking";
import { finish } from "../../epilogue";
import { floats } from "../../floats";
import { copyTile } from "../../gemm/edge";
import { wideVectors } from "../../gemm/tile";
import { Conv } from "../../params";
import { tilesOf } from "../../quotient";
import { bandBytes, bandPitch, copyRow, storeBand } from "../band";
import { eachItem } from "../item";
import { BAND_AT, DIRECT_MR, DIRECT_NR, panelBytes, weightBytes, ZEROS_AT } from "./layout";
import { direct4x8, direct6x8 } from "./tiles";
import { direct16 } from "./tiles-wide";

/**
 * Windows times kernel, summed in the order (channel, row, column): no matrix, only a band of the padded image.
 * The weights are panels of tileFilters filters.
 *
 * tables: those of the band     workspace: tile f32[6][16] | six zeros | band of blockDepth channels and blockPixels output rows
 *
 * blockDepth counts channels here, blockPixels output rows. Later blocks of channels add to the output.
 * Items are images x groups x bands.
 */
export function convDirect(conv: Conv, begin: i32, end: i32): void {
  memory.fill(bandAt(conv), 0, <usize>conv.blockDepth * bandBytes(conv));
  eachItem<Band>(conv, tilesOf(conv.outHeight, conv.blockPixels), begin, end);
}

// @ts-ignore: decorator
@inline
function bandAt(conv: Conv): usize {
  return conv.scratch + BAND_AT;
}

class Band {
  compute(conv: Conv, image: i32, group: i32, block: i32): void {
    const weights = conv.weights + <usize>group * <usize>weightBytes(conv.filters, conv.depth, conv.tileFilters);
    const y = block * conv.blockPixels;
    const rows = min(conv.blockPixels, conv.outHeight - y);
    convBand(conv, conv.inputOf(image, group), weights, y, rows, conv.outputOf(image, group));
  }
}

/** All filters of one group over `rows` output rows. */
function convBand(conv: Conv, input: usize, packed: usize, y: i32, rows: i32, output: usize): void {
  const plane = conv.planeBytes;
  const channelBytes = bandBytes(conv);
  const band = bandAt(conv);
  const outPlane = conv.outPlaneBytes;
  const tileBytes = floats(conv.tileFilters);
  const top = output + floats(y * conv.outWidth);
  for (let start = 0; start < conv.channels; start += conv.blockDepth) {
    const channels = min(conv.blockDepth, conv.channels - start);
    for (let c = 0; c < channels; ++c) {
      storeBand(conv, input + <usize>(start + c) * plane, y, rows, band + <usize>c * channelBytes);
    }
    const first = start == 0;
    let weights = packed + (first ? 0 : <usize>(start * conv.taps + 1) * tileBytes);
    let to = top;
    for (let filter = 0; filter < conv.filters; filter += conv.tileFilters) {
      const count = min(conv.filters - filter, conv.tileFilters);
      if (wideVectors) convFiltersWide(conv, weights, channels, rows, band, channelBytes, to, count, first);
      else convFilters(conv, weights, channels, rows, band, channelBytes, to, count, first);
      if (start + channels == conv.channels) finish(conv, to, outPlane, count, rows * conv.outWidth);
      weights += <usize>panelBytes(conv.depth, conv.tileFilters);
      to += <usize>conv.tileFilters * outPlane;
    }
  }
}

/** Up to tileFilters (six or four) filters over a band, eight positions of the stored rows at a time. */
function convFilters(
  conv: Conv,
  weights: usize,
  channels: i32,
  rows: i32,
  band: usize,
  channelBytes: usize,
  output: usize,
  count: i32,
  first: bool,
): void {
  const outPlane = conv.outPlaneBytes;
  const pitch = bandPitch(conv);
  const tile = conv.scratch;
  const offsets = conv.tables;
  const end = (rows - 1) * pitch + conv.outWidth;
  for (let at = 0, y = 0, x = 0; at < end; at += DIRECT_NR) {
    const to = output + floats(y * conv.outWidth + x);
    const from = band + floats(at);
    if (count == conv.tileFilters && x + DIRECT_NR <= conv.outWidth) {
      computeTile(conv, channels, weights, from, channelBytes, offsets, to, outPlane, first);
    } else {
      if (!first) copyRuns(conv, output, y, x, rows, pitch, count, DIRECT_NR, tile, true);
      computeTile(conv, channels, weights, from, channelBytes, offsets, tile, ROW_BYTES, first);
      copyRuns(conv, output, y, x, rows, pitch, count, DIRECT_NR, tile, false);
    }
    for (x += DIRECT_NR; x >= pitch; x -= pitch) ++y;
  }
}

// @ts-ignore: decorator
@inline
function computeTile(
  conv: Conv,
  channels: i32,
  w: usize,
  x: usize,
  channelBytes: usize,
  offsets: usize,
  c: usize,
  rowBytes: usize,
  first: bool,
): void {
  if (conv.tileFilters == DIRECT_MR) direct6x8(channels, conv.taps, w, x, channelBytes, offsets, c, rowBytes, first);
  else direct4x8(channels, conv.taps, w, x, channelBytes, offsets, c, rowBytes, first);
}

/** Positions in a tile of paired vectors, and the bytes of its rows. */
// @ts-ignore: decorator
@inline
const PAIRS: i32 = 2 * DIRECT_NR;
// @ts-ignore: decorator
@inline
const PAIR_BYTES: i32 = 2 * ROW_BYTES;

/** The same for engines that pair vectors: row by row, or sixteen positions at a time where rows are shorter. */
function convFiltersWide(
  conv: Conv,
  weights: usize,
  channels: i32,
  rows: i32,
  band: usize,
  channelBytes: usize,
  output: usize,
  count: i32,
  first: bool,
): void {
  const outPlane = conv.outPlaneBytes;
  const pitch = bandPitch(conv);
  const width = conv.outWidth;
  const tile = conv.scratch;
  const zeros = tile + ZEROS_AT;
  v128.store(zeros, f32x4.splat(0));
  v128.store(zeros, f32x4.splat(0), 16);
  if (width < PAIRS) {
    const end = (rows - 1) * pitch + width;
    for (let at = 0, y = 0, x = 0; at < end; at += PAIRS) {
      if (!first) copyRuns(conv, output, y, x, rows, pitch, count, PAIRS, tile, true);
      computeWide(conv, channels, zeros, weights, band + floats(at), channelBytes, tile, PAIR_BYTES, first);
      copyRuns(conv, output, y, x, rows, pitch, count, PAIRS, tile, false);
      for (x += PAIRS; x >= pitch; x -= pitch) ++y;
    }
    return;
  }
  for (let y = 0; y < rows; ++y, band += floats(pitch), output += floats(width)) {
    for (let x = 0; x < width; x += PAIRS) {
      // the first sums of a row may be computed twice, later ones must not be
      const at = first ? min(x, width - PAIRS) : x;
      const columns = min(width - at, PAIRS);
      const to = output + floats(at);
      const from = band + floats(at);
      if (count == conv.tileFilters && columns == PAIRS) {
        computeWide(conv, channels, zeros, weights, from, channelBytes, to, outPlane, first);
      } else {
        if (!first) copyTile(to, outPlane, tile, PAIR_BYTES, count, columns);
        computeWide(conv, channels, zeros, weights, from, channelBytes, tile, PAIR_BYTES, first);
        copyTile(tile, PAIR_BYTES, to, outPlane, count, columns);
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function computeWide(
  conv: Conv,
  channels: i32,
  zeros: usize,
  w: usize,
  x: usize,
  channelBytes: usize,
  c: usize,
  rowBytes: usize,
  first: bool,
): void {
  const bias = first ? w : zeros;
  if (first) w += floats(conv.tileFilters);
  const taps = conv.taps;
  const offsets = conv.tables;
  if (conv.tileFilters == DIRECT_MR)
    direct16<u16>(channels, taps, bias, w, x, channelBytes, offsets, c, rowBytes, first);
  else direct16<u8>(channels, taps, bias, w, x, channelBytes, offsets, c, rowBytes, first);
}

/** Moves the valid parts of a tile of `columns` positions that begins at (y, x) of the stored rows to or from the output. */
function copyRuns(
  conv: Conv,
  output: usize,
  y: i32,
  x: i32,
  rows: i32,
  pitch: i32,
  count: i32,
  columns: i32,
  tile: usize,
  load: bool,
): void {
  const outPlane = conv.outPlaneBytes;
  for (let at = 0; at < columns && y < rows; at += pitch - x, x = 0, ++y) {
    const run = min(conv.outWidth - x, columns - at);
    if (run <= 0) continue;
    let inTile = tile + floats(at);
    let inOutput = output + floats(y * conv.outWidth + x);
    for (let filter = 0; filter < count; ++filter) {
      if (load) copyRow(inOutput, run, inTile);
      else copyRow(inTile, run, inOutput);
      inTile += floats(columns);
      inOutput += outPlane;
    }
  }
}
