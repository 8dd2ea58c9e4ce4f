import { describe, expect, test } from "vitest";
import { compile } from "../../src/index.ts";
import { loadOnnx } from "../../src/onnx/index.ts";
import { encodeModel, type TestNode, type TestTensor } from "../support/onnx.ts";
import { ints } from "../support/onnx-cases/index.ts";

const scalar = (type: "FLOAT" | "UINT8" | "INT8", value: number): TestTensor => ({ type, dims: [], values: [value] });
const node = (op: string, inputs: string[], output: string, attributes: TestNode["attributes"] = {}): TestNode => ({
  op,
  inputs,
  outputs: [output],
  attributes,
});

const x = { name: "x", type: "UINT8", shape: [1, 2, 4, 4] } as const;
const constants: Record<string, TestTensor> = {
  w: { type: "INT8", dims: [3, 2, 1, 1], values: [1, -2, 3, -4, 5, -6] },
  s: scalar("FLOAT", 0.1),
  other: scalar("FLOAT", 0.2),
  z: scalar("UINT8", 0),
  middle: scalar("UINT8", 100),
  signed: scalar("INT8", 0),
};
const before = [node("DequantizeLinear", ["x", "s", "z"], "xf"), node("DequantizeLinear", ["w", "s", "signed"], "wf")];
const conv = node("Conv", ["xf", "wf"], "c");

/** The operators of a network, by our names. */
function stepsOf(nodes: readonly TestNode[], outputs: readonly string[] = ["y"], integers = true): readonly string[] {
  const named = outputs.map((name) => ({
    name,
    type: name === "y" ? ("UINT8" as const) : ("FLOAT" as const),
    shape: null,
  }));
  const bytes = encodeModel({ opset: 13, nodes, inputs: [x], constants, outputs: named });
  using session = compile(loadOnnx(bytes, { integers }), x.shape);
  return session.explain().steps.map(({ op }) => op);
}

describe("a float operator between bytes", () => {
  test("is computed on bytes, together with a limit that QuantizeLinear makes unnecessary", () => {
    const nodes = [...before, conv, node("Relu", ["c"], "r"), node("QuantizeLinear", ["r", "other", "z"], "y")];
    expect(stepsOf(nodes)).toEqual(["qlinearConv"]);
  });

  test("stays float32 where that is asked for", () => {
    const nodes = [...before, conv, node("QuantizeLinear", ["c", "other", "z"], "y")];
    expect(stepsOf(nodes, ["y"], false)).toEqual(["dequantize", "conv2d", "quantize"]);
    expect(() => loadOnnx(new Uint8Array(0), { integers: 1 as unknown as boolean })).toThrow(/integers must be/);
  });

  test("stays float32 where a limit would change bytes", () => {
    const nodes = [...before, conv, node("Relu", ["c"], "r"), node("QuantizeLinear", ["r", "other", "middle"], "y")];
    expect(stepsOf(nodes)).toEqual(["dequantize", "conv2d", "quantize"]);
  });

  test("stays float32 where its result is read otherwise too, by a node or as an output", () => {
    const ends = [node("QuantizeLinear", ["c", "other", "z"], "y")];
    expect(stepsOf([...before, conv, ...ends], ["y", "c"])).toContain("conv2d");
    const twice = [...before, conv, ...ends, node("Abs", ["c"], "a")];
    expect(stepsOf(twice, ["y", "a"])).toContain("conv2d");
  });

  test("stays float32 for scales along another axis than that of the filters", () => {
    const along = node("DequantizeLinear", ["w", "pair", "zeros"], "wf", { axis: { int: 1 } });
    const nodes = [before[0]!, along, conv, node("QuantizeLinear", ["c", "other", "z"], "y")];
    const own = {
      ...constants,
      pair: { dims: [2], values: [0.1, 0.2] },
      zeros: { type: "INT8", dims: [2], values: [0, 0] } as TestTensor,
    };
    const bytes = encodeModel({
      opset: 13,
      nodes,
      inputs: [x],
      constants: own,
      outputs: [{ name: "y", type: "UINT8", shape: null }],
    });
    using session = compile(loadOnnx(bytes), x.shape);
    expect(session.explain().steps.map(({ op }) => op)).toContain("conv2d");
  });

  test.each([
    ["one scale before and after", "s", ["maxPoolBytes"]],
    ["another scale after it", "other", ["dequantize", "maxPool2d", "quantize"]],
  ])("that moves bytes needs %s", (_, scale, expected) => {
    const pool = node("MaxPool", ["xf"], "p", { kernel_shape: ints(2, 2) });
    expect(stepsOf([before[0]!, pool, node("QuantizeLinear", ["p", scale, "z"], "y")])).toEqual(expected);
  });

  test("needs bytes of one type on both sides", () => {
    const nodes = [
      ...before,
      conv,
      node("QuantizeLinear", ["c", "other", "signed"], "q"),
      node("Cast", ["q"], "y", { to: { int: 2 } }),
    ];
    expect(stepsOf(nodes)).toContain("conv2d");
  });
});

