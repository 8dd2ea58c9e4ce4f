import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BLOCK } from "../../assembly/ops/blocks.ts";
import { arrayOf, DTYPES, type DType, isIntegral, type TensorData } from "../../src/dtype.ts";
import { elementsOf, numbersOf } from "../../src/elements.ts";
import { castOperator } from "../../src/operators/cast.ts";
import { type Comparison, comparisonOperator } from "../../src/operators/compare.ts";
import { gatherOperator } from "../../src/operators/gather.ts";
import { draws } from "../support/draws.ts";
import { at, indices } from "../support/elements.ts";
import { runGuarded } from "../support/guarded.ts";
import { sizeOf } from "../support/reference.ts";

fc.configureGlobal(draws(20260, 60));

const INTEGERS = DTYPES.filter(isIntegral);
const BITS: Partial<Record<DType, number>> = { int64: 64, int32: 32, uint8: 8, int8: 8 };

/** Numbers where conversions bend, in each dtype that has them. */
const EDGES = [
  0,
  -0,
  1,
  -1,
  0.5,
  -0.5,
  1.5,
  2.5,
  127,
  128,
  129,
  -128,
  -129,
  255,
  256,
  257,
  2047,
  2048,
  2049,
  2051,
  65503,
  65504,
  65519.99,
  65520,
  2 ** 24 - 1,
  2 ** 24 + 1,
  2 ** 31 - 1,
  2 ** 31,
  -(2 ** 31),
  -(2 ** 31) - 1,
  2 ** 40,
  2 ** 62,
  2 ** 63,
  -(2 ** 63),
  3e38,
  -3e38,
  1e-40,
  2 ** -24,
  2 ** -25,
  1.5 * 2 ** -25,
  -(2 ** -14),
  6e-5,
  Infinity,
  -Infinity,
  Number.NaN,
];

/** Elements of a dtype: edges, then numbers of all sizes. */
function elements(dtype: DType, count: number, seed: number): TensorData {
  if (dtype === "int64") {
    const wide = (i: number) => BigInt.asIntN(64, BigInt(i + seed) * 0x9e3779b97f4a7c15n) >> BigInt(i % 64);
    const edges = [0n, -1n, 127n, 128n, 2n ** 31n, -(2n ** 31n) - 1n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)];
    return BigInt64Array.from({ length: count }, (_, i) => edges[i] ?? wide(i));
  }
  const random = (i: number) => Math.sin(i * 12.9898 + seed) * 2 ** ((i % 50) - 10);
  const numbers = Array.from({ length: count }, (_, i) => Math.fround(EDGES[i] ?? random(i)));
  return elementsOf(dtype, numbers, "wrap");
}

const f32 = new Float32Array(1);

/** One element converted, by the rules in plain words: see the operator. */
function converted(value: number | bigint, from: DType, to: DType): number | bigint {
  if (to === "bool") return Number(value) === 0 ? 0 : 1;
  if (!isIntegral(to)) {
    f32[0] = Number(value);
    // int64 to float16 goes by float32, as in torch; the widest difference is half of the last bit of float16
    return to === "float32" ? f32[0] : numbersOf("float16", elementsOf("float16", [f32[0]], "wrap"))[0]!;
  }
  if (isIntegral(from)) {
    const bits = BITS[to]!;
    const low = to === "uint8" ? BigInt.asUintN(bits, BigInt(value)) : BigInt.asIntN(bits, BigInt(value));
    return to === "int64" ? low : Number(low);
  }
  const number = Number(value);
  const [least, most] =
    to === "uint8" ? [0n, 255n] : [-(2n ** BigInt(BITS[to]! - 1)), 2n ** BigInt(BITS[to]! - 1) - 1n];
  let whole = 0n;
  if (number === Infinity) whole = most;
  else if (number === -Infinity) whole = least;
  else if (!Number.isNaN(number)) whole = BigInt(Math.trunc(number));
  const limited = whole > most ? most : whole < least ? least : whole;
  return to === "int64" ? limited : Number(limited);
}

/** Elements as they are: int64 as bigints, all others as numbers. */
const valuesOf = (dtype: DType, data: TensorData): readonly (number | bigint)[] =>
  dtype === "int64" ? Array.from(data as BigInt64Array) : Array.from(numbersOf(dtype, data));

