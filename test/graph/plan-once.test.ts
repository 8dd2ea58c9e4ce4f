import { afterEach, describe, expect, it, vi } from "vitest";
import { resnet50 } from "../../examples/networks/resnet.ts";
import { explainModel } from "../../src/graph/compile.ts";
import { compile, conv2d, memory, nn, Tensor } from "../../src/index.ts";
import { loadOnnx } from "../../src/onnx/index.ts";
import { conv2dOperator } from "../../src/operators/conv.ts";
import { encodeModel, type TestNode } from "../support/onnx.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

/** An ONNX network of convolutions, each with a batch normalisation, a residual addition and an activation. */
function blocks(count: number): Uint8Array {
  const weight = { dims: [8, 8, 3, 3], values: Float32Array.from({ length: 576 }, (_, i) => Math.sin(i) / 8) };
  const ones = { dims: [8], values: Float32Array.from({ length: 8 }, (_, i) => 1 + i / 8) };
  const nodes = Array.from({ length: count }, (_, i): TestNode[] => {
    const x = i === 0 ? "x" : `y${i - 1}`;
    return [
      { op: "Conv", inputs: [x, "w"], outputs: [`c${i}`], attributes: { pads: { ints: [1, 1, 1, 1] } } },
      { op: "BatchNormalization", inputs: [`c${i}`, "one", "one", "one", "one"], outputs: [`n${i}`] },
      { op: "Add", inputs: [`n${i}`, x], outputs: [`s${i}`] },
      { op: "Relu", inputs: [`s${i}`], outputs: [`y${i}`] },
    ];
  });
  return encodeModel({
    nodes: nodes.flat(),
    inputs: [{ name: "x", shape: [1, 8, 10, 10] }],
    outputs: [`y${count - 1}`],
    constants: { w: weight, one: ones },
  });
}

describe("a convolution is planned once", () => {
  it("of the 53 in ResNet-50, read from its module, with normalisation, activation and residual fused", {
    timeout: 60_000,
  }, () => {
    const model = resnet50();
    const plan = vi.spyOn(conv2dOperator, "plan");
    using session = compile(model, [1, 3, 224, 224]);
    expect(plan).toHaveBeenCalledTimes(53);
    expect(session.explain().steps.filter(({ op }) => op === "conv2d")).toHaveLength(53);
  });

  it("in a network from a file", () => {
    const graph = loadOnnx(blocks(5));
    const plan = vi.spyOn(conv2dOperator, "plan");
    using session = compile(graph, [1, 8, 10, 10]);
    expect(plan).toHaveBeenCalledTimes(5);
    const fused = session.explain().steps.filter(({ residual, activation }) => residual && activation === "relu");
    expect(fused).toHaveLength(5);
  });

  it("in a network for which an algorithm is asked", () => {
    const plan = vi.spyOn(conv2dOperator, "plan");
    using session = compile(loadOnnx(blocks(2)), [1, 8, 10, 10], { algorithm: "im2col" });
    expect(plan).toHaveBeenCalledTimes(2);
    expect(session.explain().steps[0]!.algorithm).toBe("im2col");
  });

  it("where a function is called", () => {
    const plan = vi.spyOn(conv2dOperator, "plan");
    conv2d(Tensor.ones([1, 2, 5, 5]), Tensor.ones([3, 2, 3, 3]));
    expect(plan).toHaveBeenCalledTimes(1);
  });
});

describe("explaining a model", () => {
  it("says what compiling does, and takes no memory", () => {
    const layer = new nn.Sequential(new nn.Conv2d(256, 256, 3, { padding: 1, seed: 1 }), new nn.ReLU());
    const shape = [1, 256, 28, 28];
    const before = memory();
    const { explanation } = explainModel(layer, shape);
    expect(memory()).toEqual(before);
    using session = compile(layer, shape);
    expect(session.explain()).toEqual(explanation);
  });
});
