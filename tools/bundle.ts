/**
 * Makes dist/ from src/ and the compiled modules in build/: the same entries in every flavour, with shared code in
 * chunks beside them, their types, and the licences of the libraries that went into them. Brings the exports in
 * package.json up to date with tools/entries.json.
 */
import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Plugin, rolldown } from "rolldown";
import { type Plugin as RollupPlugin, rollup } from "rollup";
import { dts } from "rollup-plugin-dts";
import { script } from "../src/runtime/generated/threads.ts";
import { BINARIES, ENTRIES, writeExports } from "./entries.ts";
import { MODULES, ROOT } from "./modules.ts";

/** What a Pool's workers run, by the names of their files, which are no entries of the package; and what both kinds share. */
const WORKERS = { "pool-onnx": "src/pool/workers/onnx.ts", "pool-session": "src/pool/workers/session.ts" };
const SERVE = { "pool-serve": "src/pool/workers/serve.ts" };

/** How the entries are built. `wasm` is what follows the name of a .wasm file that is imported instead of embedded. */
const FLAVOURS = [
  { name: "esm", format: "esm", extension: "js", input: { ...ENTRIES, ...SERVE } },
  { name: "cjs", format: "cjs", extension: "cjs", input: { ...ENTRIES, ...SERVE } },
  { name: "workerd", format: "esm", extension: "js", input: ENTRIES, wasm: "" },
  { name: "edge-light", format: "esm", extension: "js", input: ENTRIES, wasm: "?module" },
  // for runtimes that have Node's modules; bundled separately, since code shared with an entry would be one more file of that entry
  { name: "cli", format: "esm", extension: "js", input: { main: "src/cli/main.ts" } },
] as const;

/** Folders of the packages from which something was bundled; AssemblyScript's library is compiled into the kernels. */
const bundled = new Set(["node_modules/assemblyscript"]);

/** The chunk that only those load who ask for threads, and the source that does it. */
const THREADS = "threads";

/** What src/runtime/imported and src/pool/imported have. */
const REPLACED = [...MODULES.map(({ name }) => name), THREADS, "start"];

/** Where .wasm files are imported, folders called imported take the place of those called embedded. */
const importBinaries: Plugin = {
  name: "import-binaries",
  resolveId(source, importer) {
    const [, name] = /\/embedded\/(\w+)\.ts$/.exec(source) ?? [];
    return name !== undefined && REPLACED.includes(name)
      ? this.resolve(source.replace("/embedded/", "/imported/"), importer)
      : null;
  },
};

/** cli-table3 needs it for tables with coloured borders or heads, and ours have none. */
const leaveOutColours: Plugin = {
  name: "leave-out-colours",
  resolveId: (source) => (source === "@colors/colors/safe" ? "\0no-colours" : null),
  load: (id) => (id === "\0no-colours" ? "export {};" : null),
};

/** Says where those files lie: CommonJS has a folder in place of import.meta. */
const namePoolWorkers = (format: "esm" | "cjs", extension: string): Plugin => ({
  name: "name-pool-workers",
  transform(code, id) {
    if (!id.endsWith("/src/pool/embedded/start.ts")) return null;
    return code.replaceAll(/new URL\("\.\.\/workers\/(\w+)\.ts", import\.meta\.url\)/g, (_, kind) =>
      format === "cjs"
        ? `\`\${__dirname}/pool-${kind}.${extension}\``
        : `new URL("./pool-${kind}.${extension}", import.meta.url)`,
    );
  },
});

const noteBundled: Plugin = {
  name: "note-bundled",
  generateBundle(_, files) {
    for (const file of Object.values(files)) {
      if (file.type !== "chunk") continue;
      for (const id of file.moduleIds) {
        const folder = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0];
        if (folder !== undefined) bundled.add(folder);
      }
    }
  },
};

/**
 * The one chunk that entries share: every additional file costs each start 0.3 to 1 ms in Node. Bundlers drop unused parts of
 * it, binaries in strings included.
 */
const SHARED = "library";
/** The sources of one entry alone: its file, or the folder of which it is the index. */
const own = Object.values(ENTRIES).map((path) => join(ROOT, path.replace(/(?<=\/\w+\/)index\.ts$/, "")));
const isShared = (id: string) =>
  // a Pool and its workers share them
  id.endsWith("/src/pool/messages.ts") ||
  (/\/(?:src|assembly)\//.test(id) &&
    !/\/(?:runtime|generated|assembly)\/threads\b/.test(id) &&
    !own.some((path) => id.startsWith(path)));
/**
 * Code that imports .wasm files is a chunk for each module: a bundler drops a whole file that nobody uses, but keeps a
 * file's imports from outside.
 */
const importing = MODULES.map(({ name }) => ({ name, test: new RegExp(`/src/runtime/imported/${name}\\.ts$`) }));

