import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { linear, matmul, memory, Tensor } from "../../src/index.ts";

const SEED = 4_711;

/** Product of (rows, inner) and (inner, columns) in float64, with the sum of the terms' magnitudes. */
function product(
  a: ArrayLike<number>,
  b: (k: number, j: number) => number,
  rows: number,
  inner: number,
  columns: number,
) {
  return Array.from({ length: rows * columns }, (_, index) => {
    const [i, j] = [Math.floor(index / columns), index % columns];
    let [sum, size] = [0, 0];
    for (let k = 0; k < inner; ++k) {
      const term = a[i * inner + k]! * b(k, j);
      sum += term;
      size += Math.abs(term);
    }
    return { sum, size };
  });
}

function expectClose(actual: ArrayLike<number>, expected: readonly { sum: number; size: number }[]): void {
  expect(actual.length).toBe(expected.length);
  for (const [i, { sum, size }] of expected.entries()) {
    if (Math.abs(actual[i]! - sum) > 2e-6 * size + 1e-30) throw new Error(`element ${i} is ${actual[i]}, not ${sum}`);
  }
}

const length = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 70 }));

describe("linear", () => {
  it(`is input times the transpose of weight plus bias, seed ${SEED}`, () => {
    fc.assert(
      fc.property(length, length, length, fc.boolean(), fc.nat(), (rows, inputs, outputs, withBias, seed) => {
        const x = Tensor.randn([rows, inputs], seed);
        const w = Tensor.randn([outputs, inputs], seed + 1);
        const b = withBias ? Tensor.randn([outputs], seed + 2) : null;
        const y = linear(x, w, b);
        expect(y.shape).toEqual([rows, outputs]);
        const terms = product(x.data, (k, j) => w.data[j * inputs + k]!, rows, inputs, outputs).map(
          ({ sum, size }, i) => {
            const added = b?.data[i % outputs] ?? 0;
            return { sum: sum + added, size: size + Math.abs(added) };
          },
        );
        expectClose(y.data, terms);
        expect(memory().used).toBe(0);
      }),
      { seed: SEED, numRuns: 100 },
    );
  });

  it("keeps all axes but the last", () => {
    const w = Tensor.randn([5, 3], 1);
    expect(linear(Tensor.randn([3], 2), w).shape).toEqual([5]);
    expect(linear(Tensor.randn([2, 4, 3], 2), w).shape).toEqual([2, 4, 5]);
    expect(linear(Tensor.zeros([0, 3]), w).shape).toEqual([0, 5]);
  });

  it("refuses shapes that do not fit", () => {
    const w = Tensor.zeros([5, 3]);
    expect(() => linear(Tensor.zeros([2, 4]), w)).toThrow(
      "linear: input must have 3 values on its last axis, as weight [5, 3] has, got shape [2, 4]",
    );
    expect(() => linear(Tensor.zeros([3]), Tensor.zeros([3]))).toThrow(
      "linear: weight must be (out, in), got shape [3]",
    );
    expect(() => linear(Tensor.zeros([3]), w, Tensor.zeros([3]))).toThrow("linear: bias must have shape [5]");
    expect(() => linear([1] as never, w)).toThrow(TypeError);
    expect(memory().used).toBe(0);
  });
});

describe("matmul", () => {
  it(`multiplies matrices, seed ${SEED}`, () => {
    fc.assert(
      fc.property(length, length, length, fc.nat(), (m, k, n, seed) => {
        const [a, b] = [Tensor.randn([m, k], seed), Tensor.randn([k, n], seed + 1)];
        const c = matmul(a, b);
        expect(c.shape).toEqual([m, n]);
        expectClose(
          c.data,
          product(a.data, (i, j) => b.data[i * n + j]!, m, k, n),
        );
        expect(memory().used).toBe(0);
      }),
      { seed: SEED, numRuns: 100 },
    );
  });

  it("repeats leading axes of length 1, as numpy does", () => {
    const cases = [
      { a: [2, 3, 4, 5], b: [5, 6], shape: [2, 3, 4, 6] },
      { a: [4, 5], b: [3, 5, 2], shape: [3, 4, 2] },
      { a: [2, 1, 4, 5], b: [3, 5, 2], shape: [2, 3, 4, 2] },
      { a: [1, 3, 4, 5], b: [2, 1, 5, 2], shape: [2, 3, 4, 2] },
    ];
    for (const { a, b, shape } of cases) {
      const [x, y] = [Tensor.randn(a, 3), Tensor.randn(b, 4)];
      const result = matmul(x, y);
      expect(result.shape).toEqual(shape);
      const [m, k] = a.slice(-2) as [number, number];
      const n = b.at(-1)!;
      const at = (own: readonly number[], index: readonly number[]) =>
        own
          .slice(0, -2)
          .reduce(
            (sum, length, i) => sum * length + (length === 1 ? 0 : index[index.length - (own.length - 2) + i]!),
            0,
          );
      const outer = shape.slice(0, -2);
      for (let p = 0; p < outer.reduce((x, y) => x * y, 1); ++p) {
        const index = outer.map((length, i) => Math.floor(p / outer.slice(i + 1).reduce((x, y) => x * y, 1)) % length);
        const left = x.data.subarray(at(a, index) * m * k).subarray(0, m * k);
        const right = y.data.subarray(at(b, index) * k * n);
        expectClose(
          result.data.subarray(p * m * n, (p + 1) * m * n),
          product(left, (i, j) => right[i * n + j]!, m, k, n),
        );
      }
    }
  });

  it("takes a vector for a row on the left, and for a column on the right", () => {
    const v = new Tensor([1, 2, 3], [3]);
    const a = new Tensor([1, 0, 0, 0, 2, 1], [2, 3]);
    expect(matmul(a, v).toArray()).toEqual([1, 7]);
    expect(matmul(v, a.reshape([3, 2])).shape).toEqual([2]);
    expect(matmul(v, v).toArray()).toBe(14);
  });

  it("refuses shapes that do not fit", () => {
    expect(() => matmul(Tensor.zeros([2, 3]), Tensor.zeros([2, 3]))).toThrow(
      "matmul: shapes [2, 3] and [2, 3] do not fit: 3 columns meet 2 rows",
    );
    expect(() => matmul(Tensor.zeros([2, 2, 3]), Tensor.zeros([4, 3, 1]))).toThrow(
      "matmul: shapes [2] and [4] do not broadcast",
    );
    expect(() => matmul(Tensor.zeros([]), Tensor.zeros([3]))).toThrow("matmul: needs tensors of 1 axis or more");
  });
});
