import { Tensor } from "convwasm";
import type { LayerData } from "./engines/engine.ts";
import { seedOf } from "./harness.ts";
import type { Layer } from "./layers.ts";

/** Allowed difference, by the largest result: sums of up to 20,000 float32 products in any order, Winograd's included. */
export const TOLERANCE = 3e-5;
const SPOTS = 64;

/** Repeatable values that give results of the order of 1. */
export function layerData({ name, shape }: Layer): LayerData {
  const { batch, channels, height, width, filters, kernel, groups } = shape;
  const seed = seedOf(name);
  const values = (count: number, scale: number, offset: number) =>
    Tensor.rand([count], seed + offset).data.map((value) => (2 * value - 1) * scale);
  const depth = (channels / groups) * kernel[0] * kernel[1];
  return {
    input: values(batch * channels * height * width, 1, 0),
    weight: values(filters * depth, 3 / Math.sqrt(depth), 1),
    bias: values(filters, 1, 2),
  };
}

/** @returns the fault in `actual`, if any */
export function difference(actual: Float32Array, expected: ArrayLike<number>): string | undefined {
  if (actual.length !== expected.length) return `${actual.length} values instead of ${expected.length}`;
  let largest = 0;
  for (let i = 0; i < expected.length; ++i) largest = Math.max(largest, Math.abs(expected[i]!));
  let worst = 0;
  let at = 0;
  for (let i = 0; i < expected.length; ++i) {
    const error = Math.abs(actual[i]! - expected[i]!);
    // NaN counts as the worst
    if (!(error <= worst)) {
      worst = error;
      at = i;
    }
  }
  if (worst <= TOLERANCE * largest) return undefined;
  return `value ${at} is ${actual[at]} instead of ${expected[at]}, and the largest is ${largest}`;
}

/** Compares some results, corners among them, with the plain sum in float64. @returns the fault, if any */
export function plainSumDifference(layer: Layer, data: LayerData, output: Float32Array): string | undefined {
  return spotDifference(layer.name, output, layer.outputShape, (spot) => plainSum(layer, data, spot));
}

function spotDifference(
  name: string,
  actual: Float32Array,
  shape: readonly number[],
  expected: (index: number) => number,
): string | undefined {
  const count = shape.reduce((product, length) => product * length);
  const width = shape.at(-1)!;
  if (actual.length !== count) return `${actual.length} values instead of ${count}`;
  const random = Tensor.rand([SPOTS], seedOf(name)).data;
  const spots = [0, width - 1, count - width, count - 1, ...random.map((value) => Math.floor(value * count))];
  return difference(
    Float32Array.from(spots, (spot) => actual[spot]!),
    spots.map(expected),
  );
}

/** As {@link plainSumDifference}, of the gradient with respect to the layer's input. */
export function inputGradientDifference(
  layer: Layer,
  weight: Float32Array,
  gradient: Float32Array,
  actual: Float32Array,
): string | undefined {
  const { batch, channels, height, width, filters, kernel, stride, padding, dilation, groups } = layer.shape;
  const [, , outHeight, outWidth] = layer.outputShape;
  const depth = channels / groups;
  const groupFilters = filters / groups;
  return spotDifference(layer.name, actual, [batch, channels, height, width], (index) => {
    const x = index % width;
    const y = Math.floor(index / width) % height;
    const channel = Math.floor(index / (width * height)) % channels;
    const image = Math.floor(index / (width * height * channels));
    const group = Math.floor(channel / depth);
    let sum = 0;
    for (let r = 0; r < kernel[0]; ++r) {
      const row = (y + padding[0] - r * dilation[0]) / stride[0];
      if (!Number.isInteger(row) || row < 0 || row >= outHeight) continue;
      for (let s = 0; s < kernel[1]; ++s) {
        const column = (x + padding[1] - s * dilation[1]) / stride[1];
        if (!Number.isInteger(column) || column < 0 || column >= outWidth) continue;
        for (let filter = group * groupFilters; filter < (group + 1) * groupFilters; ++filter) {
          const tap = weight[((filter * depth + (channel % depth)) * kernel[0] + r) * kernel[1] + s]!;
          sum += tap * gradient[((image * filters + filter) * outHeight + row) * outWidth + column]!;
        }
      }
    }
    return sum;
  });
}

/** As {@link plainSumDifference}, of the gradient with respect to the layer's weight. */
export function weightGradientDifference(
  layer: Layer,
  input: Float32Array,
  gradient: Float32Array,
  actual: Float32Array,
): string | undefined {
  const { batch, channels, height, width, filters, kernel, stride, padding, dilation, groups } = layer.shape;
  const [, , outHeight, outWidth] = layer.outputShape;
  const depth = channels / groups;
  return spotDifference(layer.name, actual, [filters, depth, ...kernel], (index) => {
    const s = index % kernel[1];
    const r = Math.floor(index / kernel[1]) % kernel[0];
    const c = Math.floor(index / (kernel[1] * kernel[0])) % depth;
    const filter = Math.floor(index / (kernel[1] * kernel[0] * depth));
    const channel = Math.floor(filter / (filters / groups)) * depth + c;
    let sum = 0;
    for (let image = 0; image < batch; ++image) {
      for (let y = 0; y < outHeight; ++y) {
        const row = y * stride[0] - padding[0] + r * dilation[0];
        if (row < 0 || row >= height) continue;
        for (let x = 0; x < outWidth; ++x) {
          const column = x * stride[1] - padding[1] + s * dilation[1];
          if (column < 0 || column >= width) continue;
          const value = input[((image * channels + channel) * height + row) * width + column]!;
          sum += value * gradient[((image * filters + filter) * outHeight + y) * outWidth + x]!;
        }
      }
    }
    return sum;
  });
}

function plainSum({ shape, outputShape }: Layer, { input, weight, bias }: LayerData, index: number): number {
  const { channels, height, width, kernel, stride, padding, dilation, groups } = shape;
  const [, filters, outHeight, outWidth] = outputShape;
  const x = index % outWidth;
  const y = Math.floor(index / outWidth) % outHeight;
  const filter = Math.floor(index / (outWidth * outHeight)) % filters;
  const image = Math.floor(index / (outWidth * outHeight * filters));
  const depth = channels / groups;
  const firstChannel = image * channels + Math.floor(filter / (filters / groups)) * depth;
  let sum = bias[filter]!;
  for (let c = 0; c < depth; ++c) {
    for (let r = 0; r < kernel[0]; ++r) {
      const row = y * stride[0] - padding[0] + r * dilation[0];
      if (row < 0 || row >= height) continue;
      for (let s = 0; s < kernel[1]; ++s) {
        const column = x * stride[1] - padding[1] + s * dilation[1];
        if (column < 0 || column >= width) continue;
        const tap = weight[((filter * depth + c) * kernel[0] + r) * kernel[1] + s]!;
        sum += tap * input[((firstChannel + c) * height + row) * width + column]!;
      }
    }
  }
  return sum;
}
