import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { batchNorm, groupNorm, instanceNorm, layerNorm, Tensor } from "../../src/index.ts";
import { batchNormOperator } from "../../src/operators/batch-norm.ts";
import { applyOne } from "../../src/planning/evaluate.ts";
import { activated, fault, indices, randoms, UNIT } from "../support/elements.ts";
import * as reference from "../support/reference.ts";

/** Mean and variance of groups of elements, in float64. */
function normalised(x: Tensor, groupOf: (index: readonly number[]) => string, eps: number): number[] {
  const groups = new Map<string, number[]>();
  const names = Array.from(indices(x.shape), (index) => groupOf(index));
  for (const [i, name] of names.entries()) {
    if (!groups.has(name)) groups.set(name, []);
    groups.get(name)!.push(x.data[i]!);
  }
  const moments = new Map(
    [...groups].map(([name, values]) => {
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
      return [name, { mean, deviation: Math.sqrt(variance + eps) }] as const;
    }),
  );
  return names.map((name, i) => (x.data[i]! - moments.get(name)!.mean) / moments.get(name)!.deviation);
}

const lengths = fc.integer({ min: 1, max: 9 });
const few = fc.integer({ min: 1, max: 4 });

describe("normalisations around a mean that float32 cannot hold", () => {
  // the mean lies halfway between two numbers, and the deviations are as large as what it loses by rounding
  const row = Array.from({ length: 24 }, (_, i) => 2 ** 23 + (i % 2));
  const expected = row.map((_, i) => (i % 2 === 0 ? -1 : 1));

  it("lose nothing of the variance", () => {
    expect([...layerNorm(Tensor.from([row]), 24, { eps: 0 }).data]).toEqual(expected);
    expect([...instanceNorm(Tensor.from([[row]]), { eps: 0 }).data]).toEqual(expected);
    expect([...groupNorm(Tensor.from([[row.slice(0, 12), row.slice(12)]]), 1, { eps: 0 }).data]).toEqual(expected);
  });
});

