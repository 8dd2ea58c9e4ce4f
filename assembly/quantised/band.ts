import { flipOf } from "./dot";

/** The argument of the kernels that slide windows over planes of bytes. Sizes are those of one group. */
@unmanaged
export class ByteConv {
  /** (batch, groups * channels, height, width), bytes */
  input: usize;
  /** panels of {@link packBytes}; 0 for a maximum */
  weights: usize;
  /** f32 for each filter of every group, or 0 where sums are the results */
  scales: usize;
  /** the zero point of the input, a byte, or 0 for none */
  zero: usize;
  /** (batch, groups * filters, outHeight, outWidth) */
  output: usize;
  /** i32 for each number along the summed axis, whole fours: where its value is, from that of the pixel */
  offsets: usize;
  workspace: usize;
  groups: i32;
  channels: i32;
  filters: i32;
  height: i32;
  width: i32;
  strideHeight: i32;
  strideWidth: i32;
  /** rows and columns within a stride that the window reaches */
  phasesHeight: i32;
  phasesWidth: i32;
  padTop: i32;
  padLeft: i32;
  outHeight: i32;
  outWidth: i32;
  /** pixels of a row of the band */
  pitch: i32;
  /** rows of the band for each channel and phase */
  bandRows: i32;
  /** rows of a phase that a window reaches beyond the one of its pixel */
  reach: i32;
  /** length of the summed axis */
  depth: i32;
  /** pixels at a time, whole tiles of eight; of planes of their own whole rows */
  blockPixels: i32;
  /** filters of an item, whole tiles of four */
  partFilters: i32;
  bandBytes: i32;
  /** whether the image itself is read: each window is one pixel, and all pixels are read */
  flat: i32;
  /** whether the input has a sign */
  signed: i32;
  /** see codes/quantised.ts */
  kind: i32;
  /** of the results */
  outZero: i32;
  /** limits of a result before the zero point is added */
  least: f32;
  most: f32;

  /** pixels of all rows in a row, with those between the rows */
  @inline get pixels(): i32 {
    return (this.outHeight - 1) * this.pitch + this.outWidth;
  }
}

/**
 * Copies the rows of an image that windows of output rows from `first` on read: for each channel, each row and column within
 * a stride has a plane of its own, so that what neighbouring windows read lies side by side:
 *
 *   channel 0                                                  channel 1 ...
 *   +------------------------------------+------------------+
 *   | rows 0, s, 2s ... columns 0, s, 2s | columns 1, s + 1 |   bandRows x pitch each
 *   +------------------------------------+------------------+
 *
 * What is outside of the image holds `outside`.
 *
 * @param flip what each byte of the image is combined with
 */
export function fillBand(
  conv: ByteConv,
  image: usize,
  first: i32,
  rows: i32,
  outside: i32,
  flip: i32,
  to: usize,
): void {
  const pitch = conv.pitch;
  const width = conv.width;
  const skipped = <usize>(conv.bandRows - rows) * pitch;
  const plane = <usize>(conv.height * width);
  for (let channel = 0; channel < conv.channels; ++channel, image += plane) {
    for (let py = 0; py < conv.phasesHeight; ++py) {
      for (let px = 0; px < conv.phasesWidth; ++px) {
        // columns [begin, end) are in the image
        const left = conv.padLeft - px;
        const begin = left > 0 ? min((left + conv.strideWidth - 1) / conv.strideWidth, pitch) : 0;
        const last = width - 1 + left;
        const end = last < 0 ? begin : max(begin, min(last / conv.strideWidth + 1, pitch));
        const column = begin * conv.strideWidth - left;
        for (let y = first; y < first + rows; ++y, to += pitch) {
          const row = y * conv.strideHeight + py - conv.padTop;
          if (<u32>row >= <u32>conv.height) {
            fillBytes(to, outside, pitch);
            continue;
          }
          fillBytes(to, outside, begin);
          pickBytes(to + begin, image + <usize>(row * width + column), conv.strideWidth, flip, end - begin);
          fillBytes(to + end, outside, pitch - end);
        }
        to += skipped;
      }
    }
  }
}

function fillBytes(to: usize, value: i32, count: i32): void {
  for (; count >= 16; count -= 16, to += 16) v128.store(to, i8x16.splat(<i8>value));
  for (; count > 0; --count, ++to) store<u8>(to, <u8>value);
}

/** Every `step`-th byte. */
function pickBytes(to: usize, from: usize, step: i32, flip: i32, count: i32): void {
  const flips = i8x16.splat(<i8>flip);
  if (step == 1) {
    for (; count >= 16; count -= 16, to += 16, from += 16) v128.store(to, v128.xor(v128.load(from), flips));
    if (count & 8) {
      v128.store64_lane(to, v128.xor(v128.load64_zero(from), flips), 0);
      to += 8;
      from += 8;
    }
    if (count & 4) {
      v128.store32_lane(to, v128.xor(v128.load32_zero(from), flips), 0);
      to += 4;
      from += 4;
    }
    count &= 3;
  } else if (step == 2) {
    // the last byte of the second vector is needed by no result of this step, but is there while there is a next one
    for (; count > 16; count -= 16, to += 16, from += 32) {
      const evens = v128.shuffle<u8>(
        v128.load(from),
        v128.load(from, 16),
        0,
        2,
        4,
        6,
        8,
        10,
        12,
        14,
        16,
        18,
        20,
        22,
        24,
        26,
        28,
        30,
      );
      v128.store(to, v128.xor(evens, flips));
    }
  }
  for (; count > 0; --count, ++to, from += step) store<u8>(to, <u8>((<i32>load<u8>(from)) ^ flip));
}

/** Output rows, from the one of the pixel `begin` to that of the last one before `end`, and what windows reach beyond. */
// @ts-ignore: decorator
@inline
export function rowsOf(conv: ByteConv, begin: i32, end: i32): i32 {
  return (end - 1) / conv.pitch - begin / conv.pitch + 1 + conv.reach;
}

/** The zero point of the input as it is multiplied, in a byte of the band. */
export function outsideOf(conv: ByteConv): i32 {
  return (conv.zero ? <i32>load<u8>(conv.zero) : 0) ^ flipOf(conv.signed);
}

/** Copies results of pixels [begin, begin + count), without those between rows, to their plane. */
export function emit(conv: ByteConv, from: usize, plane: usize, begin: i32, count: i32, size: usize): void {
  const pitch = conv.pitch;
  const outWidth = conv.outWidth;
  let y = begin / pitch;
  let x = begin - y * pitch;
  while (count > 0) {
    const taken = pitch == outWidth ? count : min(pitch - x, count);
    const wanted = pitch == outWidth ? count : min(outWidth - x, count);
    if (wanted > 0) copyBytes(plane + <usize>(y * outWidth + x) * size, from, wanted * <i32>size);
    from += <usize>taken * size;
    count -= taken;
    x = 0;
    ++y;
  }
}

/** Copies bytes without writing beyond them. */
function copyBytes(to: usize, from: usize, count: i32): void {
  for (; count >= 16; count -= 16, to += 16, from += 16) v128.store(to, v128.load(from));
  if (count & 8) {
    store<u64>(to, load<u64>(from));
    to += 8;
    from += 8;
  }
  if (count & 4) {
    store<u32>(to, load<u32>(from));
    to += 4;
    from += 4;
  }
  if (count & 2) {
    store<u16>(to, load<u16>(from));
    to += 2;
    from += 2;
  }
  if (count & 1) store<u8>(to, load<u8>(from));
}
