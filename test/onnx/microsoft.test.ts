import { expect, test } from "vitest";
import { loadOnnx } from "../../src/onnx/index.ts";
import { encodeModel } from "../support/onnx.ts";
import { int, ints, node, string, strings, weights } from "../support/onnx-cases/index.ts";
import { expectClose, runOnnx } from "../support/onnx-runs.ts";
import { sizeOf, values } from "../support/reference.ts";

// onnxruntime itself has it for other processors only; it reads the weight's shape as Conv does
test.each(["NhwcConv", "NhwcFusedConv"])("%s is a Conv of images whose channels come last", (op) => {
  const constants = { w: weights(5, 4, 3, 3, 2), b: weights(6, 4) };
  const given = { x: [2, 7, 6, 3], z: [2, 7, 5, 4] };
  const inputs = Object.entries(given).map(([name, shape]) => ({ name, shape }));
  const pads = { pads: ints(1, 0, 1, 0) };
  const activation = { activation: string("Relu") };
  const [first, last] = [{ perm: ints(0, 3, 1, 2) }, { perm: ints(0, 2, 3, 1) }];
  const fused = node(op, ["x", "w", "b", "z"], ["y"], { ...pads, ...activation }, "com.microsoft");
  const plain = [
    node("Transpose", ["x"], ["a"], first),
    node("Conv", ["a", "w", "b"], ["c"], pads),
    node("Transpose", ["c"], ["d"], last),
    node("Add", ["d", "z"], ["e"]),
    node("Relu", ["e"], ["y"]),
  ];
  const feeds = Object.fromEntries(
    Object.entries(given).map(([name, shape], i) => [name, { data: values(i + 1, sizeOf(shape)), shape }]),
  );
  const resultOf = (nodes: readonly ReturnType<typeof node>[]) =>
    runOnnx(encodeModel({ domains: { "com.microsoft": 1 }, nodes, constants, inputs, outputs: ["y"] }), feeds).get(
      "y",
    )!;
  const expected = resultOf(plain);
  expect(expected.shape).toEqual([2, 7, 5, 4]);
  expectClose("y", resultOf([fused]), expected);
});

// onnxruntime has it for graphics processors only
test("BiasAdd is the sum of images, their bias and a residual", () => {
  const given = { x: [1, 4, 6], b: [6], z: [1, 4, 6] };
  const inputs = Object.entries(given).map(([name, shape]) => ({ name, shape }));
  const feeds = Object.fromEntries(
    Object.entries(given).map(([name, shape], i) => [name, { data: values(i + 1, sizeOf(shape)), shape }]),
  );
  const fused = node("BiasAdd", ["x", "b", "z"], ["y"], {}, "com.microsoft");
  const y = runOnnx(encodeModel({ domains: { "com.microsoft": 1 }, nodes: [fused], inputs, outputs: ["y"] }), feeds);
  const expected = Array.from(feeds["x"]!.data, (value, i) => value + feeds["b"]!.data[i % 6]! + feeds["z"]!.data[i]!);
  expectClose("y", y.get("y")!, { data: expected, shape: [1, 4, 6] });
});

test.each(["Bernoulli", "Multinomial", "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike"])(
  "%s is refused, with its seed or without",
  (op) => {
    for (const attributes of [{}, { seed: { float: 3 } }]) {
      const inputs = op.endsWith("mal") || op.endsWith("form") ? [] : ["x"];
      const model = encodeModel({
        nodes: [node(op, inputs, ["y"], attributes)],
        inputs: [{ name: "x", shape: [2, 3] }],
      });
      expect(() => loadOnnx(model)).toThrow(
        /draws random numbers, which every engine draws differently.*make them an input/,
      );
    }
  },
);

const refusals: readonly [string, ReturnType<typeof node>, Record<string, readonly number[]>, string][] = [
  [
    "an equation that does not fit",
    node("Einsum", ["x", "z"], ["y"], { equation: string("ij,jk->ik") }),
    { x: [2, 3], z: [4, 5] },
    'Einsum "y": "j" of "ij,jk->ik" stands for axes of 3 and 4 values',
  ],
  [
    "heads that do not divide",
    node("MultiHeadAttention", ["x", "x", "x"], ["y"], { num_heads: int(3) }, "com.microsoft"),
    { x: [1, 2, 8] },
    'MultiHeadAttention "y": query must be (batch, length, 3 heads * size), got shape [1, 2, 8]',
  ],
  [
    "a past of another rank",
    node("Attention", ["x", "x", "x", "", "z", "z"], ["y"]),
    { x: [1, 2, 3, 4], z: [1, 2, 4] },
    'Attention "y": cat: tensors must agree in all axes but 2',
  ],
  [
    "weights of an LSTM that are computed",
    node("LSTM", ["x", "z", "z"], ["y"], { hidden_size: int(1) }),
    { x: [1, 1, 1], z: [1, 4, 1] },
    'LSTM "y": the weights must be constant, but input 1 ("z") is computed',
  ],
  [
    "an unknown function of a cell",
    node("RNN", ["x", "w", "w"], ["y"], { activations: strings("Swish") }),
    { x: [1, 1, 1] },
    'RNN "y": activations has "Swish", which is none',
  ],
  [
    "an unknown fused activation",
    node("FusedConv", ["x", "w"], ["y"], { activation: string("Mish") }, "com.microsoft"),
    { x: [1, 1, 1] },
    'FusedConv "y": the activation "Mish" is not supported',
  ],
];
test.each(refusals)("refuses %s by the node's name", (_, only, given, message) => {
  const inputs = Object.entries(given).map(([name, shape]) => ({ name, shape }));
  const constants = { w: weights(5, 1, 1, 1) };
  const model = encodeModel({
    opset: 23,
    domains: { "com.microsoft": 1 },
    nodes: [only],
    constants,
    inputs,
    outputs: ["y"],
  });
  const feeds = Object.fromEntries(inputs.map(({ name, shape }) => [name, { data: values(1, sizeOf(shape)), shape }]));
  expect(() => runOnnx(model, feeds)).toThrow(message);
});
