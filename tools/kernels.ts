/**
 * Compiles assembly/ into build/, and writes src/runtime/generated, where the ABI is TypeScript and the builds are strings.
 * With --debug, compiles with assertions and without optimisation, into build/ alone.
 *
 * npm run kernels [-- --debug]
 */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Abi } from "./abi.ts";
import { checkModule } from "./check-module.ts";
import { type Compiled, compile } from "./compile.ts";
import { differenceOf } from "./difference.ts";
import { abiSource, binarySource, scriptSource } from "./generate.ts";
import { BUILDS, fileOf, MODULES, type ModuleSource, ROOT, THREADS } from "./modules.ts";

const { debug } = parseArgs({ options: { debug: { type: "boolean", default: false } } }).values;
const build = join(ROOT, "build");
const generated = join(ROOT, "src/runtime/generated");
const abis = new Map<string, Abi>();
const hash = createHash("sha256");

mkdirSync(build, { recursive: true });
if (!debug) {
  rmSync(generated, { recursive: true, force: true });
  mkdirSync(generated, { recursive: true });
}
for (const module of MODULES) {
  const { abi } = debug ? await make(module, "debug") : await embed(module);
  abis.set(module.name, abi);
}
if (!debug) {
  const { binary } = await make(THREADS, "threads");
  const script = await scriptSource();
  writeFileSync(join(generated, "threads.ts"), `${binarySource("binary", binary)}\n${script}`);
  // saved programs name the version, and the kernels
  const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const constants = { VERSION: version, KERNELS_HASH: hash.digest("hex").slice(0, 16) };
  const lines = Object.entries(constants).map(([name, value]) => `export const ${name} = ${JSON.stringify(value)};\n`);
  writeFileSync(join(generated, "version.ts"), lines.join(""));
  writeFileSync(join(build, "abi.json"), JSON.stringify(Object.fromEntries(abis), null, 1));
}

/** Compiles a module into build/, and checks it. */
async function make(module: ModuleSource, target: string): Promise<Compiled> {
  const compiled = await compile(module, target);
  checkModule(module, compiled, abis);
  const file = join(build, fileOf(module.name, target));
  writeFileSync(file, compiled.binary);
  writeFileSync(file.replace(/wasm$/, "wat"), compiled.text);
  return compiled;
}

/** Makes both builds of a module, and the files for src/ to import. */
async function embed(module: ModuleSource): Promise<Compiled> {
  const { name } = module;
  const [relaxed, simd] = [await make(module, BUILDS[0]), await make(module, BUILDS[1])];
  if (JSON.stringify(relaxed.abi) !== JSON.stringify(simd.abi))
    throw new Error(`kernels: the builds of the module ${name} export different things`);
  for (const { binary } of [relaxed, simd]) hash.update(binary);
  const write = (file: string, text: string) => writeFileSync(join(generated, `${name}${file}.ts`), text);
  write("", abiSource(relaxed.abi));
  // nine tenths of the builds are the same; most engines use the one that is whole, and have nothing to put together
  write("-relaxed", binarySource("relaxed", relaxed.binary));
  write("-simd-difference", binarySource("simdDifference", differenceOf(relaxed.binary, simd.binary)));
  return relaxed;
}
