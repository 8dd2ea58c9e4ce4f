/** The command that finds where a wrong number begins. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zipSync } from "fflate";
import { afterAll, describe, expect, it } from "vitest";
import { Failure, UsageError } from "../../src/cli/command.ts";
import { type Comparison, compare, differences } from "../../src/cli/compare/compare.ts";
import { parseGraph, traceModel } from "../../src/cli/model.ts";
import { randomInputs } from "../../src/cli/random-inputs.ts";
import type { DType } from "../../src/dtype.ts";
import { writeNpy } from "../../src/formats/npy.ts";
import { Tensor } from "../../src/index.ts";
import { encodeModel, type TestAttribute, type TestModel, type TestNode, type TestTensor } from "../support/onnx.ts";
import { float, int, ints, node } from "../support/onnx-cases/index.ts";
import { values } from "../support/reference.ts";
import { complaint, exitOf } from "./commands.ts";

const folder = mkdtempSync(join(tmpdir(), "convwasm-compare-"));
const home = process.cwd();
process.chdir(folder);
afterAll(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true, force: true });
});

const weights = (seed: number, ...dims: number[]): TestTensor => ({
  dims,
  values: values(
    seed,
    dims.reduce((a, b) => a * b),
  ),
});

/** Convolutions, a branch that joins again, pools and a classifier. */
const network: TestModel = {
  inputs: [{ name: "x", shape: [1, 3, 12, 12] }],
  nodes: [
    node("Conv", ["x", "w0", "b0"], ["c0"], { pads: ints(1, 1, 1, 1) }),
    node("LeakyRelu", ["c0"], ["r0"], { alpha: float(0.25) }),
    node("Conv", ["r0", "w1"], ["c1"], { pads: ints(1, 1, 1, 1), group: int(4) }),
    node("Sigmoid", ["c1"], ["s1"]),
    node("Mul", ["c1", "s1"], ["m1"]),
    node("Conv", ["m1", "w2"], ["c2"]),
    node("Add", ["c2", "r0"], ["a2"]),
    node("MaxPool", ["a2"], ["p3"], { kernel_shape: ints(2, 2), strides: ints(2, 2) }),
    node("Conv", ["p3", "w4"], ["c4"], { pads: ints(1, 1, 1, 1), strides: ints(2, 2) }),
    node("Tanh", ["c4"], ["t4"]),
    node("GlobalAveragePool", ["t4"], ["g5"]),
    node("Flatten", ["g5"], ["f5"]),
    node("Gemm", ["f5", "w6", "b6"], ["z6"], { transB: int(1) }),
    node("Softmax", ["z6"], ["y"], { axis: int(1) }),
  ],
  constants: {
    w0: weights(1, 4, 3, 3, 3),
    b0: weights(2, 4),
    w1: weights(3, 4, 1, 3, 3),
    w2: weights(4, 4, 4, 1, 1),
    w4: weights(5, 6, 4, 3, 3),
    w6: weights(6, 5, 6),
    b6: weights(7, 5),
  },
};

/** Copies with one change, each with the value that it changes first. */
function* mutations(): Generator<readonly [what: string, model: TestModel, first: string]> {
  const readers: Readonly<Record<string, string>> = {
    w0: "c0",
    b0: "c0",
    w1: "c1",
    w2: "c2",
    w4: "c4",
    w6: "z6",
    b6: "z6",
  };
  for (const [name, tensor] of Object.entries(network.constants!)) {
    const count = tensor.values!.length;
    // from the first to the last weight
    for (let i = 0; i < 11; ++i) {
      const at = Math.floor((i * (count - 1)) / 10);
      const changed = Array.from(tensor.values!, (value, index) => (index === at ? value + 0.05 : value));
      const constants = { ...network.constants, [name]: { ...tensor, values: changed } };
      yield [`weight ${at} of ${name}`, { ...network, constants }, readers[name]!];
    }
  }
  const replaced = (index: number, change: Partial<TestNode>): TestModel => ({
    ...network,
    nodes: network.nodes.map((each, i) => (i === index ? { ...each, ...change } : each)),
  });
  const other: readonly (readonly [number, Partial<TestNode>])[] = [
    [1, { op: "Relu", attributes: {} }],
    [1, { op: "Elu", attributes: {} }],
    [3, { op: "HardSigmoid" }],
    [3, { op: "Tanh" }],
    [4, { op: "Add" }],
    [4, { op: "Sub" }],
    [6, { op: "Sub" }],
    [6, { op: "Mul" }],
    [7, { op: "AveragePool" }],
    [9, { op: "Relu" }],
    [9, { op: "Sigmoid" }],
    [10, { op: "GlobalMaxPool" }],
    [13, { op: "LogSoftmax" }],
    [13, { op: "Sigmoid", attributes: {} }],
  ];
  for (const [index, change] of other) {
    const { op, outputs } = network.nodes[index]!;
    yield [`${change.op} in place of ${op}`, replaced(index, change), outputs![0]!];
  }
  const attributes: readonly (readonly [number, Readonly<Record<string, TestAttribute>>])[] = [
    [1, { alpha: float(0.3) }],
    [2, { pads: ints(0, 1, 2, 1), group: int(4) }],
    [2, { pads: ints(1, 2, 1, 0), group: int(4) }],
    [0, { pads: ints(2, 1, 0, 1) }],
    [0, { pads: ints(1, 0, 1, 2) }],
    [7, { kernel_shape: ints(1, 2), strides: ints(2, 2) }],
    [8, { pads: ints(1, 0, 1, 1), strides: ints(2, 2) }],
    [8, { pads: ints(1, 1, 1, 1), strides: ints(1, 1) }],
    [12, { transB: int(1), alpha: float(0.5) }],
  ];
  for (const [index, change] of attributes) {
    const { op, outputs } = network.nodes[index]!;
    yield [`${JSON.stringify(change)} of ${op}`, replaced(index, { attributes: change }), outputs![0]!];
  }
}

