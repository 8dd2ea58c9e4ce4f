import { PHASE_BYTES } from "../blocking";
import { Conv } from "../params";

/**
 * A band of the padded image, laid out so that every tap of every stride is one fixed distance away for all outputs:
 *
 *   padded image, stride 2      stored as four planes, one for each remainder of row and column
 *   a b a b a b                 a a a   b b b   c c c   d d d
 *   c d c d c d                 a a a   b b b   c c c   d d d
 *   a b a b a b
 *   c d c d c d
 *
 * Output (y, x) of the band finds its tap (r, s) at y * pitch + x + offset(r, s), so a run of outputs is a run of
 * floats, even past the end of an output row: the outputs in between, pitch - outWidth a row, are thrown away.
 *
 * Every band has the layout of blockPixels output rows. Where the padding is zero its columns are cleared once and stay
 * so. In front of the band lie the tables that say how to fill and read it, so that no row needs a division:
 *
 *   tap offsets u32[taps], padded to 16 | phases[strideWidth] | band
 *
 * A phase is { source i32, first i32, count i32, padded i32 }: its image columns begin at byte `source` of the row, go
 * to float `first`, and are `count`; -1 in count says that no tap falls on the phase; padded is the number of floats
 * that have to be filled from the column table, or 0.
 */

/** Floats from one stored row to the next. */
// @ts-ignore: decorator
@inline
export function bandPitch(conv: Conv): i32 {
  return conv.outWidth + ((conv.kernelWidth - 1) * conv.dilationWidth) / conv.strideWidth;
}

/** Bytes of one stored plane. */
// @ts-ignore: decorator
@inline
function planeBytes(conv: Conv): usize {
  const rows = conv.blockPixels + ((conv.kernelHeight - 1) * conv.dilationHeight) / conv.strideHeight;
  return (<usize>rows * bandPitch(conv)) << 2;
}

/** Bytes of one channel of a band: its planes, and what the last tile reads past them. */
export function bandBytes(conv: Conv): usize {
  const slack = (<usize>(3 * bandPitch(conv) + 16)) << 2;
  return (<usize>(conv.strideHeight * conv.strideWidth) * planeBytes(conv) + slack + 15) & ~15;
}

// @ts-ignore: decorator
@inline
function phasesAt(conv: Conv, tables: usize): usize {
  return (tables + ((<usize>conv.taps) << 2) + 15) & ~15;
}

/** Where the band of the tables at `tables` begins. */
// @ts-ignore: decorator
@inline
export function bandAt(conv: Conv, tables: usize): usize {
  return phasesAt(conv, tables) + <usize>conv.strideWidth * PHASE_BYTES;
}

/** Writes the tables, and zeros into `channels` bands. */
export function prepareBand(conv: Conv, channels: i32, tables: usize): void {
  writeOffsets(conv, tables);
  const phases = phasesAt(conv, tables);
  for (let phase = 0; phase < conv.strideWidth; ++phase) writePhase(conv, phase, phases + <usize>phase * PHASE_BYTES);
  memory.fill(bandAt(conv, tables), 0, <usize>channels * bandBytes(conv));
}

function writeOffsets(conv: Conv, to: usize): void {
  const plane = planeBytes(conv);
  const pitch = (<usize>bandPitch(conv)) << 2;
  for (let r = 0; r < conv.kernelHeight; ++r) {
    const down = (r * conv.dilationHeight) / conv.strideHeight;
    const rowPhase = r * conv.dilationHeight - down * conv.strideHeight;
    for (let s = 0; s < conv.kernelWidth; ++s, to += 4) {
      const right = (s * conv.dilationWidth) / conv.strideWidth;
      const phase = rowPhase * conv.strideWidth + (s * conv.dilationWidth - right * conv.strideWidth);
      store<u32>(to, <u32>(<usize>phase * plane + <usize>down * pitch + ((<usize>right) << 2)));
    }
  }
}

function writePhase(conv: Conv, phase: i32, to: usize): void {
  const stride = conv.strideWidth;
  const padded = (conv.outWidth - 1) * stride + (conv.kernelWidth - 1) * conv.dilationWidth + 1;
  const total = max((padded - phase + stride - 1) / stride, 0);
  // floats [begin, end) hold the image itself, those around them its padding
  const begin = min(max((conv.padLeft - phase + stride - 1) / stride, 0), total);
  const end = min(max((conv.padLeft + conv.width - phase + stride - 1) / stride, begin), total);
  let filled = false;
  for (let i = 0; i < total; ++i) {
    if ((i < begin || i >= end) && load<i32>(conv.cols + ((i * stride + phase) << 2)) >= 0) filled = true;
  }
  store<i32>(to, (begin * stride + phase - conv.padLeft) << 2);
  store<i32>(to, begin, 4);
  store<i32>(to, isRead(phase, conv.kernelWidth, conv.dilationWidth, stride) ? end - begin : -1, 8);
  store<i32>(to, filled ? total : 0, 12);
}

/** Whether any tap falls on this remainder. */
function isRead(phase: i32, taps: i32, dilation: i32, stride: i32): bool {
  for (let tap = 0; tap < taps; ++tap) if ((tap * dilation) % stride == phase) return true;
  return false;
}

