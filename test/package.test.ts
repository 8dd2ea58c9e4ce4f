import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import * as convwasm from "../src/index.ts";
import { configure } from "../src/index.ts";
import { CONV, CONV_BYTES } from "../src/runtime/generated/abi.ts";
import { outputBits, SIMD_BITS } from "./support/bits.ts";
import { BUILD, binaryOf } from "./support/kernels.ts";
import { NODE_20, ROOT, runForJson } from "./support/node.ts";

const read = (path: string) => readFileSync(new URL(path, `file://${ROOT}`));
const manifest = JSON.parse(read("package.json").toString());

describe("the built package", () => {
  const told = (node: string) =>
    runForJson(
      `import * as convwasm from "convwasm";
      const { allclose, compile, configure, conv2d, nn, runtime, Tensor } = convwasm;
      const chosen = runtime();
      const y = conv2d(Tensor.arange(16).reshape([1, 1, 4, 4]), Tensor.ones([1, 1, 2, 2]), Tensor.from([1]));
      const layer = new nn.Conv2d(3, 4, 3, { padding: 1, seed: 1 });
      const x = Tensor.rand([1, 3, 8, 8], 2);
      const session = compile(layer, x.shape);
      // they may round differently: what orders the weights every time may be computed in another way
      const agrees = allclose(session.run(x), layer.forward(x), { rtol: 1e-4, atol: 1e-5 });
      session.dispose();
      let refused;
      try {
        configure({ build: "relaxed" });
      } catch (error) {
        refused = error.message;
      }
      const after = runtime().build;
      configure({ build: "simd" });
      const outputBits = ${outputBits};
      const bits = Object.fromEntries(
        ${JSON.stringify(["auto", ...Object.keys(SIMD_BITS)])}.map((algorithm) => [algorithm, outputBits(convwasm, algorithm)]),
      );
      console.log(JSON.stringify({ chosen, y: y.toArray(), agrees, refused, after, bits }));`,
      { node },
    );
  // of 0 to 15 in rows of four: the sum of each square, and the bias
  const y = [
    [
      [
        [11, 15, 19],
        [27, 31, 35],
        [43, 47, 51],
      ],
    ],
  ];

  // what 'auto' chooses may change with any measurement, but not from machine to machine
  const bits = () => {
    configure({ build: "simd" });
    return { ...SIMD_BITS, auto: outputBits(convwasm, "auto") };
  };
  afterEach(() => configure({ build: BUILD }));

  it("works on Node 20, by the simd build", () => {
    expect(told(NODE_20)).toEqual({
      chosen: expect.objectContaining({ build: "simd", reason: "the runtime accepts SIMD, but no relaxed SIMD" }),
      y,
      agrees: true,
      refused: "convwasm: this runtime cannot run the relaxed build that configure asked for",
      after: "simd",
      bits: bits(),
    });
  });

  it("works on the Node that runs this, by the relaxed build", () => {
    expect(told(process.execPath)).toEqual({
      chosen: expect.objectContaining({ build: "relaxed", reason: "the runtime accepts relaxed SIMD" }),
      y,
      agrees: true,
      after: "relaxed",
      bits: bits(),
    });
  });

  it("can be required by CommonJS where Node can require modules", () => {
    const source = `const { conv2d, Tensor } = require("convwasm");
      console.log(conv2d(Tensor.ones([1, 1, 2, 2]), Tensor.ones([1, 1, 2, 2])).item());`;
    const flags = ["--input-type=commonjs", "--eval", source];
    expect(execFileSync(process.execPath, flags, { cwd: ROOT, encoding: "utf8" })).toBe("4\n");
  });
});

describe("the packed files", () => {
  const [pack] = JSON.parse(
    execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
      cwd: ROOT,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }),
  );
  const paths: string[] = pack.files.map(({ path }: { path: string }) => path);

  it("are the build, the licence and what there is to read", () => {
    const others = paths.filter((path) => !path.startsWith("dist/"));
    const documents = ["README.md", "CHANGELOG.md"].filter((path) => existsSync(new URL(path, `file://${ROOT}`)));
    expect(others.sort()).toEqual(["LICENSE", "package.json", ...documents].sort());
  });

  it("are modules with their types, and the two builds of the kernels", () => {
    const built = paths.filter((path) => path.startsWith("dist/"));
    for (const path of built) expect(path).toMatch(/(\.js|\.d\.ts|\/kernels(-relaxed)?\.wasm)$/);
    const modules = built.filter((path) => path.endsWith(".js"));
    expect(modules).toContain("dist/index.js");
    for (const path of modules) expect(built).toContain(path.replace(/\.js$/, ".d.ts"));
    expect(built).toContain("dist/kernels.wasm");
    expect(built).toContain("dist/kernels-relaxed.wasm");
  });

  it("hold everything that package.json exports", () => {
    const targets = (entry: unknown): string[] =>
      typeof entry === "string" ? [entry] : Object.values(entry as object).flatMap(targets);
    for (const target of targets(manifest.exports)) expect(paths).toContain(target.replace("./", ""));
    expect(paths).toContain(manifest.types.replace("./", ""));
  });

  it("import nothing but each other and the dependencies", () => {
    const allowed = Object.keys(manifest.dependencies);
    for (const path of paths.filter((each) => each.endsWith(".js"))) {
      for (const [, name] of read(path)
        .toString()
        .matchAll(/^(?:import|export)\b[^;]*? from "([^"]+)"/gm)) {
        if (name!.startsWith(".")) expect(name).toMatch(/\.js$/);
        else expect(allowed).toContain(name);
      }
    }
  });
});

describe("the kernels", () => {
  const modules = {
    simd: new WebAssembly.Module(read("dist/kernels.wasm")),
    relaxed: new WebAssembly.Module(read("dist/kernels-relaxed.wasm")),
  };

  it.each([
    ["dist/kernels.wasm", "simd"],
    ["dist/kernels-relaxed.wasm", "relaxed"],
  ] as const)("in %s are those that are embedded", (path, build) => {
    const file = read(path);
    expect(WebAssembly.validate(file)).toBe(true);
    expect(Buffer.compare(file, binaryOf(build))).toBe(0);
    expect(read("dist/index.js").includes(file.toString("base64"))).toBe(true);
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

  it("take their parameters in the order that TypeScript writes them", () => {
    const source = read("assembly/params.ts")
      .toString()
      .replaceAll(/\/\*[\s\S]*?\*\//g, "")
      .replaceAll(/\/\/.*/g, "");
    const body = source.slice(source.indexOf("class Conv {"));
    const fields = [...body.matchAll(/^\s*(\w+)\s*:\s*(\w+)\s*;/gm)];
    expect(fields.length).toBeGreaterThan(20);
    for (const [, , type] of fields) expect(["usize", "i32", "f32"]).toContain(type);
    expect(Object.fromEntries(fields.map(([, name], index) => [name, index]))).toEqual(CONV);
    expect(CONV_BYTES).toBe(fields.length * 4);
  });
});