describe("normalisations", () => {
  /** Within 2e-6 of the float64 value, relative to the largest; `far` numbers have lost digits before they came. */
  const close = (y: Tensor, expected: readonly number[], far = 0) => {
    const most = Math.max(...expected.map(Math.abs), 1);
    return fault(y, expected, () => 2e-6 * most * (1 + far));
  };

  it("instanceNorm and groupNorm take mean and variance over channels of an image", () => {
    fc.assert(
      fc.property(few, few, few, lengths, lengths, fc.nat(), (batch, groups, each, height, width, seed) => {
        const x = randoms(seed, [batch, groups * each, height, width]);
        const channels = [groups * each];
        const [weight, bias] = [randoms(seed + 1, channels), randoms(seed + 2, channels)];
        const affine = (values: readonly number[]) =>
          Array.from(indices(x.shape), ([, c]) => c!).map((c, i) => values[i]! * weight.data[c]! + bias.data[c]!);
        const alone = normalised(x, ([n, c]) => `${n} ${c}`, 1e-3);
        expect(close(instanceNorm(x, { eps: 1e-3 }), alone)).toBeUndefined();
        expect(close(instanceNorm(x, { eps: 1e-3, weight, bias }), affine(alone))).toBeUndefined();
        const together = normalised(x, ([n, c]) => `${n} ${Math.floor(c! / each)}`, 1e-3);
        expect(close(groupNorm(x, groups, { eps: 1e-3 }), together)).toBeUndefined();
        expect(close(groupNorm(x, groups, { eps: 1e-3, weight, bias }), affine(together))).toBeUndefined();
      }),
      { numRuns: 60 },
    );
  });

  it("layerNorm takes them over the last axes", () => {
    fc.assert(
      fc.property(
        few,
        fc.integer({ min: 1, max: 40 }),
        few,
        fc.boolean(),
        fc.nat(),
        (rows, columns, more, two, seed) => {
          const x = randoms(seed, [rows, more, columns]);
          const last = two ? [more, columns] : [columns];
          const [weight, bias] = [randoms(seed + 1, last), randoms(seed + 2, last)];
          const alone = normalised(x, ([n, m]) => (two ? `${n}` : `${n} ${m}`), 1e-3);
          const affine = alone.map((value, i) => value * weight.data[i % weight.size]! + bias.data[i % bias.size]!);
          expect(close(layerNorm(x, last, { eps: 1e-3 }), alone)).toBeUndefined();
          expect(close(layerNorm(x, last, { eps: 1e-3, weight, bias }), affine)).toBeUndefined();
          const weighed = alone.map((value, i) => value * weight.data[i % weight.size]!);
          expect(close(layerNorm(x, last, { eps: 1e-3, weight }), weighed)).toBeUndefined();
        },
      ),
      { numRuns: 60 },
    );
  });

  it("are accurate far from zero, and over long rows", () => {
    const size = 100_003;
    const far = new Tensor(
      reference.randoms(5, size).map((value) => 1000 + value),
      [1, 1, size],
    );
    const expected = normalised(far, () => "", 1e-5);
    expect(close(instanceNorm(far), expected)).toBeUndefined();
    expect(close(layerNorm(far, size), expected)).toBeUndefined();
  });

  it("give the bias for equal numbers", () => {
    const x = Tensor.full([1, 2, 3, 3], 7);
    expect([...new Set(instanceNorm(x, { bias: Tensor.from([1, 2]) }).data)]).toEqual([1, 2]);
    expect([...new Set(layerNorm(x, [3, 3]).data)]).toEqual([0]);
  });

  const x = Tensor.ones([2, 4, 3, 3]);
  // biome-ignore lint/suspicious/noExplicitAny: stands for every wrong type
  const wrong = (value: unknown): any => value;
  it.each<[string, () => unknown, typeof TypeError | typeof RangeError, string]>([
    [
      "two axes",
      () => instanceNorm(Tensor.ones([2, 3])),
      RangeError,
      "instanceNorm: input must be (N, C, L) or (N, C, H, W), got shape [2, 3]",
    ],
    [
      "a weight of other channels",
      () => instanceNorm(x, { weight: Tensor.ones([3]) }),
      RangeError,
      "instanceNorm: weight must have shape [4], got [3]",
    ],
    [
      "a number for a weight",
      () => instanceNorm(x, { weight: wrong(1) }),
      TypeError,
      "instanceNorm: weight must be a Tensor",
    ],
    [
      "a negative eps",
      () => instanceNorm(x, { eps: -1 }),
      RangeError,
      "instanceNorm: eps must be finite and from 0, got -1",
    ],
    [
      "an unknown option",
      () => instanceNorm(x, wrong({ momentum: 1 })),
      TypeError,
      'instanceNorm: unknown option "momentum"',
    ],
    [
      "groups that do not divide",
      () => groupNorm(x, 3),
      RangeError,
      "groupNorm: groups must divide the 4 channels of input, got 3",
    ],
    ["no groups", () => groupNorm(x, wrong(undefined)), TypeError, "groupNorm: groups must be a number"],
    [
      "a bias of other channels",
      () => groupNorm(x, 2, { bias: Tensor.ones([2]) }),
      RangeError,
      "groupNorm: bias must have shape [4], got [2]",
    ],
    [
      "other last axes",
      () => layerNorm(x, [4, 3]),
      RangeError,
      "layerNorm: normalizedShape must be the lengths of input's last axes, got [4, 3] for shape [2, 4, 3, 3]",
    ],
    [
      "no axes",
      () => layerNorm(x, []),
      RangeError,
      "layerNorm: normalizedShape must be the lengths of input's last axes, got []",
    ],
    ["axes by word", () => layerNorm(x, wrong("3")), TypeError, "layerNorm: normalizedShape must be a number"],
    [
      "a weight of one axis for two",
      () => layerNorm(x, [3, 3], { weight: Tensor.ones([9]) }),
      RangeError,
      "layerNorm: weight must have shape [3, 3], got [9]",
    ],
  ])("refuse %s", (_, call, kind, message) => {
    expect(call).toThrow(kind);
    expect(call).toThrow(message);
  });
});

