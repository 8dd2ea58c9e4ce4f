/** Values of every dtype through the commands. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, describe, expect, it } from "vitest";
import { bench } from "../../src/cli/bench/bench.ts";
import { Failure, UsageError } from "../../src/cli/command.ts";
import { inspect } from "../../src/cli/inspect/inspect.ts";
import { randomInputs } from "../../src/cli/random-inputs.ts";
import { run } from "../../src/cli/run/run.ts";
import { DTYPES, type DType } from "../../src/dtype.ts";
import { elementsOf } from "../../src/elements.ts";
import { readNpy, writeNpy } from "../../src/formats/npy.ts";
import { memory } from "../../src/index.ts";
import { type DataType, encodeModel, type TestModel } from "../support/onnx.ts";
import { complaint, printed, report } from "./commands.ts";

const folder = mkdtempSync(join(tmpdir(), "convwasm-types-"));
const home = process.cwd();
process.chdir(folder);
afterAll(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true, force: true });
});

function file(name: string, content: Uint8Array): string {
  writeFileSync(name, content);
  return name;
}
const write = (name: string, model: TestModel) => file(name, encodeModel(model));
const npy = (name: string, dtype: DType, shape: readonly number[], numbers: readonly number[]) =>
  file(name, writeNpy({ dtype, shape, data: elementsOf(dtype, numbers, "wrap") }));
const read = (name: string) => readNpy(name, new Uint8Array(readFileSync(name)));

/** Moves values, which every dtype can. */
const flat = (type: DataType, shape: readonly (number | string)[] = ["N", 3]): TestModel => ({
  inputs: [{ name: "x", type, shape }],
  nodes: [{ op: "Flatten", inputs: ["x"] }],
});

const TYPES: readonly (readonly [DataType, DType])[] = [
  ["FLOAT", "float32"],
  ["INT64", "int64"],
  ["INT32", "int32"],
  ["UINT8", "uint8"],
  ["INT8", "int8"],
  ["BOOL", "bool"],
];

describe.each(TYPES)("%s", (type, dtype) => {
  const model = write(`${dtype}.onnx`, flat(type));
  const numbers = dtype === "bool" ? [1, 0, 1, 0, 0, 1] : [1, 0, 5, 100, 7, 3];
  const data = elementsOf(dtype, numbers, "wrap");

  it("goes from .npy to .npy and .bin, and back", async () => {
    const input = npy("x.npy", dtype, [2, 3], numbers);
    const { inputs, dtypes, outputs } = await report(run, model, "--input", input, "--output", "y.npy");
    expect([inputs, dtypes]).toEqual([{ x: [2, 3] }, { x: dtype }]);
    expect(outputs[0]).toMatchObject({ dtype, shape: [2, 3], top: null });
    expect(outputs[0].statistics.max).toBe(Math.max(...numbers));
    expect(outputs[0].statistics.mean).toBeCloseTo(numbers.reduce((sum, each) => sum + each, 0) / 6);
    expect(read("y.npy")).toEqual({ dtype, shape: [2, 3], data });
    await report(run, model, "--input", input, "--output", "y.bin");
    expect([...readFileSync("y.bin")]).toEqual([...new Uint8Array(data.buffer)]);
    await report(run, model, "--input", "y.bin", "--shape", "2,3", "--output", "z.npy");
    expect(read("z.npy")).toEqual({ dtype, shape: [2, 3], data });
  });

  it("is named in what is printed", async () => {
    expect(await printed(inspect, model)).toMatch(
      dtype === "float32" ? /^input x: 1×3 \(declared \[N, 3\]\)$/m : new RegExp(`^output y: 1×3 ${dtype}$`, "m"),
    );
    const { inputs, outputs } = await report(inspect, model);
    expect(inputs).toEqual([{ name: "x", dtype, shape: [1, 3], declared: ["N", 3] }]);
    expect(outputs).toEqual([{ name: "y", dtype, shape: [1, 3] }]);
  });

  it("is made at random, in inspect and bench", async () => {
    expect((await report(inspect, model, "--time")).inputs[0]).toMatchObject({ dtype });
    expect((await report(bench, model, "--rounds", "1")).engines.convwasm.difference).toBe(0);
  });

  it("is what a file must hold", async () => {
    const other = dtype === "int32" ? "uint8" : "int32";
    const input = npy("other.npy", other, [1, 3], [1, 2, 3]);
    expect(await complaint(Failure, run, model, "--input", input)).toBe(
      `other.npy holds ${other}, but the input x is ${dtype}: save x.astype("${dtype}")`,
    );
    file("short.bin", new Uint8Array(2));
    expect(await complaint(Failure, run, model, "--input", "short.bin")).toMatch(
      new RegExp(`needs \\d+ bytes of ${dtype}, but there are 2$`),
    );
  });
});

