import { ROW_BYTES, TILE_BYTES } from "../../blocking";
import { finish } from "../../epilogue";
import { floats } from "../../floats";
import { Conv } from "../../params";
import { tilesOf } from "../../quotient";
import { bandBytes, bandPitch, copyRow, storeBand } from "../band";
import { eachItem } from "../item";
import { DIRECT_MR, DIRECT_NR, panelBytes, weightBytes } from "./layout";
import { direct4x8, direct6x8 } from "./tiles";

/**
 * Windows times kernel, summed in the order (channel, row, column): no matrix, only a band of the padded image.
 * The weights are panels of tileFilters filters.
 *
 * tables: those of the band     workspace: tile f32[6][8] | band of blockDepth channels and blockPixels output rows
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
  return conv.scratch + TILE_BYTES;
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
      convFilters(conv, weights, channels, rows, band, channelBytes, to, count, first);
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
      if (!first) copyRuns(conv, output, y, x, rows, pitch, count, tile, true);
      computeTile(conv, channels, weights, from, channelBytes, offsets, tile, ROW_BYTES, first);
      copyRuns(conv, output, y, x, rows, pitch, count, tile, false);
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

/** Moves the valid parts of a tile that begins at (y, x) of the stored rows to or from the output. */
function copyRuns(
  conv: Conv,
  output: usize,
  y: i32,
  x: i32,
  rows: i32,
  pitch: i32,
  count: i32,
  tile: usize,
  load: bool,
): void {
  const outPlane = conv.outPlaneBytes;
  for (let at = 0; at < DIRECT_NR && y < rows; at += pitch - x, x = 0, ++y) {
    const run = min(conv.outWidth - x, DIRECT_NR - at);
    if (run <= 0) continue;
    let inTile = tile + floats(at);
    let inOutput = output + floats(y * conv.outWidth + x);
    for (let filter = 0; filter < count; ++filter) {
      if (load) copyRow(inOutput, run, inTile);
      else copyRow(inTile, run, inOutput);
      inTile += ROW_BYTES;
      inOutput += outPlane;
    }
  }
}
