import { DIRECT_MR, DIRECT_NR } from "../blocking";
import { finish } from "../epilogue";
import { Conv } from "../params";
import { bandAt, bandBytes, bandPitch, copyRow, prepareBand, storeBand } from "./band";
import { direct4x8, direct6x8 } from "./direct-tiles";
import { packPanels } from "./pack-weights";

export function packDirect(conv: Conv): void {
  packPanels(conv, conv.tileFilters);
}

/**
 * Windows times kernel, summed in the order (channel, row, column): no matrix, only a band of the padded image.
 *
 * workspace: tile f32[6][8] | tables | band of blockDepth channels and blockPixels output rows
 *
 * blockDepth counts channels here, blockPixels output rows. Later blocks of channels add to the output.
 */
export function convDirect(conv: Conv): void {
  const inputGroup = (<usize>conv.channels * conv.height * conv.width) << 2;
  const outputGroup = (<usize>conv.filters * conv.pixels) << 2;
  const packedGroup = <usize>((conv.filters + conv.tileFilters - 1) / conv.tileFilters) * panelBytes(conv);
  prepareBand(conv, conv.blockDepth, tablesAt(conv));
  let input = conv.input;
  let output = conv.output;
  for (let n = 0; n < conv.batch; ++n) {
    let packed = conv.packed;
    for (let group = 0; group < conv.groups; ++group) {
      for (let y = 0; y < conv.outHeight; y += conv.blockPixels) {
        convBand(conv, input, packed, y, min(conv.blockPixels, conv.outHeight - y), output);
      }
      input += inputGroup;
      output += outputGroup;
      packed += packedGroup;
    }
  }
}

/** Bytes of the weights and biases of one tile of filters. */
// @ts-ignore: decorator
@inline
function panelBytes(conv: Conv): usize {
  return <usize>(conv.depth + 1) * ((<usize>conv.tileFilters) << 2);
}

// @ts-ignore: decorator
@inline
function tablesAt(conv: Conv): usize {
  return conv.workspace + DIRECT_MR * DIRECT_NR * 4;
}

/** All filters of one group over `rows` output rows. */
function convBand(conv: Conv, input: usize, packed: usize, y: i32, rows: i32, output: usize): void {
  const plane = (<usize>conv.height * conv.width) << 2;
  const channelBytes = bandBytes(conv);
  const band = bandAt(conv, tablesAt(conv));
  const outPlane = (<usize>conv.pixels) << 2;
  const tileBytes = (<usize>conv.tileFilters) << 2;
  const top = output + ((<usize>(y * conv.outWidth)) << 2);
  for (let start = 0; start < conv.channels; start += conv.blockDepth) {
    const channels = min(conv.blockDepth, conv.channels - start);
    for (let c = 0; c < channels; ++c) {
      storeBand(conv, input + <usize>(start + c) * plane, y, rows, tablesAt(conv), band + <usize>c * channelBytes);
    }
    const first = start == 0;
    let weights = packed + (first ? 0 : <usize>(start * conv.taps + 1) * tileBytes);
    let to = top;
    for (let filter = 0; filter < conv.filters; filter += conv.tileFilters) {
      const count = min(conv.filters - filter, conv.tileFilters);
      convFilters(conv, weights, channels, rows, band, channelBytes, to, count, first);
      if (start + channels == conv.channels) finish(conv, to, outPlane, count, rows * conv.outWidth);
      weights += panelBytes(conv);
      to += <usize>conv.tileFilters * outPlane;
    }
  }
}

/** Up to tileFilters, six or four, filters over a band, eight positions of the stored rows at a time. */
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
  const outPlane = (<usize>conv.pixels) << 2;
  const pitch = bandPitch(conv);
  const tile = conv.workspace;
  const offsets = tablesAt(conv);
  const end = (rows - 1) * pitch + conv.outWidth;
  for (let at = 0, y = 0, x = 0; at < end; at += DIRECT_NR) {
    const to = output + ((<usize>(y * conv.outWidth + x)) << 2);
    const from = band + ((<usize>at) << 2);
    if (count == conv.tileFilters && x + DIRECT_NR <= conv.outWidth) {
      computeTile(conv, channels, weights, from, channelBytes, offsets, to, outPlane, first);
    } else {
      if (!first) copyRuns(conv, output, y, x, rows, pitch, count, tile, true);
      computeTile(conv, channels, weights, from, channelBytes, offsets, tile, DIRECT_NR * 4, first);
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
  const outPlane = (<usize>conv.pixels) << 2;
  for (let at = 0; at < DIRECT_NR && y < rows; at += pitch - x, x = 0, ++y) {
    const run = min(conv.outWidth - x, DIRECT_NR - at);
    if (run <= 0) continue;
    let inTile = tile + ((<usize>at) << 2);
    let inOutput = output + ((<usize>(y * conv.outWidth + x)) << 2);
    for (let filter = 0; filter < count; ++filter) {
      if (load) copyRow(inOutput, run, inTile);
      else copyRow(inTile, run, inOutput);
      inTile += DIRECT_NR * 4;
      inOutput += outPlane;
    }
  }
}
