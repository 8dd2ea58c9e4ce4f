import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test, vi } from "vitest";
import { quantise } from "../../src/cli/quantise/quantise.ts";
import { type Method, Observed } from "../../src/cli/quantise/ranges.ts";
import { compile, Tensor } from "../../src/index.ts";
import { loadOnnx } from "../../src/onnx/index.ts";
import { encodeModel, type TestNode } from "../support/onnx.ts";
import { int, ints } from "../support/onnx-cases/index.ts";
import { values } from "../support/reference.ts";

const folder = mkdtempSync(join(tmpdir(), "convwasm-quantise-"));
afterAll(() => rmSync(folder, { recursive: true }));
const [model, output, samples] = [join(folder, "a.onnx"), join(folder, "b.onnx"), join(folder, "samples")];
const SHAPE = [1, 3, 12, 12];

const weights = (seed: number, ...dims: number[]) => ({
  dims,
  values: values(
    seed,
    dims.reduce((a, b) => a * b, 1),
  ),
});
const NODES: readonly TestNode[] = [
  { op: "Conv", name: "first", inputs: ["x", "w1", "b1"], outputs: ["c1"], attributes: { pads: ints(1, 1, 1, 1) } },
  { op: "Relu", inputs: ["c1"], outputs: ["r1"] },
  {
    op: "Conv",
    name: "own",
    inputs: ["r1", "w2"],
    outputs: ["c2"],
    attributes: { group: int(8), pads: ints(1, 1, 1, 1) },
  },
  { op: "Add", name: "sum", inputs: ["c2", "r1"], outputs: ["a"] },
  { op: "MaxPool", inputs: ["a"], outputs: ["m"], attributes: { kernel_shape: ints(2, 2), strides: ints(2, 2) } },
  { op: "GlobalAveragePool", inputs: ["m"], outputs: ["g"] },
  { op: "Flatten", inputs: ["g"], outputs: ["f"] },
  { op: "Gemm", name: "last", inputs: ["f", "w3", "b3"], attributes: { transB: int(1) } },
];
const file = encodeModel({
  opset: 13,
  nodes: NODES,
  inputs: [{ name: "x", shape: SHAPE }],
  constants: {
    w1: weights(1, 8, 3, 3, 3),
    b1: weights(2, 8),
    w2: weights(3, 8, 1, 3, 3),
    w3: weights(4, 10, 8),
    b3: weights(5, 10),
  },
});

function npy(data: Float32Array): Uint8Array {
  const head = `{'descr': '<f4', 'fortran_order': False, 'shape': (${SHAPE.join(", ")}), }`.padEnd(117);
  return Buffer.concat([
    Buffer.from("\x93NUMPY\x01\x00", "latin1"),
    Buffer.from([118, 0]),
    Buffer.from(`${head}\n`),
    Buffer.from(data.buffer),
  ]);
}

const input = (seed: number) => values(seed, 432);

beforeEach(() => {
  mkdirSync(samples, { recursive: true });
  writeFileSync(model, file);
  for (const seed of [11, 12, 13]) writeFileSync(join(samples, `${seed}.npy`), npy(input(seed)));
});

/** What the command prints as JSON. */
async function quantised(...options: string[]) {
  const written = vi.spyOn(process.stdout, "write").mockImplementation(((_: string, done?: (error?: null) => void) => {
    done?.(null);
    return true;
  }) as typeof process.stdout.write);
  try {
    expect(await quantise.run([model, "--calibrate", samples, "-o", output, "--json", ...options])).toBe(0);
    return JSON.parse(written.mock.calls.map(([text]) => String(text)).join(""));
  } finally {
    written.mockRestore();
  }
}

const stepsOf = () => {
  using session = compile(loadOnnx(readFileSync(output)), SHAPE);
  return session.explain().steps.map(({ op }) => op);
};

