import { execFileSync } from "node:child_process";
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { anchorOf } from "../../docs/generator/anchor.ts";
import { ROOT } from "../support/node.ts";
import { encodeModel } from "../support/onnx.ts";
import { installTarball } from "./tarball.ts";

const { project, remove } = installTarball();
afterAll(remove);

const documents = ["README.md", "CHANGELOG.md", ...globSync("docs/**/*.md", { cwd: ROOT })].sort();
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");
const withoutCode = (text: string) => text.replaceAll(/^```[\s\S]*?^```$/gm, "").replaceAll(/`[^`\n]*`/g, "");

describe("links", () => {
  const anchors = (path: string) => {
    const headings = [
      ...read(path)
        .replaceAll(/^```[\s\S]*?^```$/gm, "")
        .matchAll(/^#+ (.*)$/gm),
    ];
    return headings.map(([, heading]) => anchorOf(heading!));
  };

  it.each(documents)("of %s lead somewhere", (path) => {
    for (const [, target] of withoutCode(read(path)).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(target!)) continue;
      const [file, anchor] = target!.split("#");
      const to = file === "" ? path : relative(ROOT, join(ROOT, dirname(path), file!));
      expect([target, existsSync(join(ROOT, to))]).toEqual([target, true]);
      if (anchor !== undefined) expect([target, anchors(to)]).toEqual([target, expect.arrayContaining([anchor])]);
    }
  });
});

describe("examples", () => {
  const examples = ["README.md", "docs/runtimes.md", "docs/from-pytorch.md"].flatMap((path) =>
    [...read(path).matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, source], i) => [path, i, source!] as const),
  );

  // what the examples read
  const model = {
    nodes: [{ op: "Relu", inputs: ["x"] }],
    inputs: [{ name: "x", shape: ["batch", 3, "height", "width"] }],
  };
  beforeAll(() => writeFileSync(join(project, "model.onnx"), encodeModel(model)));

  it("are found", () => {
    expect(new Set(examples.map(([path]) => path)).size).toBe(3);
  });

  it.each(examples)("of %s, number %i, runs and prints what stands behind it", (path, i, source) => {
    const file = `example-${i}.mts`;
    writeFileSync(join(project, file), source);
    const printed = execFileSync(process.execPath, [file], { cwd: project, encoding: "utf8" });
    const promised = [...source.matchAll(/^console\.log\(.*\); \/\/ (.*)$/gm)].map(([, line]) => `${line}\n`);
    // there it is prose
    if (path !== "README.md") expect(printed).toBe(promised.join(""));
  });
});
