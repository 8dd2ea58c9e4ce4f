/**
 * Prints the download sizes of imports from the built package, minified and gzipped, and fails above a limit.
 *
 * npm run size
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { newTable } from "../bench/table.ts";
import { MODULES } from "./modules.ts";

const dist = fileURLToPath(new URL("../dist/", import.meta.url));
const KB = 1024;

const binary = (file: string): Uint8Array => readFileSync(`${dist}${file}`);

/** The bundle of `export { names } from` entries. */
async function bundle(...exported: readonly (readonly [names: string, entry: string])[]): Promise<Uint8Array> {
  const contents = exported.map(([names, entry]) => `export { ${names} } from "./${entry}";`).join("\n");
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: dist },
    external: ["*.wasm"],
    bundle: true,
    minify: true,
    format: "esm",
    write: false,
  });
  return outputFiles[0]!.contents;
}

// it must not include what only other operators need
const code = await bundle(["conv2d", "workerd/index.js"]);
for (const { name } of MODULES.slice(1)) {
  if (Buffer.from(code).includes(`${name}.wasm`)) throw new Error(`size: conv2d imports the module ${name}`);
}
const session = await bundle(["loadSession", "workerd/session.js"]);
const network = [
  ["loadOnnx", "esm/onnx.js"],
  ["compile", "esm/index.js"],
] as const;
const rows: readonly [what: string, parts: readonly Uint8Array[], limit: number][] = [
  ["allclose", [await bundle(["allclose", "esm/index.js"])], 4 * KB],
  ["loadSafetensors", [await bundle(["loadSafetensors", "esm/safetensors.js"])], 8 * KB],
  ["loadNpz", [await bundle(["loadNpz", "esm/npz.js"])], 10 * KB],
  ["Pool", [await bundle(["Pool", "esm/pool.js"])], 8 * KB],
  ["loadOnnx", [await bundle(["loadOnnx", "esm/onnx.js"])], 156 * KB],
  ["fromPixels, resize, normalize", [await bundle(["fromPixels, resize, normalize", "esm/image.js"])], 60 * KB],
  ["conv2d, both builds embedded", [await bundle(["conv2d", "esm/index.js"])], 43.5 * KB],
  ["conv2d and kernels.wasm beside it", [code, binary("kernels.wasm")], 40 * KB],
  ["conv2d and kernels-relaxed.wasm beside it", [code, binary("kernels-relaxed.wasm")], 40 * KB],
  ["loadSession and kernels.wasm beside it", [session, binary("kernels.wasm")], 32.5 * KB],
  ["loadOnnx and compile, both builds embedded", [await bundle(...network)], 176 * KB],
  ["compile and nn, both builds embedded", [await bundle(["compile, nn", "esm/index.js"])], 130 * KB],
];

const kilobytes = (bytes: number) => (bytes / KB).toFixed(1);
const table = newTable(["import, KB", "minified", "gzipped", "limit"], 1);
for (const [what, parts, limit] of rows) {
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  const gzipped = parts.reduce((sum, part) => sum + gzipSync(part, { level: 9 }).length, 0);
  table.push([what, kilobytes(size), kilobytes(gzipped), kilobytes(limit)]);
  if (gzipped > limit) {
    console.error(`size: ${what}: ${kilobytes(gzipped)} KB gzipped is more than the limit of ${kilobytes(limit)} KB`);
    process.exitCode = 1;
  }
}
console.log(table.toString());
