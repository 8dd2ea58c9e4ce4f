import { DEPTHWISE_CHANNELS } from "../blocking";
import { finish } from "../epilogue";
import { Conv } from "../params";
import { interleave, interleavedBand, interleavedPitch, prepareInterleaved } from "./interleaved";
import { tile2x4, tile2x4wide5, tile2x4wide5by2 } from "./depthwise-tiles";

/**
 * Weights of four channels side by side, for each filter of a channel:
 *
 *   channels 0..3, filter 0: bias x4 | tap 0 x4 | tap 1 x4 | ...
 *                  filter 1: ...
 *
 * Channels that are not there have zeros.
 */
export function packDepthwise(conv: Conv): void {
  let to = conv.packed;
  for (let group = 0; group < conv.groups; group += DEPTHWISE_CHANNELS) {
    const count = min(conv.groups - group, DEPTHWISE_CHANNELS);
    for (let filter = 0; filter < conv.filters; ++filter) {
      for (let tap = -1; tap < conv.taps; ++tap) {
        for (let i = 0; i < DEPTHWISE_CHANNELS; ++i, to += 4) {
          store<f32>(to, i < count ? weightAt(conv, (group + i) * conv.filters + filter, tap) : 0);
        }
      }
    }
  }
}

/** Weight `tap` of a filter, or its bias for -1. */
function weightAt(conv: Conv, filter: i32, tap: i32): f32 {
  if (tap >= 0) return load<f32>(conv.weight + ((<usize>(filter * conv.taps + tap)) << 2));
  return conv.bias ? load<f32>(conv.bias + ((<usize>filter) << 2)) : 0;
}

/**
 * One channel a group, four channels to a vector: a band of the padded image is stored with the four channels of a pixel
 * side by side, where any stride and dilation reads whole vectors, and the outputs are spread over their planes again.
 *
 * workspace: tap offsets u32[taps], padded to 16 | band f32[rows][columns][4]
 *
 * blockPixels counts output rows here.
 */
export function convDepthwise(conv: Conv): void {
  const plane = (<usize>conv.height * conv.width) << 2;
  const outPlane = (<usize>conv.pixels) << 2;
  const filterBytes = (<usize>(conv.taps + 1)) << 4;
  prepareInterleaved(conv);
  let input = conv.input;
  let output = conv.output;
  for (let n = 0; n < conv.batch; ++n) {
    let packed = conv.packed;
    for (let group = 0; group < conv.groups; group += DEPTHWISE_CHANNELS) {
      const channels = min(conv.groups - group, DEPTHWISE_CHANNELS);
      for (let y = 0; y < conv.outHeight; y += conv.blockPixels) {
        const rows = min(conv.blockPixels, conv.outHeight - y);
        interleave(conv, input, channels, y, rows);
        let to = output + ((<usize>(y * conv.outWidth)) << 2);
        let weights = packed;
        for (let filter = 0; filter < conv.filters; ++filter) {
          convRows(conv, weights, channels, rows, to);
          finish(conv, to, <usize>conv.filters * outPlane, channels, rows * conv.outWidth);
          weights += filterBytes;
          to += outPlane;
        }
      }
      input += <usize>channels * plane;
      output += <usize>(channels * conv.filters) * outPlane;
      packed += <usize>conv.filters * filterBytes;
    }
  }
}

/** One filter of each channel over a band. The last rows may be computed twice, with those before them. */
function convRows(conv: Conv, weights: usize, channels: i32, rows: i32, output: usize): void {
  const pitch = interleavedPitch(conv);
  const down = <usize>conv.strideHeight * pitch;
  const right = (<usize>conv.strideWidth) << 4;
  const rowBytes = (<usize>conv.outWidth) << 2;
  const planeBytes = (<usize>conv.filters * conv.pixels) << 2;
  const band = interleavedBand(conv);
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
