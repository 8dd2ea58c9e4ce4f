/**
 * torchvision's transforms of a PIL image, by their names: Resize with bilinear interpolation, which PIL always smooths,
 * CenterCrop, ToTensor and Normalize.
 */
import { Tensor } from "../../index.ts";
import type { Picture } from "./picture.ts";

/** torchvision.transforms.Resize(length): the shorter side gets this length, the longer one keeps the proportion. */
export function resizeShorter(picture: Picture, length: number): Picture {
  const { width, height } = picture;
  const longer = Math.trunc((length * Math.max(width, height)) / Math.min(width, height));
  return width < height ? resize(picture, longer, length) : resize(picture, length, longer);
}

/** torchvision.transforms.Resize((height, width)). */
export function resize(picture: Picture, height: number, width: number): Picture {
  const narrow = width === picture.width ? picture : resizeRows(picture, width);
  return height === narrow.height ? narrow : resizeColumns(narrow, height);
}

/** torchvision.transforms.CenterCrop((height, width)) of a picture that is at least as large. */
export function centerCrop(picture: Picture, height: number, width: number): Picture {
  const { channels, data } = picture;
  const top = halfOf(picture.height - height);
  const left = halfOf(picture.width - width);
  const cropped = new Uint8Array(height * width * channels);
  for (let y = 0; y < height; ++y) {
    const from = ((top + y) * picture.width + left) * channels;
    cropped.set(data.subarray(from, from + width * channels), y * width * channels);
  }
  return { width, height, channels, data: cropped };
}

/**
 * torchvision.transforms.ToTensor and Normalize(mean, std): (1, C, H, W), from 0 to 1 before the mean is subtracted.
 * @param mean one for each channel, or one for all; so is std
 */
export function toTensor(picture: Picture, mean: readonly number[], std: readonly number[]): Tensor {
  const { width, height, channels, data } = picture;
  const plane = width * height;
  const values = new Float32Array(channels * plane);
  for (let channel = 0; channel < channels; ++channel) {
    const shift = mean[channel % mean.length]!;
    const scale = std[channel % std.length]!;
    for (let pixel = 0; pixel < plane; ++pixel) {
      values[channel * plane + pixel] = (data[pixel * channels + channel]! / 255 - shift) / scale;
    }
  }
  return new Tensor(values, [1, channels, height, width]);
}

/** Half of it, rounded to the even number if it lies between two, as in Python. */
function halfOf(value: number): number {
  const half = Math.floor(value / 2);
  return value % 2 === 1 && half % 2 === 1 ? half + 1 : half;
}

/** PIL computes with whole numbers of this small unit, which decides how values between two bytes are rounded. */
const UNIT = 2 ** 22;
const HALF = UNIT / 2;

/** The pixels of which an output is the weighted mean. */
interface Window {
  readonly first: number;
  /** in units */
  readonly weights: Float64Array;
}

/** A triangle as wide as two pixels of the side with the larger pixels. */
function windows(from: number, to: number): readonly Window[] {
  const scale = from / to;
  const support = Math.max(scale, 1);
  return Array.from({ length: to }, (_, output) => {
    const center = (output + 0.5) * scale;
    const first = Math.max(Math.trunc(center - support + 0.5), 0);
    const end = Math.min(Math.trunc(center + support + 0.5), from);
    const weights = Float64Array.from({ length: end - first }, (_, tap) =>
      Math.max(1 - Math.abs((first + tap - center + 0.5) / support), 0),
    );
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return { first, weights: weights.map((weight) => Math.floor(0.5 + (weight / sum) * UNIT)) };
  });
}

// between the two passes PIL rounds to eight bits, too
function resizeRows({ width: from, height, channels, data }: Picture, width: number): Picture {
  const resized = new Uint8ClampedArray(height * width * channels);
  const across = windows(from, width);
  for (let y = 0, write = 0; y < height; ++y) {
    for (const { first, weights } of across) {
      for (let channel = 0; channel < channels; ++channel) {
        let sum = HALF;
        let read = (y * from + first) * channels + channel;
        for (let tap = 0; tap < weights.length; ++tap, read += channels) sum += weights[tap]! * data[read]!;
        resized[write++] = Math.floor(sum / UNIT);
      }
    }
  }
  return { width, height, channels, data: resized };
}

function resizeColumns({ width, channels, height: from, data }: Picture, height: number): Picture {
  const row = width * channels;
  const resized = new Uint8ClampedArray(height * row);
  const sums = new Float64Array(row);
  for (const [y, { first, weights }] of windows(from, height).entries()) {
    sums.fill(HALF);
    for (let tap = 0; tap < weights.length; ++tap) {
      const weight = weights[tap]!;
      const read = (first + tap) * row;
      for (let at = 0; at < row; ++at) sums[at]! += weight * data[read + at]!;
    }
    for (let at = 0; at < row; ++at) resized[y * row + at] = Math.floor(sums[at]! / UNIT);
  }
  return { width, height, channels, data: resized };
}