describe("cast", () => {
  const pairs = DTYPES.flatMap((from) => DTYPES.filter((to) => to !== from).map((to) => [from, to] as const));
  it.each(pairs)("%s to %s", (from, to) => {
    for (const [turn, count] of [1, 7, 1000, 2 * BLOCK + 3].entries()) {
      const data = elements(from, count, turn);
      const argument = { dtype: from, shape: [count], data: data as ArrayLike<number> };
      const [result] = runGuarded(castOperator, [argument], { to }, turn);
      expect(result!.dtype).toBe(to);
      const expected = valuesOf(from, data).map((value) => converted(value, from, to));
      const got = valuesOf(to, result!.data);
      const wrong = got.findIndex((value, i) => !Object.is(value, expected[i]));
      expect(wrong, `${valuesOf(from, data)[wrong]} became ${got[wrong]}, not ${expected[wrong]}`).toBe(-1);
    }
  });

  it("every float16 to float32 and back", () => {
    const bits = Uint16Array.from({ length: 65536 }, (_, i) => i);
    const halves = new (arrayOf("float16"))(bits.buffer, 0, bits.length);
    const argument = { dtype: "float16", shape: [65536], data: halves as ArrayLike<number> } as const;
    const [wide] = runGuarded(castOperator, [argument], { to: "float32" }, 1);
    const [back] = runGuarded(castOperator, [{ ...wide!, data: wide!.data as Float32Array }], { to: "float16" }, 2);
    expect(valuesOf("float16", back!.data)).toEqual(valuesOf("float16", halves));
  });

  it("to its own dtype is a view, and integers that are constant are cast when planning", () => {
    expect(castOperator.plan("t", [{ dtype: "int8", shape: [3] }], { to: "int8" }, "many").parts).toEqual([0]);
    for (const from of INTEGERS) {
      for (const to of DTYPES.filter((dtype) => dtype !== from)) {
        const constant = { dtype: from, shape: [100], data: elements(from, 100, 1) };
        const [folded] = castOperator.plan("t", [constant], { to }, "many").constants!;
        const expected = valuesOf(from, constant.data).map((value) => converted(value, from, to));
        expect(valuesOf(to, folded!.data), `${from} to ${to}`).toEqual(expected);
      }
    }
  });

  it("to no dtype is refused", () => {
    expect(() => castOperator.plan("t", [{ dtype: "int8", shape: [] }], { to: "int4" as DType }, "many")).toThrow(
      'to must be one of "float32"',
    );
  });
});

describe("gather", () => {
  const cases = fc.record({
    outer: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 }),
    length: fc.integer({ min: 1, max: 9 }),
    inner: fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 2 }),
    picks: fc.array(fc.nat(17), { minLength: 1, maxLength: 8 }),
    wide: fc.boolean(),
    turn: fc.nat(1000),
  });

  it.each(DTYPES)("of %s takes what the indices name", (dtype) => {
    fc.assert(
      fc.property(cases, ({ outer, length, inner, picks, wide, turn }) => {
        const shape = [...outer, length, ...inner];
        const data = elements(dtype, sizeOf(shape), turn);
        const taken = picks.map((pick) => (pick % (2 * length)) - length);
        const own = { dtype: wide ? "int64" : "int32", shape: [1, taken.length] } as const;
        const names = elementsOf(own.dtype, taken, "wrap");
        const [result] = runGuarded(
          gatherOperator,
          [
            { dtype, shape, data: data as ArrayLike<number> },
            { ...own, data: names as ArrayLike<number> },
          ],
          { dim: outer.length },
          turn,
        );
        const size = sizeOf(inner);
        const values = valuesOf(dtype, data);
        const expected = Array.from({ length: sizeOf(outer) }, (_, o) =>
          taken.map((index) => {
            const first = (o * length + (index < 0 ? index + length : index)) * size;
            return values.slice(first, first + size);
          }),
        ).flat(2);
        expect(result!.shape).toEqual([...outer, 1, taken.length, ...inner]);
        expect(valuesOf(dtype, result!.data)).toEqual(expected);
        if (!isIntegral(dtype)) return;
        const constants = [
          { dtype, shape, data },
          { ...own, data: names },
        ];
        const [folded] = gatherOperator.plan("t", constants, { dim: outer.length }, "many").constants!;
        expect(folded).toEqual({ dtype, shape: result!.shape, data: result!.data });
      }),
    );
  });

  it.each([3, -4, 2 ** 31 - 1, -(2 ** 31)])("reads nothing outside by the index %i, and refuses it", (index) => {
    for (const dtype of ["int64", "int32"] as const) {
      const of = (data: TensorData) => ({ dtype, shape: [2], data: data as ArrayLike<number> });
      const input = { shape: [3, 5], data: Float32Array.from({ length: 15 }, (_, i) => i) };
      const call = () => runGuarded(gatherOperator, [input, of(elementsOf(dtype, [0, index], "wrap"))], { dim: 0 }, 0);
      expect(call).toThrow("every index must be from -3 to 2 for the 3 values of axis 0");
      const constant = { dtype, shape: [1], data: elementsOf(dtype, [index], "wrap") };
      const plan = () => gatherOperator.plan("node", [{ dtype: "float32", shape: [3] }, constant], { dim: 0 }, "many");
      expect(plan).toThrow(RangeError);
      expect(plan).toThrow(`node: every index must be from -3 to 2 for the 3 values of axis 0, got ${index}`);
    }
  });

  it("refuses indices that are not integers, and an empty axis", () => {
    const plan = (shape: readonly number[], dtype: DType) => () =>
      gatherOperator.plan(
        "node",
        [
          { dtype: "float32", shape },
          { dtype, shape: [1] },
        ],
        { dim: 0 },
        "many",
      );
    expect(plan([3], "float32")).toThrow("node: indices must hold int64 or int32, but hold float32");
    expect(plan([0], "int64")).toThrow(RangeError);
    expect(plan([], "int64")).toThrow(/^node: dim must be from/);
  });
});

