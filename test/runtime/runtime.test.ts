import { afterEach, describe, expect, it } from "vitest";
import * as convwasm from "../../src/index.ts";
import { configure, conv2d, memory, runtime, Tensor } from "../../src/index.ts";
import { ADDRESS_SPACE } from "../../src/runtime/heap.ts";
import { outputBits, SIMD_BITS } from "../support/bits.ts";
import { BUILD } from "../support/kernels.ts";
import { runForJson } from "../support/node.ts";

const limitAtFirst = memory().limit;

afterEach(() => configure({ build: BUILD, maxMemory: ADDRESS_SPACE }));

describe("runtime", () => {
  it("names the build that configure asked for", () => {
    for (const build of ["simd", "relaxed"] as const) {
      configure({ build });
      expect(runtime()).toMatchObject({ build, reason: `configure({ build: "${build}" })` });
    }
  });

  it("names the build that it chose itself, and why", () => {
    configure({ build: "auto" });
    expect(runtime()).toMatchObject({ build: "relaxed", reason: "the runtime accepts relaxed SIMD" });
  });

  it("names the micro-kernel of this engine, and why", () => {
    const { microkernel, microkernelReason } = runtime();
    expect(microkernel).toBe("gemm6x8");
    expect(microkernelReason).toContain("Node");
  });

  it("is a copy: writing into it changes nothing", () => {
    Object.assign(runtime(), { build: "none" });
    expect(runtime().build).toBe(BUILD);
  });
});

