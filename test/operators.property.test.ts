import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { epilogueOf, NO_EPILOGUE } from "../src/conv/epilogue.ts";
import {
  add,
  batchNorm,
  groupNorm,
  instanceNorm,
  layerNorm,
  logSoftmax,
  pow,
  prelu,
  softmax,
  Tensor,
} from "../src/index.ts";
import { batchNormOperator } from "../src/operators/batch-norm.ts";
import * as binary from "../src/operators/binary.ts";
import { applyOne } from "../src/operators/evaluate.ts";
import { amaxOperator, aminOperator, meanOperator, sumOperator } from "../src/operators/reduce.ts";
import * as reference from "./reference.ts";

const { sizeOf } = reference;
const randoms = (seed: number, shape: readonly number[]) => new Tensor(reference.randoms(seed, sizeOf(shape)), shape);

/** Visits every index of a shape, in the order of the data. */
function* indices(shape: readonly number[]): Generator<readonly number[]> {
  const index = shape.map(() => 0);
  for (let left = sizeOf(shape); left > 0; --left) {
    yield index;
    for (let axis = shape.length - 1; axis >= 0 && ++index[axis]! === shape[axis]; --axis) index[axis] = 0;
  }
}

/** The element that an index of the result meets: axes are aligned at the end, and those of length 1 repeat. */
function at({ data, shape }: Tensor, index: readonly number[]): number {
  const own = index.slice(index.length - shape.length);
  return data[shape.reduce((sum, length, axis) => sum * length + (length === 1 ? 0 : own[axis]!), 0)]!;
}

/** The first element that is further from the float64 value than `allowed`, in words. */
function fault(actual: Tensor, expected: readonly number[], allowed: (i: number) => number): string | undefined {
  for (const [i, wanted] of expected.entries()) {
    const got = actual.data[i]!;
    if (Object.is(got, wanted) || Math.abs(got - wanted) <= allowed(i)) continue;
    return `at ${i}: ${got} instead of ${wanted}`;
  }
  return actual.size === expected.length ? undefined : `${actual.size} elements instead of ${expected.length}`;
}

const UNIT = 2 ** -24;

const OPERATIONS = [
  [binary.addOperator, (a: number, b: number) => a + b],
  [binary.subOperator, (a: number, b: number) => a - b],
  [binary.mulOperator, (a: number, b: number) => a * b],
  [binary.divOperator, (a: number, b: number) => a / b],
  [binary.minimumOperator, Math.min],
  [binary.maximumOperator, Math.max],
] as const;

/** A shape, and two that broadcast to it. */
const broadcasting = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 5 }), fc.constantFrom("both", "a", "b")), { maxLength: 6 })
  .chain((axes) =>
    fc.record({
      shape: fc.constant(axes.map(([length]) => length)),
      a: fc.constant(axes.map(([length, who]) => (who === "b" ? 1 : length))),
      b: fc.constant(axes.map(([length, who]) => (who === "a" ? 1 : length))),
      cutA: fc.nat({ max: 6 }),
      cutB: fc.nat({ max: 6 }),
    }),
  )
  // leading axes of length 1 may be left out
  .map(({ shape, a, b, cutA, cutB }) => {
    const cut = (own: readonly number[], most: number) => {
      let begin = 0;
      while (begin < most && own[begin] === 1) ++begin;
      return own.slice(begin);
    };
    return cutB === 0 || cutA > cutB ? { shape, a: cut(a, cutA), b } : { shape, a, b: cut(b, cutB) };
  });

