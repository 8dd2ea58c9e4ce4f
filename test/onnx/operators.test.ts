import { describe, expect, test } from "vitest";
import { encodeModel } from "../support/onnx.ts";
import { FAMILIES, int, int64, ints, string } from "../support/onnx-cases/index.ts";
import { readGolden } from "../support/onnx-golden.ts";
import { NETWORKS, networkInput, readNetwork, sampled } from "../support/onnx-networks.ts";
import { expectClose, runOnnx } from "../support/onnx-runs.ts";

describe.each(Object.entries(FAMILIES))("models give what onnxruntime gives: %s", (family, cases) => {
  const golden = readGolden(family);

  test("for every case there is a result", () => {
    expect(cases.map(({ name }) => name)).toEqual(Object.keys(golden));
  });

  test.each(cases.map((each) => [each.name, each] as const))("%s", (name, { model, inputs }) => {
    const outputs = runOnnx(model, inputs);
    expect(outputs.size).toBe(golden[name]!.length);
    for (const [index, [output, result]] of [...outputs].entries()) {
      const expected = golden[name]![index]!;
      expect(result.dtype, output).toBe(expected.type);
      expectClose(output, result, expected);
    }
  });
});

const published = readGolden("published");
test.each(NETWORKS)("%s, a published network, gives what onnxruntime gives", (file, shape) => {
  const outputs = runOnnx(readNetwork(file), { x: networkInput(shape) });
  const [[name, output] = [], more] = [...outputs];
  expect(more).toBeUndefined();
  const expected = published[file]![0]!;
  expect(output!.shape).toEqual(expected.shape);
  const data = sampled(output!.data);
  const samples = { data: expected.data, shape: [expected.data.length] };
  expectClose(name!, { data, shape: [data.length] }, samples, 1e-3, 1e-6);
});

test("a graph with open sizes is compiled for any of them", () => {
  const model = encodeModel({
    nodes: [
      { op: "Shape", inputs: ["x"], outputs: ["shape"] },
      { op: "Slice", inputs: ["shape", "two", "four"], outputs: ["size"] },
      { op: "Concat", inputs: ["outer", "size"], outputs: ["sizes"], attributes: { axis: int(0) } },
      {
        op: "AveragePool",
        inputs: ["x"],
        outputs: ["small"],
        attributes: { kernel_shape: ints(2, 2), strides: ints(2, 2) },
      },
      { op: "Resize", inputs: ["small", "", "", "sizes"], attributes: { mode: string("nearest") } },
    ],
    inputs: [{ name: "x", shape: ["n", 1, "h", "w"] }],
    constants: { two: int64(2), four: int64(4), outer: int64(2, 1) },
  });
  for (const [h, w] of [
    [4, 6],
    [8, 2],
  ] as const) {
    const data = Float32Array.from({ length: 2 * h * w }, (_, i) => (i >> 1) % (w / 2));
    const output = runOnnx(model, { x: { data, shape: [2, 1, h, w] } }).get("y")!;
    expect(output.shape).toEqual([2, 1, h, w]);
    expect([...output.data]).toEqual([...data]);
  }
  expect(() => runOnnx(model, { x: { data: new Float32Array(24), shape: [1, 2, 3, 4] } })).toThrow(/declares/);
});