describe("comparisons", () => {
  const HOLDS: Readonly<Record<Comparison, (a: number | bigint, b: number | bigint) => boolean>> = {
    eq: (a, b) => a === b,
    ne: (a, b) => a !== b,
    lt: (a, b) => a < b,
    le: (a, b) => a <= b,
    gt: (a, b) => a > b,
    ge: (a, b) => a >= b,
  };
  const SHAPES: readonly (readonly [readonly number[], readonly number[]])[] = [
    [[7], [7]],
    [[3, 5], [1]],
    [[1], [2, 9]],
    [[2, 3, 1], [5]],
    [
      [2, 1, 4],
      [2, 3, 1],
    ],
    [[2, BLOCK + 3], [BLOCK + 3]],
  ];
  const dtypes = DTYPES.filter((dtype) => dtype !== "float16");

  it.each(Object.keys(HOLDS) as Comparison[])("%s, of every dtype, with broadcasting", (name) => {
    const operator = comparisonOperator(name);
    for (const dtype of dtypes) {
      for (const [turn, [a, b]] of SHAPES.entries()) {
        const argument = (shape: readonly number[], seed: number) => {
          const data = elements(dtype, sizeOf(shape), seed);
          return { dtype, shape, data };
        };
        const [x, y] = [argument(a, 1), argument(b, 2)];
        const operands = [x, y].map((each) => ({ ...each, data: each.data as ArrayLike<number> }));
        const [result] = runGuarded(operator, operands, {}, turn);
        expect(result!.dtype).toBe("bool");
        const plain = ({ shape, data }: typeof x) => ({ shape, data: valuesOf(dtype, data) as readonly number[] });
        const [left, right] = [plain(x), plain(y)];
        const expected = Array.from(indices(result!.shape), (index) =>
          Number(HOLDS[name](at(left, index), at(right, index))),
        );
        expect(Array.from(result!.data as Uint8Array), `${dtype} [${a}] [${b}]`).toEqual(expected);
        const { constants } = operator.plan("t", [x, y], {}, "many");
        if (isIntegral(dtype) && expected.length <= 4096)
          expect(Array.from(constants![0]!.data as Uint8Array)).toEqual(expected);
        else expect(constants).toBeUndefined();
      }
    }
  });

  it("of two dtypes are refused", () => {
    const operands = [
      { dtype: "int64", shape: [2] },
      { dtype: "float32", shape: [2] },
    ] as const;
    expect(() => comparisonOperator("lt").plan("node", operands, {}, "many")).toThrow(
      "node: arguments must have one dtype, got int64 and float32",
    );
  });
});
