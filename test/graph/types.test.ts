import { describe, expect, it } from "vitest";
import { compile, Tensor } from "../../src/index.ts";
import { loadOnnx } from "../../src/onnx/index.ts";
import { encodeModel, type TestModel } from "../support/onnx.ts";

const ints = (...values: number[]) => BigInt64Array.from(values, BigInt);

function sessionOf(model: TestModel, shapes: Record<string, number[]>) {
  return compile<Record<string, Tensor>>(loadOnnx(encodeModel(model)), shapes);
}

/** Token ids pick rows of a table. */
const embedding: TestModel = {
  nodes: [{ op: "Gather", inputs: ["table", "ids"] }],
  inputs: [{ name: "ids", type: "INT64", shape: ["n"] }],
  constants: { table: { dims: [4, 3], values: Float32Array.from({ length: 12 }, (_, i) => i) } },
};

describe("values of other dtypes than float32 while running", () => {
  it("has the dtypes that a file declares on its ports", () => {
    using session = sessionOf(
      {
        nodes: [
          { op: "Cast", inputs: ["x"], outputs: ["y"], attributes: { to: { int: 1 } } },
          { op: "Equal", inputs: ["x", "x"], outputs: ["z"] },
        ],
        inputs: [{ name: "x", type: "UINT8", shape: [2, 3] }],
        outputs: ["y", "z"],
      },
      { x: [2, 3] },
    );
    expect(session.inputs).toEqual([{ name: "x", dtype: "uint8", shape: [2, 3] }]);
    expect(session.outputs).toEqual([
      { name: "y", dtype: "float32", shape: [2, 3] },
      { name: "z", dtype: "bool", shape: [2, 3] },
    ]);
    const { y, z } = session.run({ data: Uint8Array.of(0, 1, 2, 127, 128, 255), shape: [2, 3] });
    expect(y).toEqual(new Tensor([0, 1, 2, 127, 128, 255], [2, 3]));
    expect(z).toEqual(new Tensor(Uint8Array.of(1, 1, 1, 1, 1, 1), [2, 3], "bool"));
  });

  it.each([
    ["a BigInt64Array", ints(3, 0, -1)],
    ["an Int32Array", Int32Array.of(3, 0, -1)],
    ["numbers", [3, 0, -1]],
  ])("takes int64 as %s", (_, data) => {
    using session = sessionOf(embedding, { ids: [3] });
    expect(session.run({ data, shape: [3] } as never)).toEqual(new Tensor([9, 10, 11, 0, 1, 2, 9, 10, 11], [3, 3]));
  });

  it("refuses a Tensor of another dtype than the port's, naming both, and takes bytes as truth values", () => {
    using session = sessionOf(
      {
        nodes: [{ op: "Cast", inputs: ["x"], outputs: ["y"], attributes: { to: { int: 7 } } }],
        inputs: [{ name: "x", type: "BOOL", shape: [3] }],
        outputs: ["y"],
      },
      { x: [3] },
    );
    expect(() => session.run(new Tensor(Uint8Array.of(0, 1, 2), [3]))).toThrow(
      "Session.run: input must be of dtype 'bool', got 'uint8'",
    );
    const longs = new Tensor<"int64">(ints(0, 1, 1), [3]);
    expect(session.run({ data: Uint8Array.of(0, 1, 2), shape: [3] })).toEqual(longs);
    const truth = new Tensor(Uint8Array.of(0, 1, 1), [3], "bool");
    truth.data[2] = 200;
    expect(session.run(truth)).toEqual(longs);
  });

  it("moves int64 without loss", () => {
    using session = sessionOf(
      {
        nodes: [
          { op: "Transpose", inputs: ["x"], outputs: ["t"] },
          { op: "Concat", inputs: ["t", "t"], attributes: { axis: { int: 1 } } },
        ],
        inputs: [{ name: "x", type: "INT64", shape: [2, 2] }],
      },
      { x: [2, 2] },
    );
    const big = 2n ** 62n + 1n;
    const result = session.run({ data: BigInt64Array.of(1n, -2n, big, -big), shape: [2, 2] } as never);
    expect(result).toEqual(new Tensor(BigInt64Array.of(1n, big, 1n, big, -2n, -big, -2n, -big), [2, 4], "int64"));
  });

  it("refuses an index outside of the axis by name, and goes on with the next run", () => {
    using session = sessionOf(embedding, { ids: [2] });
    const run = (...values: number[]) => session.run({ data: ints(...values), shape: [2] } as never);
    expect(() => run(0, 4)).toThrow(RangeError);
    expect(() => run(-5, 0)).toThrow(/Session\.run: .*index/);
    expect(run(1, 2)).toEqual(new Tensor([3, 4, 5, 6, 7, 8], [2, 3]));
  });

  it("refuses elements of another dtype, and numbers that are not whole", () => {
    using session = sessionOf(embedding, { ids: [2] });
    const run = (data: unknown) => session.run({ data, shape: [2] } as never);
    expect(() => run(Float32Array.of(0, 1))).toThrow(
      new TypeError("Session.run: input.data must be a BigInt64Array, got Float32Array(2)"),
    );
    expect(() => run([0, 0.5])).toThrow(
      new RangeError("Session.run: input.data must hold whole numbers, got 0.5 at 1"),
    );
    expect(() => run([0, "1"])).toThrow(TypeError);
  });

  it("refuses to compute with integers while running, by the node's name", () => {
    const model = encodeModel({
      nodes: [{ op: "Sigmoid", inputs: ["x"], name: "r" }],
      inputs: [{ name: "x", type: "INT32", shape: [2] }],
    });
    expect(() => loadOnnx(model)).toThrow(
      new TypeError('loadOnnx: Sigmoid "r": cannot compute with inputs of type int32'),
    );
  });
});