describe("operations on two tensors", () => {
  it.each(OPERATIONS.map((each) => [each[0].name, ...each] as const))(
    "%s broadcasts as numpy does, and rounds once",
    (_, operator, apply) => {
      fc.assert(
        fc.property(broadcasting, fc.nat(), ({ shape, a, b }, seed) => {
          const [x, y] = [randoms(seed, a), randoms(seed + 1, b)];
          const z = applyOne("test", operator, [x, y], { epilogue: NO_EPILOGUE });
          const expected = Array.from(indices(shape), (index) => Math.fround(apply(at(x, index), at(y, index))));
          expect(z.shape).toEqual(shape);
          expect(fault(z, expected, () => 0)).toBeUndefined();
        }),
      );
    },
  );

  const PATTERNS: [string, (n: number) => [number[], number[]]][] = [
    [
      "same shapes",
      (n) => [
        [3, n],
        [3, n],
      ],
    ],
    ["a number", (n) => [[3, n], []]],
    ["a number on the left", (n) => [[], [3, n]]],
    [
      "a number for each channel",
      (n) => [
        [2, 3, n],
        [1, 3, 1],
      ],
    ],
    [
      "a number for each channel on the left",
      (n) => [
        [3, 1],
        [2, 3, n],
      ],
    ],
    [
      "gates",
      (n) => [
        [2, 3, n, 2],
        [2, 3, 1, 1],
      ],
    ],
    ["a row", (n) => [[3, n], [n]]],
    ["a row on the left", (n) => [[n], [3, n]]],
    [
      "an outer product",
      (n) => [
        [4, 1],
        [1, n],
      ],
    ],
    [
      "axes by turns",
      (n) => [
        [2, 1, 3, 1, n],
        [1, 2, 1, 4, n],
      ],
    ],
  ];
  it.each(PATTERNS)("%s of any length, with and without an activation", (_, shapesOf) => {
    for (const n of [1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17]) {
      const [a, b] = shapesOf(n);
      const [x, y] = [randoms(n, a), randoms(n + 50, b)];
      const z = add(x, y);
      const expected = Array.from(indices(z.shape), (index) => Math.fround(at(x, index) + at(y, index)));
      expect(
        fault(z, expected, () => 0),
        `${n}`,
      ).toBeUndefined();
      const epilogue = epilogueOf("test", "relu");
      const rectified = applyOne("test", binary.addOperator, [x, y], { epilogue });
      expect(
        fault(
          rectified,
          expected.map((value) => Math.max(value, 0)),
          () => 0,
        ),
        `${n}, relu`,
      ).toBeUndefined();
    }
  });

  it("activates results of many runs of the cache", () => {
    const [x, y] = [randoms(1, [3, 5001]), randoms(2, [3, 1])];
    const z = applyOne("test", binary.mulOperator, [x, y], { epilogue: epilogueOf("test", { clamp: [-0.2, 0.3] }) });
    const [low, high] = [Math.fround(-0.2), Math.fround(0.3)];
    const expected = Array.from(indices(z.shape), (index) =>
      Math.min(Math.max(Math.fround(at(x, index) * at(y, index)), low), high),
    );
    expect(fault(z, expected, () => 0)).toBeUndefined();
  });

  it("take numbers", () => {
    expect([...add(Tensor.from([1, 2]), 0.5).data]).toEqual([1.5, 2.5]);
    expect([...add(1, Tensor.from([1, 2])).data]).toEqual([2, 3]);
    expect(pow(2, 3).item()).toBe(8);
  });

  it("give NaN where minimum and maximum meet one", () => {
    const [x, y] = [Tensor.from([Number.NaN, 1, 2, 3, Number.NaN]), Tensor.from([1, Number.NaN, 2, 1, 1])];
    const plain = { epilogue: NO_EPILOGUE };
    expect([...applyOne("test", binary.minimumOperator, [x, y], plain).data]).toEqual([
      Number.NaN,
      Number.NaN,
      2,
      1,
      Number.NaN,
    ]);
    expect([...applyOne("test", binary.maximumOperator, [x, y], plain).data]).toEqual([
      Number.NaN,
      Number.NaN,
      2,
      3,
      Number.NaN,
    ]);
  });

  it("give empty results for empty tensors", () => {
    expect(add(Tensor.zeros([2, 0]), Tensor.ones([1])).shape).toEqual([2, 0]);
    expect(add(Tensor.zeros([0, 1]), Tensor.ones([3])).shape).toEqual([0, 3]);
  });

  it("refuse shapes that do not broadcast, and what is no tensor", () => {
    const call = () => add(Tensor.ones([2, 3]), Tensor.ones([2]));
    expect(call).toThrow(RangeError);
    expect(call).toThrow("add: shapes [2, 3] and [2] do not broadcast: axis 1 of the result has 3 and 2");
    expect(() => add(Tensor.ones([1]), "1" as never)).toThrow(/^add: b must be a Tensor/);
    const slopes = [Tensor.ones([3]), Tensor.ones([2, 3])];
    expect(() => applyOne("test", binary.preluOperator, slopes, { epilogue: NO_EPILOGUE })).toThrow(
      "test: slope must repeat to the input's shape [3], got [2, 3]",
    );
  });

  it("fold whole numbers, dividing towards zero", () => {
    const of = (...values: number[]) => ({ data: Float64Array.from(values), shape: [values.length] });
    const fold = (operator: typeof binary.addOperator, a = of(7, -7, 6), b = of(2)) => [
      ...operator.fold!("test", [a, b], { epilogue: NO_EPILOGUE })![0]!.data,
    ];
    expect(fold(binary.addOperator)).toEqual([9, -5, 8]);
    expect(fold(binary.subOperator)).toEqual([5, -9, 4]);
    expect(fold(binary.mulOperator)).toEqual([14, -14, 12]);
    expect(fold(binary.divOperator)).toEqual([3, -3, 3]);
    expect(fold(binary.powOperator)).toEqual([49, 49, 36]);
    expect(fold(binary.minimumOperator)).toEqual([2, -7, 2]);
    expect(fold(binary.maximumOperator)).toEqual([7, 2, 6]);
    expect(() => fold(binary.divOperator, of(1), of(0))).toThrow(/^test: the whole number 1 cannot be divided by 0/);
    const column = { data: Float64Array.of(1, 2), shape: [2, 1] };
    expect(binary.addOperator.fold!("test", [column, of(10, 20)], { epilogue: NO_EPILOGUE })).toEqual([
      { data: Float64Array.of(11, 21, 12, 22), shape: [2, 2] },
    ]);
    const weights = { data: Float32Array.of(1), shape: [1] };
    expect(binary.addOperator.fold!("test", [weights, of(1)], { epilogue: NO_EPILOGUE })).toBeUndefined();
  });
});

