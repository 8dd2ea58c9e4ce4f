import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { openProgram } from "../../examples/embed/program.ts";
import { serveWorker } from "../../examples/worker/server.ts";
import { checkBuilt } from "../support/built.ts";
import { ROOT } from "../support/node.ts";
import { randoms } from "../support/reference.ts";

const kernels = (file: string) => readFileSync(join(ROOT, "dist", file));
const saved = () => new Uint8Array(readFileSync(join(ROOT, "build/embed/program.bin")));
const picture = randoms(1, 32 * 32);

/** examples/embed, which needs no code of the package to run what Session.save gave. */
describe("a saved network runs with the kernels and AssemblyScript's loader alone", () => {
  let printed = "";
  beforeAll(() => {
    checkBuilt();
    printed = execFileSync(process.execPath, ["examples/embed/main.ts"], { cwd: ROOT, encoding: "utf8" });
  });

  it("in Node, to the bits of the Session", () => {
    expect(printed).toContain("the same bits as the Session's");
    const program = openProgram(kernels("kernels-relaxed.wasm"), saved());
    expect(program.inputs).toMatchObject([{ name: "input", shape: [1, 1, 32, 32] }]);
    expect(program.outputs).toMatchObject([{ name: "output", shape: [1, 10, 1, 1] }]);
    const [scores] = program.run(picture);
    expect(new Set(scores).size).toBe(10);
    // runs leave nothing behind
    program.run(new Float32Array(32 * 32).fill(Number.NaN));
    expect(program.run(picture)).toEqual([scores]);
  });

  it("in workerd, to the same bits", { timeout: 60_000 }, async () => {
    const { url, close } = await serveWorker(0, join(ROOT, "examples/embed/worker.ts"));
    try {
      const response = await fetch(url, { method: "POST", body: picture });
      const [expected] = openProgram(kernels("kernels-relaxed.wasm"), saved()).run(picture);
      expect(new Float32Array(await response.arrayBuffer())).toEqual(expected);
    } finally {
      await close();
    }
  });

  it("by the simd build, within rounding, though the relaxed build saved it", () => {
    const [relaxed] = openProgram(kernels("kernels-relaxed.wasm"), saved()).run(picture);
    const [simd] = openProgram(kernels("kernels.wasm"), saved()).run(picture);
    for (const [i, score] of simd!.entries()) expect(score).toBeCloseTo(relaxed![i]!, 4);
  });

  it("unless it calls kernels of another module, or gets too few numbers", () => {
    const bytes = saved();
    const at = Buffer.from(bytes).indexOf("kernels.conv");
    bytes.set(Buffer.from("another."), at);
    expect(() => openProgram(kernels("kernels-relaxed.wasm"), bytes)).toThrow(
      /^openProgram: the program calls another\.conv/,
    );
    const program = openProgram(kernels("kernels-relaxed.wasm"), saved());
    expect(() => program.run(picture.subarray(1))).toThrow("run: input input must have 1024 elements");
  });
});