test("weights in bytes alone become float32 when the network is compiled", () => {
  const nodes = [before[1]!, node("Cast", ["x"], "xf", { to: { int: 1 } }), node("Conv", ["xf", "wf"], "f")];
  expect(stepsOf(nodes, ["f"])).toEqual(["cast", "conv2d"]);
});

describe("what cannot be computed is refused by name", () => {
  const refusal = (
    nodes: readonly TestNode[],
    own: Record<string, TestTensor> = {},
    inputs: readonly object[] = [x],
  ) => {
    const bytes = encodeModel({
      opset: 21,
      nodes,
      inputs: inputs as [typeof x],
      constants: { ...constants, ...own },
      outputs: [{ name: "y", shape: null }],
    });
    return () =>
      compile(loadOnnx(bytes), Object.fromEntries((inputs as [typeof x]).map(({ name, shape }) => [name, shape])));
  };
  const linear = (...changes: (readonly [number, string])[]) => {
    const names = ["x", "s", "z", "w", "s", "signed", "other", "z"];
    for (const [index, name] of changes) names[index] = name;
    return node("QLinearConv", names, "y");
  };
  const list: Record<string, TestTensor> = {
    two: { dims: [2], values: [1, 2] },
    words: { type: "INT32", dims: [], values: [0] },
    biases: { type: "INT32", dims: [2], values: [1, 2] },
  };

  test.each([
    [
      "a scale of another length",
      [linear([4, "two"])],
      /the weight's scale must have one number, or one for each of 3/,
    ],
    ["several scales of activations", [linear([1, "two"])], /the input's scale must have one number, got shape \[2\]/],
    ["a zero point of another type", [linear([2, "signed"])], /the input's zero point must hold uint8, but holds int8/],
    ["a zero point that is no byte", [linear([7, "words"])], /must hold uint8 or int8|computes uint8 and int8/],
    [
      "a bias of another length",
      [{ ...linear(), inputs: [...linear().inputs, "biases"] }],
      /bias must have shape \[3\]/,
    ],
    [
      "an axis that is not there",
      [node("DequantizeLinear", ["x", "two", ""], "y", { axis: { int: 4 } })],
      /axis must be from -4 to 3/,
    ],
    [
      "scales that do not fit an axis",
      [node("DequantizeLinear", ["x", "two", ""], "y", { axis: { int: 2 } })],
      /the scale must have one value, or one for each of axis 2/,
    ],
    [
      "blocks whose scales do not fit",
      [node("DequantizeLinear", ["x", "two", ""], "y", { axis: { int: 1 }, block_size: { int: 2 } })],
      /the scale must have shape \[1, 1, 4, 4\]/,
    ],
    [
      "a type of other bits",
      [node("QuantizeLinear", ["s", "s", ""], "y", { output_dtype: { int: 5 } })],
      /not to INT16/,
    ],
  ] as const)("%s", (_, nodes, message) => {
    expect(refusal(nodes as readonly TestNode[], list)).toThrow(message);
  });

  test("a scale that a run computes", () => {
    const given = { name: "scale", type: "FLOAT", shape: [] };
    expect(refusal([linear([1, "scale"])], list, [x, given])).toThrow(/the input's scale must be constant/);
  });
});

test.each([0, -0.5, Number.NaN, Number.POSITIVE_INFINITY])("a scale of %d gives bytes all the same", (value) => {
  const bytes = encodeModel({
    opset: 13,
    nodes: [node("QuantizeLinear", ["f", "own", "z"], "y")],
    inputs: [{ name: "f", shape: [4] }],
    constants: { ...constants, own: scalar("FLOAT", value) },
    outputs: [{ name: "y", type: "UINT8", shape: null }],
  });
  using session = compile(loadOnnx(bytes), [4]);
  const { data } = session.run({ data: Float32Array.of(-1, 0, 1, 300), shape: [4] });
  // what divisions by zero and by no number leave, limited: as onnxruntime has it
  const expected =
    Number.isNaN(value) || value === Number.POSITIVE_INFINITY
      ? [0, 0, 0, 0]
      : value === 0
        ? [0, 0, 255, 255]
        : [2, 0, 0, 0];
  expect([...data]).toEqual(expected);
});