describe("the new file", () => {
  test.each([[], ["--per-tensor"], ["--reduce-range"], ["--method", "percentile"], ["--method", "entropy"]])(
    "computes on bytes what the old one computes, with %j",
    async (...options) => {
      const report = await quantised(...options);
      expect(stepsOf().filter((op) => !op.startsWith("reshape") && !op.startsWith("flatten"))).toEqual([
        "quantize",
        "qlinearConv",
        "qlinearConv",
        "qlinearAdd",
        "maxPoolBytes",
        "qlinearGlobalAvgPool",
        "qgemm",
        "dequantize",
      ]);
      expect(report.files).toBe(3);
      expect(report.outputs[0].snr).toBeGreaterThan(18);
      const tensor = new Tensor(input(12), SHAPE);
      using before = compile(loadOnnx(file), SHAPE);
      using after = compile(loadOnnx(readFileSync(output)), SHAPE);
      const [a, b] = [before.run(tensor).data, after.run(tensor).data];
      const size = Math.max(...a.map(Math.abs));
      for (const [i, value] of a.entries()) expect(Math.abs(value - b[i]!)).toBeLessThan(0.15 * size);
    },
  );

  test("reports each layer, and leaves those in float32 that are to be kept", async () => {
    const all = await quantised();
    expect(all.layers.map(({ layer }: { layer: string }) => layer)).toEqual(
      expect.arrayContaining(["x", "own", "sum", "last"]),
    );
    for (const { snr } of all.layers) expect(snr).toBeGreaterThan(15);
    await quantised("--keep", "own", "--keep", "last");
    expect(stepsOf()).toEqual(expect.arrayContaining(["conv2d", "qlinearConv", "linear"]));
    expect(stepsOf()).not.toContain("qgemm");
  });
});

describe("what it cannot do is refused", () => {
  test.each([
    ["no folder", [model, "-o", output], /--calibrate folder is missing/],
    ["no output", [model, "--calibrate", samples], /-o file is missing/],
    ["another method", [model, "--calibrate", samples, "-o", output, "--method", "best"], /--method must be one of/],
    ["a folder that is not there", [model, "--calibrate", join(folder, "none"), "-o", output], /no such file/],
    ["a folder without pictures", [model, "--calibrate", folder, "-o", output], /has no pictures/],
    [
      "a layer that is not there",
      [model, "--calibrate", samples, "-o", output, "--keep", "x9"],
      /no layer of this name/,
    ],
  ])("%s", async (_, args, message) => {
    await expect(async () => quantise.run(args)).rejects.toThrow(message);
  });

  test("a file that is quantised already, or of an opset without scales for channels", async () => {
    await quantised();
    writeFileSync(model, readFileSync(output));
    await expect(quantised()).rejects.toThrow(/is quantised already/);
    writeFileSync(
      model,
      encodeModel({ opset: 11, nodes: [{ op: "Relu", inputs: ["x"] }], inputs: [{ name: "x", shape: SHAPE }] }),
    );
    await expect(quantised()).rejects.toThrow(/uses opset 11/);
  });

  test("numbers that are not finite", async () => {
    writeFileSync(join(samples, "14.npy"), npy(input(1).fill(Number.POSITIVE_INFINITY)));
    await expect(quantised()).rejects.toThrow(/not finite/);
    rmSync(join(samples, "14.npy"));
  });
});

describe("ranges", () => {
  const rangeOf = (method: Method, numbers: Float32Array) => {
    const observed = new Observed();
    observed.widen(numbers);
    observed.count(numbers);
    return observed.range(method);
  };
  // a thousand numbers from -1 to 1, and one far away
  const numbers = Float32Array.from({ length: 300_001 }, (_, i) => (i === 300_000 ? 40 : Math.sin(i)));

  test("are all numbers by minmax", () => expect(rangeOf("minmax", numbers)[1]).toBe(40));
  test.each(["percentile", "entropy"] as const)("leave out what is far away by %s", (method) => {
    const [least, most] = rangeOf(method, numbers);
    expect(most).toBeLessThan(10);
    expect(most).toBeGreaterThan(0.9);
    expect(least).toBeLessThan(-0.9);
  });
  test("of one number are that", () => {
    for (const method of ["minmax", "percentile", "entropy"] as const) {
      expect(rangeOf(method, Float32Array.of(3, 3))).toEqual([3, 3]);
    }
  });
});
