import { GEMM_NR, ROW_BYTES } from "../../blocking";
import { floats } from "../../floats";
import { Conv } from "../../params";
import { TABLE_AT, TAP_BYTES } from "./layout";

/**
 * Implicit im2col: panels of eight output pixels packed straight from the image.
 *
 *   panel 0 (pixels 0..7)         panel 1 (pixels 8..15) ...
 *   +------+------+-----+--------+
 *   | 8 of | 8 of | ... | 8 of   |   k runs over (channel, tap), torch's weight order
 *   | k0   | k0+1 |     | k0+D-1 |
 *   +------+------+-----+--------+
 *
 * Where eight pixels lie in the image is the same for all channels, so it is looked up once per panel, in a table
 * with an entry for each tap, and the loop over the channels only follows the table. An entry is
 *
 *   code i32 | pad | offset i32[8] | mask i32[8]
 *
 * code >= 0: the eight pixels are adjacent, code is their byte offset in the plane.
 * code = GATHER: offset[i] is the byte offset of pixel i, mask[i] is 0 where the padding is zero.
 */
// @ts-ignore: decorator
@inline
const GATHER: i32 = -1;
// @ts-ignore: decorator
@inline
const OFFSETS: usize = 16;
// @ts-ignore: decorator
@inline
const MASKS: usize = 48;

/** Packs pixels [pixel, pixel + count) of the plane at `image` for the summed axis [start, start + depth). */
export function packPixels(conv: Conv, image: usize, pixel: i32, count: i32, start: i32, depth: i32, to: usize): void {
  const table = conv.scratch + TABLE_AT;
  const taps = conv.taps;
  const entries = min(depth, taps);
  const tap = start % taps;
  const plane = conv.planeBytes;
  const channel = image + <usize>(start / taps) * plane;
  if (isFlat(conv)) {
    packFlat(channel + floats(pixel), plane, count, depth, to);
    return;
  }
  for (const end = pixel + count; pixel < end; pixel += GEMM_NR) {
    const valid = min(end - pixel, GEMM_NR);
    fillTable(conv, pixel, valid, tap, entries, table);
    packPanel(channel, plane, tap, taps, depth, table, to);
    to += <usize>depth * ROW_BYTES;
  }
}

/** A 1x1 kernel that reads every pixel once leaves the planes as they are. */
export function isFlat(conv: Conv): bool {
  return (
    conv.taps == 1 &&
    conv.strideHeight == 1 &&
    conv.strideWidth == 1 &&
    conv.outHeight == conv.height &&
    conv.outWidth == conv.width &&
    (conv.padTop | conv.padLeft) == 0
  );
}

/** Panels of adjacent pixels, four at a time while there are as many: a whole cache line or two of each plane at once. */
function packFlat(from: usize, plane: usize, count: i32, depth: i32, to: usize): void {
  const panelBytes = <usize>depth * ROW_BYTES;
  for (; count >= 4 * GEMM_NR; count -= 4 * GEMM_NR) {
    packFour(from, plane, depth, to, panelBytes);
    from += 4 * ROW_BYTES;
    to += 4 * panelBytes;
  }
  for (; count >= GEMM_NR; count -= GEMM_NR) {
    packOne(from, plane, depth, to);
    from += ROW_BYTES;
    to += panelBytes;
  }
  if (count > 0) packPart(from, plane, count, depth, to);
}

function packFour(from: usize, plane: usize, depth: i32, to: usize, panelBytes: usize): void {
  for (const end = to + panelBytes; to < end; to += ROW_BYTES, from += plane) {
    v128.store(to, v128.load(from));
    v128.store(to, v128.load(from, 16), 16);
    v128.store(to + panelBytes, v128.load(from, 32));
    v128.store(to + panelBytes, v128.load(from, 48), 16);
    const at2 = to + 2 * panelBytes;
    v128.store(at2, v128.load(from, 64));
    v128.store(at2, v128.load(from, 80), 16);
    v128.store(at2 + panelBytes, v128.load(from, 96));
    v128.store(at2 + panelBytes, v128.load(from, 112), 16);
  }
}

