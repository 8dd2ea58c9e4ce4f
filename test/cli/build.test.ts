import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { bench } from "../../src/cli/bench/bench.ts";
import { build } from "../../src/cli/build/build.ts";
import { Failure, UsageError } from "../../src/cli/command.ts";
import { compare } from "../../src/cli/compare/compare.ts";
import { inspect } from "../../src/cli/inspect/inspect.ts";
import { run } from "../../src/cli/run/run.ts";
import { compile, type Session, Tensor } from "../../src/index.ts";
import { loadOnnx } from "../../src/onnx/index.ts";
import { loadSession } from "../../src/session/index.ts";
import { encodeModel } from "../support/onnx.ts";
import { values } from "../support/reference.ts";
import { complaint, printed, report } from "./commands.ts";

const folder = mkdtempSync(join(tmpdir(), "convwasm-build-"));
const home = process.cwd();
process.chdir(folder);
afterAll(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true, force: true });
});

const model = encodeModel({
  inputs: [{ name: "x", shape: ["N", 8, "H", "W"] }],
  nodes: [{ op: "Conv", inputs: ["x", "w"], name: "conv" }],
  constants: { w: { dims: [64, 8, 3, 3], values: values(1, 64 * 8 * 9) } },
});
writeFileSync("model.onnx", model);
const x = Tensor.randn([1, 8, 6, 5], 1);
writeFileSync("x.bin", new Uint8Array(x.data.buffer));

describe("convwasm build", () => {
  it("writes what loadSession makes a Session of, beside the working directory's files by default", async () => {
    expect(await printed(build, "model.onnx", "--shape", "1,8,6,5")).toMatch(
      /^model\.cwm: .* % of the model, weights as float32\nfor x \[1, 8, 6, 5\]; takes .* of memory when it is loaded\n$/,
    );
    using loaded = loadSession(readFileSync("model.cwm")) as Session;
    using compiled = compile(loadOnnx(model), x.shape);
    expect(loaded.run(x)).toEqual(compiled.run(x));
  });

  it("rounds weights where that is asked for", async () => {
    const given = ["model.onnx", "--shape", "1,8,6,5", "-o", "half.cwm", "--weights", "float16"];
    const { output, weights, bytes } = await report(build, ...given);
    expect({ output, weights }).toEqual({ output: "half.cwm", weights: "float16" });
    expect(bytes.output).toBe(statSync("half.cwm").size);
    expect(bytes.model).toBe(model.length);
  });

  it("is read by inspect, run and bench, which take no other shapes", async () => {
    await printed(build, "model.onnx", "--shape", "1,8,6,5", "-o", "read.cwm");
    const [built, given] = ["read.cwm", "model.onnx"].map((path) => [path, "--shape", "1,8,6,5"]);
    const { times, model: _, inputs, ...inspected } = await report(inspect, ...built!);
    const { model: __, times: ___, inputs: ____, ...expected } = await report(inspect, ...given!);
    expect(inspected).toEqual(expected);
    expect(inputs[0].shape).toEqual([1, 8, 6, 5]);
    expect((await report(inspect, "read.cwm", "--time")).times).toHaveLength(1);
    const results = async (path: string, ...more: string[]) =>
      (await report(run, path, "--input", "x.bin", ...more)).outputs;
    expect(await results("read.cwm")).toEqual(await results("model.onnx", "--shape", "1,8,6,5"));
    const { engines } = await report(bench, "read.cwm", "--rounds", "1", "--peers", folder);
    expect(Object.keys(engines)).toEqual(["convwasm"]);
    expect(await complaint(Failure, inspect, "read.cwm", "--shape", "1,8,7,5")).toBe(
      "read.cwm: is built for the shape [1, 8, 6, 5] of x, not [1, 8, 7, 5]: build it again with --shape",
    );
    expect(await complaint(Failure, compare, "read.cwm")).toMatch(/^read\.cwm: is built, and has no names/);
    expect(await complaint(Failure, build, "read.cwm", "-o", "again.cwm")).toMatch(/^read\.cwm: is built already/);
  });

  it("refuses what it cannot do", async () => {
    const damaged = Uint8Array.from(readFileSync("model.cwm"));
    damaged[damaged.length - 1]! ^= 1;
    writeFileSync("damaged.cwm", damaged);
    expect(await complaint(Failure, inspect, "damaged.cwm")).toMatch(/^damaged\.cwm: bytes are not .*checksum/);
    expect(await complaint(UsageError, build, "model.onnx")).toMatch(/set it by --shape/);
    expect(await complaint(UsageError, build, "model.onnx", "--weights", "int8")).toMatch(/--weights must be/);
    expect(await complaint(UsageError, build, "model.onnx", "-o", "./model.onnx")).toMatch(/the model itself/);
  });
});
