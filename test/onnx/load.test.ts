import { describe, expect, test } from "vitest";
import { arrayOf, type DType } from "../../src/dtype.ts";
import { loadOnnx } from "../../src/onnx/index.ts";
import type { DATA_TYPE } from "../../src/onnx/model.ts";
import { encodeModel, type TestModel, type TestNode, type TestTensor, written } from "../support/onnx.ts";
import { joined } from "../support/onnx-backend.ts";

const x = { name: "x", shape: [1, 2, 3, 4] };
const relu: TestNode = { op: "Relu", inputs: ["x"] };
const plain: TestModel = { nodes: [relu], inputs: [x] };

const load = (model: Partial<TestModel>) => loadOnnx(encodeModel({ ...plain, ...model }));

/** The constant that a tensor of a file becomes. */
const constantOf = (tensor: TestTensor) => load({ constants: { c: tensor }, outputs: ["y", "c"] }).constants.get("c")!;

describe("arguments", () => {
  test.each([null, undefined, "model.onnx", 3, [8, 7], {}, new Blob([])])("%s is refused", (bytes) => {
    expect(() => loadOnnx(bytes as Uint8Array)).toThrow(
      /^loadOnnx: bytes must be a Uint8Array or an ArrayBuffer, got /,
    );
  });

  test("an ArrayBuffer, and a view at any place, are read", () => {
    const bytes = encodeModel(plain);
    const buffer = new ArrayBuffer(bytes.length + 3);
    new Uint8Array(buffer, 3).set(bytes);
    expect(loadOnnx(new Uint8Array(buffer, 3)).nodes).toHaveLength(1);
    expect(loadOnnx(buffer.slice(3)).nodes).toHaveLength(1);
  });
});

describe("the graph", () => {
  test("has the names of the file", () => {
    const graph = load({
      nodes: [{ op: "Relu", inputs: ["image"], outputs: ["result"], name: "first" }],
      inputs: [{ name: "image", shape: ["batch", 3, undefined, -1] }],
      outputs: ["result"],
    });
    expect(graph.inputs).toEqual([{ name: "image", dtype: "float32", shape: ["batch", 3, "image[2]", "image[3]"] }]);
    expect([...graph.outputs.keys()]).toEqual(["result"]);
    expect(graph.nodes[0]!.name).toBe("first");
  });

  test("an input with an initializer is a constant", () => {
    const graph = load({
      nodes: [{ op: "Add", inputs: ["x", "w"] }],
      inputs: [x, { name: "w", shape: [1] }],
      constants: { w: { dims: [1], values: [2] } },
    });
    expect(graph.inputs.map(({ name }) => name)).toEqual(["x"]);
  });

  test("an input may have no shape", () => {
    expect(load({ inputs: [{ name: "x", shape: null }] }).inputs).toEqual([
      { name: "x", dtype: "float32", shape: null },
    ]);
  });

  test("float32 is viewed where it is aligned in the file, and copied where it is not", () => {
    const values = Float32Array.of(1, -2, 3.5, 1e-30);
    const model = encodeModel({
      ...plain,
      constants: { c: { dims: [4], raw: new Uint8Array(values.buffer) } },
      outputs: ["y", "c"],
    });
    const views = [0, 1, 2, 3].map((shift) => {
      const buffer = new ArrayBuffer(model.length + shift);
      new Uint8Array(buffer, shift).set(model);
      const { data } = loadOnnx(new Uint8Array(buffer, shift)).constants.get("c")!;
      expect([...data]).toEqual([...values]);
      return data.buffer === buffer;
    });
    expect(views.filter((isView) => isView)).toHaveLength(1);
  });
});

