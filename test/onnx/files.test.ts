import { describe, expect, test } from "vitest";
import { compile, Tensor } from "../../src/index.ts";
import { externalFiles, loadOnnx } from "../../src/onnx/index.ts";
import { encodeModel, type TestModel, type TestTensor } from "../support/onnx.ts";
import { node } from "../support/onnx-cases/index.ts";

const text = (value: string) => new TextEncoder().encode(value);

describe("another format is named", () => {
  test.each([
    ["an HTML page", text("\n<!doctype html><title>Not found</title>"), /an HTML page: perhaps the server's answer/],
    ["Git LFS", text("version https://git-lfs.github.com/spec/v1\noid sha256:1"), /a pointer of Git LFS/],
    ["gzip", Uint8Array.of(0x1f, 0x8b, 8, 0), /compressed with gzip/],
    ["PyTorch", Uint8Array.of(0x50, 0x4b, 3, 4, 0, 0), /a zip archive, as PyTorch's .pt/],
    ["onnxruntime's own", Uint8Array.of(32, 0, 0, 0, ...text("ORTM"), 0), /onnxruntime's .ort format/],
    ["TensorFlow Lite", Uint8Array.of(28, 0, 0, 0, ...text("TFL3"), 0), /a TensorFlow Lite model/],
    ["a saved Session", text("cwasm\0\0\0"), /loadSession of convwasm\/session/],
    ["JSON", text('{"error": "no such model"}'), /JSON text/],
  ])("%s", (_, bytes, message) => {
    expect(() => loadOnnx(bytes)).toThrow(message);
    expect(() => loadOnnx(bytes)).toThrow(/^loadOnnx: bytes are not an ONNX model, but /);
  });
});

describe("weights in a file beside", () => {
  const weights = Float32Array.of(0, 1, 2, 3, 4, 5);
  const file = new Uint8Array(weights.buffer);
  const model = (external: TestTensor["external"], dims = [2]): TestModel => ({
    inputs: [{ name: "x", shape: [2] }],
    nodes: [node("Add", ["x", "w"], ["y"])],
    constants: { w: { dims, external: external! } },
  });
  const load = (external: TestTensor["external"], externalData?: Record<string, Uint8Array | ArrayBuffer>) =>
    loadOnnx(encodeModel(model(external)), { ...(externalData && { externalData }) });

  test("are read from offset and length, and need no copy", () => {
    const graph = load({ location: "w.bin", offset: "8", length: "8" }, { "w.bin": file });
    expect(graph.constants.get("w")!.data.buffer).toBe(file.buffer);
    using session = compile(graph);
    expect([...session.run(Tensor.from([10, 20])).data]).toEqual([12, 23]);
    const rest = load({ location: "w.bin", offset: "16" }, { "w.bin": weights.buffer });
    expect([...rest.constants.get("w")!.data]).toEqual([4, 5]);
  });

  test("are named by externalFiles, also within branches and Constant nodes", () => {
    const tensor: TestTensor = { dims: [2], external: { location: "c.bin" } };
    const branch = { nodes: [node("Constant", [], ["out"], { value: { tensor } })], outputs: ["out"] };
    const nodes = [
      node("Add", ["x", "w"], ["a"]),
      node("If", ["c"], ["y"], { then_branch: { graph: branch }, else_branch: { graph: branch } }),
    ];
    const bytes = encodeModel({ ...model({ location: "w.bin" }), nodes });
    expect(externalFiles(bytes)).toEqual(["w.bin", "c.bin"]);
    expect(externalFiles(encodeModel({ nodes, inputs: [] }))).toEqual(["c.bin"]);
  });

  test.each<[string, TestTensor["external"], RegExp]>([
    ["an offset past the end", { location: "w.bin", offset: "25" }, /which has 24/],
    ["a length past the end", { location: "w.bin", offset: "20", length: "8" }, /which has 24/],
    ["a negative offset", { location: "w.bin", offset: "-4" }, /which has 24/],
    ["an offset that is no number", { location: "w.bin", offset: "four" }, /bytes "four" and "all"/],
    [
      "too little data",
      { location: "w.bin", offset: "0", length: "4" },
      /dims \[2\] have 2 elements, but the data has 1/,
    ],
    [
      "another file",
      { location: "../secret" },
      /give loadOnnx the content as \{ externalData: \{ "..\/secret": bytes \} \}/,
    ],
  ])("are refused with %s", (_, external, message) => {
    expect(() => load(external, { "w.bin": file })).toThrow(message);
    expect(() => load(external, { "w.bin": file })).toThrow(/^loadOnnx: initializer "w": /);
  });

  test.each([
    [[file], /externalData must be a record of bytes by the names of files/],
    [file, /externalData must be a record of bytes by the names of files/],
    [{ "w.bin": "text" }, /externalData\["w.bin"\]|externalData\[""w.bin""\]/],
  ])("must be bytes by name, not %j", (externalData, message) => {
    const bytes = encodeModel(model({ location: "w.bin" }));
    const wrong = externalData as unknown as Record<string, Uint8Array>;
    expect(() => loadOnnx(bytes, { externalData: wrong })).toThrow(message);
  });

  test("that nothing needs may be absent", () => {
    const bytes = encodeModel({ ...model({ location: "w.bin" }), nodes: [node("Relu", ["x"], ["y"])] });
    expect(loadOnnx(bytes).nodes).toHaveLength(1);
  });
});

describe("what no output needs", () => {
  test("is neither translated nor kept", () => {
    const graph = loadOnnx(
      encodeModel({
        inputs: [{ name: "x", shape: [2] }],
        nodes: [node("TfIdfVectorizer", ["x", "big"], ["unused"]), node("Relu", ["x"], ["y"])],
        constants: { big: { type: "STRING", dims: [1] } },
      }),
    );
    expect(graph.nodes).toHaveLength(1);
    expect(graph.constants.size).toBe(0);
  });
});

describe("loops", () => {
  const loop = (count: TestTensor, condition?: TestTensor): Uint8Array =>
    encodeModel({
      inputs: [{ name: "x", shape: [2] }],
      nodes: [
        node("Loop", ["n", condition === undefined ? "" : "c", "x"], ["y"], {
          body: {
            graph: {
              inputs: [
                { name: "i", type: "INT64", shape: [] },
                { name: "g", type: "BOOL", shape: [] },
                { name: "v", shape: [2] },
              ],
              nodes: [node("Identity", ["g"], ["h"]), node("Relu", ["v"], ["w"])],
              outputs: [{ name: "h", type: "BOOL", shape: [] }, "w"],
            },
          },
        }),
      ],
      constants: { n: count, ...(condition && { c: condition }) },
    });

  test("of a thousand million rounds are refused before long", () => {
    const endless = loop({ type: "INT64", dims: [], values: [1e9] });
    expect(() => compile(loadOnnx(endless))).toThrow(/^compile: .*(at most 65536 (rounds|nodes))/);
  });

  test("whose carried value is left out are refused", () => {
    const body = { graph: { nodes: [], outputs: [] } };
    const bytes = encodeModel({ nodes: [node("Loop", ["", "", ""], ["y"], { body })], inputs: [] });
    expect(() => loadOnnx(bytes)).toThrow('loadOnnx: Loop "y": needs an input 2');
  });

  test("of no rounds give what is carried", () => {
    using session = compile(loadOnnx(loop({ type: "INT64", dims: [], values: [0] })));
    expect([...session.run(Tensor.from([-1, 2])).data]).toEqual([-1, 2]);
    const never: TestTensor = { type: "BOOL", dims: [], values: [0] };
    using other = compile(loadOnnx(loop({ type: "INT64", dims: [], values: [5] }, never)));
    expect([...other.run(Tensor.from([-1, 2])).data]).toEqual([-1, 2]);
  });
});