describe("configure", () => {
  it("leaves the limit at 65535 pages until it is given another one", () => {
    expect(limitAtFirst).toBe(65535 * 65536);
    expect(ADDRESS_SPACE).toBe(65535 * 65536);
  });

  // biome-ignore lint/suspicious/noExplicitAny: stands for every wrong type
  const wrong = (value: unknown): any => value;
  const state = () => ({ ...runtime(), ...memory() });

  it.each<[string, typeof TypeError | typeof RangeError, unknown, string]>([
    ["a build that does not exist", RangeError, { build: "wasm" }, "configure: build must be one of"],
    ["a build that is not a string", TypeError, { build: 1 }, "configure: build must be a string, got 1"],
    ["null for a build", TypeError, { build: null }, "configure: build must"],
    [
      "an unknown option",
      TypeError,
      { memory: 1 },
      'configure: unknown option "memory" (known: build, maxMemory, threads)',
    ],
    ["an option in other letters", TypeError, { maxmemory: 2 ** 20 }, 'configure: unknown option "maxmemory"'],
    ["no object", TypeError, 5, "configure: options must be an object, got 5"],
    ["null", TypeError, null, "configure: options must be an object, got null"],
    ["an array", TypeError, ["simd"], "configure: options must be an object"],
    ["a string for maxMemory", TypeError, { maxMemory: "1GB" }, 'configure: maxMemory must be a number, got "1GB"'],
    [
      "a fraction of a byte",
      RangeError,
      { maxMemory: 65536.5 },
      "configure: maxMemory must be a whole number of bytes",
    ],
    ["less than a page", RangeError, { maxMemory: 65535 }, "from 65536 to 4294901760, got 65535"],
    [
      "all that pointers reach, which leaves no address for an end",
      RangeError,
      { maxMemory: 2 ** 32 },
      "to 4294901760",
    ],
    ["a byte more than the address space", RangeError, { maxMemory: ADDRESS_SPACE + 1 }, "to 4294901760"],
    ["NaN", RangeError, { maxMemory: Number.NaN }, "configure: maxMemory must be"],
    ["infinity", RangeError, { maxMemory: Number.POSITIVE_INFINITY }, "configure: maxMemory must be"],
    ["a negative number", RangeError, { maxMemory: -65536 }, "configure: maxMemory must be"],
  ])("refuses %s and changes nothing", (_, kind, options, message) => {
    const before = state();
    let thrown: unknown;
    try {
      configure(wrong(options));
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(kind);
    expect((thrown as Error).message).toContain(message);
    expect(state()).toEqual(before);
  });

  it("changes nothing where one of several options is wrong", () => {
    const other = BUILD === "simd" ? "relaxed" : "simd";
    const before = state();
    expect(() => configure({ build: other, maxMemory: 1 })).toThrow(RangeError);
    expect(() => configure(wrong({ build: "none", maxMemory: 2 ** 20 }))).toThrow(RangeError);
    expect(() => configure(wrong({ build: other, maxMemory: 2 ** 20, memory: 1 }))).toThrow(TypeError);
    expect(state()).toEqual(before);
  });

  it("leaves what it is not given", () => {
    configure({ maxMemory: 2 ** 24 });
    expect(state()).toMatchObject({ build: BUILD, limit: 2 ** 24 });
    configure({ build: "simd" });
    expect(state()).toMatchObject({ build: "simd", limit: 2 ** 24 });
    configure({});
    expect(state()).toMatchObject({ build: "simd", limit: 2 ** 24 });
  });

  it("takes every limit from a page to the whole address space", () => {
    for (const maxMemory of [65536, 65537, 2 ** 31, 65535 * 65536]) {
      configure({ maxMemory });
      expect(memory().limit).toBe(maxMemory);
    }
  });

  it("changes the build for later calls, which agree within rounding", () => {
    const input = Tensor.randn([1, 20, 12, 12], 1);
    const weight = Tensor.randn([9, 20, 3, 3], 2);
    const results = (["simd", "relaxed", "auto"] as const).map((build) => {
      configure({ build });
      return conv2d(input, weight);
    });
    expect(convwasm.allclose(results[0]!, results[1]!, { atol: 1e-4, rtol: 1e-4 })).toBe(true);
    expect(results[2]!.data).toEqual(results[1]!.data);
  });
});

describe("the simd build gives the same bits everywhere", () => {
  it.each(Object.entries(SIMD_BITS))("by %s", (algorithm, expected) => {
    configure({ build: "simd" });
    const bits = outputBits(convwasm, algorithm as convwasm.Algorithm);
    expect(bits).toBe(expected);
    expect(outputBits(convwasm, algorithm as convwasm.Algorithm)).toBe(bits);
  });
});

describe("importing the package", () => {
  it("takes no memory and compiles nothing", () => {
    const report = runForJson(`
      const made = [];
      for (const name of ["Module", "Instance", "Memory"]) {
        const Original = WebAssembly[name];
        WebAssembly[name] = class extends Original {
          constructor(...args) {
            super(...args);
            made.push(name);
          }
        };
      }
      const { conv2d, memory, Tensor } = await import("convwasm");
      const before = { made: [...made], bytes: memory().bytes };
      conv2d(Tensor.ones([1, 1, 3, 3]), Tensor.ones([1, 1, 2, 2]));
      console.log(JSON.stringify({ before, after: { made: [...new Set(made)].sort(), bytes: memory().bytes } }));
    `);
    expect(report.before).toEqual({ made: [], bytes: 0 });
    expect(report.after.bytes).toBeGreaterThan(0);
    expect(report.after.made).toContain("Memory");
  });

  it.each([
    ["Uint8Array.fromBase64", ""],
    ["Buffer", "delete Uint8Array.fromBase64"],
    // an AudioWorklet of a browser from before Uint8Array.fromBase64
    ["nothing", "delete Uint8Array.fromBase64; delete globalThis.Buffer; delete globalThis.atob"],
  ])("decodes the kernels where the runtime offers %s for it", (_, prelude) => {
    const report = runForJson(`
      ${prelude};
      const { configure, conv2d, Tensor } = await import("convwasm");
      const results = ["simd", "relaxed"].map((build) => {
        configure({ build });
        return conv2d(Tensor.ones([1, 1, 2, 2]), Tensor.ones([1, 1, 2, 2])).item();
      });
      console.log(JSON.stringify(results));
    `);
    expect(report).toEqual([4, 4]);
  });

  it("leaves the globals alone: they may be frozen", () => {
    const report = runForJson(
      `const { conv2d, Tensor } = await import("convwasm");
      console.log(conv2d(Tensor.ones([1, 1, 2, 2]), Tensor.ones([1, 1, 2, 2])).item());`,
      { flags: ["--frozen-intrinsics", "--no-warnings"] },
    );
    expect(report).toBe(4);
  });

  /** Imports and uses the package after `prelude`, and reports the outcome. */
  const attempts = (prelude: string, flags: string[] = []) =>
    runForJson(
      `${prelude};
      const convwasm = await import("convwasm");
      const { compile, configure, conv2d, memory, nn, runtime, Tensor } = convwasm;
      const attempt = (call) => {
        try {
          return { gave: call() };
        } catch (error) {
          return { name: error.constructor.name, message: error.message };
        }
      };
      const ones = (...shape) => Tensor.ones(shape);
      console.log(JSON.stringify({
        tensors: attempt(() => ones(2, 3).reshape([3, 2]).shape),
        memory: attempt(() => memory().bytes),
        runtime: attempt(runtime),
        conv2d: attempt(() => conv2d(ones(1, 1, 3, 3), ones(1, 1, 2, 2))),
        again: attempt(() => conv2d(ones(1, 1, 3, 3), ones(1, 1, 2, 2))),
        compile: attempt(() => compile(new nn.Conv2d(1, 1, 2), [1, 1, 3, 3])),
        simd: attempt(() => configure({ build: "simd" })),
        auto: attempt(() => configure({ build: "auto" })),
        wrong: attempt(() => conv2d(5)),
      }));`,
      { flags },
    );

  it.each([
    ["that was started without it", "", ["--jitless"]],
    ["where it is taken away", "delete globalThis.WebAssembly", []],
  ])("works in a runtime without WebAssembly, %s; the first use throws one clear Error", (_, prelude, flags) => {
    const refusal = {
      name: "Error",
      message: expect.stringMatching(
        /^convwasm: this runtime has no WebAssembly, which the kernels need \(.*switched off/,
      ),
    };
    const report = attempts(prelude, flags);
    expect(report.tensors).toEqual({ gave: [3, 2] });
    expect(report.memory).toEqual({ gave: 0 });
    for (const name of ["runtime", "conv2d", "again", "compile", "simd", "auto"]) expect(report[name]).toEqual(refusal);
    // the arguments are checked before
    expect(report.wrong).toMatchObject({ name: "TypeError" });
  });

  it.each([
    // V8 has no SIMD for processors without SSE 4.1
    ["on a processor without it", "", ["--no-enable-sse4-1"]],
    ["where nothing is valid", "WebAssembly.validate = () => false", []],
  ])("works in a runtime without SIMD, %s; the first use throws one clear Error", (_, prelude, flags) => {
    const report = attempts(prelude, flags);
    expect(report.tensors).toEqual({ gave: [3, 2] });
    for (const name of ["runtime", "conv2d", "again", "compile", "auto"]) {
      expect(report[name]).toEqual({
        name: "Error",
        message: expect.stringMatching(/^convwasm: this runtime's WebAssembly has no SIMD.*Safari 16\.4/),
      });
    }
    expect(report.simd).toEqual({
      name: "Error",
      message: "convwasm: this runtime cannot run the simd build that configure asked for",
    });
  });

  const forbidden = `
    const { Module } = WebAssembly;
    WebAssembly.Module = class {
      constructor() {
        throw new WebAssembly.CompileError("blocked by Content Security Policy");
      }
    }`;

  it("works where WebAssembly must not be compiled; the first use throws one clear Error", () => {
    const report = attempts(forbidden);
    expect(report.tensors).toEqual({ gave: [3, 2] });
    // nothing is compiled for these
    expect(report.runtime).toMatchObject({ gave: { build: "relaxed" } });
    for (const name of ["simd", "auto"]) expect(report[name]).toEqual({});
    for (const name of ["conv2d", "again", "compile"]) {
      expect(report[name]).toEqual({
        name: "Error",
        message: expect.stringMatching(
          /^convwasm: this runtime does not let WebAssembly be compiled.*'wasm-unsafe-eval'/,
        ),
      });
    }
  });

  it("can be used after a failed first use, once nothing stands in the way any more", () => {
    const report = runForJson(`${forbidden};
      const taken = WebAssembly;
      const { conv2d, Tensor } = await import("convwasm");
      const failures = [];
      const use = () => {
        try {
          return conv2d(Tensor.ones([1, 1, 2, 2]), Tensor.ones([1, 1, 2, 2])).item();
        } catch (error) {
          failures.push([error.message, error.cause?.message]);
        }
      };
      delete globalThis.WebAssembly;
      use();
      globalThis.WebAssembly = taken;
      use();
      WebAssembly.Module = Module;
      console.log(JSON.stringify({ failures, gave: use() }));`);
    expect(report).toEqual({
      failures: [
        [expect.stringContaining("has no WebAssembly"), null],
        [expect.stringContaining("does not let WebAssembly be compiled"), "blocked by Content Security Policy"],
      ],
      gave: 4,
    });
  });
});