describe("pow", () => {
  it("is within 1e-7 of the float64 value, relative", () => {
    const bases = reference.randoms(1, 20_000).map((value) => Math.exp(30 * value));
    const exponents = reference.randoms(2, 20_000).map((value) => 4 * value);
    const y = pow(new Tensor(bases, [20_000]), new Tensor(exponents, [20_000]));
    const expected = Array.from(bases, (base, i) => base ** exponents[i]!);
    const smallest = 2 ** -126;
    const kept = (value: number) => (Math.abs(Math.fround(value)) === Infinity ? Infinity : value);
    const allowed = (i: number) => 1e-7 * Math.max(expected[i]!, smallest);
    expect(fault(y, expected.map(kept), allowed)).toBeUndefined();
  });

  it("treats zeros, infinities and negative numbers as C's pow", () => {
    const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
    const values = [0, -0, 1, -1, 2, -2, 0.5, -0.5, 3, -3, 1e30, -1e30, inf, -inf, nan, 2.5, 33554433];
    const [x, y] = [new Tensor(values, [values.length, 1]), new Tensor(values, [1, values.length])];
    const expected = Array.from(indices([values.length, values.length]), (index) => {
      const [base, exponent] = [at(x, index), at(y, index)];
      // JavaScript alone says NaN for these
      if (base === 1 || (base === -1 && Math.abs(exponent) === inf)) return 1;
      return Math.fround(base ** exponent);
    });
    expect(fault(pow(x, y), expected, (i) => 1e-7 * Math.abs(expected[i]!))).toBeUndefined();
  });

  it.each([2, 3, 0.5, -1, 1.5])("takes one exponent for all, %d", (exponent) => {
    for (let length = 1; length <= 9; ++length) {
      const x = randoms(length, [length]).data.map((value) => 1.5 + value);
      const expected = Array.from(x, (value) => value ** exponent);
      expect(fault(pow(new Tensor(x, [length]), exponent), expected, (i) => 2e-7 * expected[i]!)).toBeUndefined();
    }
  });
});

describe("prelu", () => {
  it("multiplies what is negative by the slope of its channel", () => {
    const x = randoms(3, [2, 3, 5]);
    const slopes = Tensor.from([0.5, 0, -1]);
    const expected = Array.from(indices(x.shape), (index) => {
      const value = at(x, index);
      return value < 0 ? Math.fround(value * slopes.data[index[1]!]!) : value;
    });
    expect(fault(prelu(x, slopes), expected, () => 0)).toBeUndefined();
    expect(prelu(x, Tensor.from([0.25]))).toEqual(prelu(x, Tensor.from([0.25, 0.25, 0.25])));
  });
});

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
      [[5, 5, 2], 0],
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
      const attributes = { eps: 1e-5, epilogue: NO_EPILOGUE };
      const operands = [x, mean, variance, weight, bias];
      expect(fault(applyOne("test", batchNormOperator, operands, attributes), expected, allowed)).toBeUndefined();
      const rectified = applyOne("test", batchNormOperator, operands, {
        ...attributes,
        epilogue: epilogueOf("test", "relu"),
      });
      const positive = expected.map((value) => Math.max(value, 0));
      expect(fault(rectified, positive, allowed), `${pixels}`).toBeUndefined();
    }
  });
});

