import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { bytesOf, type Embedded } from "../../src/runtime/embedded/decode.ts";
import { MODULES } from "../../src/runtime/modules/all.ts";
import { type BlockLayout, FIELD } from "../../src/runtime/modules.ts";
import { checkBuilt } from "../support/built.ts";
import { instantiate } from "../support/instantiate.ts";
import { ROOT } from "../support/node.ts";

const read = (path: string) => readFileSync(join(ROOT, path));

describe.each(MODULES)("the module $name", async ({ name }) => {
  const { EMBEDDED: embedded }: { EMBEDDED: Embedded } = await import(`../../src/runtime/embedded/${name}.ts`);
  const abi: { readonly NAMES: readonly string[]; readonly [name: string]: object } = await import(
    `../../src/runtime/generated/${name}.ts`
  );

  beforeAll(checkBuilt);

  const files = { simd: `dist/${name}.wasm`, relaxed: `dist/${name}-relaxed.wasm` } as const;
  const modules = () => Object.values(files).map((file) => new WebAssembly.Module(read(file)));

  it.each([
    ["simd", "simdDifference"],
    ["relaxed", "relaxed"],
  ] as const)("has a file of the %s build, which is what is embedded", (build, part) => {
    const file = read(files[build]);
    expect(WebAssembly.validate(file)).toBe(true);
    expect(Buffer.compare(file, bytesOf(embedded, build))).toBe(0);
    for (const flavour of ["esm", "cjs"]) {
      const scripts = readdirSync(join(ROOT, "dist", flavour)).filter((script) => /\.c?js$/.test(script));
      const holding = scripts.filter((script) => read(`dist/${flavour}/${script}`).includes(embedded[part]));
      expect([flavour, holding.length]).toEqual([flavour, 1]);
    }
  });

  it("has the same exports and imports in both builds", () => {
    const [simd, relaxed] = modules();
    expect(WebAssembly.Module.exports(simd!)).toEqual(WebAssembly.Module.exports(relaxed!));
    expect(WebAssembly.Module.imports(simd!)).toEqual(WebAssembly.Module.imports(relaxed!));
  });

  it("exports its kernels, sorted, and each takes its parameters and a range", () => {
    expect(abi.NAMES).toEqual([...abi.NAMES].sort());
    const [simd] = modules();
    const exports = instantiate(simd!);
    for (const kernel of abi.NAMES) expect([kernel, (exports[kernel] as () => void).length]).toEqual([kernel, 3]);
  });

  it("writes nothing into memory or the table when it is instantiated", () => {
    const memory = new WebAssembly.Memory({ initial: 1 });
    new Uint8Array(memory.buffer).fill(0xa5);
    const table = new WebAssembly.Table({ element: "anyfunc", initial: 8 });
    for (const module of modules()) {
      instantiate(module, memory, table);
      expect(new Uint8Array(memory.buffer).every((byte) => byte === 0xa5)).toBe(true);
      for (let i = 0; i < table.length; ++i) expect(table.get(i)).toBeNull();
    }
  });

  it("has blocks whose fields lie apart, in order, numbers of eight bytes at multiples of eight", () => {
    const layouts = Object.values<object>(abi).filter((value): value is BlockLayout => "fields" in value);
    expect(layouts.length).toBeGreaterThan(0);
    for (const { bytes, fields } of layouts) {
      let end = 0;
      for (const place of Object.values(fields)) {
        const kind = place & 3;
        const size = kind === FIELD.F64 ? 8 : 4;
        expect((place - kind) % size).toBe(0);
        expect(place - kind).toBeGreaterThanOrEqual(end);
        end = place - kind + size;
      }
      expect(bytes).toBeGreaterThanOrEqual(end);
    }
  });
});
