import { describe, expect, it } from "vitest";
import { BLOCK } from "../../assembly/ops/blocks.ts";
import { arrayOf, type DType, type TensorData } from "../../src/dtype.ts";
import { cumsumOperator, WHOLE_OPERATORS, WHOLE_REDUCTIONS } from "../../src/operators/arithmetic.ts";
import { ELEMENTARY } from "../../src/operators/elementary.ts";
import { whereOperator } from "../../src/operators/select.ts";
import { at, indices } from "../support/elements.ts";
import { runGuarded } from "../support/guarded.ts";
import { sizeOf } from "../support/reference.ts";

/** Whole numbers in kernels, against bigints; every call runs among guards, with its items divided, and in place. */

type Name = keyof typeof WHOLE_OPERATORS;

const BITS: Partial<Record<DType, number>> = { int64: 64, int32: 32, uint8: 8, int8: 8, bool: 8 };
const WHOLE: readonly DType[] = ["int64", "int32", "uint8", "int8"];

const wrapped = (dtype: DType, value: bigint): bigint =>
  dtype === "uint8" || dtype === "bool" ? BigInt.asUintN(8, value) : BigInt.asIntN(BITS[dtype]!, value);

/** Numbers of all sizes, both ends of the type first. */
function elements(dtype: DType, count: number, seed: number): TensorData {
  const numbers = Array.from({ length: count }, (_, i) => {
    if (dtype === "bool") return BigInt((i * i + seed) % 3 === 0);
    if (i < 4)
      return wrapped(dtype, [2n ** BigInt(BITS[dtype]! - 1), -1n, 0n, 2n ** BigInt(BITS[dtype]! - 1) - 1n][i]!);
    return wrapped(dtype, (BigInt(i + seed) * 0x9e3779b97f4a7c15n) >> BigInt((i * 5) % 60));
  });
  return made(dtype, numbers);
}

const made = (dtype: DType, numbers: readonly bigint[]): TensorData =>
  (dtype === "int64"
    ? BigInt64Array.from(numbers)
    : (arrayOf(dtype) as unknown as Int32ArrayConstructor).from(numbers.map(Number))) as TensorData;

const ordered = (...numbers: readonly bigint[]) => numbers.toSorted((a, b) => Number(a > b) - Number(a < b));
const floorMod = (a: bigint, b: bigint) => ((a % b) + b) % b;

/** What each operation means; operands of divisions are never 0, and those of shifts are from 0 to the last bit. */
const MEANING: Readonly<Record<Name, (a: bigint, b: bigint, dtype: DType) => bigint>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  pow: (a, b) => (b >= 0n ? a ** b : a === 1n ? 1n : a === -1n ? (b % 2n === 0n ? 1n : -1n) : 0n),
  minimum: (a, b) => ordered(a, b).at(0)!,
  maximum: (a, b) => ordered(a, b).at(-1)!,
  remainder: floorMod,
  fmod: (a, b) => a % b,
  bitwiseAnd: (a, b) => a & b,
  bitwiseOr: (a, b) => a | b,
  bitwiseXor: (a, b) => a ^ b,
  shiftLeft: (a, b) => a << b,
  shiftRight: (a, b, dtype) => BigInt.asUintN(BITS[dtype]!, a) >> b,
};

/** The second argument, within what an operation takes. */
function second(name: Name, dtype: DType, data: TensorData): TensorData {
  const change = (value: bigint): bigint => {
    if (["div", "remainder", "fmod"].includes(name)) return value === 0n ? 3n : value;
    if (name === "pow") return floorMod(value, 9n) - (dtype === "uint8" ? 0n : 2n);
    return name.startsWith("shift") ? floorMod(value, BigInt(BITS[dtype]!)) : value;
  };
  return made(
    dtype,
    Array.from(data as Int32Array, (value) => change(BigInt(value))),
  );
}

const SHAPES: readonly (readonly [readonly number[], readonly number[]])[] = [
  [[37], [37]],
  [[3, 19], [1]],
  [[1], [2, 33]],
  [[2, 3, 1], [17]],
  [
    [2, 1, 4],
    [2, 3, 1],
  ],
  [[2, BLOCK + 3], [BLOCK + 3]],
];

