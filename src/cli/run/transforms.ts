/**
 * torchvision's transforms of a PIL image, by their names: Resize with bilinear interpolation, which PIL always smooths,
 * CenterCrop, ToTensor and Normalize.
 */
import { Tensor } from "../../index.ts";
import type { Picture } from "./picture.ts";

/** A part of a picture. */
interface Box {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/**
 * torchvision.transforms.Resize(length): the shorter side gets this length, the longer one keeps the proportion. Then
 * CenterCrop(size), where one is given: only what it needs is computed, for a thin picture would become a huge one.
 */
export function resizeShorter(picture: Picture, length: number, size?: number): Picture {
  const { width, height } = picture;
  const longer = Math.trunc((length * Math.max(width, height)) / Math.min(width, height));
  const [rows, columns] = width < height ? [longer, length] : [length, longer];
  return resize(picture, rows, columns, size === undefined ? undefined : centerBox(rows, columns, size, size));
}

/** Of a picture of height and width, what torchvision.transforms.CenterCrop((rows, columns)) leaves. */
export const centerBox = (height: number, width: number, rows: number, columns: number): Box => ({
  top: halfOf(height - rows),
  left: halfOf(width - columns),
  height: rows,
  width: columns,
});

/** Rows that were narrowed and are needed again are kept up to so many bytes. */
const KEPT_BYTES = 2 ** 25;

/**
 * torchvision.transforms.Resize((height, width)).
 * @param box the part of the result that is wanted; default all of it
 */
export function resize(
  picture: Picture,
  height: number,
  width: number,
  box: Box = { top: 0, left: 0, height, width },
): Picture {
  const { channels } = picture;
  const across = windows(picture.width, width, box.left, box.width);
  const row = box.width * channels;
  const kept = new Map<number, Uint8ClampedArray>();
  const narrowed = (y: number): Uint8ClampedArray => {
    const known = kept.get(y);
    if (known !== undefined) return known;
    // between the two passes PIL rounds to eight bits, too
    const made = narrow(picture, y, across);
    if (kept.size * row < KEPT_BYTES) kept.set(y, made);
    return made;
  };
  const resized = new Uint8ClampedArray(box.height * row);
  const sums = new Float64Array(row);
  for (const [y, { first, weights }] of windows(picture.height, height, box.top, box.height).entries()) {
    for (const each of kept.keys()) if (each < first) kept.delete(each);
    sums.fill(HALF);
    for (const [tap, weight] of weights.entries()) {
      if (weight === 0) continue;
      const values = narrowed(first + tap);
      for (let at = 0; at < row; ++at) sums[at]! += weight * values[at]!;
    }
    for (let at = 0; at < row; ++at) resized[y * row + at] = Math.floor(sums[at]! / UNIT);
  }
  return { width: box.width, height: box.height, channels, data: resized };
}

/** One row, resized. */
function narrow({ width, channels, data }: Picture, y: number, across: readonly Window[]): Uint8ClampedArray {
  const row = new Uint8ClampedArray(across.length * channels);
  let write = 0;
  for (const { first, weights } of across) {
    for (let channel = 0; channel < channels; ++channel) {
      let sum = HALF;
      let read = (y * width + first) * channels + channel;
      for (let tap = 0; tap < weights.length; ++tap, read += channels) sum += weights[tap]! * data[read]!;
      row[write++] = Math.floor(sum / UNIT);
    }
  }
  return row;
}

/**
 * torchvision.transforms.ToTensor and Normalize(mean, std): from 0 to 1 before the mean is subtracted.
 * @param mean one for each channel, or one for all; so is std
 * @param channelsLast whether the shape is (1, H, W, C) instead of (1, C, H, W)
 */
export function toTensor(
  picture: Picture,
  mean: readonly number[],
  std: readonly number[],
  channelsLast = false,
): Tensor {
  const { width, height, channels, data } = picture;
  const pixels = width * height;
  const values = new Float32Array(channels * pixels);
  const [perChannel, perPixel] = channelsLast ? [1, channels] : [pixels, 1];
  for (let channel = 0; channel < channels; ++channel) {
    const shift = mean[channel % mean.length]!;
    const scale = std[channel % std.length]!;
    for (let pixel = 0; pixel < pixels; ++pixel) {
      values[channel * perChannel + pixel * perPixel] = (data[pixel * channels + channel]! / 255 - shift) / scale;
    }
  }
  return new Tensor(values, channelsLast ? [1, height, width, channels] : [1, channels, height, width]);
}

/** torchvision.transforms.PILToTensor: the bytes themselves. */
export function toBytes({ width, height, channels, data }: Picture, channelsLast: boolean): Tensor<"uint8"> {
  if (channelsLast) return new Tensor(new Uint8Array(data), [1, height, width, channels]);
  const pixels = width * height;
  const values = new Uint8Array(channels * pixels);
  for (let at = 0; at < values.length; ++at) values[at] = data[(at % pixels) * channels + Math.floor(at / pixels)]!;
  return new Tensor(values, [1, channels, height, width]);
}

/** Half of it, to the even number where it lies between two, as Python rounds. */
function halfOf(value: number): number {
  const half = Math.floor(value / 2);
  return value % 2 === 1 && half % 2 === 1 ? half + 1 : half;
}

/** PIL computes with whole numbers of so small a unit, which decides what becomes of a value between two bytes. */
const UNIT = 2 ** 22;
const HALF = UNIT / 2;

/** The pixels that an output is the weighted mean of. */
interface Window {
  readonly first: number;
  /** in units */
  readonly weights: Float64Array;
}

/** A triangle as wide as two pixels of whichever side has the larger ones; for `count` outputs from `begin` on. */
function windows(from: number, to: number, begin: number, count: number): readonly Window[] {
  const scale = from / to;
  const support = Math.max(scale, 1);
  return Array.from({ length: count }, (_, index) => {
    const center = (begin + index + 0.5) * scale;
    const first = Math.max(Math.trunc(center - support + 0.5), 0);
    const end = Math.min(Math.trunc(center + support + 0.5), from);
    const weights = Float64Array.from({ length: end - first }, (_, tap) =>
      Math.max(1 - Math.abs((first + tap - center + 0.5) / support), 0),
    );
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return { first, weights: weights.map((weight) => Math.floor(0.5 + (weight / sum) * UNIT)) };
  });
}
