import { describe, expect, test } from "vitest";
import { compile } from "../../src/index.ts";
import { loadOnnx } from "../../src/onnx/index.ts";
import { encodeModel, encodeTensor, type TestModel, type TestNode, type TestTensor, written } from "../support/onnx.ts";
import { joined } from "../support/onnx-backend.ts";
import { float, int, int64, ints, string } from "../support/onnx-cases/index.ts";

const x = { name: "x", shape: [1, 2, 3, 4] };
const relu: TestNode = { op: "Relu", inputs: ["x"] };
const plain: TestModel = { nodes: [relu], inputs: [x] };

const load = (model: Partial<TestModel>) => loadOnnx(encodeModel({ ...plain, ...model }));
const loadNode = (node: Partial<TestNode>, constants: TestModel["constants"] = {}, opset = 17) =>
  load({ nodes: [{ ...relu, ...node }], constants, opset });
const compiled = (model: Partial<TestModel>) => compile(load(model), [1, 2, 3, 4]);

/** The constant that a tensor of a file becomes. */
const constantOf = (tensor: TestTensor) => load({ constants: { c: tensor }, outputs: ["y", "c"] }).constants.get("c")!;

describe("bytes that are not a model", () => {
  const noModel = /^loadOnnx: bytes are not an ONNX model/;

  test.each([
    ["nothing", new Uint8Array(0)],
    ["text", new TextEncoder().encode("<!doctype html><html></html>")],
    ["zeros", new Uint8Array(100)],
    ["ones", new Uint8Array(100).fill(0xff)],
    ["a zip file", Uint8Array.of(0x50, 0x4b, 3, 4, 20, 0, 0, 0, 8, 0)],
    ["a model without a graph", written((pbf) => pbf.writeVarintField(1, 8))],
  ])("%s", (_, bytes) => expect(() => loadOnnx(bytes)).toThrow(noModel));

  test("every beginning of a model", () => {
    const bytes = encodeModel({ ...plain, constants: { c: { dims: [2], values: [1, 2] } } });
    for (let length = 0; length < bytes.length; ++length) {
      expect(() => loadOnnx(bytes.subarray(0, length)), `${length} bytes`).toThrow(/^loadOnnx: /);
    }
  });

  test.each([
    ["a length past the end", [0x3a, 0x20, 0x0a]],
    ["a length of 2^63", [0x3a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]],
    ["a number without an end", [0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]],
    ["a group", [0x0b, 0x0c]],
    ["a wire type that does not exist", [0x0e]],
    ["a graph of another wire type", [0x38, 0x00]],
    ["an inner length past its message", [0x3a, 0x03, 0x0a, 0x10, 0x00, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]],
    ["a field 0", [0x00, 0x00]],
  ])("%s", (_, tail) => {
    expect(() => loadOnnx(joined(encodeModel(plain), Uint8Array.from(tail)))).toThrow(noModel);
  });

  test("fields that are not known are passed over", () => {
    const more = written((pbf) => {
      pbf.writeStringField(2, "exporter");
      pbf.writeFixed64Field(999, 1);
      pbf.writeFixed32Field(998, 1);
      pbf.writeVarintField(997, -1);
      pbf.writeBytesField(996, new Uint8Array(9));
    });
    expect(loadOnnx(joined(more, encodeModel(plain), more)).nodes).toHaveLength(1);
  });
});