const operand = (dtype: DType, shape: readonly number[], data: TensorData) => ({
  dtype,
  shape,
  data: data as unknown as ArrayLike<number>,
});

describe.each(Object.keys(MEANING) as Name[])("%s of whole numbers", (name) => {
  const operator = WHOLE_OPERATORS[name];
  it.each(WHOLE.filter((dtype) => !(name.startsWith("shift") && dtype === "int8")))(
    "%s, with broadcasting, wraps around",
    (dtype) => {
      for (const [turn, [a, b]] of SHAPES.entries()) {
        const x = elements(dtype, sizeOf(a), turn);
        const y = second(name, dtype, elements(dtype, sizeOf(b), turn + 5).reverse() as TensorData);
        const [result] = runGuarded(operator, [operand(dtype, a, x), operand(dtype, b, y)], {}, turn);
        const values = (shape: readonly number[], data: TensorData) => ({
          shape,
          data: Array.from(data as Int32Array, (value) => BigInt(value)) as unknown as readonly number[],
        });
        const [left, right] = [values(a, x), values(b, y)];
        const expected = Array.from(indices(result!.shape), (index) => {
          const [p, q] = [at(left, index), at(right, index)] as unknown as [bigint, bigint];
          return wrapped(dtype, MEANING[name](p, q, dtype));
        });
        const got = Array.from(result!.data as Int32Array, (value) => BigInt(value));
        expect(got, `${dtype} [${a}] [${b}]`).toEqual(expected);
        if (expected.length > 4096) continue;
        // known when planning
        const constants = [
          { dtype, shape: a, data: x },
          { dtype, shape: b, data: y },
        ];
        const [folded] = operator.plan("t", constants, {}, "many").constants!;
        expect(Array.from(folded!.data as Int32Array, (value) => BigInt(value))).toEqual(expected);
      }
    },
  );
});

it.each(["div", "remainder", "fmod"] as const)("%s by 0 is refused, when planning and when running", (name) => {
  for (const dtype of WHOLE) {
    const [x, zero] = [made(dtype, [5n, 6n]), made(dtype, [1n, 0n])];
    const run = () => runGuarded(WHOLE_OPERATORS[name], [operand(dtype, [2], x), operand(dtype, [2], zero)], {}, 0);
    expect(run).toThrow("whole numbers cannot be divided by 0");
    const known = [
      { dtype, shape: [2] },
      { dtype, shape: [2], data: zero },
    ];
    expect(() => WHOLE_OPERATORS[name].plan("node", known, {}, "many")).toThrow(
      "node: whole numbers cannot be divided by 0",
    );
  }
});

it("operations of two dtypes are refused", () => {
  const operands = [
    { dtype: "int64", shape: [2] },
    { dtype: "int32", shape: [2] },
  ] as const;
  expect(() => WHOLE_OPERATORS.add.plan("node", operands, {}, "many")).toThrow(
    "node: arguments must have one dtype, got int64 and int32",
  );
});

