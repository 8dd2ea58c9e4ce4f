import { Tensor } from "convwasm";
import type { LayerData } from "./engines/engine.ts";
import { seedOf } from "./harness.ts";
import type { Layer } from "./layers.ts";

/** Allowed difference, by the largest result: sums of up to 20,000 float32 products in any order, Winograd's included. */
const TOLERANCE = 3e-5;
const SPOTS = 64;

/** Repeatable values, such that results are of the order of 1. */
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

/** @returns what is wrong with `actual`, or nothing */
export function difference(actual: Float32Array, expected: ArrayLike<number>): string | undefined {
  if (actual.length !== expected.length) return `${actual.length} values instead of ${expected.length}`;
  let largest = 0;
  for (let i = 0; i < expected.length; ++i) largest = Math.max(largest, Math.abs(expected[i]!));
  let worst = 0;
  let at = 0;
  for (let i = 0; i < expected.length; ++i) {
    const error = Math.abs(actual[i]! - expected[i]!);
    // not a number counts as the worst
    if (!(error <= worst)) {
      worst = error;
      at = i;
    }
  }
  if (worst <= TOLERANCE * largest) return undefined;
  return `value ${at} is ${actual[at]} instead of ${expected[at]}, and the largest is ${largest}`;
}

/** Compares some results, corners among them, with the plain sum in float64. @returns what is wrong, or nothing */
export function plainSumDifference(layer: Layer, data: LayerData, output: Float32Array): string | undefined {
  const [batch, filters, outHeight, outWidth] = layer.outputShape;
  const count = batch * filters * outHeight * outWidth;
  if (output.length !== count) return `${output.length} values instead of ${count}`;
  const random = Tensor.rand([SPOTS], seedOf(layer.name)).data;
  const spots = [0, outWidth - 1, count - outWidth, count - 1, ...random.map((value) => Math.floor(value * count))];
  return difference(
    Float32Array.from(spots, (spot) => output[spot]!),
    spots.map((spot) => plainSum(layer, data, spot)),
  );
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
