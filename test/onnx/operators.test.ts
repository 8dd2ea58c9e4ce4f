import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { encodeModel } from "../support/onnx.ts";
import { int, int64, ints, ONNX_CASES, string } from "../support/onnx-cases.ts";
import { NETWORKS, networkInput, readNetwork, sampled } from "../support/onnx-networks.ts";
import { expectClose, runOnnx } from "../support/onnx-runs.ts";

interface Golden {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

/** What onnxruntime gave: see golden/generate_onnx.ts. */
const golden: Readonly<Record<string, readonly Golden[]>> = JSON.parse(
  readFileSync(new URL("../golden/onnx.json", import.meta.url), "utf8"),
);

describe("models give what onnxruntime gives", () => {
  test("for every case there is a result", () => {
    const names = [...ONNX_CASES.map(({ name }) => name), ...NETWORKS.map(([file]) => file)];
    expect(names).toEqual(Object.keys(golden));
  });

  test.each(ONNX_CASES.map((each) => [each.name, each] as const))("%s", (name, { model, inputs }) => {
    const outputs = runOnnx(model, inputs);
    expect(outputs.size).toBe(golden[name]!.length);
    for (const [index, [output, { data, shape }]] of [...outputs].entries()) {
      expectClose(output, { data, shape }, golden[name]![index]!);
    }
  });
});

test.each(NETWORKS)("%s, a published network, gives what onnxruntime gives", (file, shape) => {
  const outputs = runOnnx(readNetwork(file), { x: networkInput(shape) });
  const [[name, output] = [], more] = [...outputs];
  expect(more).toBeUndefined();
  const expected = golden[file]![0]!;
  expect(output!.shape).toEqual(expected.shape);
  const data = sampled(output!.data);
  expectClose(
    name!,
    { data, shape: [data.length] },
    { data: expected.data, shape: [expected.data.length] },
    1e-3,
    1e-6,
  );
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
