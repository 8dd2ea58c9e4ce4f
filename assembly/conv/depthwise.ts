import { DEPTHWISE_FLOATS } from "../blocking";
import { finish } from "../epilogue";
import { copyTile } from "../gemm/edge";
import { Conv } from "../params";
import { madd } from "../simd";
import { bandAt, bandPitch, prepareBand, storeBand } from "./band";
import { depthwise3x3 } from "./depthwise3x3";
import { packPanels } from "./pack-weights";

export function packDepthwise(conv: Conv): void {
  packPanels(conv, 1);
}

/**
 * One channel a group: each filter slides over one padded plane.
 *
 * workspace: tile f32[4][8] | tables | band of one channel and blockPixels output rows
 */
export function convDepthwise(conv: Conv): void {
  const plane = (<usize>conv.height * conv.width) << 2;
  const outPlane = (<usize>conv.pixels) << 2;
  const filterBytes = (<usize>(conv.taps + 1)) << 2;
  const tables = conv.workspace + DEPTHWISE_FLOATS * 4;
  const band = bandAt(conv, tables);
  prepareBand(conv, 1, tables);
  let input = conv.input;
  let output = conv.output;
  for (let n = 0; n < conv.batch; ++n) {
    let packed = conv.packed;
    for (let group = 0; group < conv.groups; ++group) {
      for (let y = 0; y < conv.outHeight; y += conv.blockPixels) {
        const rows = min(conv.blockPixels, conv.outHeight - y);
        storeBand(conv, input, y, rows, tables, band);
        let to = output + ((<usize>(y * conv.outWidth)) << 2);
        let weights = packed;
        for (let filter = 0; filter < conv.filters; ++filter) {
          convPlane(conv, weights, rows, band, tables, to);
          finish(conv, to, 0, 1, rows * conv.outWidth);
          weights += filterBytes;
          to += outPlane;
        }
      }
      input += plane;
      output += <usize>conv.filters * outPlane;
      packed += <usize>conv.filters * filterBytes;
    }
  }
}

/**
 * One filter over a band, four rows at a time. The last rows and columns are moved back into the map, where they compute
 * some outputs twice; a map that is smaller than a tile goes through the workspace.
 */
function convPlane(conv: Conv, weights: usize, rows: i32, band: usize, offsets: usize, output: usize): void {
  const width = conv.outWidth;
  const pitch = (<usize>bandPitch(conv)) << 2;
  const rowBytes = (<usize>width) << 2;
  const fits = rows >= 4;
  const small = conv.kernelHeight == 3 && conv.kernelWidth == 3 && fits && width >= 4;
  for (let y = 0; y < rows; y += 4) {
    const top = fits ? min(y, rows - 4) : y;
    const from = band + <usize>top * pitch;
    const to = output + <usize>top * rowBytes;
    if (small && depthwise3x3(conv, weights, from, pitch, offsets, to)) continue;
    for (let x = 0; x < width; x += 8) {
      if (fits && width >= 8) {
        const left = (<usize>min(x, width - 8)) << 2;
        depthwise4x8(conv.taps, weights, from + left, pitch, offsets, to + left, rowBytes);
      } else {
        const left = (<usize>x) << 2;
        depthwise4x8(conv.taps, weights, from + left, pitch, offsets, conv.workspace, 32);
        copyTile(conv.workspace, 32, to + left, rowBytes, min(rows - top, 4), min(width - x, 8));
      }
    }
  }
}

function depthwise4x8(taps: i32, w: usize, x: usize, pitch: usize, offsets: usize, c: usize, rowBytes: usize): void {
  let c00: v128, c01: v128, c10: v128, c11: v128, c20: v128, c21: v128, c30: v128, c31: v128;
  c00 = c01 = c10 = c11 = c20 = c21 = c30 = c31 = v128.load32_splat(w);
  for (const end = offsets + ((<usize>taps) << 2); offsets < end; offsets += 4) {
    w += 4;
    const weight = v128.load32_splat(w);
    const x0 = x + load<u32>(offsets);
    c00 = madd(weight, v128.load(x0), c00);
    c01 = madd(weight, v128.load(x0, 16), c01);
    const x1 = x0 + pitch;
    c10 = madd(weight, v128.load(x1), c10);
    c11 = madd(weight, v128.load(x1, 16), c11);
    const x2 = x1 + pitch;
    c20 = madd(weight, v128.load(x2), c20);
    c21 = madd(weight, v128.load(x2, 16), c21);
    const x3 = x2 + pitch;
    c30 = madd(weight, v128.load(x3), c30);
    c31 = madd(weight, v128.load(x3, 16), c31);
  }
  v128.store(c, c00);
  v128.store(c, c01, 16);
  c += rowBytes;
  v128.store(c, c10);
  v128.store(c, c11, 16);
  c += rowBytes;
  v128.store(c, c20);
  v128.store(c, c21, 16);
  c += rowBytes;
  v128.store(c, c30);
  v128.store(c, c31, 16);
}
