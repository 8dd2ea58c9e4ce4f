import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  allclose,
  type BatchNormStatistics,
  batchNorm,
  conv1d,
  conv2d,
  foldBatchNorm,
  fuseParallel,
  identityKernel,
  padKernel,
  Tensor,
} from "../src/index.ts";
import * as reference from "./support/reference.ts";

interface GoldenNorm {
  seed: number;
  input: number[];
  affine: boolean;
  eps: number;
  output: number[];
}
interface GoldenFold {
  seed: number;
  shape: number[];
  hasBias: boolean;
  affine: boolean;
  eps: number;
  weight: number[];
  bias: number[];
}

const golden: { batchNorm: GoldenNorm[]; foldBatchNorm: GoldenFold[] } = JSON.parse(
  readFileSync(new URL("golden/fusion.json", import.meta.url), "utf8"),
);

/** Multiples of 1/256, so that products and sums of them are exact. */
const tensor = (seed: number, shape: readonly number[], plus = 0) =>
  new Tensor(
    reference.values(seed, reference.sizeOf(shape)).map((value) => value + plus),
    shape,
  );

interface Norm {
  mean: Tensor;
  variance: Tensor;
  weight?: Tensor;
  bias?: Tensor;
  eps: number;
}

function norm(seed: number, channels: number, affine = true, eps = 1e-5): Norm {
  const each = (i: number, plus = 0) => tensor(seed + i, [channels], plus);
  return { mean: each(0), variance: each(1, 1.25), ...(affine ? { weight: each(2), bias: each(3) } : {}), eps };
}

/** The normalisation of an exact result with (N, C, ...) or (C, ...) axes, in float64. */
function normalised(x: reference.ExactSum, { mean, variance, weight, bias, eps }: Norm): reference.ExactSum {
  const channels = mean.size;
  const pixels = reference.sizeOf(x.shape.slice(-2));
  const magnitude = x.magnitude.slice();
  const data = x.data.map((value, i) => {
    const c = Math.floor(i / pixels) % channels;
    const scale = (weight?.data[c] ?? 1) / Math.sqrt(variance.data[c]! + eps);
    const shift = bias?.data[c] ?? 0;
    magnitude[i] = (x.magnitude[i]! + Math.abs(mean.data[c]!)) * Math.abs(scale) + Math.abs(shift);
    return (value - mean.data[c]!) * scale + shift;
  });
  // the folded weight and bias are rounded too
  return { data, magnitude, shape: x.shape, terms: x.terms + 3 };
}

/** A tensor as if it were a sum of one term. */
const exact = ({ data, shape }: Tensor): reference.ExactSum => ({
  data: Float64Array.from(data),
  magnitude: Float64Array.from(data, Math.abs),
  shape,
  terms: 1,
});

/** Element by element, of results of plain sums: their terms and magnitudes add up. */
const sum = (...parts: readonly reference.ExactSum[]): reference.ExactSum => ({
  data: parts[0]!.data.map((_, i) => parts.reduce((total, { data }) => total + data[i]!, 0)),
  magnitude: parts[0]!.magnitude.map((_, i) => parts.reduce((total, { magnitude }) => total + magnitude[i]!, 0)),
  shape: parts[0]!.shape,
  terms: parts.reduce((total, { terms }) => total + terms, 0),
});

/** 'auto' may transform the values first, which rounds more often. */
const TRANSFORMED = 64;

const refused = (where: string, kind: typeof TypeError | typeof RangeError, message: string, call: () => unknown) => {
  expect(call).toThrow(kind);
  expect(call).toThrow(message);
  expect(call).toThrow(new RegExp(`^${where}: `));
};

/** [groups, channels a group, filters a group] */
const grouping = fc.tuple(
  fc.integer({ min: 1, max: 4 }),
  fc.integer({ min: 1, max: 4 }),
  fc.integer({ min: 1, max: 4 }),
);
const size = fc.tuple(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 9 }));

