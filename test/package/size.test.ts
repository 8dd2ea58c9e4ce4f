import { build } from "esbuild";
import { beforeAll, describe, expect, it } from "vitest";
import { relaxed as operators } from "../../src/runtime/generated/operators-relaxed.ts";
import { checkBuilt } from "../support/built.ts";
import { ROOT } from "../support/node.ts";

/** Bundles a line that imports the built package. */
async function bundled(contents: string, conditions: string[] = []): Promise<{ code: string; files: string[] }> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: ROOT },
    bundle: true,
    logLevel: "silent",
    minify: true,
    format: "esm",
    conditions,
    loader: { ".wasm": "file" },
    outdir: "/out",
    write: false,
  });
  const scripts = outputFiles.filter(({ path }) => path.endsWith(".js"));
  return {
    code: scripts.map(({ text }) => text).join(""),
    files: outputFiles.map(({ path }) => path.replace(/^.*\//, "").replace(/-[0-9A-Z]{8}\./, ".")).sort(),
  };
}

describe("a bundle", () => {
  beforeAll(checkBuilt);

  it("of allclose has no kernels in it", async () => {
    const { code } = await bundled('import { allclose } from "convwasm"; console.log(allclose);');
    expect(code).toContain("allclose");
    expect(code).not.toContain("0061736d");
    expect(code).not.toContain("WebAssembly");
    expect(code.length).toBeLessThan(8 * 1024);
  });

  it("of nothing is nothing", async () => {
    expect((await bundled('import "convwasm";')).code).toBe("");
    expect((await bundled('import { conv2d, nn, compile } from "convwasm";')).code).toBe("");
  });

  it("of conv2d has the first module in it and not that of other operators", async () => {
    const { code } = await bundled('import { conv2d } from "convwasm"; console.log(conv2d);');
    expect(code.split("0061736d").length - 1).toBe(1);
    expect(code).not.toContain(operators);
    const { code: more } = await bundled('import { relu } from "convwasm"; console.log(relu);');
    expect(more).toContain(operators);
  });

  it("of conv2d has no gradients, modules and Sessions in it", async () => {
    const { code } = await bundled('import { conv2d } from "convwasm"; console.log(conv2d);');
    expect(code).toContain("0061736d");
    for (const other of ["conv2dBackward", "nn.Conv2d", "Session.run", "RepVGGBlock"])
      expect(code).not.toContain(other);
  });

  it.each(["workerd", "edge-light"])(
    "for %s has the kernels in files beside it, and only if they are used",
    async (condition) => {
      const conditions = [condition];
      const used = await bundled('import { conv2d } from "convwasm"; console.log(conv2d);', conditions);
      expect(used.code).not.toContain("0061736d");
      expect(used.files).toEqual(["kernels-relaxed.wasm", "kernels.wasm", "stdin.js"]);
      const more = await bundled('import { relu } from "convwasm"; console.log(relu);', conditions);
      expect(more.files).toEqual(expect.arrayContaining(["operators-relaxed.wasm", "operators.wasm"]));
      const unused = await bundled('import { allclose } from "convwasm"; console.log(allclose);', conditions);
      expect(unused.files).toEqual(["stdin.js"]);
    },
  );
});
