import fc from "fast-check";
import { expect, it } from "vitest";
import { detOperator } from "../../src/operators/determinant.ts";
import { planCall } from "../../src/planning/operator.ts";
import { draws } from "../support/draws.ts";
import { runGuarded } from "../support/guarded.ts";
import { values } from "../support/reference.ts";

fc.configureGlobal(draws(20264, 80));

/** By the first row (Laplace). */
function determinant(matrix: readonly (readonly number[])[]): number {
  if (matrix.length === 0) return 1;
  return matrix[0]!.reduce((sum, value, column) => {
    const rest = matrix.slice(1).map((row) => row.filter((_, k) => k !== column));
    return sum + (column % 2 === 0 ? 1 : -1) * value * determinant(rest);
  }, 0);
}

it("det is the sum over the first row, of small whole numbers exactly", () => {
  fc.assert(
    fc.property(fc.nat(6), fc.integer({ min: 1, max: 5 }), fc.nat(1000), (size, count, seed) => {
      const data = values(seed, count * size * size).map((value) => Math.round(value * 2));
      const [found] = runGuarded(detOperator, [{ data, shape: [count, size, size] }], {}, seed);
      const { data: result, shape } = found as { data: Float32Array; shape: readonly number[] };
      expect(shape).toEqual([count]);
      for (let i = 0; i < count; ++i) {
        const matrix = Array.from({ length: size }, (_, row) => [
          ...data.subarray((i * size + row) * size, (i * size + row + 1) * size),
        ]);
        expect(Math.abs(result[i]! - determinant(matrix))).toBeLessThan(1e-5);
      }
    }),
  );
});

it.each([[[3]], [[2, 3]], [[]]])("det refuses shape %j", (shape) => {
  expect(() => planCall("t", detOperator, [{ dtype: "float32", shape }], {}, "once")).toThrow(
    "t: input must be square matrices (..., n, n), got shape",
  );
});