describe("softmax and its logarithm", () => {
  const shapes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 });
  const cases = shapes.chain((shape) => fc.tuple(fc.constant(shape), fc.nat({ max: shape.length - 1 }), fc.nat()));

  /** Along an axis, in float64. */
  function exactly(x: Tensor, dim: number): { parts: number[]; logarithms: number[] } {
    const rest = (index: readonly number[]) => index.toSpliced(dim, 1).join();
    const names = Array.from(indices(x.shape), rest);
    const most = new Map<string, number>();
    for (const [i, name] of names.entries()) most.set(name, Math.max(most.get(name) ?? -Infinity, x.data[i]!));
    const sums = new Map<string, number>();
    for (const [i, name] of names.entries())
      sums.set(name, (sums.get(name) ?? 0) + Math.exp(x.data[i]! - most.get(name)!));
    const logarithms = names.map((name, i) => x.data[i]! - most.get(name)! - Math.log(sums.get(name)!));
    return { parts: logarithms.map(Math.exp), logarithms };
  }

  it("are those of float64 along any axis", () => {
    fc.assert(
      fc.property(cases, ([shape, dim, seed]) => {
        const x = new Tensor(
          randoms(seed, shape).data.map((value) => 20 * value),
          shape,
        );
        const { parts, logarithms } = exactly(x, dim);
        // what a distance to the largest loses when it is rounded, e^ multiplies by it
        const allowed = (i: number) => (2e-6 - UNIT * logarithms[i]!) * parts[i]!;
        expect(fault(softmax(x, { dim }), parts, allowed)).toBeUndefined();
        expect(fault(softmax(x, { dim: dim - shape.length }), parts, allowed)).toBeUndefined();
        expect(
          fault(logSoftmax(x, { dim }), logarithms, (i) => 2e-6 + 2e-7 * Math.abs(logarithms[i]!)),
        ).toBeUndefined();
      }),
    );
  });

  it("stay accurate over long axes, however large the numbers", () => {
    for (const [shape, dim] of [
      [[50_001], 0],
      [[50_001, 2], 0],
    ] as const) {
      const x = new Tensor(
        randoms(9, shape).data.map((value) => 1e4 + 5 * value),
        shape,
      );
      const { parts } = exactly(x, dim);
      expect(fault(softmax(x, { dim }), parts, (i) => 2e-6 * parts[i]!)).toBeUndefined();
    }
  });

  it("give 0 for what is masked by -Infinity, and NaN as torch does", () => {
    const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
    const rows = Tensor.from([
      [1, -inf, 1, -inf, 1, 1],
      [nan, 0, 0, 0, 0, 0],
      [0, 0, 0, 0, 0, nan],
      [inf, 0, 0, 0, 0, 0],
      [-inf, -inf, -inf, -inf, -inf, -inf],
      [0, -200, 0, 0, 0, -1e30],
    ]);
    const none = Array<number>(6).fill(nan);
    const y = softmax(rows, { dim: 1 }).toArray() as number[][];
    expect(y[0]).toEqual([0.25, 0, 0.25, 0, 0.25, 0.25]);
    expect(y.slice(1, 5)).toEqual([none, none, none, none]);
    expect(y[5]).toEqual([0.25, 0, 0.25, 0.25, 0.25, 0]);
    const columns = new Tensor(
      Array.from({ length: 36 }, (_, i) => rows.data[(i % 6) * 6 + Math.floor(i / 6)]!),
      [6, 6],
    );
    const turned = softmax(columns, { dim: 0 }).toArray() as number[][];
    expect(turned.map((_, i) => turned.map((row) => row[i]))).toEqual(y);
    expect((logSoftmax(rows, { dim: 1 }).toArray() as number[][])[0]![1]).toBe(-inf);
  });
});