describe("models that contradict themselves", () => {
  const node = (name: string, op: string, inputs: string[], outputs: string[]): TestNode => ({
    name,
    op,
    inputs,
    outputs,
  });

  test.each<[string, Partial<TestModel>, RegExp]>([
    [
      "a cycle",
      { nodes: [node("a", "Add", ["x", "y"], ["z"]), node("b", "Relu", ["z"], ["y"])] },
      /Add "a" is part of a cycle through "y"/,
    ],
    [
      "a node that needs its own result",
      { nodes: [node("a", "Add", ["x", "y"], ["y"])] },
      /Add "a" is part of a cycle through "y"/,
    ],
    [
      "a shape that depends on itself",
      { nodes: [node("s", "Shape", ["y"], ["s"]), node("r", "Reshape", ["x", "s"], ["y"])] },
      /Shape "s" is part of a cycle through "y"/,
    ],
    ["an input that is missing", { nodes: [node("a", "Relu", ["z"], ["y"])] }, /Relu "a": needs "z", which nothing/],
    ["an argument that is left out", { nodes: [node("a", "Add", ["x"], ["y"])] }, /Add "a": needs an input 1/],
    [
      "a scale that is left out",
      { nodes: [node("a", "QLinearConv", ["x", "x", "x", "x", "x", "x", "", "x"], ["y"])] },
      /QLinearConv "a": needs an input 6/,
    ],
    ["no arguments", { nodes: [node("a", "Concat", [], ["y"])] }, /needs an input 0|axis is needed/],
    ["an output that is missing", { outputs: ["z"] }, /output "z": needs "z", which nothing/],
    ["an output twice", { outputs: ["y", "y"] }, /the output "y" is given twice/],
    ["no outputs", { outputs: [] }, /has no outputs/],
    ["a result twice", { nodes: [relu, relu] }, /the value "y" is defined twice/],
    ["a result that is an input", { nodes: [node("a", "Relu", ["x"], ["x"])] }, /the value "x" is defined twice/],
    ["an input twice", { inputs: [x, x] }, /the value "x" is defined twice/],
    ["an input without a name", { inputs: [{ name: "" }] }, /has no name/],
    ["a negative length of an input", { inputs: [{ name: "x", shape: [-2] }] }, /must have lengths from 0/],
    [
      "an input of integers",
      { inputs: [{ name: "x", type: "INT64" }], nodes: [{ op: "Sigmoid", inputs: ["x"] }] },
      /Sigmoid "y": cannot compute with inputs of type int64/,
    ],
    [
      "an input that is not a tensor",
      { inputs: [{ name: "x", type: "SEQUENCE" }] },
      /must hold numbers or booleans, but is no tensor/,
    ],
    ["opset 5", { opset: 5 }, /opset from 6 to 25, got 5/],
    ["opset 26", { opset: 26 }, /opset from 6 to 25, got 26/],
  ])("%s", (_, model, message) => {
    expect(() => load(model)).toThrow(message);
    expect(() => load(model)).toThrow(/^loadOnnx: /);
  });

  test("the same constant twice", () => {
    const [tensor] = [encodeTensor({ dims: [1], values: [1] }, "c")];
    const graph = written((pbf) => pbf.writeMessage(7, (_, out) => out.writeBytesField(5, tensor), null));
    expect(() => loadOnnx(joined(encodeModel({ ...plain, outputs: ["y", "c"] }), graph, graph))).toThrow(
      /the value "c" is defined twice/,
    );
  });

  test("no opset at all", () => {
    const graph = written((pbf) => pbf.writeMessage(7, () => undefined, null));
    expect(() => loadOnnx(graph)).toThrow(/does not say which opset/);
  });

  test.each<[string, TestTensor, RegExp]>([
    ["negative dims", { dims: [-1], values: [1] }, /dims must hold whole numbers from 0/],
    ["dims whose product overflows", { dims: [2 ** 40, 2 ** 40], values: [] }, /too many elements/],
    ["too little data", { dims: [3], values: [1, 2] }, /dims \[3\] have 3 elements, but the data has 2/],
    ["too much data", { dims: [1], values: [1, 2] }, /dims \[1\] have 1 elements, but the data has 2/],
    ["no data", { dims: [2 ** 30] }, /elements, but the data has 0/],
    ["broken elements", { dims: [1], raw: new Uint8Array(3) }, /does not hold whole elements of 4 bytes/],
    ["data elsewhere", { dims: [1], isExternal: true }, /its data is in another file/],
    ["strings", { type: "STRING", dims: [1] }, /elements of type STRING are not supported/],
    ["complex numbers", { type: "COMPLEX64", dims: [0] }, /COMPLEX64 are not supported/],
  ])("%s", (_, tensor, message) => {
    expect(() => constantOf(tensor)).toThrow(message);
    expect(() => constantOf(tensor)).toThrow(/^loadOnnx: initializer "c": /);
  });
});