function packOne(from: usize, plane: usize, depth: i32, to: usize): void {
  for (; depth > 0; --depth, to += ROW_BYTES, from += plane) {
    v128.store(to, v128.load(from));
    v128.store(to, v128.load(from, 16), 16);
  }
}

/** The remaining pixels of a plane, then zeros, so that the product meets no subnormals. */
function packPart(from: usize, plane: usize, count: i32, depth: i32, to: usize): void {
  for (; depth > 0; --depth, from += plane) {
    for (let i = 0; i < GEMM_NR; ++i, to += 4) store<f32>(to, i < count ? load<f32>(from + floats(i)) : 0);
  }
}

function fillTable(conv: Conv, pixel: i32, valid: i32, tap: i32, entries: i32, entry: usize): void {
  const kernelWidth = conv.kernelWidth;
  const taps = conv.taps;
  const y = pixel / conv.outWidth;
  const x = pixel - y * conv.outWidth;
  const oneRow = valid == GEMM_NR && x + GEMM_NR <= conv.outWidth && conv.strideWidth == 1;
  for (let e = 0; e < entries; ++e, entry += TAP_BYTES) {
    const row = tap / kernelWidth;
    const column = (tap - row * kernelWidth) * conv.dilationWidth;
    // in every padding mode the image itself is contiguous within the padded image
    const left = x + column - conv.padLeft;
    const sourceRow = load<i32>(conv.rows + ((y * conv.strideHeight + row * conv.dilationHeight) << 2));
    if (oneRow && sourceRow >= 0 && left >= 0 && left + GEMM_NR <= conv.width) {
      store<i32>(entry, (sourceRow * conv.width + left) << 2);
    } else {
      store<i32>(entry, GATHER);
      gatherEntry(conv, y, x, valid, row * conv.dilationHeight, column, entry);
    }
    if (++tap == taps) tap = 0;
  }
}

function gatherEntry(conv: Conv, y: i32, x: i32, valid: i32, row: i32, column: i32, entry: usize): void {
  for (let i = 0; i < GEMM_NR; ++i, entry += 4) {
    let offset = -1;
    if (i < valid) {
      const sourceRow = load<i32>(conv.rows + ((y * conv.strideHeight + row) << 2));
      const sourceColumn = load<i32>(conv.cols + ((x * conv.strideWidth + column) << 2));
      if ((sourceRow | sourceColumn) >= 0) offset = (sourceRow * conv.width + sourceColumn) << 2;
      if (++x == conv.outWidth) {
        x = 0;
        ++y;
      }
    }
    store<i32>(entry, max(offset, 0), OFFSETS);
    store<i32>(entry, offset < 0 ? 0 : -1, MASKS);
  }
}

function packPanel(channel: usize, plane: usize, tap: i32, taps: i32, depth: i32, table: usize, to: usize): void {
  const tableEnd = table + <usize>min(depth, taps) * TAP_BYTES;
  let entry = table;
  for (const end = to + <usize>depth * ROW_BYTES; to < end; to += ROW_BYTES) {
    const code = load<i32>(entry);
    if (code >= 0) {
      const from = channel + code;
      v128.store(to, v128.load(from));
      v128.store(to, v128.load(from, 16), 16);
    } else {
      v128.store(to, v128.and(gather(channel, entry), v128.load(entry, MASKS)));
      v128.store(to, v128.and(gather(channel, entry + 16), v128.load(entry, MASKS + 16)), 16);
    }
    entry += TAP_BYTES;
    if (entry == tableEnd) entry = table;
    if (++tap == taps) {
      tap = 0;
      channel += plane;
    }
  }
}

// @ts-ignore: decorator
@inline
function gather(channel: usize, entry: usize): v128 {
  let v = v128.load32_zero(channel + load<i32>(entry, OFFSETS));
  v = v128.load32_lane(channel + load<i32>(entry, OFFSETS + 4), v, 1);
  v = v128.load32_lane(channel + load<i32>(entry, OFFSETS + 8), v, 2);
  return v128.load32_lane(channel + load<i32>(entry, OFFSETS + 12), v, 3);
}