describe("batchNorm", () => {
  it.each(golden.batchNorm)("gives PyTorch's result, input $input, affine $affine, eps $eps", (each) => {
    const { seed, input, affine, eps, output } = each;
    const y = batchNorm(tensor(seed, input), norm(seed + 1, input.at(-3)!, affine, eps));
    expect(y.shape).toEqual(input);
    expect(allclose(y, new Tensor(output, input), { rtol: 1e-6, atol: 1e-6 })).toBe(true);
  });

  it("rounds once", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), size, fc.boolean(), fc.nat(), (channels, hw, affine, seed) => {
        const x = tensor(seed, [2, channels, ...hw]);
        const statistics = norm(seed + 1, channels, affine);
        const expected = normalised(exact(x), statistics);
        expect(reference.difference(batchNorm(x, statistics), { ...expected, terms: 1 })).toBeUndefined();
      }),
    );
  });

  it("takes null for what is not there, eps 0, and leaves its input as it is", () => {
    const x = tensor(1, [1, 3, 2, 2]);
    const before = x.data.slice();
    const { mean, variance } = norm(2, 3);
    expect(batchNorm(x, { mean, variance, weight: null, bias: null })).toEqual(batchNorm(x, { mean, variance }));
    expect(batchNorm(x, { mean, variance })).toEqual(batchNorm(x, { mean, variance, eps: 1e-5 }));
    expect(batchNorm(x, { mean: Tensor.zeros([3]), variance: Tensor.ones([3]), eps: 0 })).toEqual(x);
    expect(x.data).toEqual(before);
  });

  const x = Tensor.ones([1, 3, 2, 2]);
  const good = { mean: Tensor.ones([3]), variance: Tensor.ones([3]) };
  it.each<[string, unknown[], typeof TypeError | typeof RangeError, string]>([
    ["what is not a tensor", [1, good], TypeError, "input must be a Tensor"],
    ["one axis", [Tensor.ones([3]), good], RangeError, "input must be (N, C) or (N, C, ...), got shape [3]"],
    ["two axes of other channels", [Tensor.ones([3, 1]), good], RangeError, "mean must have shape [1]"],
    [
      "options that are not an object",
      [x, null],
      TypeError,
      "options must be an object with mean, variance, weight, bias, eps, got null",
    ],
    ["a missing mean", [x, { variance: good.variance }], TypeError, "mean must be a Tensor"],
    ["a missing variance", [x, { mean: good.mean }], TypeError, "variance must be a Tensor"],
    [
      "a mean of other channels",
      [x, { ...good, mean: Tensor.ones([2]) }],
      RangeError,
      "mean must have shape [3], one value for each channel of input, got [2]",
    ],
    [
      "a variance of two axes",
      [x, { ...good, variance: Tensor.ones([1, 3]) }],
      RangeError,
      "variance must have shape [3]",
    ],
    [
      "a weight of other channels",
      [x, { ...good, weight: Tensor.ones([4]) }],
      RangeError,
      "weight must have shape [3]",
    ],
    ["a number for the bias", [x, { ...good, bias: 0 }], TypeError, "bias must be a Tensor"],
    ["a bias of other channels", [x, { ...good, bias: Tensor.ones([1]) }], RangeError, "bias must have shape [3]"],
    ["negative eps", [x, { ...good, eps: -1 }], RangeError, "eps must be finite and from 0, got -1"],
    [
      "eps that is not a number",
      [x, { ...good, eps: Number.NaN }],
      RangeError,
      "eps must be finite and from 0, got NaN",
    ],
    ["a string for eps", [x, { ...good, eps: "1e-5" }], TypeError, 'eps must be a number, got "1e-5"'],
    ["an unknown member", [x, { ...good, momentum: 0.1 }], TypeError, 'options has the unknown member "momentum"'],
  ])("refuses %s", (_, args, kind, message) => {
    refused("batchNorm", kind, message, () => Reflect.apply(batchNorm, undefined, args));
  });
});

