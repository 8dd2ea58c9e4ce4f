import { expect, test } from "vitest";
import { type ResampleAttributes, resampleOperator } from "../../src/operators/resample.ts";
import { runGuarded } from "../support/guarded.ts";
import { sizeOf, values } from "../support/reference.ts";

const AXES = [
  [
    [2, 3, 7],
    [null, null, { out: 11, scale: null }],
  ],
  [
    [2, 3, 9, 5],
    [null, null, { out: 4, scale: null }, { out: 8, scale: null }],
  ],
  [
    [3, 7, 6, 9],
    [{ out: 2, scale: 0.7 }, { out: 9, scale: 1.3 }, null, { out: 3, scale: 0.4 }],
  ],
  [
    [2, 4, 3],
    [null, { out: 1, scale: null, region: [0.2, 0.7] }, { out: 6, scale: null, region: [-0.5, 1.4] }],
  ],
] as const;

/** The weight of each element in an output of one axis, from the results for unit vectors. */
function plain(shape: readonly number[], attributes: ResampleAttributes, data: ArrayLike<number>): number[] {
  let [lengths, current] = [[...shape], Array.from(data)];
  for (const [index, axis] of attributes.axes.entries()) {
    if (axis === null) continue;
    const length = lengths[index]!;
    const unit = Array.from({ length: length * length }, (_, i) => Number(i % (length + 1) === 0));
    const one = { ...attributes, axes: [null, axis] };
    const [matrix] = runGuarded(resampleOperator, [{ data: Float32Array.from(unit), shape: [length, length] }], one, 0);
    const outer = sizeOf(lengths.slice(0, index));
    const inner = sizeOf(lengths.slice(index + 1));
    const next: number[] = [];
    for (let o = 0; o < outer; ++o) {
      for (let j = 0; j < axis.out; ++j) {
        for (let k = 0; k < inner; ++k) {
          let sum = 0;
          for (let i = 0; i < length; ++i) {
            sum += (matrix!.data[i * axis.out + j] as number) * current[(o * length + i) * inner + k]!;
          }
          next.push(sum);
        }
      }
    }
    lengths = lengths.with(index, axis.out);
    current = next;
  }
  return current;
}

test.each(["nearest", "linear", "cubic", "area"] as const)("%s keeps to its memory and is separable", (mode) => {
  for (const [shape, axes] of AXES) {
    for (const antialias of [false, true]) {
      const attributes = { axes, mode, coordinates: "half_pixel" as const, antialias };
      const x = { data: values(3, sizeOf(shape)), shape };
      const expected = plain(shape, attributes, x.data);
      for (let turn = 0; turn < 3; ++turn) {
        const [result] = runGuarded(resampleOperator, [x], attributes, turn);
        expect(result!.data).toHaveLength(expected.length);
        for (const [i, value] of expected.entries()) expect(result!.data[i]).toBeCloseTo(value, 4);
      }
    }
  }
});

test("weights of zero do not spread infinities", () => {
  const x = { data: Float32Array.of(1, Number.POSITIVE_INFINITY, 3, 4), shape: [4] };
  const attributes = { axes: [{ out: 4, scale: null }], mode: "cubic" as const, coordinates: "half_pixel" as const };
  const [result] = runGuarded(resampleOperator, [x], attributes, 0);
  expect([...result!.data]).toEqual([...x.data]);
});
