import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import * as ACTIVATION from "../../assembly/codes/activation.ts";
import * as BINARY from "../../assembly/codes/binary.ts";
import * as COMPARISON from "../../assembly/codes/comparison.ts";
import * as DTYPE from "../../assembly/codes/dtype.ts";
import * as REDUCTION from "../../assembly/codes/reduction.ts";
import { MODULES } from "../../src/runtime/modules/all.ts";
import { instantiate } from "../support/instantiate.ts";
import { NODES, ROOT } from "../support/node.ts";
import { installTarball } from "./tarball.ts";

const document = readFileSync(join(ROOT, "docs/abi.md"), "utf8");
const { project, folder, remove } = installTarball();
afterAll(remove);

describe("docs/abi.md", () => {
  it.each([
    ["activation", ACTIVATION],
    ["operation", BINARY],
    ["comparison", COMPARISON],
    ["reduction", REDUCTION],
    ["type", DTYPE],
  ])("lists the codes of %s", (argument, codes) => {
    const [list] = document.match(new RegExp(`(?<=^Codes of \`${argument}\`:\n\n.*\n\n).*`, "m"))!;
    // without what they mean, in brackets
    const names = list.replaceAll(/ \((?:[^()]|\([^()]*\))*\)/g, "");
    const listed = [...names.matchAll(/(\d+) ([a-z][a-z\d ]*[a-z\d])/g)];
    const expected = Object.entries(codes).map(([name, code]) => [name.toLowerCase().replaceAll("_", " "), code]);
    expect(Object.fromEntries(listed.map(([, code, name]) => [name, Number(code)]))).toEqual(
      Object.fromEntries(expected),
    );
  });

  // npm run check finds tables that are not those of what was compiled
  it.each(MODULES)("has the tables of the module $name, whose kernels it lists by index", (module) => {
    const rows = [...document.matchAll(/^\| (\d+) \| `(\w+)` \| `(\w+)` \|/gm)];
    const own = rows.filter(([, , kernel]) => module.kernels.some((name) => name === kernel));
    const expected = module.kernels.map((name, i) => [name, module.base + i]);
    expect(own.map(([, index, kernel]) => [kernel, Number(index)])).toEqual(expected);
    for (const [, , , block] of own) expect(document).toMatch(new RegExp(`^### ${block}$`, "m"));
  });

  it("lists what the modules export besides kernels, with its arguments", () => {
    const listed = new Map(
      [...document.matchAll(/^\| `(\w+)(?:\(([^)]*)\))?` \|/gm)].map(([, name, list]) => [name!, list]),
    );
    for (const { name: module, kernels } of MODULES) {
      for (const file of [`${module}.wasm`, `${module}-relaxed.wasm`]) {
        const compiled = new WebAssembly.Module(readFileSync(join(folder, "dist", file)));
        const exports: WebAssembly.Exports = instantiate(compiled);
        for (const [name, value] of Object.entries(exports)) {
          if (kernels.some((kernel) => kernel === name)) continue;
          expect([...listed.keys()]).toContain(name);
          if (typeof value !== "function") continue;
          expect([name, value.length]).toEqual([name, listed.get(name)?.split(",").length]);
        }
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
