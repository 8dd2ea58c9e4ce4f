import { floats } from "../../floats";
import { Conv } from "../../params";
import { transformInput } from "./points";

/** Bytes in a row of a patch: four tiles of F(4x4) span 18 floats. */
// @ts-ignore: decorator
@inline
const PITCH: usize = 80;

/**
 * B^T d B for up to four neighbouring tiles of one channel, whose first padded row and column are y and x.
 *
 * Lane i of each vector is tile i; point p goes to `to` + p * pointBytes. The columns are transformed in place,
 * five vectors side by side; the rows, once the four tiles are spread over the lanes.
 */
export function transformPatch(conv: Conv, plane: usize, m: i32, y: i32, x: i32, to: usize, pointBytes: usize): void {
  const patch = conv.scratch;
  const lines = patch + 6 * PITCH;
  const vectors = m == 4 ? 5 : 3;
  let from = insidePatch(conv, plane, y, x, vectors << 2);
  let rowBytes = floats(conv.width);
  if (!from) {
    copyPatch(conv, plane, y, x, vectors << 2, patch);
    from = patch;
    rowBytes = PITCH;
  }
  for (let to = lines, end = lines + ((<usize>vectors) << 4); to < end; to += 16, from += 16)
    transformColumns(from, rowBytes, to);
  if (m == 4) spread4(lines, to, pointBytes);
  else spread2(lines, to, pointBytes);
}

// @ts-ignore: decorator
@inline
function transformColumns(from: usize, rowBytes: usize, to: usize): void {
  const row2 = from + 2 * rowBytes;
  const row4 = row2 + 2 * rowBytes;
  transformInput(
    v128.load(from),
    v128.load(from + rowBytes),
    v128.load(row2),
    v128.load(row2 + rowBytes),
    v128.load(row4),
    v128.load(row4 + rowBytes),
    to,
    PITCH,
  );
}

/** Where the patch starts in the image, or 0 if part of it is padding. */
function insidePatch(conv: Conv, plane: usize, y: i32, x: i32, count: i32): usize {
  if (conv.dilationHeight != 1 || conv.dilationWidth != 1) return 0;
  const left = x - conv.padLeft;
  if (left < 0 || left + count > conv.width) return 0;
  const top = y - conv.padTop;
  if (top < 0 || top + 6 > conv.height) return 0;
  return plane + floats(top * conv.width + left);
}

/**
 * Copies six rows of `count` floats of the padded image, or of one of its grids. The tables reach past the last output's
 * window, with zeros there.
 */
function copyPatch(conv: Conv, plane: usize, y: i32, x: i32, count: i32, to: usize): void {
  const dilation = conv.dilationWidth;
  // columns [begin, end) are those of the image, and adjacent
  const begin = dilation == 1 ? min(max(conv.padLeft - x, 0), count) : count;
  const end = dilation == 1 ? max(min(conv.padLeft + conv.width - x, count), begin) : count;
  const cols = conv.cols + floats(x);
  for (let row = 0; row < 6; ++row, to += PITCH) {
    const source = load<i32>(conv.rows + floats(y + row * conv.dilationHeight));
    if (source < 0) {
      for (let i: usize = 0; i < PITCH; i += 16) v128.store(to + i, f32x4.splat(0));
      continue;
    }
    const from = plane + floats(source * conv.width);
    copyColumns(cols, dilation, from, 0, begin, to);
    let i = begin;
    const image = from + floats(x - conv.padLeft);
    for (; i + 4 <= end; i += 4) v128.store(to + floats(i), v128.load(image + floats(i)));
    for (; i < end; ++i) store<f32>(to + floats(i), load<f32>(image + floats(i)));
    copyColumns(cols, dilation, from, end, count, to);
  }
}

/** Columns [begin, end) of a patch by the column table. */
function copyColumns(cols: usize, dilation: i32, from: usize, begin: i32, end: i32, to: usize): void {
  for (let i = begin; i < end; ++i) {
    const column = load<i32>(cols + floats(i * dilation));
    store<f32>(to + floats(i), column < 0 ? 0 : load<f32>(from + floats(column)));
  }
}

/** Tiles four columns apart: the transposed vectors are columns 0 to 3 of the four tiles. */
function spread4(line: usize, to: usize, pointBytes: usize): void {
  for (const end = line + 6 * PITCH; line < end; line += PITCH) {
    const v0 = v128.load(line);
    const v1 = v128.load(line, 16);
    const v2 = v128.load(line, 32);
    const v3 = v128.load(line, 48);
    const v4 = v128.load(line, 64);
    const low01 = v128.shuffle<f32>(v0, v1, 0, 4, 1, 5);
    const low23 = v128.shuffle<f32>(v2, v3, 0, 4, 1, 5);
    const high01 = v128.shuffle<f32>(v0, v1, 2, 6, 3, 7);
    const high23 = v128.shuffle<f32>(v2, v3, 2, 6, 3, 7);
    const c0 = v128.shuffle<f32>(low01, low23, 0, 1, 4, 5);
    const c1 = v128.shuffle<f32>(low01, low23, 2, 3, 6, 7);
    transformInput(
      c0,
      c1,
      v128.shuffle<f32>(high01, high23, 0, 1, 4, 5),
      v128.shuffle<f32>(high01, high23, 2, 3, 6, 7),
      v128.shuffle<f32>(c0, v4, 1, 2, 3, 4),
      v128.shuffle<f32>(c1, v4, 1, 2, 3, 5),
      to,
      pointBytes,
    );
    to += 6 * pointBytes;
  }
}

/** Tiles two columns apart: even and odd columns. */
function spread2(line: usize, to: usize, pointBytes: usize): void {
  for (const end = line + 6 * PITCH; line < end; line += PITCH) {
    const v0 = v128.load(line);
    const v1 = v128.load(line, 16);
    const v2 = v128.load(line, 32);
    const c0 = v128.shuffle<f32>(v0, v1, 0, 2, 4, 6);
    const c1 = v128.shuffle<f32>(v0, v1, 1, 3, 5, 7);
    transformInput(
      c0,
      c1,
      v128.shuffle<f32>(c0, v2, 1, 2, 3, 4),
      v128.shuffle<f32>(c1, v2, 1, 2, 3, 5),
      v128.shuffle<f32>(v1, v2, 0, 2, 4, 6),
      v128.shuffle<f32>(v1, v2, 1, 3, 5, 7),
      to,
      pointBytes,
    );
    to += 6 * pointBytes;
  }
}
