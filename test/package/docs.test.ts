import { execFileSync } from "node:child_process";
import { cpSync, existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { anchorOf } from "../../tools/docs/anchor.ts";
import { ROOT } from "../support/node.ts";
import { installTarball } from "./tarball.ts";

const { project, remove } = installTarball();
afterAll(remove);

const documents = [
  "README.md",
  "CHANGELOG.md",
  "CONTRIBUTING.md",
  "bench/README.md",
  ...globSync("docs/**/*.md", { cwd: ROOT }),
].sort();
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

describe("paths", () => {
  const contributing = [
    "README.md",
    "CONTRIBUTING.md",
    "bench/README.md",
    "docs/architecture.md",
    "docs/wrong-number.md",
  ];
  /** Files and folders of the repository in code, but for those that a recipe makes and those that are built. */
  const paths = (text: string) =>
    [...text.matchAll(/(?<![\w./-])(?:\.ci|assembly|bench|docs|examples|src|test|tools)\/[\w./*-]*[\w*/]/g)]
      .map(([path]) => path)
      .filter((path) => !path.includes("NAME"));

  it.each(contributing)("that %s names exist", (path) => {
    const named = paths(read(path));
    expect(named.length).toBeGreaterThan(0);
    const missing = named.filter((each) => globSync(each.replace(/\/$/, ""), { cwd: ROOT }).length === 0);
    expect(missing).toEqual([]);
  });
});

describe("examples", () => {
  const examples = [
    "README.md",
    "docs/runtimes.md",
    "docs/from-pytorch.md",
    "docs/edge.md",
    "docs/recipes.md",
    "docs/responsive.md",
    "docs/servers.md",
    "docs/threads.md",
    "docs/wrong-number.md",
  ].flatMap((path) =>
    [...read(path).matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, source], i) => [path, i, source!] as const),
  );

  // what the Python of docs/from-pytorch.md wrote; examples may write files of these names themselves
  beforeEach(() => cpSync(join(ROOT, "test/golden/from-pytorch"), project, { recursive: true }));

  it("are found", () => {
    expect(new Set(examples.map(([path]) => path)).size).toBe(9);
  });

  it.each(examples)("of %s, number %i, runs and prints what its comments say", (_, i, source) => {
    const file = `example-${i}.mts`;
    writeFileSync(join(project, file), source);
    const printed = execFileSync(process.execPath, [file], { cwd: project, encoding: "utf8" });
    const promised = [...source.matchAll(/^console\.log\(.*\); \/\/ (.*)$/gm)].map(([, line]) => `${line}\n`);
    expect(printed).toBe(promised.join(""));
  });

  it("of docs/from-pytorch.md give what its Python printed", () => {
    const document = read("docs/from-pytorch.md");
    const { blocks } = JSON.parse(read("test/golden/from-pytorch.json")) as {
      blocks: { source: string; printed: string }[];
    };
    // else test/golden/generate_documents.py has not seen the document as it is now
    const python = [...document.matchAll(/^```python\n([\s\S]*?)^```$/gm)].map(([, source]) => source);
    expect(blocks.map(({ source }) => source)).toEqual(python);
    const printed = blocks.flatMap((block) => (block.printed === "" ? [] : [block.printed.trimEnd()]));
    expect(printed.length).toBeGreaterThan(0);
    for (const line of printed) expect(document).toContain(`; // ${line}\n`);
  });
});
