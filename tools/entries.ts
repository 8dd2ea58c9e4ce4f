/** What the package exports: derived from tools/entries.json and from the modules. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BUILDS, fileOf, MODULES, ROOT } from "./modules.ts";

/** The package's entries, with their sources: "index" is "convwasm", "x" is "convwasm/x". */
export const ENTRIES: Readonly<Record<string, string>> = JSON.parse(
  readFileSync(join(import.meta.dirname, "entries.json"), "utf8"),
);

/** The published binaries. */
export const BINARIES: readonly string[] = MODULES.flatMap(({ name }) =>
  BUILDS.toReversed().map((build) => fileOf(name, build)),
);

const MANIFEST = join(ROOT, "package.json");

/** The "exports" that package.json must have. */
export function exportsOfPackage(): object {
  const script = (flavour: string, name: string) => ({
    types: `./dist/esm/${name}.d.ts`,
    default: `./dist/${flavour}/${name}.js`,
  });
  const code = Object.keys(ENTRIES).map((name) => [
    name === "index" ? "." : `./${name}`,
    {
      workerd: script("workerd", name),
      "edge-light": script("edge-light", name),
      import: script("esm", name),
      require: { types: `./dist/cjs/${name}.d.cts`, default: `./dist/cjs/${name}.cjs` },
    },
  ]);
  const binaries = BINARIES.map((file) => [`./${file}`, `./dist/${file}`]);
  return Object.fromEntries([...code, ...binaries, ["./package.json", "./package.json"]]);
}

/** Brings "exports" in package.json up to date, so that a new entry is one line in tools/entries.json. */
export function writeExports(): void {
  const text = readFileSync(MANIFEST, "utf8");
  const updated = `${JSON.stringify({ ...JSON.parse(text), exports: exportsOfPackage() }, null, 2)}\n`;
  if (updated !== text) writeFileSync(MANIFEST, updated);
}
