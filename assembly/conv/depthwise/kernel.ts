import { finish } from "../../epilogue";
import { floats } from "../../floats";
import { Conv, Pack } from "../../params";
import { tilesOf } from "../../quotient";
import { clearBand, interleave, interleavedPitch } from "./interleaved";
import { DEPTHWISE_CHANNELS, foursBytes, PIXEL_BYTES } from "./layout";
import { tile2x4, tile2x4wide5, tile2x4wide5by2 } from "./tiles";

/**
 * Weights of four channels side by side, for each filter of a channel:
 *
 *   channels 0..3, filter 0: bias x4 | tap 0 x4 | tap 1 x4 | ...
 *                  filter 1: ...
 *
 * Missing channels have zeros. Items are fours of groups.
 */
export function packDepthwise(pack: Pack, begin: i32, end: i32): void {
  let to = pack.packed + <usize>begin * <usize>foursBytes(pack.filters, pack.tapCount);
  for (let item = begin; item < end; ++item) {
    const group = item * DEPTHWISE_CHANNELS;
    const count = min(pack.groups - group, DEPTHWISE_CHANNELS);
    for (let filter = 0; filter < pack.filters; ++filter) {
      for (let tap = -1; tap < pack.tapCount; ++tap) {
        for (let i = 0; i < DEPTHWISE_CHANNELS; ++i, to += 4) {
          store<f32>(to, i < count ? weightAt(pack, group + i, filter, tap) : 0);
        }
      }
    }
  }
}

/** Weight `tap` of a filter, or its bias for -1. */
function weightAt(pack: Pack, group: i32, filter: i32, tap: i32): f32 {
  if (tap < 0) return pack.biasOf(group, filter);
  return load<f32>(pack.weightOf(group, filter) + load<u32>(pack.tapsOf(filter) + floats(tap)));
}

/**
 * One channel per group, four channels to a vector: a band of the padded image is stored with the four channels of a pixel
 * side by side, so that any stride and dilation reads whole vectors; then the outputs are spread over their planes.
 *
 * tables: tap offsets u32[taps]     workspace: band f32[rows][columns][4]
 *
 * blockPixels counts output rows here. Items are images x fours of groups x bands.
 */
export function convDepthwise(conv: Conv, begin: i32, end: i32): void {
  const bands: i32 = tilesOf(conv.outHeight, conv.blockPixels);
  const fours: i32 = tilesOf(conv.groups, DEPTHWISE_CHANNELS);
  clearBand(conv);
  for (let item = begin; item < end; ++item) {
    const four = item / bands;
    const image = four / fours;
    convBand(conv, image, four - image * fours, (item - four * bands) * conv.blockPixels);
  }
}

/** All filters of four groups over a band that begins with output row y. */
function convBand(conv: Conv, image: i32, four: i32, y: i32): void {
  const group = four * DEPTHWISE_CHANNELS;
  const channels = min(conv.groups - group, DEPTHWISE_CHANNELS);
  const rows = min(conv.blockPixels, conv.outHeight - y);
  const filterBytes = <usize>(conv.taps + 1) * PIXEL_BYTES;
  const outPlane = conv.outPlaneBytes;
  interleave(conv, conv.inputOf(image, group), channels, y, rows);
  let to = conv.outputOf(image, group) + floats(y * conv.outWidth);
  let weights = conv.weights + <usize>four * <usize>foursBytes(conv.filters, conv.taps);
  for (let filter = 0; filter < conv.filters; ++filter) {
    convRows(conv, weights, channels, rows, to);
    finish(conv, to, <usize>conv.filters * outPlane, channels, rows * conv.outWidth);
    weights += filterBytes;
    to += outPlane;
  }
}

/** One filter of each channel over a band. The last rows may be computed twice, with those before them. */
function convRows(conv: Conv, weights: usize, channels: i32, rows: i32, output: usize): void {
  const pitch = interleavedPitch(conv);
  const down = <usize>conv.strideHeight * pitch;
  const right = <usize>conv.strideWidth * PIXEL_BYTES;
  const rowBytes = floats(conv.outWidth);
  const planeBytes = <usize>conv.filters * conv.outPlaneBytes;
  const band = conv.scratch;
  const wide5 = conv.kernelWidth == 5 && conv.dilationWidth == 1;
  const tapPitch = <usize>conv.dilationHeight * pitch;
  for (let y = 0; y < rows; y += 2) {
    const top = <usize>max(min(y, rows - 2), 0);
    const from = band + top * down;
    const to = output + top * rowBytes;
    const next: usize = rows > 1 ? down : 0;
    const nextRow: usize = rows > 1 ? rowBytes : 0;
    if (wide5 && conv.strideWidth == 1)
      tile2x4wide5(conv, weights, from, next, tapPitch, to, nextRow, planeBytes, channels);
    else if (wide5 && conv.strideWidth == 2)
      tile2x4wide5by2(conv, weights, from, next, tapPitch, to, nextRow, planeBytes, channels);
    else tile2x4(conv, weights, from, next, right, to, nextRow, planeBytes, channels);
  }
}
