/**
 * Writes docs/reference/ from the docstrings of everything that is public, the tables of docs/abi.md from the modules
 * in build/, and docs/onnx-operators.md from translators and golden cases; with --check, fails if one of them is stale.
 *
 * npm run docs [-- --check]
 */
import "./typescript.ts";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { ENTRIES } from "../entries.ts";
import { ROOT } from "../modules.ts";

const REFERENCE = "docs/reference";

// after the hook of ./typescript.ts
const { Application } = await import("typedoc");
const { withTables } = await import("./abi.ts");
const { operatorsPage } = await import("./onnx.ts");
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
  // what our errors inherit from Error
  excludeExternals: true,
  readme: "none",
  sort: ["source-order"],
  logLevel: "Warn",
  // links to sources depend on a remote, and the pages have none
  disableGit: true,
  sourceLinkTemplate: "{path}",
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
const gaps = [...entries].flatMap(([name, module]) => gapsOf(name, module));
for (const gap of gaps) console.error(`docs: ${gap}`);
if (gaps.length > 0) process.exitCode = 1;

const abi = readFileSync("docs/abi.md", "utf8");
const pages = new Map([
  ["docs/abi.md", withTables(abi)],
  ["docs/onnx-operators.md", operatorsPage()],
  ...[...pagesOf(entries)].map(([file, text]) => [join(REFERENCE, file), text] as const),
]);
const left = listed().filter((file) => !pages.has(file));
if (values.check) {
  const stale = [...pages].filter(([file, text]) => !existsSync(file) || readFileSync(file, "utf8") !== text);
  for (const file of [...stale.map(([file]) => file), ...left]) {
    console.error(`docs: ${file} is stale; npm run docs writes it`);
    process.exitCode = 1;
  }
} else {
  for (const file of left) rmSync(file);
  for (const [file, text] of pages) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

/** The existing pages of the reference. */
function listed(): string[] {
  return existsSync(REFERENCE) ? readdirSync(REFERENCE).map((file) => join(REFERENCE, file)) : [];
}