describe("along an axis", () => {
  const SIZES = [1, 2, 5];
  const INNER = [1, 3, 16, 19, BLOCK + 1];
  const product = (dtype: DType, terms: readonly bigint[]) =>
    wrapped(
      dtype,
      terms.reduce((a, b) => a * b, 1n),
    );
  const MEANINGS = {
    sum: (dtype: DType, terms: readonly bigint[]) =>
      wrapped(
        dtype,
        terms.reduce((a, b) => a + b, 0n),
      ),
    prod: product,
    amax: (_: DType, terms: readonly bigint[]) => ordered(...terms).at(-1)!,
    amin: (_: DType, terms: readonly bigint[]) => ordered(...terms).at(0)!,
  };

  it.each(Object.keys(MEANINGS) as (keyof typeof MEANINGS)[])("%s of whole numbers", (name) => {
    for (const dtype of WHOLE) {
      for (const count of SIZES) {
        for (const [turn, inner] of INNER.entries()) {
          const data = elements(dtype, 2 * count * inner, turn);
          const input = operand(dtype, [2, count, inner], data);
          const [result] = runGuarded(WHOLE_REDUCTIONS[name], [input], { dims: [1], keepdim: false }, turn);
          const values = Array.from(data as Int32Array, (value) => BigInt(value));
          const expected = Array.from({ length: 2 * inner }, (_, i) => {
            const first = Math.floor(i / inner) * count * inner + (i % inner);
            return MEANINGS[name](
              dtype,
              Array.from({ length: count }, (__, k) => values[first + k * inner]!),
            );
          });
          expect(Array.from(result!.data as Int32Array, (value) => BigInt(value))).toEqual(expected);
        }
      }
    }
    const three = { dims: [0, 2, 4], keepdim: true };
    const many = operand("int32", [3, 2, 5, 2, 4, 2], elements("int32", 480, 1));
    expect(runGuarded(WHOLE_REDUCTIONS[name], [many], three, 3)[0]!.shape).toEqual([1, 2, 1, 2, 1, 2]);
  });

  it("the product of float32, and what nothing gives", () => {
    const data = Float32Array.of(1, 2, 3, 4, 5, 6);
    const [result] = runGuarded(WHOLE_REDUCTIONS.prod, [{ shape: [2, 3], data }], { dims: [1], keepdim: false }, 0);
    expect([...(result!.data as Float32Array)]).toEqual([6, 120]);
    const plan = (name: keyof typeof WHOLE_REDUCTIONS) =>
      WHOLE_REDUCTIONS[name].plan("node", [{ dtype: "int64", shape: [2, 0] }], { dims: [1], keepdim: false }, "many");
    expect(plan("sum").constants![0]!.data).toEqual(BigInt64Array.of(0n, 0n));
    expect(plan("prod").constants![0]!.data).toEqual(BigInt64Array.of(1n, 1n));
    expect(() => plan("amax")).toThrow("node: input must have values along the reduced axes");
  });

  it.each([false, true])("sums so far, reverse: %s", (reverse) => {
    for (const exclusive of [false, true]) {
      for (const dtype of ["float32", "int32", "int64"] as const) {
        for (const [turn, inner] of INNER.entries()) {
          const count = 4;
          const numbers = Array.from({ length: 2 * count * inner }, (_, i) => BigInt((i * 7 + turn) % 23) - 9n);
          const data = dtype === "float32" ? Float32Array.from(numbers, Number) : made(dtype, numbers);
          const attributes = { dim: -2, reverse, exclusive };
          const [result] = runGuarded(cumsumOperator, [operand(dtype, [2, count, inner], data)], attributes, turn);
          const expected = numbers.map((own, i) => {
            const [first, k] = [i - (Math.floor(i / inner) % count) * inner, Math.floor(i / inner) % count];
            let sum = exclusive ? 0n : own;
            for (let other = 0; other < count; ++other) {
              if (reverse ? other > k : other < k) sum += numbers[first + other * inner]!;
            }
            return sum;
          });
          expect(Array.from(result!.data as Int32Array, (value) => BigInt(value))).toEqual(expected);
        }
      }
    }
  });
});

describe("where", () => {
  const THREE: readonly (readonly (readonly number[])[])[] = [
    [[37], [37], [37]],
    [[1], [2, 21], [21]],
    [[3, 1], [2, 3, 18], [1]],
    [[19], [], [2, 1, 19]],
    [[2, 1, 1], [1, 3, 1], [20]],
    [[BLOCK + 5], [2, BLOCK + 5], [2, 1]],
  ];

  it.each<DType>(["float32", "float16", "int64", "int32", "uint8", "bool"])("of %s", (dtype) => {
    for (const [turn, shapes] of THREE.entries()) {
      const [c, a, b] = shapes as [readonly number[], readonly number[], readonly number[]];
      const numbers = (shape: readonly number[], from: number) =>
        Array.from({ length: sizeOf(shape) }, (_, i) => (dtype === "bool" ? (i + from) % 2 : (i * 3 + from) % 100));
      const of = (shape: readonly number[], from: number) => {
        const values = numbers(shape, from);
        const data = dtype === "int64" ? made(dtype, values.map(BigInt)) : (values as unknown as TensorData);
        return { ...operand(dtype, shape, data), values: { shape, data: values } };
      };
      const truth = Array.from({ length: sizeOf(c) }, (_, i) => Number((i * i + turn) % 3 === 0));
      const [x, y] = [of(a, 1), of(b, 50)];
      const condition = operand("bool", c, Uint8Array.from(truth));
      const [result] = runGuarded(whereOperator, [condition, x, y], {}, turn);
      const expected = Array.from(indices(result!.shape), (index) =>
        at({ shape: c, data: truth }, index) === 1 ? at(x.values, index) : at(y.values, index),
      );
      const got = Array.from(result!.data as Float32Array, Number);
      expect(got, shapes.map((shape) => `[${shape}]`).join(" ")).toEqual(expected);
    }
  });

  it("refuses conditions that are no truth values, and two dtypes", () => {
    const type = (dtype: DType) => ({ dtype, shape: [2] });
    const plan = (...dtypes: DType[]) => whereOperator.plan("node", dtypes.map(type), {}, "many");
    expect(() => plan("int64", "float32", "float32")).toThrow("node: the condition must hold bool, but holds int64");
    expect(() => plan("bool", "float32", "int64")).toThrow("node: both results must have one dtype");
  });
});