describe("what is not supported", () => {
  test("operators that are not known are counted in one error, those that no output needs left out", () => {
    const nodes = [
      { op: "TfIdfVectorizer", inputs: ["x"], outputs: ["a"], name: "one" },
      { op: "BeamSearch", domain: "com.microsoft", inputs: ["x"], outputs: ["b"], name: "two" },
      { op: "TfIdfVectorizer", inputs: ["x"], outputs: ["c"] },
      { op: "Conv", domain: "mine", inputs: ["x"], outputs: ["d"], name: "three" },
      { ...relu, domain: "ai.onnx" },
      { op: "Unneeded", inputs: ["x"], outputs: ["e"] },
    ];
    expect(() => load({ nodes, outputs: ["a", "b", "c", "d", "y"] })).toThrow(
      "loadOnnx: the model has operators that are not supported: TfIdfVectorizer (2 nodes), com.microsoft.BeamSearch (1 node), mine.Conv (1 node); docs/onnx-operators.md lists those that are",
    );
    expect(load({ nodes }).nodes).toHaveLength(1);
    const many = Array.from({ length: 1000 }, (_, i) => ({ op: `Op${i}`, inputs: [], outputs: [`v${i}`] }));
    const outputs = many.map((each) => each.outputs[0]!);
    expect(() => load({ nodes: many, outputs })).toThrow(/Op19 \(1 node\), 980 more; docs/);
  });

  test("graphs within graphs beyond 32, however deep", () => {
    for (const depth of [33, 500]) {
      let graph: TestModel = { nodes: [relu] };
      for (let i = 0; i < depth; ++i) {
        graph = { nodes: [{ op: "If", inputs: ["x"], attributes: { then_branch: { graph } } }] };
      }
      expect(() => load(graph)).toThrow(/^loadOnnx: graphs may lie within 32 others at most$/);
    }
  });

  test.each<[string, Partial<TestNode>, number, RegExp]>([
    [
      "attributes without a meaning",
      { attributes: { slope: float(1), kind: int(2) } },
      17,
      /attributes that are not supported: "slope", "kind"/,
    ],
    [
      "attributes of another type",
      { op: "LeakyRelu", attributes: { alpha: int(1) } },
      17,
      /attribute "alpha" must be of type FLOAT, got type 2/,
    ],
    [
      "another choice",
      { op: "Gelu", attributes: { approximate: string("fast") } },
      20,
      /approximate must be one of "none", "tanh", got "fast"/,
    ],
    [
      "a number that is not a flag",
      { op: "ReduceMean", attributes: { keepdims: int(2) } },
      17,
      /keepdims must be 0 or 1, got 2/,
    ],
    ["half a Constant", { op: "Constant", inputs: [] }, 17, /must have a tensor, or numbers/],
    ["casts to strings", { op: "Cast", attributes: { to: int(8) } }, 17, /cannot cast to STRING/],
    ["casts to nothing", { op: "Cast" }, 17, /cannot cast to type 0/],
    [
      "pads beside auto_pad",
      {
        op: "MaxPool",
        attributes: { kernel_shape: ints(2, 2), auto_pad: string("SAME_UPPER"), pads: ints(1, 1, 1, 1) },
      },
      17,
      /contradict auto_pad/,
    ],
    ["four axes", { op: "MaxPool", attributes: { kernel_shape: ints(2, 2, 2, 2) } }, 17, /windows over 4 axes/],
    [
      "lists of different lengths",
      { op: "MaxPool", attributes: { kernel_shape: ints(2, 2), strides: ints(1) } },
      17,
      /strides must have 2 numbers, got \[1\]/,
    ],
    ["more parts than names", { op: "Split", attributes: { num_outputs: int(3) } }, 18, /num_outputs must be 1, /],
  ])("%s", (_, node, opset, message) => {
    expect(() => loadNode(node, {}, opset)).toThrow(message);
    expect(() => loadNode(node, {}, opset)).toThrow(/^loadOnnx: \w+ "y": /);
  });

  test("an attribute twice", () => {
    const twice = encodeModel({
      ...plain,
      nodes: [{ ...relu, op: "Elu", attributes: { alpha: float(1), alphb: float(2) } }],
    });
    const at = Buffer.from(twice).indexOf("alphb");
    twice[at + 4] = "a".charCodeAt(0);
    expect(() => loadOnnx(twice)).toThrow(/attribute "alpha" is given twice/);
  });

  test("a result that cannot be had is an error only where it is used", () => {
    const dropout = { op: "Dropout", inputs: ["x"], outputs: ["y", "mask"], name: "drop" };
    expect(load({ nodes: [dropout] }).nodes).toHaveLength(0);
    const nodes = [dropout, { op: "Relu", inputs: ["mask"], outputs: ["z"] }];
    expect(() => load({ nodes, outputs: ["z"] })).toThrow(
      /needs "mask", a result that Dropout "drop" cannot give here/,
    );
  });
});

