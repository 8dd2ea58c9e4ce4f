import { execFileSync } from "node:child_process";
import { beforeAll, describe, expect, it } from "vitest";
import * as convwasm from "../../src/index.ts";
import { configure } from "../../src/index.ts";
import { outputBits, SIMD_BITS } from "../support/bits.ts";
import { checkBuilt } from "../support/built.ts";
import { NODE_20, NODES, ROOT, runForJson } from "../support/node.ts";
import { encodeModel } from "../support/onnx.ts";

describe("the built package", () => {
  const printed = (node: string) =>
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
  const bits = () => ({ ...SIMD_BITS, auto: outputBits(convwasm, "auto") });
  beforeAll(() => {
    checkBuilt();
    configure({ build: "simd" });
  });

  it.runIf(NODE_20)("works on Node 20, by the simd build", () => {
    expect(printed(NODE_20!)).toEqual({
      chosen: expect.objectContaining({ build: "simd", reason: "the runtime accepts SIMD, but no relaxed SIMD" }),
      y,
      agrees: true,
      refused: "convwasm: this runtime cannot run the relaxed build that configure asked for",
      after: "simd",
      bits: bits(),
    });
  });

  it("works on the Node that runs this, by the relaxed build", () => {
    expect(printed(process.execPath)).toEqual({
      chosen: expect.objectContaining({ build: "relaxed", reason: "the runtime accepts relaxed SIMD" }),
      y,
      agrees: true,
      after: "relaxed",
      bits: bits(),
    });
  });

  it.each(NODES)("can be required by CommonJS on %s", (_, node) => {
    const source = `const { conv2d, nn, Tensor } = require("convwasm");
      console.log(conv2d(Tensor.ones([1, 1, 2, 2]), Tensor.ones([1, 1, 2, 2])).item(), typeof nn.Conv2d);`;
    const flags = ["--input-type=commonjs", "--eval", source];
    expect(execFileSync(node, flags, { cwd: ROOT, encoding: "utf8" })).toBe("4 function\n");
  });

  it("gives its names to modules that import the CommonJS files", () => {
    const printed = runForJson(`import { createRequire } from "node:module";
      const path = createRequire(import.meta.url).resolve("convwasm");
      console.log(JSON.stringify([path.slice(-14), Object.keys(await import(path)), Object.keys(await import("convwasm"))]));`);
    const [path, required, imported] = printed;
    expect(path).toBe("/cjs/index.cjs");
    expect(required).toEqual(expect.arrayContaining(imported));
  });

  it.each(NODES)(
    "reads and writes safetensors by an entry of its own, in Tensors of the other entry, on %s",
    (_, node) => {
      const printed = (load: string, type: string) => {
        const source = `${load}
        const layer = new convwasm.nn.Conv2d(1, 2, 3);
        const tensors = loadSafetensors(saveSafetensors(layer.stateDict()));
        layer.loadStateDict(tensors);
        console.log(tensors.weight === layer.weight, tensors.weight instanceof convwasm.Tensor);`;
        return execFileSync(node, [`--input-type=${type}`, "--eval", source], { cwd: ROOT, encoding: "utf8" });
      };
      const names = "{ loadSafetensors, saveSafetensors }";
      const imported = `import * as convwasm from "convwasm"; import ${names} from "convwasm/safetensors";`;
      const required = `const convwasm = require("convwasm"); const ${names} = require("convwasm/safetensors");`;
      expect([printed(imported, "module"), printed(required, "commonjs")]).toEqual(["true true\n", "true true\n"]);
    },
  );

  it.each(NODES)("reads ONNX files by an entry of its own, for compile of the other entry, on %s", (_, node) => {
    const model = encodeModel({
      nodes: [{ op: "Relu", inputs: ["x"] }],
      inputs: [{ name: "x", shape: ["n"] }],
    });
    const printed = (load: string, type: string) => {
      const source = `${load}
        const session = convwasm.compile(loadOnnx(Uint8Array.of(${model})), [3]);
        console.log(JSON.stringify(session.run(convwasm.Tensor.from([-1, 0, 2])).toArray()));`;
      return execFileSync(node, [`--input-type=${type}`, "--eval", source], { cwd: ROOT, encoding: "utf8" });
    };
    const imported = `import * as convwasm from "convwasm"; import { loadOnnx } from "convwasm/onnx";`;
    const required = `const convwasm = require("convwasm"); const { loadOnnx } = require("convwasm/onnx");`;
    expect([printed(imported, "module"), printed(required, "commonjs")]).toEqual(["[0,0,2]\n", "[0,0,2]\n"]);
  });
});
