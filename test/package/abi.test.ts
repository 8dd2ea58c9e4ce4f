import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { ACTIVATION, CONV, CONV_BYTES } from "../../src/runtime/generated/abi.ts";
import { NODE_20, ROOT } from "../support/node.ts";
import { installTarball } from "./tarball.ts";

const document = readFileSync(join(ROOT, "docs/abi.md"), "utf8");
const { project, folder, remove } = installTarball();
afterAll(remove);

describe("docs/abi.md", () => {
  it("lists the fields of the parameter block as the kernels read them", () => {
    const source = readFileSync(join(ROOT, "assembly/params.ts"), "utf8");
    const types = Object.fromEntries([...source.matchAll(/^ {2}(\w+): (usize|i32|f32);$/gm)].map(([, n, t]) => [n, t]));
    const rows = [...document.matchAll(/^\| +(\d+) \| `(\w+)` +\| (ptr|i32|f32) +\|/gm)];
    expect(rows.map(([, index, name]) => [name, Number(index)])).toEqual(Object.entries(CONV));
    for (const [, , name, type] of rows) expect([name, type]).toEqual([name, types[name!]!.replace("usize", "ptr")]);
    expect(document).toContain(`${CONV_BYTES} bytes, ${CONV_BYTES / 4} little-endian fields`);
  });

  it("lists the activations", () => {
    const [list] = document.match(/^`activation` is [\s\S]*?\.$/m)!;
    const words = list.replaceAll(/\s+/g, " ");
    for (const [name, code] of Object.entries(ACTIVATION)) {
      expect(words).toContain(`${code} ${name.toLowerCase().replaceAll("_", " ")}`);
    }
  });

  it("lists everything that the modules import and export, with its arguments", () => {
    const table = document.slice(document.indexOf("## Exports"), document.indexOf("A convolution is two calls"));
    const listed = [...table.matchAll(/`(\w+)(?:\(([^)]*)\))?`/g)].map(([, name, list]) => [name, list] as const);
    const exported = (file: string) => new WebAssembly.Module(readFileSync(join(folder, "dist", file)));
    for (const file of ["kernels.wasm", "kernels-relaxed.wasm"]) {
      const names = WebAssembly.Module.exports(exported(file)).map(({ name }) => name);
      expect(listed.map(([name]) => name)).toEqual(expect.arrayContaining(names));
      const memory = new WebAssembly.Memory({ initial: 1 });
      const kernels = new WebAssembly.Instance(exported(file), { env: { memory } }).exports;
      for (const [name, list] of listed) {
        const entry = kernels[name!];
        if (typeof entry !== "function" || list === undefined || list === "...") continue;
        expect([name, entry.length]).toEqual([name, list.split(",").length]);
      }
    }
  });

  it.each([
    ["Node 20", NODE_20],
    ["the Node that runs this", process.execPath],
  ])("has an example that does on %s what it says", (_, node) => {
    const [example] = document.match(/(?<=```js\n)[\s\S]*?(?=```)/)!;
    const [printed] = document.match(/(?<=```text\n)[\s\S]*?(?=```)/)!;
    writeFileSync(join(project, "example.mjs"), example);
    expect(execFileSync(node, ["example.mjs"], { cwd: project, encoding: "utf8" })).toBe(printed);
  });
});
