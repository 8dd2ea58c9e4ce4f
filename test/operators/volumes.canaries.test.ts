import { describe, expect, test } from "vitest";
import { convCall } from "../../src/conv/call.ts";
import { volumeOf } from "../../src/conv/volume.ts";
import { conv3dOperator, convTranspose3dOperator, weightGradientOperator } from "../../src/operators/conv.ts";
import { avgPool3dOperator, maxPool3dOperator, type PoolingOperator } from "../../src/operators/pool.ts";
import { poolGradientOperator } from "../../src/operators/pool-gradient.ts";
import { maxPoolIndicesOperator } from "../../src/operators/pool-indices.ts";
import { runGuarded } from "../support/guarded.ts";
import { sizeOf, values } from "../support/reference.ts";

const tensor = (seed: number, shape: readonly number[]) => ({ data: values(seed, sizeOf(shape)), shape });
const turns = [0, 1, 2];

/** Volumes whose rows are shorter than a vector, whole vectors, and longer; kernels of one row and of several. */
const LAYERS = [
  { input: [2, 3, 3, 4, 5], weight: [7, 3, 2, 3, 3], options: { padding: 1 } },
  { input: [1, 2, 2, 3, 17], weight: [13, 2, 2, 1, 3], options: { stride: [1, 2, 1] } },
  { input: [1, 4, 3, 5, 8], weight: [4, 1, 3, 3, 3], options: { groups: 4, padding: [1, 1, 2] } },
  { input: [1, 2, 3, 3, 9], weight: [3, 2, 1, 1, 1], options: { padding: [1, 0, 1] } },
  {
    input: [1, 2, 4, 4, 4],
    weight: [6, 2, 2, 2, 2],
    options: { dilation: [1, 2, 1], paddingMode: "reflect", padding: 1 },
  },
] as const;

describe.each(LAYERS)(
  "volumes of $input under kernels of $weight keep to their memory",
  ({ input, weight, options }) => {
    const [x, w, b] = [tensor(1, input), tensor(2, weight), tensor(3, [weight[0]])];

    test.each(["auto", "direct", "im2col"] as const)("%s, all the same", (algorithm) => {
      const attributes = { options: { ...options, algorithm } };
      const expected = runGuarded(conv3dOperator, [x, w, b], { options }, 0)[0]!;
      for (const turn of turns) {
        const [constant] = runGuarded(conv3dOperator, [x, w, b], attributes, turn);
        const [computed] = runGuarded(conv3dOperator, [x, w, b], attributes, turn, undefined, true);
        for (const result of [constant!, computed!]) {
          expect(result.shape).toEqual(expected.shape);
          const apart = expected.data.findIndex(
            (value, i) =>
              Math.abs(Number(value) - Number(result.data[i])) > 1e-5 * Math.max(1, Math.abs(Number(value))),
          );
          expect(apart).toBe(-1);
        }
      }
    });

    test("the gradient of weights", () => {
      const { geometry, outputShape } = volumeOf(convCall({ where: "test", axes: 3, input, weight, options }));
      const g = tensor(4, outputShape);
      for (const turn of turns) runGuarded(weightGradientOperator, [x, g], { geometry, shape: weight }, turn);
    });
  },
);

test.each([
  { input: [2, 3, 2, 3, 4], weight: [3, 4, 3, 3, 2], options: { stride: 2, outputPadding: [1, 0, 1] } },
  { input: [1, 4, 2, 3, 9], weight: [4, 2, 2, 2, 3], options: { groups: 2, stride: [1, 3, 2], padding: [0, 1, 1] } },
  { input: [1, 2, 3, 3, 5], weight: [2, 3, 2, 3, 3], options: { padding: 1 } },
] as const)("transposed volumes of $input keep to their memory", ({ input, weight, options }) => {
  const operands = [tensor(1, input), tensor(2, weight), tensor(3, [weight[1] * ("groups" in options ? 2 : 1)])];
  for (const turn of turns) {
    runGuarded(convTranspose3dOperator, operands, { options }, turn);
    runGuarded(convTranspose3dOperator, operands, { options }, turn, undefined, true);
  }
});

test.each([
  { shape: [2, 3, 4, 5], kernelSize: [2, 3, 3], stride: [2, 1, 2], padding: [1, 0, 1, 0, 1, 1], dilation: [1, 2, 1] },
  {
    shape: [1, 2, 5, 4, 9],
    kernelSize: [3, 1, 2],
    stride: [1, 2, 1],
    padding: [0, 0, 0, 1, 0, 1],
    dilation: [2, 1, 3],
  },
])("pools of volumes $shape keep to their memory", ({ shape, ...window }) => {
  const x = tensor(1, shape);
  const attributes = { ...window, ceilMode: true };
  for (const turn of turns) {
    const [largest] = runGuarded(maxPool3dOperator, [x], attributes, turn);
    const [values, indices] = runGuarded(maxPoolIndicesOperator, [x], { ...attributes, numbering: "rows" }, turn);
    expect([...values!.data]).toEqual([...largest!.data]);
    expect([...values!.data]).toEqual([...indices!.data].map((index) => x.data[Number(index)]));
    const means = { ...attributes, countIncludePad: false };
    const [mean] = runGuarded(avgPool3dOperator, [x], means, turn);
    const g = tensor(2, mean!.shape);
    for (const [pool, own] of [
      [maxPool3dOperator, attributes],
      [avgPool3dOperator, means],
    ] as const) {
      runGuarded(poolGradientOperator, [g, x], { pool: pool as unknown as PoolingOperator, attributes: own }, turn);
    }
  }
});
