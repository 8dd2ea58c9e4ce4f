/** Prints what `import { conv2d } from "convwasm"` costs on the wire, and fails past the limit. */
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const LIMIT = 60 * 1024;

const { outputFiles } = await build({
  stdin: { contents: 'export { conv2d } from "./dist/index.js"', resolveDir: new URL("..", import.meta.url).pathname },
  bundle: true,
  minify: true,
  format: "esm",
  write: false,
});
const bundle = outputFiles[0]!.contents;
const gzipped = gzipSync(bundle, { level: 9 }).length;
const kilobytes = (bytes: number) => `${(bytes / 1024).toFixed(1)} KB`;
console.log(`conv2d with both kernel builds: ${kilobytes(gzipped)} gzipped (${kilobytes(bundle.length)} minified)`);
if (gzipped > LIMIT) {
  console.error(`size: ${kilobytes(gzipped)} is more than the limit of ${kilobytes(LIMIT)}`);
  process.exitCode = 1;
}
