import fc from "fast-check";
import { expect, it } from "vitest";
import { layerNormOperator } from "../../src/operators/normalize.ts";
import { draws } from "../support/draws.ts";
import { runGuarded } from "../support/guarded.ts";
import { sizeOf, values } from "../support/reference.ts";

fc.configureGlobal(draws(20265, 100));

const size = (max: number) => fc.integer({ min: 1, max });

it("layerNorm gives rows with their means and deviations, or scales them to mean square 1", () => {
  fc.assert(
    fc.property(size(5), size(3), size(40), fc.boolean(), fc.boolean(), fc.nat(1000), (n, a, b, two, centred, seed) => {
      const shape = [n, a, b];
      const axes = two ? 2 : 1;
      const columns = sizeOf(shape.slice(-axes));
      const data = values(seed, n * a * b);
      const weight = { shape: shape.slice(-axes), data: values(seed + 1, columns) };
      const eps = 1e-3;
      const results = runGuarded(
        layerNormOperator,
        [{ data, shape }, weight],
        { axes, eps, centred, statistics: true },
        seed,
      );
      const [y, means, inverses] = results.map((each) => each.data as Float32Array);
      const moments = two ? [n, 1, 1] : [n, a, 1];
      expect(results.map((each) => each.shape)).toEqual([shape, moments, moments]);
      for (let row = 0; row < data.length / columns; ++row) {
        const x = [...data.subarray(row * columns, (row + 1) * columns)];
        const mean = centred ? x.reduce((sum, each) => sum + each, 0) / columns : 0;
        const inverse = 1 / Math.sqrt(x.reduce((sum, each) => sum + (each - mean) ** 2, 0) / columns + eps);
        expect(Math.abs(means![row]! - mean)).toBeLessThan(1e-6);
        expect(Math.abs(inverses![row]! / inverse - 1)).toBeLessThan(1e-6);
        for (const [k, each] of x.entries()) {
          const expected = (each - mean) * inverse * weight.data[k]!;
          expect(Math.abs(y![row * columns + k]! - expected)).toBeLessThan(1e-5);
        }
      }
    }),
  );
});
