import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { BUILD } from "../support/build.ts";
import { NODE_20, runForJson } from "../support/node.ts";

const hasAvx2 = process.platform === "linux" && / avx2 /.test(readFileSync("/proc/cpuinfo", "utf8"));
/** Whether this Node on this processor can pair vectors. */
const pairs = process.arch === "x64" && hasAvx2 && Number.parseInt(process.versions.node, 10) >= 24;

/** A module that asks for pairs of vectors, after `prelude`, and prints what came of it. */
const asking = (prelude = "") => `
  const { configure, conv2d, compile, memory, nn, runtime, Tensor } = await import("convwasm");
  const bitsOf = ({ data }) => {
    let hash = 0x811c9dc5;
    for (const byte of new Uint8Array(data.buffer)) hash = Math.imul(hash ^ byte, 0x01000193);
    return hash;
  };
  const compute = () => {
    const x = Tensor.randn([1, 20, 15, 37], 1);
    const layers = [
      [[27, 20, 1, 1], {}],
      [[27, 20, 3, 3], { padding: 1 }],
      [[13, 20, 3, 3], { stride: 2, padding: 1 }],
      [[27, 20, 5, 5], { padding: 2 }],
      [[24, 5, 3, 3], { groups: 4 }],
      [[20, 1, 3, 3], { groups: 20, padding: 1 }],
      [[20, 1, 5, 5], { groups: 20, padding: 2 }],
    ];
    const bits = [];
    for (const [shape, options] of layers) {
      for (const algorithm of ["im2col", "direct", "winograd"]) {
        if (algorithm === "winograd" && (shape[2] === 1 || options.stride === 2)) continue;
        bits.push(bitsOf(conv2d(x, Tensor.randn(shape, 2), Tensor.randn([shape[0]], 3), { ...options, algorithm })));
      }
    }
    return bits;
  };
  ${prelude}
  configure({ build: "wide" });
  const { build, reason, microkernel } = runtime();
  console.log(JSON.stringify({ build, reason, microkernel, bits: compute() }));`;

// one run is enough: each case starts processes of its own
describe.runIf(BUILD === "relaxed")("configure({ build: 'wide' })", () => {
  const ordinary = runForJson(asking().replace('{ build: "wide" }', '{ build: "relaxed" }'));

  it.runIf(pairs)("pairs vectors, and gives the bits of the relaxed build", () => {
    expect(runForJson(asking())).toEqual({
      build: "wide",
      reason: 'configure({ build: "wide" }), and V8 pairs vectors here',
      microkernel: "gemm6x16",
      bits: ordinary.bits,
    });
  });

  it.runIf(pairs)("can be left and asked for again", () => {
    const report = runForJson(asking('configure({ build: "wide" }); configure({ build: "simd" }); compute();'));
    expect(report).toMatchObject({ build: "wide", bits: ordinary.bits });
  });

  it.runIf(pairs)("takes effect where Node was started with the flag, also if flags are frozen", () => {
    const flags = ["--experimental-wasm-revectorize", "--freeze-flags-after-init"];
    expect(runForJson(asking(), { flags })).toMatchObject({ build: "wide", bits: ordinary.bits });
  });

  it.runIf(pairs).each([
    ["whose Error is frozen", "Object.freeze(Error);", []],
    ["without stack traces", "Error.stackTraceLimit = 0;", []],
    [
      "with WebAssembly in use",
      "new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)));",
      [],
    ],
    ["that maps sources", "", ["--enable-source-maps"]],
  ])("pairs vectors in a process %s", (_, prelude, flags) => {
    expect(runForJson(asking(prelude), { flags })).toMatchObject({ build: "wide", bits: ordinary.bits });
  });

  it.each([
    ["flags are frozen", "", ["--freeze-flags-after-init"], /--freeze-flags-after-init forbids/],
    ["kernels were compiled before", "compute();", [], /the kernels had been compiled before/],
    ["the processor has no AVX2", "", ["--no-enable-avx2"], /no pairs were seen/],
    [
      "relaxed SIMD is missing",
      "const { validate } = WebAssembly; WebAssembly.validate = (bytes) => bytes.length < 40 && validate(bytes);",
      [],
      /lacks relaxed SIMD/,
    ],
  ])("runs the ordinary build where %s, and says why", (_, prelude, flags, why) => {
    const report = runForJson(asking(prelude), { flags });
    expect(report.build).not.toBe("wide");
    expect(report.reason).toMatch(/asked for pairs of vectors, but/);
    expect(report.reason).toMatch(why);
    if (report.build === "relaxed") expect(report.bits).toEqual(ordinary.bits);
  });

  // V8's revectorizer ends the process where it meets what it does not know, as pairs of parameters
  it.runIf(pairs)("compiles every module, each function by the compiler that pairs", () => {
    const compiled = runForJson(
      `import { readdirSync, readFileSync } from "node:fs";
      const files = readdirSync("build").filter((file) => file.endsWith(".wasm"));
      for (const file of files) new WebAssembly.Module(readFileSync("build/" + file));
      console.log(JSON.stringify(files.length));`,
      { flags: ["--experimental-wasm-revectorize", "--no-liftoff", "--no-wasm-lazy-compilation"] },
    );
    expect(compiled).toBeGreaterThanOrEqual(16);
  });

  it.runIf(NODE_20)("runs the simd build on Node 20, and says why", () => {
    const report = runForJson(asking(), { node: NODE_20! });
    expect(report).toMatchObject({ build: "simd", reason: expect.stringContaining("the runtime lacks relaxed SIMD") });
  });
});
