/** Random geometry of convolutions and transposed convolutions, for the tests of both and of their gradients. */

import fc from "fast-check";
import { conv2d, convTranspose2d, Tensor } from "../../src/index.ts";
import type * as reference from "./reference.ts";
import { randoms, sizeOf } from "./reference.ts";
import * as family from "./transposed-reference.ts";
import { roundingDifference } from "./transposed-reference.ts";

type Quad = [number, number, number, number];
type Two = [number, number];

export interface Transposed {
  input: Quad;
  weight: Quad;
  bias: boolean;
  options: { stride: Two; padding: Two; outputPadding: Two; dilation: Two; groups: number };
  output: Quad;
  seed: number;
}

export interface Forward {
  input: Quad;
  weight: Quad;
  options: {
    stride: Two;
    padding: Two | "same" | "valid";
    dilation: Two;
    groups: number;
    paddingMode: reference.PaddingMode;
  };
  output: Quad;
  seed: number;
}

/** Mostly small numbers, sometimes one up to `largest`. */
export const count = (largest: number) =>
  fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 1, max: 4 }) }, fc.integer({ min: 1, max: largest }));

const axis = fc.record({
  kernel: fc.integer({ min: 1, max: 5 }),
  stride: fc.integer({ min: 1, max: 4 }),
  dilation: fc.integer({ min: 1, max: 3 }),
  padding: fc.integer({ min: 0, max: 4 }),
  extra: fc.nat(3),
  spare: fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 0, max: 7 }) }, fc.integer({ min: 0, max: 26 })),
});

const common = fc.record({
  rows: axis,
  cols: axis,
  batch: fc.constantFrom(0, 1, 1, 1, 2, 2, 3),
  groups: count(6),
  groupChannels: count(14),
  groupFilters: count(13),
  bias: fc.boolean(),
  padding: fc.constantFrom("numbers", "numbers", "numbers", "same", "valid"),
  paddingMode: fc.constantFrom<reference.PaddingMode>("zeros", "zeros", "reflect", "replicate", "circular"),
  seed: fc.nat(0xffffff),
});

// the references are slow: few cases of more than half a million products, and none of many
const affordable = ({ output, weight }: { output: Quad; weight: Quad }) => sizeOf(output) * sizeOf(weight) < 6e6;

/** Any valid transposed convolution: padding is limited to what leaves an output. */
export const transposed = common
  .map(({ rows, cols, batch, groups, groupChannels, groupFilters, bias, seed }): Transposed => {
    const drawn = [rows, cols].map(({ kernel, stride, dilation, padding, extra, spare }) => {
      const outputPadding = extra % Math.max(stride, dilation);
      const longest = spare * stride + dilation * (kernel - 1) + outputPadding;
      return { kernel, stride, dilation, outputPadding, padding: Math.min(padding, longest >> 1), length: spare + 1 };
    });
    const two = (name: keyof (typeof drawn)[0]): Two => [drawn[0]![name], drawn[1]![name]];
    const input: Quad = [batch, groups * groupChannels, ...two("length")];
    const weight: Quad = [groups * groupChannels, groupFilters, ...two("kernel")];
    const options = {
      stride: two("stride"),
      padding: two("padding"),
      outputPadding: two("outputPadding"),
      dilation: two("dilation"),
      groups,
    };
    const output = family.transposedShape(input, weight, options) as Quad;
    return { input, weight, bias, options, output, seed };
  })
  .filter(affordable);

/** Any valid convolution: an axis is as long as its kernel and padding mode need, and `spare` more. */
export const forward = common
  .map(({ rows, cols, batch, groups, groupChannels, groupFilters, padding, paddingMode, seed }): Forward => {
    const drawn = [rows, cols].map(({ kernel, stride, dilation, padding: pads, spare }) => {
      const reach = dilation * (kernel - 1);
      const before = padding === "numbers" ? pads : padding === "same" ? reach >> 1 : 0;
      const after = padding === "same" ? reach - before : before;
      const least = { zeros: 1, replicate: 1, reflect: after + 1, circular: Math.max(after, 1) }[paddingMode];
      const length = Math.max(least, reach + 1 - before - after) + spare;
      const step = padding === "same" ? 1 : stride;
      const out = Math.floor((length + before + after - reach - 1) / step) + 1;
      return { kernel, stride: step, dilation, padding: pads, length, out };
    });
    const two = (name: keyof (typeof drawn)[0]): Two => [drawn[0]![name], drawn[1]![name]];
    return {
      input: [batch, groups * groupChannels, ...two("length")],
      weight: [groups * groupFilters, groupChannels, ...two("kernel")],
      options: {
        stride: two("stride"),
        padding: padding === "numbers" ? two("padding") : (padding as "same" | "valid"),
        dilation: two("dilation"),
        groups,
        paddingMode,
      },
      output: [batch, groups * groupFilters, ...two("out")],
      seed,
    };
  })
  .filter(affordable);

export const tensorOf = (shape: readonly number[], seed: number, numbers = randoms) =>
  new Tensor(numbers(seed, sizeOf(shape)), shape);

/** Input, weight and bias. */
export function argumentsOf(each: Transposed, numbers = randoms): [Tensor, Tensor, Tensor | null] {
  const bias = each.bias ? tensorOf([each.output[1]], each.seed + 2, numbers) : null;
  return [tensorOf(each.input, each.seed, numbers), tensorOf(each.weight, each.seed + 1, numbers), bias];
}

/** Input, weight and the gradient of the output. */
export const gradientArguments = (each: Transposed | Forward, numbers = randoms): [Tensor, Tensor, Tensor] => [
  tensorOf(each.input, each.seed, numbers),
  tensorOf(each.weight, each.seed + 1, numbers),
  tensorOf(each.output, each.seed + 3, numbers),
];

export type Options = Transposed["options"];

/** Leaves NaN wherever a call may leave something in memory. */
export function poison() {
  const nan = (shape: number[]) => new Tensor(new Float32Array(sizeOf(shape)).fill(Number.NaN), shape);
  conv2d(nan([1, 16, 70, 70]), nan([16, 1, 3, 3]), nan([16]), { groups: 16 });
  convTranspose2d(nan([1, 8, 30, 30]), nan([8, 8, 4, 4]), nan([8]), { stride: 2, padding: 1 });
}

/** The first gradient that is not within rounding of the reference, in words. */
export function gradientDifference(
  actual: { input: Tensor; weight: Tensor; bias: Tensor },
  exact: family.Gradients,
  transformed: boolean,
): string | undefined {
  for (const name of ["input", "weight", "bias"] as const) {
    const found = roundingDifference(actual[name], exact[name], transformed && name === "input");
    if (found !== undefined) return `${name} ${found}`;
  }
  return undefined;
}

/** The tensor as a view; what lies around it must not reach a result. */
export function within({ data, shape }: Tensor, offset: number) {
  const larger = new Float32Array(offset + data.length + 5).fill(Number.NaN);
  larger.set(data, offset);
  return { data: larger.subarray(offset, offset + data.length), dims: shape };
}