describe("types of elements", () => {
  const bytesOf = (...numbers: number[]) => Uint8Array.from(numbers);
  const DTYPES: Partial<Record<keyof typeof DATA_TYPE, DType>> = {
    FLOAT: "float32",
    DOUBLE: "float32",
    FLOAT16: "float32",
    BFLOAT16: "float32",
    INT64: "int64",
    UINT64: "int64",
    UINT32: "int64",
    INT32: "int32",
    INT16: "int32",
    UINT16: "int32",
    INT8: "int8",
    UINT8: "uint8",
    BOOL: "bool",
  };
  test.each<[keyof typeof DATA_TYPE, Partial<TestTensor>, (number | bigint)[]]>([
    ["FLOAT", { values: [1.5, -2] }, [1.5, -2]],
    ["FLOAT", { raw: bytesOf(0, 0, 192, 63) }, [1.5]],
    ["DOUBLE", { values: [0.1] }, [Math.fround(0.1)]],
    ["DOUBLE", { raw: new Uint8Array(Float64Array.of(1e300, 0.1).buffer) }, [Infinity, Math.fround(0.1)]],
    [
      "FLOAT16",
      { raw: bytesOf(0, 0x3c, 1, 0, 0, 0xfc, 0xff, 0x7b, 0, 0x84) },
      [1, 2 ** -24, -Infinity, 65504, -(2 ** -14)],
    ],
    ["FLOAT16", { values: [0x7e00, 0x8000, 0x3555] }, [NaN, -0, 0.333251953125]],
    ["BFLOAT16", { raw: bytesOf(0x80, 0x3f, 0x49, 0xc0) }, [1, -3.140625]],
    ["BFLOAT16", { values: [0x3f80] }, [1]],
    ["INT64", { values: [-1, 2 ** 40] }, [-1n, 2n ** 40n]],
    ["INT64", { raw: new Uint8Array(BigInt64Array.of(-1n, 2n ** 63n - 1n).buffer) }, [-1n, 2n ** 63n - 1n]],
    // the nearest that int64 has
    ["UINT64", { raw: new Uint8Array(BigUint64Array.of(2n ** 63n).buffer) }, [2n ** 63n - 1n]],
    ["UINT64", { values: [2 ** 63] }, [2n ** 63n - 1n]],
    ["INT32", { values: [-5] }, [-5]],
    ["INT32", { raw: bytesOf(0xfe, 0xff, 0xff, 0xff) }, [-2]],
    ["UINT32", { raw: bytesOf(0xfe, 0xff, 0xff, 0xff) }, [2n ** 32n - 2n]],
    ["INT16", { raw: bytesOf(0xfe, 0xff) }, [-2]],
    ["UINT16", { raw: bytesOf(0xfe, 0xff) }, [65534]],
    ["INT8", { raw: bytesOf(0xfe) }, [-2]],
    ["UINT8", { raw: bytesOf(0xfe) }, [254]],
    ["BOOL", { values: [1, 0] }, [1, 0]],
    ["BOOL", { raw: bytesOf(0, 1) }, [0, 1]],
  ])("%s %j", (type, data, expected) => {
    const constant = constantOf({ type, dims: [expected.length], ...data });
    expect([...constant.data]).toEqual(expected);
    expect(constant.dtype).toBe(DTYPES[type]);
    expect(constant.data).toBeInstanceOf(arrayOf(constant.dtype));
  });

  test("single values and empty tensors", () => {
    expect(constantOf({ dims: [], values: [7] }).shape).toEqual([]);
    expect(constantOf({ dims: [2, 0], raw: new Uint8Array(0) }).data).toHaveLength(0);
    expect(constantOf({ dims: [0] }).data).toHaveLength(0);
  });

  test("float_data may come number by number", () => {
    const tensor = written((pbf) => {
      pbf.writeVarintField(1, 2);
      pbf.writeVarintField(2, 1);
      pbf.writeFloatField(4, 1.5);
      pbf.writeFloatField(4, 2.5);
      pbf.writeStringField(8, "c");
    });
    const graph = written((pbf) => pbf.writeMessage(7, (_, out) => out.writeBytesField(5, tensor), null));
    expect([
      ...loadOnnx(joined(encodeModel({ ...plain, outputs: ["y", "c"] }), graph)).constants.get("c")!.data,
    ]).toEqual([1.5, 2.5]);
  });
});
