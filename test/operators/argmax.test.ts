import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DType, TensorData } from "../../src/dtype.ts";
import { argmaxOperator, argminOperator } from "../../src/operators/argmax.ts";
import { planCall } from "../../src/planning/operator.ts";
import { draws } from "../support/draws.ts";
import { runGuarded } from "../support/guarded.ts";
import { sizeOf } from "../support/reference.ts";

fc.configureGlobal(draws(20261, 150));

/** Values of a dtype, with many equal ones; NaN and the ends among them. */
const VALUES = {
  float32: [0, -0, 1, -1, 2.5, 1e-45, 3e38, Infinity, -Infinity, Number.NaN],
  int64: [0n, 1n, -1n, 2n ** 62n, 2n ** 62n + 1n, -(2n ** 63n), 2n ** 63n - 1n],
  int32: [0, 1, -1, 2 ** 31 - 1, -(2 ** 31), 2 ** 24, 2 ** 24 + 1],
  uint8: [0, 1, 127, 128, 255],
  int8: [0, 1, -1, 127, -128],
} as const;
type Searched = keyof typeof VALUES;
const DTYPES = Object.keys(VALUES) as Searched[];

const ARRAYS = {
  float32: Float32Array,
  int64: BigInt64Array,
  int32: Int32Array,
  uint8: Uint8Array,
  int8: Int8Array,
} as const;

const cases = fc.record({
  outer: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 }),
  count: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 10, max: 70 })),
  inner: fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 2 }),
  picks: fc.array(fc.nat(99), { minLength: 1, maxLength: 40 }),
  keepdim: fc.boolean(),
  last: fc.boolean(),
  turn: fc.nat(1000),
});

describe.each([
  [argmaxOperator, (a: number | bigint, b: number | bigint) => a > b],
  [argminOperator, (a: number | bigint, b: number | bigint) => a < b],
] as const)("$name", (operator, beats) => {
  /** One after the other: what compares as false with NaN keeps the one before. */
  function search(values: readonly (number | bigint)[], last: boolean): bigint {
    let best = 0;
    for (const [i, x] of values.entries()) {
      if (beats(x, values[best]!) || (last && x === values[best]!)) best = i;
    }
    return BigInt(best);
  }

  it.each(DTYPES)("of %s is what a search from the first to the last finds", (dtype) => {
    fc.assert(
      fc.property(cases, ({ outer, count, inner, picks, keepdim, last, turn }) => {
        const shape = [...outer, count, ...inner];
        const values = VALUES[dtype];
        const pick = (i: number) => values[(picks[i % picks.length]! + (i >> 3)) % values.length]!;
        const numbers = Array.from({ length: sizeOf(shape) }, (_, i) => pick(i));
        const data = (ARRAYS[dtype] as unknown as { from(of: typeof numbers): TensorData }).from(numbers);
        const argument = { dtype, shape, data: data as ArrayLike<number> };
        const [result] = runGuarded(operator, [argument], { dim: outer.length, keepdim, last }, turn);
        const size = sizeOf(inner);
        const expected = Array.from({ length: sizeOf(outer) * size }, (_, i) => {
          const first = Math.floor(i / size) * count * size + (i % size);
          return search(
            Array.from({ length: count }, (_, k) => data[first + k * size]!),
            last,
          );
        });
        expect(result!.dtype).toBe("int64");
        expect(result!.shape).toEqual([...outer, ...(keepdim ? [1] : []), ...inner]);
        expect(Array.from(result!.data as BigInt64Array)).toEqual(expected);
      }),
    );
  });

  it("counts axes from the end, and gives nothing for an empty result", () => {
    const input = { shape: [2, 3], data: Float32Array.of(1, 5, 5, 7, 7, 7) };
    const index = beats(2, 1) ? [1n, 0n] : [0n, 0n];
    expect(runGuarded(operator, [input], { dim: -1, keepdim: false, last: false }, 1)[0]!.data).toEqual(
      BigInt64Array.from(index),
    );
    const plan = planCall(
      "t",
      operator,
      [{ dtype: "float32", shape: [0, 3] }],
      { dim: 1, keepdim: true, last: false },
      "once",
    );
    expect(plan.types).toEqual([{ dtype: "int64", shape: [0, 1] }]);
  });

  const refused =
    (shape: readonly number[], dim: number, dtype: DType = "float32") =>
    () =>
      planCall("node", operator, [{ dtype, shape }], { dim, keepdim: false, last: false }, "many", ["data"]);
  it.each<[string, () => unknown, typeof TypeError | typeof RangeError, string]>([
    ["an axis that is not there", refused([2, 3], 2), RangeError, "node: dim must be from -2 to 1 for 2 axes, got 2"],
    ["half an axis", refused([2, 3], 0.5), RangeError, "node: dim must be from -2 to 1"],
    ["a single value", refused([], 0), RangeError, "node: dim must be from"],
    ["an empty axis", refused([2, 0], 1), RangeError, "node: input must have values along axis 1, got shape [2, 0]"],
    ["booleans", refused([2], 0, "bool"), TypeError, 'node: argument 0 ("data") must hold float32 or int64'],
    ["float16", refused([2], 0, "float16"), TypeError, "int8, but holds float16"],
  ])("refuses %s", (_, call, kind, message) => {
    expect(call).toThrow(kind);
    expect(call).toThrow(message);
  });
});
