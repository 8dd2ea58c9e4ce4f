import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CONV, CONV_BYTES, POOL, POOL_BYTES } from "../../src/runtime/generated/abi.ts";
import { relaxed } from "../../src/runtime/generated/relaxed.ts";
import { simdDifference } from "../../src/runtime/generated/simdDifference.ts";
import { binaryOf } from "../support/kernels.ts";
import { ROOT } from "../support/node.ts";

const read = (path: string) => readFileSync(new URL(path, `file://${ROOT}`));

describe("the kernels", () => {
  const modules = {
    simd: new WebAssembly.Module(read("dist/kernels.wasm")),
    relaxed: new WebAssembly.Module(read("dist/kernels-relaxed.wasm")),
  };

  it.each([
    ["dist/kernels.wasm", "simd", simdDifference],
    ["dist/kernels-relaxed.wasm", "relaxed", relaxed],
  ] as const)("in %s are those that are embedded", (path, build, embedded) => {
    const file = read(path);
    expect(WebAssembly.validate(file)).toBe(true);
    expect(Buffer.compare(file, binaryOf(build))).toBe(0);
    for (const flavour of ["esm", "cjs"]) {
      const scripts = readdirSync(join(ROOT, "dist", flavour)).filter((name) => /\.c?js$/.test(name));
      const holding = scripts.filter((name) => read(`dist/${flavour}/${name}`).includes(embedded));
      expect([flavour, holding.length]).toEqual([flavour, 1]);
    }
  });

  it("have the same exports and imports in both builds", () => {
    const { simd, relaxed } = modules;
    expect(WebAssembly.Module.exports(simd)).toEqual(WebAssembly.Module.exports(relaxed));
    expect(WebAssembly.Module.imports(simd)).toEqual(WebAssembly.Module.imports(relaxed));
    expect(WebAssembly.Module.exports(simd).map(({ name }) => name)).toContain("convGemm");
  });

  it("differ: only one of them uses relaxed SIMD", () => {
    expect(Buffer.compare(read("dist/kernels.wasm"), read("dist/kernels-relaxed.wasm"))).not.toBe(0);
  });

  it("import their memory and nothing else", () => {
    expect(WebAssembly.Module.imports(modules.simd)).toEqual([{ module: "env", name: "memory", kind: "memory" }]);
  });

  it("hold no data of their own, which the shared memory would be overwritten with", () => {
    const memory = new WebAssembly.Memory({ initial: 1 });
    new Uint8Array(memory.buffer).fill(0xa5);
    for (const module of Object.values(modules)) {
      new WebAssembly.Instance(module, { env: { memory } });
      expect(new Uint8Array(memory.buffer).every((byte) => byte === 0xa5)).toBe(true);
    }
  });

  it.each([
    ["Conv", CONV, CONV_BYTES],
    ["Pool", POOL, POOL_BYTES],
  ])("take their parameters in the order that TypeScript writes them: %s", (name, expected, bytes) => {
    const source = read("assembly/params.ts")
      .toString()
      .replaceAll(/\/\*[\s\S]*?\*\//g, "")
      .replaceAll(/\/\/.*/g, "");
    const [, body] = source.split(`class ${name} {`);
    const fields = [...body!.split(/^\}$/m)[0]!.matchAll(/^\s*(\w+)\s*:\s*(\w+)\s*;/gm)];
    expect(fields.length).toBeGreaterThan(15);
    for (const [, , type] of fields) expect(["usize", "i32", "f32"]).toContain(type);
    expect(Object.fromEntries(fields.map(([, name], index) => [name, index]))).toEqual(expected);
    expect(bytes).toBe(fields.length * 4);
  });
});
