/** Every call of every ONNX case, by itself among guards: which kernels that reaches, and that they keep to their memory. */
import { describe, expect, test } from "vitest";
import { planGraph } from "../../src/graph/plan-graph.ts";
import { loadOnnx } from "../../src/onnx/index.ts";
import type { Constant } from "../../src/planning/constant.ts";
import { MODULES } from "../../src/runtime/modules/all.ts";
import { type Argument, reached, runGuarded } from "../support/guarded.ts";
import { convolutionKernels } from "../support/kernels.ts";
import { FAMILIES, type OnnxCase } from "../support/onnx-cases/index.ts";
import { tensorOf } from "../support/onnx-runs.ts";

/** Kernels that no ONNX file needs, and what runs them among guards. */
const ELSEWHERE: Readonly<Record<string, readonly string[]>> = {
  "conv/conv.canaries.test.ts": convolutionKernels(),
  "conv/transposed-and-gradients.canaries.test.ts": ["convWeightGradient"],
  "operators/gradients.canaries.test.ts": ["normalizeBatch", "normalizeBatchGradient", "poolGradient"],
  "operators/quantised.test.ts": ["maxPoolBytes"],
  "operators/pixels.canaries.test.ts": ["pixelsToPlanes", "planesToPixels", "resizeAcross", "resizeDown"],
};

const argument = (
  { data, dtype, shape }: Pick<Constant, "data" | "dtype" | "shape">,
  known: Argument["known"] & string,
): Argument => ({ data: data as ArrayLike<number>, dtype, shape, known });

function runCase({ model, inputs }: OnnxCase, turn: number): void {
  const graph = loadOnnx(model);
  const tensors = Object.entries(inputs).map(([name, input]) => [name, tensorOf(input)] as const);
  const types = new Map(tensors.map(([name, { dtype, shape }]) => [name, { dtype, shape }]));
  const network = planGraph("canaries", graph, types);
  const values = new Map(tensors.map(([name, tensor]) => [name, argument(tensor, "computed")]));
  for (const [name, constant] of network.constants) values.set(name, argument(constant, "constant"));
  for (const { operator, inputs, outputs, attributes } of network.calls) {
    const operands = inputs.map((value) => (value === "" ? null : values.get(value)!));
    const results = runGuarded(operator, operands, attributes, turn);
    for (const [index, output] of outputs.entries()) values.set(output, argument(results[index]!, "computed"));
  }
}

describe("calls of ONNX cases keep to their memory, however their items are divided", () => {
  test.each(Object.entries(FAMILIES))("%s", { timeout: 120_000 }, (_, cases) => {
    for (const [turn, each] of cases.entries()) {
      try {
        runCase(each, turn);
      } catch (cause) {
        throw new Error(`${each.name}: ${(cause as Error).message}`, { cause });
      }
    }
  });

  test("so that every kernel has run among guards", () => {
    const elsewhere = Object.values(ELSEWHERE).flat();
    const all = MODULES.flatMap(({ kernels }) => kernels);
    expect(all.filter((kernel) => !reached.has(kernel) && !elsewhere.includes(kernel))).toEqual([]);
  });
});
