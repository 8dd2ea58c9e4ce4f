import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { ACTIVATION, BINARY, CONV, CONV_BYTES, POOL, POOL_BYTES, REDUCTION } from "../../src/runtime/generated/abi.ts";
import { NODES, ROOT } from "../support/node.ts";
import { installTarball } from "./tarball.ts";

const document = readFileSync(join(ROOT, "docs/abi.md"), "utf8");
const { project, folder, remove } = installTarball();
afterAll(remove);

describe("docs/abi.md", () => {
  it.each([
    ["convolutions", "Conv", CONV, CONV_BYTES],
    ["pools", "Pool", POOL, POOL_BYTES],
  ])("lists the fields of the parameter block of %s as the kernels read them", (operations, name, fields, bytes) => {
    const source = readFileSync(join(ROOT, "assembly/params.ts"), "utf8");
    const [, body] = source.match(new RegExp(`^export class ${name} \\{\\n(.*?)^\\}$`, "ms"))!;
    const types = Object.fromEntries([...body!.matchAll(/^ {2}(\w+): (usize|i32|f32);$/gm)].map(([, n, t]) => [n, t]));
    const [, section] = document.split(`## The parameter block of ${operations}\n`);
    const [own] = section!.split(/^## /m);
    const rows = [...own!.matchAll(/^\| +(\d+) \| `(\w+)` +\| (ptr|i32|f32) +\|/gm)];
    expect(rows.map(([, index, name]) => [name, Number(index)])).toEqual(Object.entries(fields));
    for (const [, , name, type] of rows) expect([name, type]).toEqual([name, types[name!]!.replace("usize", "ptr")]);
    expect(own).toContain(`${bytes} bytes, ${bytes / 4} little-endian fields`);
  });

  it.each([
    ["activation", ACTIVATION],
    ["operation", BINARY],
    ["reduction", REDUCTION],
  ])("lists the codes of %s", (argument, codes) => {
    const [list] = document.match(new RegExp(`^\`${argument}\` is [\\s\\S]*?\\.$`, "m"))!;
    const listed = [...list.replaceAll(/\s+/g, " ").matchAll(/(\d+) ([a-z][a-z ]*[a-z])/g)];
    const expected = Object.entries(codes).map(([name, code]) => [name.toLowerCase().replaceAll("_", " "), code]);
    expect(listed.map(([, code, name]) => [name, Number(code)])).toEqual(expected);
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
        if (typeof entry !== "function" || list === undefined) continue;
        expect([name, entry.length]).toEqual([name, list.split(",").length]);
      }
    }
  });

  it.each(NODES)("has an example that does on %s what it says", (_, node) => {
    const [example] = document.match(/(?<=```js\n)[\s\S]*?(?=```)/)!;
    const [printed] = document.match(/(?<=```text\n)[\s\S]*?(?=```)/)!;
    writeFileSync(join(project, "example.mjs"), example);
    expect(execFileSync(node, ["example.mjs"], { cwd: project, encoding: "utf8" })).toBe(printed);
  });
});
