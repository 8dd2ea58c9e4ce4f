import { expect, test } from "vitest";
import { accumulateOperator } from "../../src/operators/accumulate.ts";
import { batchNormGradientOperator, batchNormTrainingOperator } from "../../src/operators/batch-norm-training.ts";
import { avgPool2dOperator, maxPool2dOperator, type PoolingOperator } from "../../src/operators/pool.ts";
import { poolGradientOperator } from "../../src/operators/pool-gradient.ts";
import { runGuarded } from "../support/guarded.ts";
import { sizeOf, values } from "../support/reference.ts";

const filled = (seed: number, shape: readonly number[]) => ({ data: values(seed, sizeOf(shape)), shape });

function expectClose(actual: ArrayLike<unknown>, expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  for (const [i, value] of expected.entries()) expect(actual[i]).toBeCloseTo(value, 4);
}

test.each([1, 4, 7])("copies that meet are added up, in rows of %i", (count) => {
  const x = filled(1, [3, count]);
  // rows 0, 1, 2 begin at places 0, 1, 2 of the result, and the last place is 0
  const axes = [
    { count: 3, from: count, to: 1 },
    { count, from: 1, to: 1 },
  ];
  const attributes = { shape: [count + 3], copies: [{ input: 0, from: 0, output: 0, to: 0, axes }] };
  const expected = Array<number>(count + 3).fill(0);
  for (let row = 0; row < 3; ++row) for (let i = 0; i < count; ++i) expected[row + i]! += x.data[row * count + i]!;
  for (let turn = 0; turn < 3; ++turn) {
    expectClose(runGuarded(accumulateOperator, [x], attributes, turn)[0]!.data, expected);
  }
});

/** The places of each channel of (N, C, pixels). */
const placesOf = (batch: number, channels: number, pixels: number, channel: number) =>
  Array.from(
    { length: batch * pixels },
    (_, i) => (Math.floor(i / pixels) * channels + channel) * pixels + (i % pixels),
  );

test.each([
  [3, 2, 1, true],
  [2, 3, 7, true],
  [1, 5, 8, false],
])(
  "batch normalisation of %i images of %i channels of %i pixels, and its gradient",
  (batch, channels, pixels, affine) => {
    const shape = [batch, channels, pixels];
    const [x, g] = [filled(1, shape), filled(2, shape)];
    const [weight, bias] = affine ? [filled(3, [channels]), filled(4, [channels])] : [null, null];
    const eps = 1e-3;
    const [y, ofX] = [x.data, x.data].map(() => Array<number>(x.data.length));
    const [means, variances, ofWeight, ofBias]: number[][] = [[], [], [], []];
    for (let c = 0; c < channels; ++c) {
      const places = placesOf(batch, channels, pixels, c);
      const meanOf = (value: (place: number) => number) => places.reduce((sum, i) => sum + value(i), 0) / places.length;
      const mean = meanOf((i) => x.data[i]!);
      const variance = meanOf((i) => (x.data[i]! - mean) ** 2);
      const normal = (i: number) => (x.data[i]! - mean) / Math.sqrt(variance + eps);
      const w = weight?.data[c] ?? 1;
      const [ofBoth, ofNormal] = [meanOf((i) => g.data[i]!), meanOf((i) => g.data[i]! * normal(i))];
      for (const i of places) {
        y![i] = normal(i) * w + (bias?.data[c] ?? 0);
        ofX![i] = (w / Math.sqrt(variance + eps)) * (g.data[i]! - ofBoth - normal(i) * ofNormal);
      }
      means!.push(mean);
      variances!.push(variance);
      ofWeight!.push(ofNormal * places.length);
      ofBias!.push(ofBoth * places.length);
    }
    for (let turn = 0; turn < 4; ++turn) {
      const forward = runGuarded(batchNormTrainingOperator, [x, weight, bias], { eps }, turn);
      for (const [i, expected] of [y, means, variances].entries()) expectClose(forward[i]!.data, expected!);
      const backward = runGuarded(batchNormGradientOperator, [g, x, weight], { eps }, turn);
      for (const [i, expected] of [ofX, ofWeight, ofBias].entries()) expectClose(backward[i]!.data, expected!);
    }
  },
);

test.each([true, false])("gradients of pools go to their windows, maxima: %s", (maxima) => {
  const [height, width, stride] = [5, 7, 2];
  const attributes = {
    kernelSize: [3, 3],
    stride: [stride, stride],
    padding: [1, 1, 1, 1],
    dilation: [1, 1],
    ceilMode: false,
    ...(maxima ? {} : { countIncludePad: true }),
  };
  const x = filled(1, [2, 3, height, width]);
  const g = filled(2, [2, 3, 3, 4]);
  const expected = Array<number>(x.data.length).fill(0);
  for (const [i, gradient] of g.data.entries()) {
    const [plane, row, column] = [Math.floor(i / 12), Math.floor((i % 12) / 4) * stride - 1, (i % 4) * stride - 1];
    const places: number[] = [];
    for (let r = Math.max(row, 0); r < Math.min(row + 3, height); ++r) {
      for (let c = Math.max(column, 0); c < Math.min(column + 3, width); ++c) {
        places.push((plane * height + r) * width + c);
      }
    }
    const greatest = Math.max(...places.map((place) => x.data[place]!));
    if (maxima) expected[places.find((place) => x.data[place] === greatest)!]! += gradient;
    else for (const place of places) expected[place]! += gradient / 9;
  }
  const pool = (maxima ? maxPool2dOperator : avgPool2dOperator) as unknown as PoolingOperator;
  for (let turn = 0; turn < 4; ++turn) {
    expectClose(runGuarded(poolGradientOperator, [g, x], { pool, attributes }, turn)[0]!.data, expected);
  }
});
