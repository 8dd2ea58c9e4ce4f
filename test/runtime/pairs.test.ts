import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { BUILD } from "../support/build.ts";
import { checkBuilt } from "../support/built.ts";
import { ROOT, runForJson } from "../support/node.ts";

const runsWide = runForJson(`
  import { configure, runtime } from "convwasm";
  configure({ build: "wide" });
  console.log(JSON.stringify(runtime().build === "wide"));`);

/** Fused multiplications and additions in the machine code of a function, by the size of their vectors. */
interface Products {
  readonly pairs: number;
  readonly single: number;
}

/** What V8's optimising compiler made of the functions that a layer spends its time in. */
function productsOf(build: string, input: number[], weight: number[], options: object): Products[] {
  checkBuilt();
  const source = `
    const { configure, conv2d, Tensor } = await import("convwasm");
    configure({ build: "${build}" });
    const [x, w] = [Tensor.rand(${JSON.stringify(input)}, 1), Tensor.rand(${JSON.stringify(weight)}, 2)];
    const calls = (ms) => {
      for (const begin = performance.now(); performance.now() - begin < ms; ) conv2d(x, w, null, ${JSON.stringify(options)});
    };
    calls(400);
    // V8 prints code when it is finished, on a thread of its own
    await new Promise((done) => setTimeout(done, 200));
    calls(50);`;
  const code = execFileSync(process.execPath, ["--print-wasm-code", "--input-type=module", "--eval", source], {
    cwd: ROOT,
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  return code
    .split("--- WebAssembly code ---")
    .filter((each) => each.includes("compiler: TurboFan"))
    .map((each) => ({
      pairs: each.match(/ vfn?madd\w+ ymm/g)?.length ?? 0,
      single: each.match(/ vfn?madd\w+ xmm/g)?.length ?? 0,
    }))
    .filter(({ pairs, single }) => pairs + single > 0);
}

const LAYERS: readonly [name: string, input: number[], weight: number[], options: object, inTiles: number][] = [
  ["a matrix product on 14x14, by gemm6x16", [1, 96, 14, 14], [96, 96, 1, 1], {}, 12],
  ["a matrix product on 2x4, by gemm12x8", [1, 256, 2, 4], [192, 256, 1, 1], { algorithm: "im2col" }, 12],
  ["Winograd's products", [1, 64, 28, 28], [66, 64, 3, 3], { algorithm: "winograd" }, 12],
  ["a first layer, by six filters", [1, 3, 64, 64], [12, 3, 7, 7], { algorithm: "direct" }, 12],
  ["groups of four filters", [1, 16, 56, 56], [16, 4, 3, 3], { algorithm: "direct", groups: 4 }, 8],
];

// one run is enough: each case starts processes of its own
describe.runIf(runsWide && BUILD === "relaxed")("V8's machine code", () => {
  it.each(LAYERS)("pairs the sums of %s", (_, input, weight, options, inTiles) => {
    const paired = productsOf("wide", input, weight, options).filter(({ pairs }) => pairs >= inTiles);
    expect(paired).not.toEqual([]);
    for (const { single } of paired) expect(single).toBe(0);
  });

  it("has no pairs in the relaxed build", () => {
    const [, input, weight, options] = LAYERS[0]!;
    const products = productsOf("relaxed", input, weight, options);
    expect(products.some(({ single }) => single >= 12)).toBe(true);
    for (const { pairs } of products) expect(pairs).toBe(0);
  });
});