/** Stores the rows under output rows [y, y + rows) of the plane at `image`. */
export function storeBand(conv: Conv, image: usize, y: i32, rows: i32, tables: usize, to: usize): void {
  const pitch = (<usize>bandPitch(conv)) << 2;
  const stride = conv.strideHeight;
  const plane = planeBytes(conv);
  const width = (<usize>conv.width) << 2;
  const phases = phasesAt(conv, tables);
  const end = (rows - 1) * stride + (conv.kernelHeight - 1) * conv.dilationHeight + 1;
  const sources = conv.rows + ((y * stride) << 2);
  const bare = conv.strideWidth == 1 && load<i32>(phases, 12) == 0;
  const pair = conv.strideWidth == 2 && isPair(phases);
  for (let phase = 0; phase < stride; ++phase) {
    if (stride == 1 || isRead(phase, conv.kernelHeight, conv.dilationHeight, stride)) {
      let at = to;
      for (let row = phase; row < end; row += stride, at += pitch) {
        const source = load<i32>(sources + ((<usize>row) << 2));
        const from: usize = source < 0 ? 0 : image + <usize>source * width;
        if (bare) storeBare(from, phases, at);
        else if (pair && from) splitPair(from, phases, plane, at);
        else storeRow(conv, from, phases, plane, at);
      }
    }
    to += <usize>conv.strideWidth * plane;
  }
}

/** The commonest row: stride 1, and padding that is zero. */
// @ts-ignore: decorator
@inline
function storeBare(row: usize, phase: usize, to: usize): void {
  const inside = to + (load<u32>(phase, 4) << 2);
  const count = load<i32>(phase, 8);
  if (row) copyRow(row + load<i32>(phase), count, inside);
  else clearRow(inside, count);
}

/** Whether both phases of stride 2 are read, the image begins with one and goes on with the other, and padding is zero. */
function isPair(phases: usize): bool {
  const second = phases + PHASE_BYTES;
  return (
    (load<i32>(phases) | load<i32>(second)) == 4 &&
    (load<i32>(phases, 12) | load<i32>(second, 12)) == 0 &&
    (load<i32>(phases, 8) | load<i32>(second, 8)) >= 0
  );
}

function splitPair(row: usize, phases: usize, plane: usize, to: usize): void {
  const second = phases + PHASE_BYTES;
  const swapped = load<i32>(phases) == 4;
  const at0 = to + (load<u32>(phases, 4) << 2);
  const at1 = to + plane + (load<u32>(second, 4) << 2);
  let evens = load<i32>(swapped ? second : phases, 8);
  let odds = load<i32>(swapped ? phases : second, 8);
  let even = swapped ? at1 : at0;
  let odd = swapped ? at0 : at1;
  if (evens == odds && evens >= 4) {
    // the last vectors may overlap those before them
    const back = (<usize>(evens - 4)) << 2;
    for (let at: usize = 0; at < back; at += 16) splitVector(row + 2 * at, even + at, odd + at);
    splitVector(row + 2 * back, even + back, odd + back);
    return;
  }
  for (; evens >= 4 && odds >= 4; evens -= 4, odds -= 4, row += 32, even += 16, odd += 16) splitVector(row, even, odd);
  copyStrided(row, 8, evens, even);
  copyStrided(row + 4, 8, odds, odd);
}

// @ts-ignore: decorator
@inline
function splitVector(row: usize, even: usize, odd: usize): void {
  const low = v128.load(row);
  const high = v128.load(row, 16);
  v128.store(even, v128.shuffle<f32>(low, high, 0, 2, 4, 6));
  v128.store(odd, v128.shuffle<f32>(low, high, 1, 3, 5, 7));
}

/** Stores a padded row, or zeros for row 0, phase by phase. */
function storeRow(conv: Conv, row: usize, phases: usize, plane: usize, to: usize): void {
  const stride = conv.strideWidth;
  for (let phase = 0; phase < stride; ++phase, phases += PHASE_BYTES, to += plane) {
    const count = load<i32>(phases, 8);
    if (count < 0) continue;
    const first = load<i32>(phases, 4);
    const padded = load<i32>(phases, 12);
    const inside = to + ((<usize>first) << 2);
    if (!row) {
      clearRow(inside, count);
      if (padded) clearRow(to, padded);
      continue;
    }
    const from = row + load<i32>(phases);
    if (stride == 1) copyRow(from, count, inside);
    else copyStrided(from, (<usize>stride) << 2, count, inside);
    if (padded) {
      fillPadding(conv, row, phase, 0, first, to);
      fillPadding(conv, row, phase, first + count, padded, to);
    }
  }
}

function fillPadding(conv: Conv, row: usize, phase: i32, begin: i32, end: i32, to: usize): void {
  for (let i = begin; i < end; ++i) {
    const column = load<i32>(conv.cols + ((i * conv.strideWidth + phase) << 2));
    store<f32>(to + ((<usize>i) << 2), column < 0 ? 0 : load<f32>(row + ((<usize>column) << 2)));
  }
}

function clearRow(to: usize, count: i32): void {
  for (const end = to + ((<usize>count) << 2); to < end; to += 4) store<f32>(to, 0);
}

/** memory.copy would leave the module for rows that are a few vectors long. The last vector may overlap the one before. */
export function copyRow(from: usize, count: i32, to: usize): void {
  if (count < 4) {
    copyStrided(from, 4, count, to);
    return;
  }
  const last = to + ((<usize>(count - 4)) << 2);
  const lastFrom = from + ((<usize>(count - 4)) << 2);
  for (; to < last; to += 16, from += 16) v128.store(to, v128.load(from));
  v128.store(last, v128.load(lastFrom));
}

function copyStrided(from: usize, strideBytes: usize, count: i32, to: usize): void {
  for (; count > 0; --count) {
    store<f32>(to, load<f32>(from));
    from += strideBytes;
    to += 4;
  }
}
