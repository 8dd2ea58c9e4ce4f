import { expect, test } from "vitest";
import { batchNorm, conv2d, convTranspose2d, linear, Tensor } from "../../src/index.ts";
import { batchNormOperator } from "../../src/operators/batch-norm.ts";
import { conv2dOperator, convTranspose2dOperator } from "../../src/operators/conv.ts";
import { linearOperator } from "../../src/operators/linear.ts";
import { allclose } from "../../src/tensor.ts";
import { runGuarded } from "../support/guarded.ts";
import { sizeOf, values } from "../support/reference.ts";

const tensor = (seed: number, ...shape: number[]) => new Tensor(values(seed, sizeOf(shape)), shape);

function expectSame(results: ReturnType<typeof runGuarded>, expected: Tensor): void {
  const [{ data, shape }] = results as [(typeof results)[0]];
  expect(shape).toEqual(expected.shape);
  expect(allclose(new Tensor(data as Float32Array, shape), expected, { rtol: 1e-4, atol: 1e-5 })).toBe(true);
}

test.each([
  [[2, 5, 6, 7], [7, 5, 2, 3], {}],
  [[1, 16, 12, 14], [16, 16, 3, 3], { padding: 1 }],
  [[1, 16, 12, 14], [16, 16, 3, 3], { padding: 1, algorithm: "winograd" }],
  [[1, 16, 9, 9], [7, 16, 3, 3], { algorithm: "direct" }],
  [[1, 5, 9, 10], [5, 1, 3, 3], { groups: 5, padding: 1 }],
  [[1, 6, 12, 11], [6, 1, 5, 6], { groups: 6 }],
  [[1, 3, 2, 2], [4, 3, 5, 5], { padding: 2 }],
  [[3, 24, 1, 1], [5, 24, 1, 1], {}],
] as const)("a convolution of %j by a computed weight %j, %j", (input, kernel, options) => {
  const [x, w, b] = [tensor(1, ...input), tensor(2, ...kernel), tensor(3, kernel[0])];
  const expected = conv2d(x, w, b, options);
  for (let turn = 0; turn < 3; ++turn)
    expectSame(runGuarded(conv2dOperator, [x, w, b], { options }, turn, undefined, true), expected);
});

test.each([
  [[2, 4, 5, 6], [4, 3, 3, 3], {}],
  [[2, 4, 5, 6], [4, 3, 4, 4], { stride: 2, padding: 1 }],
  [[1, 4, 5, 6], [4, 3, 1, 2], { stride: [2, 3] }],
  [[1, 4, 5, 6], [4, 3, 3, 3], { stride: 2, groups: 2 }],
] as const)("a transposed convolution of %j by a computed weight %j, %j", (input, kernel, options) => {
  const groups = "groups" in options ? options.groups : 1;
  const [x, w, b] = [tensor(1, ...input), tensor(2, ...kernel), tensor(3, kernel[1] * groups)];
  const expected = convTranspose2d(x, w, b, options);
  for (let turn = 0; turn < 3; ++turn) {
    expectSame(runGuarded(convTranspose2dOperator, [x, w, b], { options }, turn, undefined, true), expected);
  }
});

test.each([2, 20])("a layer of %d rows by a computed weight", (rows) => {
  const [x, w, b] = [tensor(1, rows, 13), tensor(2, 7, 13), tensor(3, 7)];
  for (let turn = 0; turn < 3; ++turn)
    expectSame(runGuarded(linearOperator, [x, w, b], {}, turn, undefined, true), linear(x, w, b));
});

test("a batch normalisation by computed statistics", () => {
  const [x, mean, weight, bias] = [tensor(1, 2, 3, 5), tensor(2, 3), tensor(3, 3), tensor(4, 3)];
  const variance = new Tensor([0.5, 2, 3], [3]);
  const expected = batchNorm(x, { mean, variance, weight, bias });
  for (let turn = 0; turn < 3; ++turn) {
    expectSame(
      runGuarded(batchNormOperator, [x, mean, variance, weight, bias], { eps: 1e-5 }, turn, undefined, true),
      expected,
    );
  }
});