describe("padKernel", () => {
  it("puts zeros around the kernel", () => {
    expect(padKernel(Tensor.from([[[[5]]], [[[7]]]]), 3).toArray()).toEqual([
      [
        [
          [0, 0, 0],
          [0, 5, 0],
          [0, 0, 0],
        ],
      ],
      [
        [
          [0, 0, 0],
          [0, 7, 0],
          [0, 0, 0],
        ],
      ],
    ]);
    expect(padKernel(Tensor.from([[[[1, 2]]]]), [3, 4]).toArray()).toEqual([
      [
        [
          [0, 0, 0, 0],
          [0, 1, 2, 0],
          [0, 0, 0, 0],
        ],
      ],
    ]);
    expect(padKernel(tensor(1, [2, 3, 3, 5]), [3, 5])).toEqual(tensor(1, [2, 3, 3, 5]));
    expect(padKernel(tensor(1, [2, 3, 2, 1]), [6, 1]).shape).toEqual([2, 3, 6, 1]);
  });

  it("gives the same convolution with padding larger by half of the growth", () => {
    const axis = fc.record({ kernel: fc.integer({ min: 1, max: 3 }), half: fc.integer({ min: 0, max: 2 }) });
    const stride = fc.integer({ min: 1, max: 2 });
    fc.assert(
      fc.property(axis, axis, stride, fc.nat(), (y, x, step, seed) => {
        const image = tensor(seed, [1, 2, 6, 7]);
        const weight = tensor(seed + 1, [3, 2, y.kernel, x.kernel]);
        const padded = padKernel(weight, [y.kernel + 2 * y.half, x.kernel + 2 * x.half]);
        const options = { stride: step, algorithm: "direct" } as const;
        expect(conv2d(image, padded, null, { ...options, padding: [y.half, x.half] })).toEqual(
          conv2d(image, weight, null, options),
        );
      }),
      { numRuns: 50 },
    );
  });

  it("copies, even where nothing grows", () => {
    const weight = tensor(1, [1, 1, 3, 3]);
    expect(padKernel(weight, 3).data).not.toBe(weight.data);
  });

  const weight = Tensor.ones([2, 2, 3, 3]);
  it.each<[string, unknown[], typeof TypeError | typeof RangeError, string]>([
    ["what is not a tensor", [3, 3], TypeError, "weight must be a Tensor"],
    [
      "three axes",
      [Tensor.ones([2, 2, 3]), 3],
      RangeError,
      "weight must be (filters, channels / groups, kernel height, kernel width), got shape [2, 2, 3]",
    ],
    ["an empty weight", [Tensor.ones([2, 0, 3, 3]), 3], RangeError, "weight must not have axes of length 0"],
    ["no size", [weight], TypeError, "kernelSize must be a number or an array of 2 numbers, got undefined"],
    ["a size of three axes", [weight, [3, 3, 3]], RangeError, "kernelSize must have 2 numbers"],
    [
      "a smaller kernel",
      [weight, 1],
      RangeError,
      "kernelSize must not be smaller than the 3x3 kernel of weight, got 1",
    ],
    [
      "one smaller axis",
      [weight, [5, 1]],
      RangeError,
      "kernelSize must not be smaller than the 3x3 kernel of weight, got [5, 1]",
    ],
    [
      "odd growth",
      [weight, 4],
      RangeError,
      "kernelSize must differ by an even number from the 3x3 kernel of weight, got 4",
    ],
    ["odd growth of one axis", [weight, [3, 6]], RangeError, "kernelSize must differ by an even number"],
  ])("refuses %s", (_, args, kind, message) => {
    refused("padKernel", kind, message, () => Reflect.apply(padKernel, undefined, args));
  });
});