describe("functions of one number", () => {
  const MEANINGS: Readonly<Record<keyof typeof ELEMENTARY, (x: number) => number>> = {
    sin: Math.sin,
    cos: Math.cos,
    tan: Math.tan,
    asin: Math.asin,
    acos: Math.acos,
    atan: Math.atan,
    sinh: Math.sinh,
    cosh: Math.cosh,
    asinh: Math.asinh,
    acosh: Math.acosh,
    atanh: Math.atanh,
    softsign: (x) => x / (1 + Math.abs(x)),
    selu: (x) => 1.25 * (x < 0 ? 0.75 * Math.expm1(x) : x),
    celu: (x) => (x < 0 ? 0.75 * Math.expm1(x / 0.75) : x),
    thresholdedRelu: (x) => (x > 0.75 ? x : 0),
    shrink: (x) => (x > 0.75 ? x - 1.25 : x < -0.75 ? x + 1.25 : 0),
  };
  const NUMBERS = [
    ...Array.from({ length: 1500 }, (_, i) => Math.sin(i * 12.9898) * 2 ** ((i % 37) - 24)),
    ...Array.from({ length: 400 }, (_, i) => -1 + i / 200),
    ...Array.from({ length: 200 }, (_, i) => ((i % 90) - 45) * (Math.PI / 4) + (i > 100 ? 1e-4 : 0)),
    ...[0, -0, 1, -1, 88.5, -88.5, 89.3, 1e4, -1e7, 2 ** 27.5, 2 ** 28, -(2 ** 29) - 64, 1e12, 3e38, -3e38, 1e-40],
    ...[Infinity, -Infinity, Number.NaN],
  ].map(Math.fround);

  it.each(Object.keys(MEANINGS) as (keyof typeof ELEMENTARY)[])("%s", (name) => {
    for (const count of [1, 2, 3, 5, NUMBERS.length]) {
      const data = Float32Array.from(NUMBERS.slice(-count));
      const numbers = { alpha: 0.75, beta: 1.25 };
      const [result] = runGuarded(ELEMENTARY[name], [{ shape: [count], data }], numbers, count);
      const got = result!.data as Float32Array;
      for (const [i, x] of data.entries()) {
        const expected = Math.fround(MEANINGS[name](x));
        // sums near a zero that is no float, as the sine's of pi, are accurate in proportion to the numbers added
        const tolerance = 3e-6 * Math.abs(expected) + 3e-7 * Math.min(1, Math.abs(x)) + 1e-38;
        const isRight = Object.is(got[i], expected) || Math.abs(got[i]! - expected) <= tolerance;
        if (!isRight) throw new Error(`${name}(${x}) is ${got[i]}, expected ${expected}`);
      }
    }
  });

  it("of 0 keep its sign", () => {
    for (const name of ["sin", "tan", "asin", "atan", "sinh", "asinh", "atanh", "softsign"] as const) {
      const [result] = runGuarded(ELEMENTARY[name], [{ shape: [2], data: [0, -0] }], {}, 0);
      expect([...(result!.data as Float32Array)], name).toEqual([0, -0]);
    }
  });
});
