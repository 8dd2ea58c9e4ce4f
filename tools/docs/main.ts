/**
 * Writes docs/reference/ from the docstrings of everything that is public, or, with --check, fails where it is stale.
 *
 * npm run docs [-- --check]
 */
import "./typescript.ts";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { ENTRIES } from "../entries.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const TARGET = resolve(ROOT, "docs/reference");

// after the hook of ./typescript.ts
const { Application } = await import("typedoc");
const { pagesOf } = await import("./page.ts");
const { gapsOf } = await import("./gaps.ts");

const { values } = parseArgs({ options: { check: { type: "boolean", default: false } } });
process.chdir(ROOT);
const sources = Object.fromEntries(
  Object.entries(ENTRIES).map(([name, path]) => [name === "index" ? "convwasm" : `convwasm/${name}`, path]),
);
const application = await Application.bootstrap({
  entryPoints: Object.values(sources),
  tsconfig: "tsconfig.json",
  // the compiler itself is run by npm run check
  skipErrorChecking: true,
  alwaysCreateEntryPointModule: true,
  excludeInternal: true,
  excludePrivate: true,
  excludeProtected: true,
  readme: "none",
  sort: ["source-order"],
  logLevel: "Warn",
});
const project = await application.convert();
if (project === undefined) throw new Error("docs: TypeDoc could not read the declarations");

const entries = new Map(
  Object.entries(sources).map(([name, path]) => {
    const module = project.children?.find(({ sources }) => sources?.[0]?.fullFileName === resolve(path));
    if (module === undefined) throw new Error(`docs: TypeDoc found nothing in ${path}`);
    return [name, module] as const;
  }),
);
const pages = pagesOf(entries);
const gaps = [...entries].flatMap(([name, module]) => gapsOf(name, module));
for (const gap of gaps) console.error(`docs: ${gap}`);
if (gaps.length > 0) process.exitCode = 1;

if (values.check) {
  const stale = [...pages].filter(([file, text]) => readIfThere(file) !== text).map(([file]) => file);
  const left = listed().filter((file) => !pages.has(file));
  for (const file of [...stale, ...left]) {
    console.error(`docs: ${relative(ROOT, resolve(TARGET, file))} is stale; npm run docs writes it`);
    process.exitCode = 1;
  }
} else {
  rmSync(TARGET, { recursive: true, force: true });
  for (const [file, text] of pages) {
    mkdirSync(dirname(resolve(TARGET, file)), { recursive: true });
    writeFileSync(resolve(TARGET, file), text);
  }
}

function listed(): string[] {
  try {
    return readdirSync(TARGET);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

function readIfThere(file: string): string | undefined {
  return listed().includes(file) ? readFileSync(resolve(TARGET, file), "utf8") : undefined;
}
