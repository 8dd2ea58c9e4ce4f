import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { add, pow, prelu, Tensor } from "../../src/index.ts";
import * as binary from "../../src/operators/binary.ts";
import { constantOf, numbersOf } from "../../src/planning/constant.ts";
import { applyOne } from "../../src/planning/evaluate.ts";
import type { Operands } from "../../src/planning/operator.ts";
import { activated, at, fault, indices, randoms } from "../support/elements.ts";
import * as reference from "../support/reference.ts";

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
          const z = applyOne("test", operator, [x, y], {});
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
      const rectified = activated(binary.addOperator, [x, y], {}, "relu");
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
    const z = activated(binary.mulOperator, [x, y], {}, { clamp: [-0.2, 0.3] });
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
    const plain = {};
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

  it("refuse shapes that do not broadcast, and what is not a tensor", () => {
    const call = () => add(Tensor.ones([2, 3]), Tensor.ones([2]));
    expect(call).toThrow(RangeError);
    expect(call).toThrow("add: shapes [2, 3] and [2] do not broadcast: axis 1 of the result has 3 and 2");
    expect(() => add(Tensor.ones([1]), "1" as never)).toThrow(/^add: b must be a Tensor/);
    const slopes = [Tensor.ones([3]), Tensor.ones([2, 3])];
    expect(() => applyOne("test", binary.preluOperator, slopes, {})).toThrow(
      "test: slope must repeat to the input's shape [3], got [2, 3]",
    );
  });

  it("fold whole numbers, dividing towards zero", () => {
    const of = (...values: number[]) => constantOf("int64", [values.length], values);
    const fold = (operator: typeof binary.addOperator, a = of(7, -7, 6), b = of(2)) =>
      Array.from(numbersOf(operator.plan("test", [a, b], {}, "many").constants![0]!));
    expect(fold(binary.addOperator)).toEqual([9, -5, 8]);
    expect(fold(binary.subOperator)).toEqual([5, -9, 4]);
    expect(fold(binary.mulOperator)).toEqual([14, -14, 12]);
    expect(fold(binary.divOperator)).toEqual([3, -3, 3]);
    expect(fold(binary.powOperator)).toEqual([49, 49, 36]);
    expect(fold(binary.minimumOperator)).toEqual([2, -7, 2]);
    expect(fold(binary.maximumOperator)).toEqual([7, 2, 6]);
    expect(() => fold(binary.divOperator, of(1), of(0))).toThrow(/^test: the whole number 1 cannot be divided by 0/);
    const column = constantOf("int64", [2, 1], [1, 2]);
    expect(binary.addOperator.plan("test", [column, of(10, 20)], {}, "many").constants).toEqual([
      constantOf("int64", [2, 2], [11, 21, 12, 22]),
    ]);
    const weights = constantOf("float32", [1], [1]);
    const plan = (...operands: Operands) => binary.addOperator.plan("test", operands, {}, "many");
    expect(plan(weights, weights).constants).toBeUndefined();
    expect(() => plan(weights, of(1))).toThrow(TypeError);
    expect(() => plan(of(1), { dtype: "int64", shape: [1] })).toThrow(/^test: .* constant, got int64/);
    const [long, wide] = [of(...Array(2 ** 11).fill(1)), constantOf("int64", [2 ** 11, 1], Array(2 ** 11).fill(1))];
    expect(() => plan(long, wide)).toThrow(RangeError);
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
