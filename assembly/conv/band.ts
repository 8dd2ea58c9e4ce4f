import { floats } from "../floats";
import { Conv } from "../params";
import { channelBytesOf, PHASE_BYTES, phasesAt, pitchOf, planeBytesOf } from "./band-layout";

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
 * floats, even past the end of an output row: the outputs in between, pitch - outWidth per row, are discarded.
 *
 * Every band has the layout of blockPixels output rows. Columns of zero padding are cleared once per call and stay
 * zero. `tables` say how to fill and read a band, so that no row needs a division; src/conv/band.ts writes them:
 *
 *   tap offsets u32[taps], padded to 16 | phases[strideWidth]
 *
 * A phase is { source i32, first i32, count i32, padded i32 }: its image columns begin at byte `source` of the row, go
 * to float `first`, and are `count`; -1 in count says that no tap falls on the phase; padded is the number of floats
 * that have to be filled from the column table, or 0.
 */

/** Distance between stored rows, in floats. */
// @ts-ignore: decorator
@inline
export function bandPitch(conv: Conv): i32 {
  return pitchOf(conv.outWidth, conv.kernelWidth, conv.dilationWidth, conv.strideWidth);
}

/** Bytes of one stored plane. */
// @ts-ignore: decorator
@inline
function storedBytes(conv: Conv): usize {
  return planeBytesOf(conv.blockPixels, bandPitch(conv), conv.kernelHeight, conv.dilationHeight, conv.strideHeight);
}

/** Bytes of one channel of a band. */
export function bandBytes(conv: Conv): usize {
  return channelBytesOf(conv.strideHeight * conv.strideWidth, <u32>storedBytes(conv), bandPitch(conv));
}

/** Whether any tap falls on this remainder. */
function isRead(phase: i32, taps: i32, dilation: i32, stride: i32): bool {
  for (let tap = 0; tap < taps; ++tap) if ((tap * dilation) % stride == phase) return true;
  return false;
}

/** Stores the rows under output rows [y, y + rows) of the plane at `image`. */
export function storeBand(conv: Conv, image: usize, y: i32, rows: i32, to: usize): void {
  const pitch = floats(bandPitch(conv));
  const stride = conv.strideHeight;
  const plane = storedBytes(conv);
  const width = floats(conv.width);
  const phases = conv.tables + <usize>phasesAt(conv.taps);
  const end = (rows - 1) * stride + (conv.kernelHeight - 1) * conv.dilationHeight + 1;
  const sources = conv.rows + floats(y * stride);
  const bare = conv.strideWidth == 1 && load<i32>(phases, 12) == 0;
  const pair = conv.strideWidth == 2 && isPair(phases);
  for (let phase = 0; phase < stride; ++phase) {
    if (stride == 1 || isRead(phase, conv.kernelHeight, conv.dilationHeight, stride)) {
      let at = to;
      for (let row = phase; row < end; row += stride, at += pitch) {
        const source = load<i32>(sources + floats(row));
        const from: usize = source < 0 ? 0 : image + <usize>source * width;
        if (bare) storeBare(from, phases, at);
        else if (pair && from) splitPair(from, phases, plane, at);
        else storeRow(conv, from, phases, plane, at);
      }
    }
    to += <usize>conv.strideWidth * plane;
  }
}

/** The most common row: stride 1 and zero padding. */
// @ts-ignore: decorator
@inline
function storeBare(row: usize, phase: usize, to: usize): void {
  const inside = to + (load<u32>(phase, 4) << 2);
  const count = load<i32>(phase, 8);
  if (row) copyRow(row + load<i32>(phase), count, inside);
  else clearRow(inside, count);
}

/** Whether both phases of stride 2 are read, the image begins with one and continues with the other, and padding is zero. */
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
    const back = floats(evens - 4);
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
    const inside = to + floats(first);
    if (!row) {
      clearRow(inside, count);
      if (padded) clearRow(to, padded);
      continue;
    }
    const from = row + load<i32>(phases);
    if (stride == 1) copyRow(from, count, inside);
    else copyStrided(from, floats(stride), count, inside);
    if (padded) {
      fillPadding(conv, row, phase, 0, first, to);
      fillPadding(conv, row, phase, first + count, padded, to);
    }
  }
}

function fillPadding(conv: Conv, row: usize, phase: i32, begin: i32, end: i32, to: usize): void {
  for (let i = begin; i < end; ++i) {
    const column = load<i32>(conv.cols + floats(i * conv.strideWidth + phase));
    store<f32>(to + floats(i), column < 0 ? 0 : load<f32>(row + floats(column)));
  }
}

function clearRow(to: usize, count: i32): void {
  for (const end = to + floats(count); to < end; to += 4) store<f32>(to, 0);
}

/** memory.copy would leave the module for rows that are a few vectors long. The last vector may overlap the one before. */
export function copyRow(from: usize, count: i32, to: usize): void {
  if (count < 4) {
    copyStrided(from, 4, count, to);
    return;
  }
  const last = to + floats(count - 4);
  const lastFrom = from + floats(count - 4);
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