describe("reductions", () => {
  const REDUCTIONS = {
    sum: { operator: sumOperator, start: 0, combine: (a: number, b: number) => a + b },
    mean: { operator: meanOperator, start: 0, combine: (a: number, b: number) => a + b },
    amax: { operator: amaxOperator, start: -Infinity, combine: Math.max },
    amin: { operator: aminOperator, start: Infinity, combine: Math.min },
  };

  function exactly(name: keyof typeof REDUCTIONS, x: Tensor, dims: readonly number[]) {
    const { start, combine } = REDUCTIONS[name];
    const kept = x.shape.map((length, axis) => (dims.includes(axis) ? 1 : length));
    const size = sizeOf(kept);
    const [values, magnitudes] = [Array<number>(size).fill(start), Array<number>(size).fill(0)];
    for (const [i, index] of Array.from(indices(x.shape), (each) => [...each]).entries()) {
      const to = kept.reduce((sum, length, axis) => sum * length + (length === 1 ? 0 : index[axis]!), 0);
      values[to] = combine(values[to]!, x.data[i]!);
      magnitudes[to]! += Math.abs(x.data[i]!);
    }
    const count = name === "mean" ? x.size / size : 1;
    return { kept, values: values.map((value) => value / count), magnitudes: magnitudes.map((value) => value / count) };
  }

  const cases = fc
    .array(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.boolean()), { minLength: 1, maxLength: 5 })
    .filter((axes) => axes.some(([, reduced]) => reduced));

  it.each(Object.keys(REDUCTIONS) as (keyof typeof REDUCTIONS)[])("%s over any axes", (name) => {
    fc.assert(
      fc.property(cases, fc.boolean(), fc.nat(), (axes, keepdim, seed) => {
        const shape = axes.map(([length]) => length);
        const dims = [...axes.keys()].filter((axis) => axes[axis]![1]);
        const x = randoms(seed, shape);
        const { kept, values, magnitudes } = exactly(name, x, dims);
        const { operator } = REDUCTIONS[name];
        const y = applyOne("test", operator, [x], { dims, keepdim });
        expect(y.shape).toEqual(keepdim ? kept : kept.filter((_, axis) => !dims.includes(axis)));
        const allowed = (i: number) => (name.startsWith("a") ? 0 : 4 * UNIT * magnitudes[i]!);
        expect(fault(y, values, allowed)).toBeUndefined();
        const negative = dims.map((dim) => dim - shape.length).reverse();
        expect(applyOne("test", operator, [x], { dims: negative, keepdim })).toEqual(y);
      }),
    );
  });

  it("are within 2e-6 of the largest result over long axes", () => {
    for (const shape of [
      [1, 300_007],
      [300_007, 1],
      [100_003, 3],
      [2, 65_537, 2],
    ]) {
      const x = new Tensor(
        randoms(11, shape).data.map((value) => 1 + value),
        shape,
      );
      const dim = shape.indexOf(Math.max(...shape));
      for (const name of ["sum", "mean"] as const) {
        const { values } = exactly(name, x, [dim]);
        const y = applyOne("test", REDUCTIONS[name].operator, [x], { dims: [dim], keepdim: false });
        expect(
          fault(y, values, () => 2e-6 * Math.max(...values.map(Math.abs))),
          `${name} of ${shape}`,
        ).toBeUndefined();
      }
    }
  });

  it("take all axes where none is named", () => {
    const x = randoms(3, [2, 3, 4]);
    const all = applyOne("test", sumOperator, [x], { dims: [], keepdim: false });
    expect(all).toEqual(applyOne("test", sumOperator, [x], { dims: [0, 1, 2], keepdim: false }));
    expect(all.shape).toEqual([]);
  });

  it("give NaN for the largest and smallest of what holds one", () => {
    for (const length of [1, 2, 3, 4, 5, 6, 7, 8, 9]) {
      for (let place = 0; place < length; ++place) {
        const x = Tensor.arange(length);
        x.data[place] = Number.NaN;
        const both = new Tensor(
          [...x.data, ...x.data].map((_, i) => x.data[i >> 1]!),
          [length, 2],
        );
        for (const operator of [amaxOperator, aminOperator]) {
          expect(applyOne("test", operator, [x], { dims: [0], keepdim: false }).item()).toBeNaN();
          expect([...applyOne("test", operator, [both], { dims: [0], keepdim: false }).data]).toEqual([
            Number.NaN,
            Number.NaN,
          ]);
        }
      }
    }
  });

  it("of nothing are 0 and NaN, or are refused", () => {
    const x = Tensor.zeros([2, 0, 3]);
    const attributes = { dims: [1], keepdim: false };
    expect([...applyOne("test", sumOperator, [x], attributes).data]).toEqual([0, 0, 0, 0, 0, 0]);
    expect([...applyOne("test", meanOperator, [x], attributes).data]).toEqual(Array(6).fill(Number.NaN));
    expect(applyOne("test", sumOperator, [x], { dims: [0], keepdim: true }).shape).toEqual([1, 0, 3]);
    expect(() => applyOne("test", amaxOperator, [x], attributes)).toThrow(RangeError);
    expect(applyOne("test", aminOperator, [x], { dims: [0], keepdim: false }).shape).toEqual([0, 3]);
  });

  it("refuse axes that are not there, or there twice", () => {
    const x = Tensor.ones([2, 3]);
    const reduce = (dims: number[]) => () => applyOne("test", sumOperator, [x], { dims, keepdim: false });
    expect(reduce([2])).toThrow(/^test: dims must be from -2 to 1/);
    expect(reduce([0, -2])).toThrow(/^test: dims must name each axis once, got \[0, -2\]/);
  });
});
