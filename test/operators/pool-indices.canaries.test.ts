import { expect, test } from "vitest";
import { maxPoolIndicesOperator } from "../../src/operators/pool-indices.ts";
import { runGuarded } from "../support/guarded.ts";
import { sizeOf, values } from "../support/reference.ts";

const window = { ceilMode: false, numbering: "rows" } as const;

test.each([
  [[2, 3, 7], { ...window, kernelSize: [3], stride: [2], padding: [1, 1], dilation: [2] }],
  [[2, 2, 6, 9], { ...window, kernelSize: [3, 2], stride: [2, 3], padding: [1, 0, 0, 1], dilation: [1, 2] }],
  [
    [3, 5, 4],
    { ...window, kernelSize: [2, 2], stride: [2, 1], padding: [0, 1, 0, 1], dilation: [1, 1], ceilMode: true },
  ],
] as const)("%j keeps to its memory, and indices name the values", (shape, attributes) => {
  const x = { data: values(4, sizeOf(shape)), shape };
  for (let turn = 0; turn < 3; ++turn) {
    const [most, indices] = runGuarded(maxPoolIndicesOperator, [x], attributes, turn);
    expect(indices!.dtype).toBe("int64");
    expect([...most!.data]).toEqual([...indices!.data].map((index) => x.data[Number(index)]));
  }
});

test("a NaN is found, and a window of padding alone has -1", () => {
  const x = { data: Float32Array.of(5, Number.NaN, 7, Number.NaN), shape: [1, 4] };
  const whole = { ...window, kernelSize: [4], stride: [1], padding: [0, 0], dilation: [1] };
  const [most, indices] = runGuarded(maxPoolIndicesOperator, [x], whole, 0);
  expect([...most!.data, ...indices!.data]).toEqual([Number.NaN, 1n]);
  const y = { data: Float32Array.of(3, 4), shape: [1, 2] };
  const apart = { ...window, kernelSize: [2], stride: [1], padding: [1, 2], dilation: [3] };
  const results = runGuarded(maxPoolIndicesOperator, [y], apart, 0);
  expect([...results[0]!.data]).toEqual([-Infinity, 3]);
  expect([...results[1]!.data]).toEqual([-1n, 0n]);
});
