import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { logSoftmax, softmax, Tensor } from "../../src/index.ts";
import { amaxOperator, aminOperator, meanOperator, sumOperator } from "../../src/operators/reduce.ts";
import { applyOne } from "../../src/planning/evaluate.ts";
import { fault, indices, randoms, UNIT } from "../support/elements.ts";
import { sizeOf } from "../support/reference.ts";

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