describe("random inputs", () => {
  it.each(DTYPES)("of %s are of its kind, and always the same", (dtype) => {
    const make = () => randomInputs([{ name: "x", dtype, shape: [1000] }]).x!;
    expect(make()).toEqual(make());
    const { dtype: made, data } = make();
    const values = Array.from(data, Number);
    expect(made).toBe(dtype);
    if (dtype.startsWith("float")) return;
    expect([Math.min(...values), Math.max(...values) > (dtype === "uint8" ? 250 : 0)]).toEqual([0, true]);
    expect(Math.max(...values)).toBeLessThan(dtype === "uint8" ? 256 : 2);
  });
});

describe("pictures", () => {
  it("go into uint8 as they are, whichever axis the channels are", async () => {
    const pixels = Uint8Array.from({ length: 24 }, (_, at) => 10 * at);
    file(
      "p.png",
      await sharp(pixels, { raw: { width: 4, height: 2, channels: 3 } })
        .png()
        .toBuffer(),
    );
    const last = write("last.onnx", flat("UINT8", ["N", "H", "W", 3]));
    const { inputs } = await report(run, last, "--input", "p.png", "--output", "last.npy");
    expect(inputs).toEqual({ x: [1, 2, 4, 3] });
    expect([...read("last.npy").data]).toEqual([...pixels]);
    const first = write("first.onnx", flat("UINT8", ["N", 3, 2, 4]));
    await report(run, first, "--input", "p.png", "--output", "first.npy");
    const planes = [0, 1, 2].flatMap((colour) => [...pixels].filter((_, at) => at % 3 === colour));
    expect([...read("first.npy").data]).toEqual(planes);
    expect(await complaint(UsageError, run, first, "--input", "p.png", "--mean", "0.5")).toMatch(
      /go with inputs of float32/,
    );
    const float = write("float.onnx", flat("FLOAT", ["N", 2, 4, 3]));
    await report(run, float, "--input", "p.png", "--output", "float.npy");
    expect([...read("float.npy").data]).toEqual([...pixels].map((value) => Math.fround(value / 255)));
  });

  it("do not go into other integers", async () => {
    const model = write("int.onnx", flat("INT64", [1, 3, 2, 4]));
    expect(await complaint(Failure, run, model, "--input", "p.png")).toBe(
      "p.png: a picture needs an input of float32 or uint8, this one is int64",
    );
  });

  it("come out of uint8 and bool", async () => {
    const image = (type: DataType): TestModel => ({
      inputs: [{ name: "x", type, shape: [1, 1, 1, 3] }],
      nodes: [{ op: "Transpose", inputs: ["x"], attributes: { perm: { ints: [0, 1, 2, 3] } } }],
    });
    for (const [type, dtype, values, expected] of [
      ["UINT8", "uint8", [0, 7, 255], [0, 7, 255]],
      ["BOOL", "bool", [0, 1, 0], [0, 255, 0]],
    ] as const) {
      const model = write("image.onnx", image(type));
      await report(run, model, "--input", npy("i.npy", dtype, [1, 1, 1, 3], values), "--output", "o.png");
      const { data } = await sharp("o.png").toColourspace("b-w").raw().toBuffer({ resolveWithObject: true });
      expect([...data]).toEqual(expected);
    }
    const model = write("image.onnx", image("INT32"));
    npy("i.npy", "int32", [1, 1, 1, 3], [1, 2, 3]);
    expect(await complaint(Failure, run, model, "--input", "i.npy", "--output", "o.png")).toBe(
      "o.png: a picture is of floats, uint8 or bool, but the output is int32",
    );
  });
});

it("gives no classes for rows of integers, or of numbers that nothing says are scores", async () => {
  const ids = write("ids.onnx", flat("INT64", [1, 3]));
  npy("ids.npy", "int64", [1, 3], [1, 2, 3]);
  expect(await printed(run, ids, "--input", "ids.npy")).toMatch(
    /^output y: 1×3 int64, min 1, max 3, mean 2, std 0.8165$/m,
  );
  const row = write("row.onnx", flat("FLOAT", [1, 3]));
  npy("row.npy", "float32", [1, 3], [1, 2, 3]);
  const text = await printed(run, row, "--input", "row.npy");
  expect(text).toContain("min 1, max 3, mean 2");
  expect(text).toContain("--top 5 prints the largest");
  expect(await printed(run, row, "--input", "row.npy", "--top", "1")).toMatch(/│ +2 │ +3 │ +66.52 % │/);
  npy("row.npy", "float32", [1, 3], [0.25, 0.25, 0.5]);
  expect((await report(run, row, "--input", "row.npy")).outputs[0].top[0]).toMatchObject({
    index: 2,
    probability: 0.5,
  });
});

it("says what a model will take without packing its weights", async () => {
  const filters = 512;
  const dims = [filters, filters, 3, 3];
  const large = write("large.onnx", {
    inputs: [{ name: "x", shape: [1, filters, 14, 14] }],
    nodes: [{ op: "Conv", inputs: ["x", "w"], attributes: { pads: { ints: [1, 1, 1, 1] } } }],
    constants: { w: { dims, raw: new Uint8Array(4 * filters * filters * 9) } },
  });
  const before = memory();
  const { totals } = await report(inspect, large);
  expect(memory()).toEqual(before);
  expect(totals.bytes.weights).toBeGreaterThan(4 * filters * filters * 9);
});