describe("identityKernel", () => {
  it("is the identity for any groups", () => {
    const half = fc.integer({ min: 0, max: 2 });
    fc.assert(
      fc.property(grouping, half, half, size, fc.nat(), ([groups, each], y, x, hw, seed) => {
        const image = new Tensor(reference.randoms(seed, 2 * groups * each * hw[0] * hw[1]), [2, groups * each, ...hw]);
        const kernel = identityKernel(groups * each, [2 * y + 1, 2 * x + 1], groups);
        expect(kernel.shape).toEqual([groups * each, each, 2 * y + 1, 2 * x + 1]);
        for (const algorithm of ["direct", "im2col"] as const) {
          expect(conv2d(image, kernel, null, { padding: [y, x], groups, algorithm })).toEqual(image);
        }
        const auto = conv2d(image, kernel, null, { padding: [y, x], groups });
        expect(allclose(auto, image, { rtol: 0, atol: 1e-4 })).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it("has one group by default", () => {
    expect(identityKernel(2, 1).toArray()).toEqual([
      [[[1]], [[0]]],
      [[[0]], [[1]]],
    ]);
    expect(identityKernel(2, 1, 2).toArray()).toEqual([[[[1]]], [[[1]]]]);
    expect(identityKernel(4, 1, 2).reshape([4, 2]).toArray()).toEqual([
      [1, 0],
      [0, 1],
      [1, 0],
      [0, 1],
    ]);
  });

  it.each<[string, unknown[], typeof TypeError | typeof RangeError, string]>([
    ["no channels", [0, 3], RangeError, "channels must be a whole number from 1, got 0"],
    ["a string for channels", ["4", 3], TypeError, 'channels must be a number, got "4"'],
    ["no size", [4], TypeError, "kernelSize must be a number or an array of 2 numbers, got undefined"],
    ["an even kernel", [4, 2], RangeError, "kernelSize must be odd to have a centre, got 2"],
    ["an even axis", [4, [3, 4]], RangeError, "kernelSize must be odd to have a centre, got [3, 4]"],
    ["no groups", [4, 3, 0], RangeError, "groups must be a whole number from 1, got 0"],
    ["groups that do not divide the channels", [4, 3, 3], RangeError, "groups must divide channels (4), got 3"],
  ])("refuses %s", (_, args, kind, message) => {
    refused("identityKernel", kind, message, () => Reflect.apply(identityKernel, undefined, args));
  });
});

describe("fuseParallel", () => {
  it("makes one convolution of conv3x3(x) + conv1x1(x) + x", () => {
    fc.assert(
      fc.property(grouping, size, fc.nat(), ([groups, each], hw, seed) => {
        const channels = groups * each;
        const x = tensor(seed, [2, channels, ...hw]);
        const [w3, w1] = [tensor(seed + 1, [channels, each, 3, 3]), tensor(seed + 2, [channels, each, 1, 1])];
        const [b3, b1] = [tensor(seed + 3, [channels]), tensor(seed + 4, [channels])];
        const { weight, bias } = fuseParallel([
          { weight: w3, bias: b3 },
          { weight: w1, bias: b1 },
          { weight: identityKernel(channels, 1, groups) },
        ]);
        expect(weight.shape).toEqual(w3.shape);
        const expected = sum(
          reference.conv2d(x, w3, b3, { padding: 1, groups }),
          reference.conv2d(x, w1, b1, { groups }),
          exact(x),
        );
        for (const algorithm of ["direct", "im2col"] as const) {
          const y = conv2d(x, weight, bias, { padding: 1, groups, algorithm });
          expect(reference.exactDifference(y, expected)).toBeUndefined();
        }
        const y = conv2d(x, weight, bias, { padding: 1, groups });
        expect(reference.difference(y, expected, TRANSFORMED)).toBeUndefined();
      }),
      { numRuns: 60 },
    );
  });

  it("of other filters than channels and a stride sums the branches", () => {
    fc.assert(
      fc.property(grouping, size, fc.nat(), ([groups, channels, filters], hw, seed) => {
        const x = tensor(seed, [1, groups * channels, ...hw]);
        // the largest height and the largest width are not of one branch
        const kernels = [
          [3, 1],
          [1, 5],
          [1, 1],
        ] as const;
        const branches = kernels.map((kernel, i) => ({
          weight: tensor(seed + 1 + i, [groups * filters, channels, ...kernel]),
          bias: i === 1 ? null : tensor(seed + 9 + i, [groups * filters]),
        }));
        const { weight, bias } = fuseParallel(branches);
        expect(weight.shape).toEqual([groups * filters, channels, 3, 5]);
        const options = { groups, stride: 2 } as const;
        const expected = sum(
          ...branches.map((branch, i) => {
            const padding = kernels[i]!.map((length) => (length - 1) / 2);
            return reference.conv2d(x, branch.weight, branch.bias, { ...options, padding });
          }),
        );
        const y = conv2d(x, weight, bias, { ...options, padding: [1, 2], algorithm: "im2col" });
        expect(reference.exactDifference(y, expected)).toBeUndefined();
      }),
      { numRuns: 60 },
    );
  });

  it("gives a bias of zeros where no branch has one, and one branch as it is", () => {
    const weight = tensor(1, [3, 2, 2, 2]);
    const before = weight.data.slice();
    const fused = fuseParallel([{ weight }]);
    expect(fused).toEqual({ weight, bias: Tensor.zeros([3]) });
    expect(fused.weight.data).not.toBe(weight.data);
    expect(fuseParallel([{ weight: { data: weight.data, dims: weight.shape } }, { weight }]).weight.data).toEqual(
      before.map((value) => 2 * value),
    );
    expect(weight.data).toEqual(before);
  });

  it("sums in float64", () => {
    const branch = (value: number) => ({ weight: Tensor.full([1, 1, 1, 1], value), bias: Tensor.full([1], value) });
    const { weight, bias } = fuseParallel([branch(2 ** 25), branch(1), branch(-(2 ** 25))]);
    expect([weight.item(), bias.item()]).toEqual([1, 1]);
  });

  const weight = Tensor.ones([2, 3, 3, 3]);
  const one = { weight };
  const other = (...shape: number[]) => [one, { weight: Tensor.ones(shape) }];
  it.each<[string, unknown, typeof TypeError | typeof RangeError, string]>([
    ["no branches", undefined, TypeError, "branches must be an array of { weight, bias }, got undefined"],
    ["a branch alone", one, TypeError, "branches must be an array of { weight, bias }, got an object"],
    ["an empty list", [], RangeError, "branches must hold at least one { weight, bias }, got []"],
    [
      "a branch that is not a record",
      [one, null],
      TypeError,
      "branches[1] must be an object with weight, bias, got null",
    ],
    // biome-ignore lint/suspicious/noSparseArray: a hole must be refused as undefined is
    ["a hole", [one, , one], TypeError, "branches[1] must be an object with weight, bias, got undefined"],
    ["a tensor for a branch", [weight], TypeError, 'branches[0] has the unknown member "data" (known: weight, bias)'],
    ["a misspelt member", [one, { weight, biases: 1 }], TypeError, 'branches[1] has the unknown member "biases"'],
    ["a missing weight", [one, one, {}], TypeError, "branches[2].weight must be a Tensor"],
    [
      "a weight of three axes",
      other(2, 3, 3),
      RangeError,
      "branches[1].weight must be (filters, channels / groups, kernel height, kernel width), got shape [2, 3, 3]",
    ],
    ["an empty weight", other(0, 3, 3, 3), RangeError, "branches[1].weight must not have axes of length 0"],
    [
      "other filters",
      other(4, 3, 3, 3),
      RangeError,
      "branches[1].weight must have 2 filters, as branches[0].weight has, got 4",
    ],
    [
      "other channels",
      other(2, 1, 3, 3),
      RangeError,
      "branches[1].weight must have 3 input channels per group, as branches[0].weight has, got 1",
    ],
    [
      "an even kernel beside an odd one",
      other(2, 3, 2, 3),
      RangeError,
      "branches[1].weight must differ by even numbers from the largest kernel, 3x3, got 2x3",
    ],
    [
      "an odd kernel beside a larger even one",
      other(2, 3, 4, 4),
      RangeError,
      "branches[0].weight must differ by even numbers from the largest kernel, 4x4, got 3x3",
    ],
    [
      "a bias of another length",
      [{ weight, bias: Tensor.ones([3]) }],
      RangeError,
      "branches[0].bias must have shape [2], one value for each filter of branches[0].weight, got [3]",
    ],
    ["a number for a bias", [one, { weight, bias: 0 }], TypeError, "branches[1].bias must be a Tensor"],
  ])("refuses %s", (_, branches, kind, message) => {
    refused("fuseParallel", kind, message, () => Reflect.apply(fuseParallel, undefined, [branches]));
  });
});

describe("foldBatchNorm", () => {
  it.each(golden.foldBatchNorm)("gives PyTorch's result, weight $shape, bias $hasBias, affine $affine", (each) => {
    const { seed, shape, hasBias, affine, eps } = each;
    const filters = shape[0]!;
    const bias = hasBias ? tensor(seed + 1, [filters]) : null;
    const statistics = norm(seed + (hasBias ? 2 : 1), filters, affine, eps);
    const folded = foldBatchNorm({ weight: tensor(seed, shape), bias }, statistics);
    expect(folded.weight.shape).toEqual(shape);
    const close = { rtol: 1e-6, atol: 1e-6 };
    expect(allclose(folded.weight, new Tensor(each.weight, shape), close)).toBe(true);
    expect(allclose(folded.bias, new Tensor(each.bias, [filters]), close)).toBe(true);
  });

  it("gives in one convolution what convolution and batch norm give", () => {
    const flags = fc.record({ hasBias: fc.boolean(), affine: fc.boolean(), stride: fc.integer({ min: 1, max: 2 }) });
    fc.assert(
      fc.property(grouping, size, flags, fc.nat(), ([groups, each, share], hw, { hasBias, affine, stride }, seed) => {
        const filters = groups * share;
        const x = tensor(seed, [2, groups * each, ...hw]);
        const weight = tensor(seed + 1, [filters, each, 3, 3]);
        const bias = hasBias ? tensor(seed + 2, [filters]) : null;
        const statistics = norm(seed + 3, filters, affine);
        const options = { padding: 1, groups, stride };
        const folded = foldBatchNorm({ weight, bias }, statistics);
        const y = conv2d(x, folded.weight, folded.bias, options);
        const expected = normalised(reference.conv2d(x, weight, bias, options), statistics);
        expect(reference.difference(y, expected, TRANSFORMED)).toBeUndefined();
        const apart = batchNorm(conv2d(x, weight, bias, options), statistics);
        expect(reference.difference(apart, expected, TRANSFORMED)).toBeUndefined();
      }),
      { numRuns: 60 },
    );
  });

  it("serves conv1d", () => {
    const x = tensor(1, [2, 3, 9]);
    const [weight, bias] = [tensor(2, [4, 3, 3]), tensor(3, [4])];
    const statistics = norm(4, 4);
    const folded = foldBatchNorm({ weight, bias }, statistics);
    const { shape, ...plain } = reference.conv1d(x, weight, bias);
    const expected = normalised({ ...plain, shape: [2, 4, 1, 7] }, statistics);
    const y = conv1d(x, folded.weight, folded.bias);
    expect(y.shape).toEqual(shape);
    expect(reference.difference(y, { ...expected, shape }, TRANSFORMED)).toBeUndefined();
  });

  it("changes nothing for the statistics 0 and 1 and eps 0", () => {
    const conv = { weight: tensor(1, [2, 2, 3, 3]), bias: tensor(2, [2]) };
    const plain: BatchNormStatistics = { mean: Tensor.zeros([2]), variance: Tensor.ones([2]), eps: 0 };
    const folded = foldBatchNorm(conv, plain);
    expect(folded).toEqual(conv);
    expect(folded.weight.data).not.toBe(conv.weight.data);
  });

  const weight = Tensor.ones([2, 3, 3, 3]);
  const good = { mean: Tensor.ones([2]), variance: Tensor.ones([2]) };
  it.each<[string, unknown[], typeof TypeError | typeof RangeError, string]>([
    ["no convolution", [undefined, good], TypeError, "conv must be an object with weight, bias, got undefined"],
    ["a missing weight", [{}, good], TypeError, "conv.weight must be a Tensor"],
    [
      "a weight of two axes",
      [{ weight: Tensor.ones([2, 3]) }, good],
      RangeError,
      "conv.weight must be (filters, channels / groups, kernel height, kernel width)",
    ],
    [
      "an empty weight",
      [{ weight: Tensor.ones([0, 3, 3, 3]) }, good],
      RangeError,
      "conv.weight must not have axes of length 0",
    ],
    [
      "a bias of another length",
      [{ weight, bias: Tensor.ones([3]) }, good],
      RangeError,
      "conv.bias must have shape [2]",
    ],
    ["an unknown member", [{ weight, stride: 2 }, good], TypeError, 'conv has the unknown member "stride"'],
    [
      "no statistics",
      [{ weight }],
      TypeError,
      "norm must be an object with mean, variance, weight, bias, eps, got undefined",
    ],
    ["a missing mean", [{ weight }, { variance: good.variance }], TypeError, "norm.mean must be a Tensor"],
    ["a missing variance", [{ weight }, { mean: good.mean }], TypeError, "norm.variance must be a Tensor"],
    [
      "a mean of other filters",
      [{ weight }, { ...good, mean: Tensor.ones([3]) }],
      RangeError,
      "norm.mean must have shape [2], one value for each filter of conv.weight, got [3]",
    ],
    [
      "a variance of other filters",
      [{ weight }, { ...good, variance: Tensor.ones([3]) }],
      RangeError,
      "norm.variance must have shape [2]",
    ],
    [
      "a weight of other filters",
      [{ weight }, { ...good, weight: Tensor.ones([3]) }],
      RangeError,
      "norm.weight must have shape [2]",
    ],
    [
      "a bias of other filters",
      [{ weight }, { ...good, bias: Tensor.ones([3]) }],
      RangeError,
      "norm.bias must have shape [2]",
    ],
    ["negative eps", [{ weight }, { ...good, eps: -1 }], RangeError, "norm.eps must be finite and from 0, got -1"],
    ["null for eps", [{ weight }, { ...good, eps: null }], TypeError, "norm.eps must be a number, got null"],
    [
      "an unknown statistic",
      [{ weight }, { ...good, running_mean: good.mean }],
      TypeError,
      'norm has the unknown member "running_mean"',
    ],
  ])("refuses %s", (_, args, kind, message) => {
    refused("foldBatchNorm", kind, message, () => Reflect.apply(foldBatchNorm, undefined, args));
  });
});