describe("batchNorm", () => {
  const statistics = (channels: number) => ({
    mean: randoms(1, [channels]),
    variance: new Tensor(
      randoms(2, [channels]).data.map((value) => 1.25 + value),
      [channels],
    ),
    weight: randoms(3, [channels]),
    bias: randoms(4, [channels]),
  });
  const exactly = (x: Tensor, axis: number) => {
    const { mean, variance, weight, bias } = statistics(x.shape[axis]!);
    return Array.from(indices(x.shape), (index) => index[axis]!).map((c, i) => {
      const scale = weight.data[c]! / Math.sqrt(variance.data[c]! + 1e-5);
      return x.data[i]! * scale + (bias.data[c]! - mean.data[c]! * scale);
    });
  };

  it("takes (N, C), (N, C, L) and (C, H, W), by the number of channels, and rounds once", () => {
    for (const [shape, axis] of [
      [[3, 5], 1],
      [[1, 1], 1],
      [[2, 5, 7], 1],
      [[5, 4, 7], 0],
      // as torch reads it
      [[5, 5, 2], 1],
      [[2, 3, 2, 2, 2], 1],
    ] as const) {
      const x = randoms(7, shape);
      const expected = exactly(x, axis);
      const y = batchNorm(x, statistics(shape[axis]));
      expect(y.shape).toEqual(shape);
      expect(
        fault(y, expected, (i) => UNIT * Math.abs(expected[i]!) * (1 + 1e-6)),
        `${shape}`,
      ).toBeUndefined();
    }
  });

  it("rounds once with planes of any length, and activates", () => {
    for (const pixels of [1, 2, 3, 4, 5, 6, 7, 8, 9, 2047, 2048, 2049, 5000]) {
      const x = randoms(pixels, [2, 3, pixels]);
      const { mean, variance, weight, bias } = statistics(3);
      const expected = exactly(x, 1);
      const allowed = (i: number) => UNIT * Math.abs(expected[i]!) * (1 + 1e-6);
      const attributes = { eps: 1e-5 };
      const operands = [x, mean, variance, weight, bias];
      expect(fault(applyOne("test", batchNormOperator, operands, attributes), expected, allowed)).toBeUndefined();
      const rectified = activated(batchNormOperator, operands, attributes, "relu");
      const positive = expected.map((value) => Math.max(value, 0));
      expect(fault(rectified, positive, allowed), `${pixels}`).toBeUndefined();
    }
  });
});

describe("batchNorm without mean and variance", () => {
  // torch.nn.functional.batch_norm(x, None, None, w, b, training=True, eps=1e-3), and the gradients of its sum times 0 to 23
  const x = () =>
    new Tensor(
      Array.from({ length: 24 }, (_, i) => (i * 5) % 7),
      [2, 3, 4],
    );
  const expected = [
    -1.29082, 1.29082, 0.25816, -0.77449, 3.68741, 1.73293, -0.22155, -2.17603, 1.86291, -1.19086, -4.24463, 3.3898,
    0.77449, -0.25816, -1.29082, 1.29082, 0.75569, -1.19879, 3.68741, 1.73293, -2.71775, -5.77152, 1.86291, -1.19086,
  ];
  const gradient = [
    -3.31326, -3.91535, -2.95165, -1.98796, -7.8105, -6.48329, -5.15608, -3.82887, -9.08775, -10.08235, -11.07695,
    -3.24634, 1.98796, 2.95165, 3.91535, 3.31326, 4.44132, 5.76853, 5.87084, 7.19805, 5.45265, 4.45804, 12.28865,
    11.29405,
  ];
  const close = (actual: Tensor | null, values: readonly number[]) =>
    expect(fault(actual!, values, () => 2e-5)).toBeUndefined();

  it("normalises by the statistics of the batch, with torch's gradients", () => {
    const input = x().requiresGrad_();
    const weight = new Tensor([1, 2, 3], [3]).requiresGrad_();
    const bias = new Tensor([0, 1, -1], [3]).requiresGrad_();
    const y = batchNorm(input, { weight, bias, eps: 1e-3 });
    close(y, expected);
    y.mul(Tensor.arange(24).reshape([2, 3, 4]))
      .sum()
      .backward();
    close(input.grad, gradient);
    close(weight.grad, [6.71228, 2.93172, -12.97853]);
    close(bias.grad, [60, 92, 124]);
  });

  it("takes null as not given, no options, and an empty batch", () => {
    expect(batchNorm(x(), { mean: null, variance: null }).data).toEqual(batchNorm(x()).data);
    expect(batchNorm(Tensor.zeros([0, 3, 4])).shape).toEqual([0, 3, 4]);
    expect(batchNorm(Tensor.zeros([2, 0, 4])).shape).toEqual([2, 0, 4]);
  });

  it("refuses one of the two alone, and one value for each channel", () => {
    const ones = Tensor.ones([3]);
    expect(() => batchNorm(x(), { mean: ones })).toThrow(/batchNorm: .*variance/);
    expect(() => batchNorm(x(), { variance: ones })).toThrow(/batchNorm: .*mean/);
    expect(() => batchNorm(Tensor.ones([1, 3]))).toThrow(/more than 1 value for each channel/);
    expect(() => batchNorm(x(), { weight: Tensor.ones([2]) })).toThrow(/weight must have shape \[3\]/);
  });
});