describe("what only compiling can find", () => {
  test("a shape that depends on an input's data", () => {
    const nodes = [
      { op: "ReduceMean", inputs: ["x"], outputs: ["mean"], attributes: { axes: ints(0, 1, 2), keepdims: int(0) } },
      { op: "Cast", inputs: ["mean"], outputs: ["shape"], attributes: { to: int(7) } },
      { op: "Reshape", inputs: ["x", "shape"] },
    ];
    expect(() => compiled({ nodes })).toThrow(
      /^compile: reshape "y": "shape:cast" must be constant, but depends on an input/,
    );
  });

  test.each<[string, readonly TestNode[], RegExp]>([
    [
      "a fill",
      [{ op: "ConstantOfShape", inputs: ["large"], outputs: ["z"] }],
      /makes a constant of \d+ elements from 1; at most 16777216/,
    ],
    ["a fill of negative size", [{ op: "ConstantOfShape", inputs: ["minus"], outputs: ["z"] }], /whole numbers from 0/],
    [
      "a range",
      [{ op: "Range", inputs: ["zero", "huge", "one"], outputs: ["z"] }],
      /at most 1048576 elements|single numbers/,
    ],
    ["a range without an end", [{ op: "Range", inputs: ["zero", "one", "zero"], outputs: ["z"] }], /never ends/],
    ["tiles", [{ op: "Tile", inputs: ["one", "huge"], outputs: ["z"] }], /at most 1048576 elements/],
    ["expansion", [{ op: "Expand", inputs: ["one", "large"], outputs: ["z"] }], /at most 1048576 elements/],
    ["padding", [{ op: "Pad", inputs: ["one", "large"], outputs: ["z"] }], /at most 1048576 elements/],
    ["a division by nothing", [{ op: "Div", inputs: ["one", "zero"], outputs: ["z"] }], /cannot be divided by 0/],
    [
      "an index past the end",
      [{ op: "Gather", inputs: ["one", "huge"], outputs: ["z"] }],
      /indices must be whole numbers from -1 to 0/,
    ],
  ])("%s beyond all bounds", (_, nodes, message) => {
    const constants = {
      large: int64(2 ** 20, 2 ** 20),
      minus: int64(-1),
      zero: int64(0),
      one: int64(1),
      huge: int64(2 ** 40),
    };
    const model = { nodes: [...nodes, relu], constants, outputs: ["y", "z"] };
    expect(() => compiled(model)).toThrow(message);
    expect(() => compiled(model)).toThrow(/^compile: /);
  });

  test("sizes of a Resize that are no whole numbers", () => {
    const nodes = [{ op: "Resize", inputs: ["x", "", "", "sizes"], attributes: { mode: string("linear") } }];
    const constants = { sizes: { dims: [4], values: [1, 2, 1.5, 4] } };
    expect(() => compiled({ nodes, constants })).toThrow(/^compile: .*sizes must hold whole numbers from 0/);
  });

  test("a list that doubles again and again", () => {
    const nodes = Array.from({ length: 60 }, (_, i) => ({
      op: "Concat",
      inputs: [`v${i}`, `v${i}`],
      outputs: [`v${i + 1}`],
      attributes: { axis: int(0) },
    }));
    expect(() => compiled({ nodes: [...nodes, relu], constants: { v0: int64(1) }, outputs: ["y", "v60"] })).toThrow(
      /^compile: .*at most 1048576 elements/,
    );
  });

  test("axes beyond all bounds", () => {
    const ones = Array<number>(1000).fill(1);
    expect(() => load({ constants: { c: { dims: ones, values: [1] } }, outputs: ["y", "c"] })).toThrow(
      /^loadOnnx: .*at most 64 axes, got 1000/,
    );
    const constants = { many: int64(...ones) };
    for (const op of ["Reshape", "Expand", "Unsqueeze", "ConstantOfShape"]) {
      const inputs = op === "ConstantOfShape" ? ["many"] : ["x", "many"];
      const nodes = [{ op, inputs, outputs: ["z"] }, relu];
      expect(() => compiled({ nodes, constants, outputs: ["y", "z"] }), op).toThrow(
        /^compile: .*at most 64 axes, got 1000/,
      );
    }
    const gather = { op: "Gather", inputs: ["z0", "z0"], outputs: ["z1"] };
    const nodes = Array.from({ length: 12 }, (_, i) => ({
      ...gather,
      inputs: [`z${i}`, `z${i}`],
      outputs: [`z${i + 1}`],
    }));
    const z0 = { type: "INT64", dims: [1, 1], values: [0] } as const;
    expect(() => compiled({ nodes: [...nodes, relu], constants: { z0 }, outputs: ["y", "z12"] })).toThrow(
      /^compile: .*at most 64 axes/,
    );
  });

  test("names that nodes of ours would have", () => {
    const taken = Array.from({ length: 20_000 }, (_, i) => (i === 0 ? "y:relu" : `y:relu#${i + 1}`));
    const constants = Object.fromEntries(taken.map((name) => [name, { dims: [], values: [0] }]));
    expect(load({ constants, outputs: ["y", ...taken] }).outputs.get("y")).toBe("y:relu#20001");
  });
});