async function bundleCode(flavour: (typeof FLAVOURS)[number]): Promise<void> {
  const { name, format, extension, input } = flavour;
  const bundle = await rolldown({
    input,
    platform: "neutral",
    resolve: { mainFields: ["module", "main"] },
    // the last two are needed by one command alone, whose users install them
    external: [/^node:/, /^convwasm\//, "fastify", "prom-client"],
    // CommonJS is for Node, whose threads need no file
    ...(format === "cjs" && { transform: { define: { "import.meta": "{}" } } }),
    plugins: [
      noteBundled,
      leaveOutColours,
      namePoolWorkers(format, extension),
      ...("wasm" in flavour ? [importBinaries] : []),
    ],
    onwarn(warning) {
      throw new Error(`bundle: ${warning.message}`);
    },
  });
  const suffix = "wasm" in flavour ? flavour.wasm : "";
  const { output } = await bundle.write({
    dir: `dist/${name}`,
    format,
    exports: "named",
    entryFileNames: `[name].${extension}`,
    chunkFileNames: `[name].${extension}`,
    codeSplitting: Object.keys(input).length > 1 && { groups: [...importing, { name: SHARED, test: isShared }] },
    paths: Object.fromEntries(BINARIES.map((file) => [`convwasm/${file}`, `../${file}${suffix}`])),
    // the types have them
    comments: { jsdoc: false, annotation: true, legal: true },
  });
  await bundle.close();
  const chunks = [SHARED, THREADS, ...MODULES.map((module) => module.name)];
  const extra = output.filter((file) => file.type !== "chunk" || (!file.isEntry && !chunks.includes(file.name)));
  if (extra.length > 0) throw new Error(`bundle: ${name} has ${extra.map((file) => file.fileName)} unexpectedly`);
}

/** The workers' files import the entries' files: whatever they had in common with an entry would be one more file of that entry. */
async function bundleWorkers(folder: string, format: "esm" | "cjs", extension: string): Promise<void> {
  const entries: Readonly<Record<string, string>> = {
    "../../graph/compile.ts": "index",
    "../../onnx/index.ts": "onnx",
    "../../session/index.ts": "session",
    "./serve.ts": "pool-serve",
  };
  const importEntries: Plugin = {
    name: "import-entries",
    resolveId(source, importer) {
      if (importer === undefined) return null;
      const entry = entries[source];
      if (entry === undefined) throw new Error(`bundle: ${importer} imports ${source}, which no entry has`);
      return { id: `./${entry}.${extension}`, external: true };
    },
  };
  const bundle = await rolldown({ input: WORKERS, platform: "neutral", plugins: [importEntries] });
  await bundle.write({ dir: `dist/${folder}`, format, entryFileNames: `[name].${extension}` });
  await bundle.close();
}

/** One declaration file for each entry, without parts that only the source needs. */
async function bundleTypes(name: string, extension: string): Promise<void> {
  const declarations = Object.entries(ENTRIES).map(([entry, path]) => [
    entry,
    `build/types/${path}`.replace(/\.ts$/, ".d.ts"),
  ]);
  const bundle = await rollup({ input: Object.fromEntries(declarations), plugins: [dts(), referToDisposable] });
  await bundle.write({
    dir: `dist/${name}`,
    entryFileNames: `[name].d.${extension}`,
    // a chunk is named after a file that already is a declaration file
    chunkFileNames: ({ name }) => `${name.replace(/\.d$/, "")}.d.${extension}`,
  });
  await bundle.close();
}

/** A reference counts only at the head of a file; the consumer's own `lib` may be without Symbol.dispose. */
const referToDisposable: RollupPlugin = {
  name: "refer-to-disposable",
  renderChunk(code) {
    const without = code.replaceAll(/^\/\/\/ <reference lib="esnext.disposable".*\n/gm, "");
    return without.includes("Symbol.dispose") ? `/// <reference lib="esnext.disposable" />\n${without}` : without;
  },
};

/** @throws if the text of a library's licence is not found: it must not be published without it */
function licence(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(`${folder}/package.json`, "utf8"));
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|notice)/i.test(file));
  if (files.length === 0) throw new Error(`bundle: ${name} has no licence text in ${folder}`);
  return [
    `${name} ${version} (${license})`,
    ...files.map((file) => readFileSync(`${folder}/${file}`, "utf8").trimEnd()),
    "",
  ].join("\n\n");
}

process.chdir(ROOT);
rmSync("dist", { recursive: true, force: true });
for (const flavour of FLAVOURS) await bundleCode(flavour);
for (const { name, format, extension } of FLAVOURS.slice(0, 2)) await bundleWorkers(name, format, extension);
// a declaration that is written by hand, which the compiler does not copy
copyFileSync("src/tensor/public.d.ts", "build/types/src/tensor/public.d.ts");
for (const { name, extension } of FLAVOURS.slice(0, 2)) await bundleTypes(name, extension.replace("js", "ts"));
// what browsers' threads run
writeFileSync("dist/esm/thread.js", `${script}\n`);
for (const file of BINARIES) copyFileSync(`build/${file}`, `dist/${file}`);
writeFileSync("dist/THIRD_PARTY_LICENSES", [...bundled].sort().map(licence).join("\n"));
writeExports();