const traced = (model: TestModel) => {
  const graph = parseGraph("model.onnx", encodeModel(model));
  const shapes = { x: [1, 3, 12, 12] };
  return traceModel("model.onnx", graph, shapes, randomInputs([{ name: "x", dtype: "float32", shape: shapes.x }]));
};

describe("the first step that differs", () => {
  const mutated = [...mutations()];

  it("is found in a hundred copies of a network with one change each", () => {
    expect(mutated.length).toBeGreaterThanOrEqual(100);
    const theirs = traced(network).values;
    for (const [what, model, first] of mutated) {
      const { steps, values: ours } = traced(model);
      const compared = differences(steps, ours, theirs);
      const found = compared.find(({ error }) => !(error !== null && error <= 1e-4));
      expect([what, found?.value]).toEqual([what, first]);
    }
  });
});

const write = (name: string, model: TestModel): string => {
  writeFileSync(name, encodeModel(model));
  return name;
};

/** As numpy.savez writes them. */
function npz(name: string, tensors: Readonly<Record<string, Tensor<DType>>>): string {
  const files = Object.entries(tensors).map(([key, tensor]) => [`${key}.npy`, writeNpy(tensor)]);
  writeFileSync(name, zipSync(Object.fromEntries(files)));
  return name;
}

describe("convwasm compare", () => {
  const model = write("model.onnx", network);

  it("says that two files agree, and exits with 0", async () => {
    const [code, output] = await exitOf(compare, model, "--with", write("same.onnx", network));
    expect(code).toBe(0);
    expect(output).toMatch(/agree in all 14 results/);
  });

  it("names the step, and exits with 2", async () => {
    const [, changed] = [...mutations()].find(([what]) => what.startsWith("Tanh"))!;
    const [code, output] = await exitOf(compare, model, "--with", write("other.onnx", changed));
    expect(code).toBe(2);
    expect(output).toMatch(/^The first step that differs from other.onnx is sigmoid s1: its result s1 differs by/);
    const [, json] = await exitOf(compare, model, "--with", "other.onnx", "--json");
    const { first, compared } = JSON.parse(json) as Comparison;
    expect(compared[first!]).toMatchObject({ value: "s1", op: "sigmoid", step: "s1" });
  });

  it("compares with the values and inputs of .npz files", async () => {
    const { values: all } = traced(network);
    const wrong = all.get("p3")!;
    const p3 = new Tensor(
      (wrong.data as Float32Array).map((value) => value + 1),
      wrong.shape,
    );
    const values = npz("values.npz", { ...Object.fromEntries(all), p3 });
    const [code, output] = await exitOf(compare, model, "--with", values);
    expect(code).toBe(2);
    expect(output).toContain("its result p3 differs by");
    const only = npz("only.npz", { y: all.get("y")! });
    expect((await exitOf(compare, model, "--with", only))[0]).toBe(0);
    const inputs = npz("in.npz", randomInputs([{ name: "x", dtype: "float32", shape: [1, 3, 12, 12] }]));
    expect((await exitOf(compare, model, "--with", only, "--inputs", inputs))[0]).toBe(0);
  });

  it("says what is wrong with its arguments", async () => {
    expect(await complaint(UsageError, compare, model, "--tolerance", "much")).toMatch(/--tolerance must be a number/);
    expect(await complaint(Failure, compare, model, "--with", "absent.npz")).toMatch(/absent.npz: no such file/);
    expect(await complaint(Failure, compare, model, "--with", "only.npz", "--inputs", "only.npz")).toMatch(
      /has no "x"/,
    );
    expect(await complaint(Failure, compare, model)).toMatch(/onnxruntime-node is not installed/);
  });
});
