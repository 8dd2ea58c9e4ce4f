import { readFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { Miniflare } from "miniflare";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
/** build/worker for examples/worker. */
const outdirOf = (entry: string) => here(`../../build/${basename(dirname(entry))}`);

const TYPES: Readonly<Record<string, "ESModule" | "CompiledWasm" | "Data">> = {
  js: "ESModule",
  wasm: "CompiledWasm",
  bin: "Data",
};

/** Bundles a Worker as wrangler does: WebAssembly modules and weights stay separate files. */
async function bundleWorker(entry: string): Promise<string[]> {
  const { metafile } = await build({
    entryPoints: [entry],
    outdir: outdirOf(entry),
    bundle: true,
    format: "esm",
    target: "es2022",
    conditions: ["workerd", "worker", "browser"],
    mainFields: ["browser", "module", "main"],
    external: ["node:*"],
    loader: { ".wasm": "copy", ".bin": "copy" },
    metafile: true,
    absWorkingDir: here("../../"),
    logLevel: "warning",
  });
  const files = Object.keys(metafile.outputs).map((path) => here(`../../${path}`));
  return files.sort((a, b) => Number(b.endsWith(".js")) - Number(a.endsWith(".js")));
}

/** Bundles a Worker and serves it by workerd to this machine alone, on `port`, or on a free port if that is 0. */
export async function serveWorker(
  port: number,
  entry = here("worker.ts"),
): Promise<{ url: URL; close(): Promise<void> }> {
  const settings = JSON.parse(readFileSync(here("wrangler.json"), "utf8"));
  const files = await bundleWorker(entry);
  const miniflare = new Miniflare({
    host: "127.0.0.1",
    port,
    compatibilityDate: settings.compatibility_date,
    compatibilityFlags: settings.compatibility_flags,
    modulesRoot: outdirOf(entry),
    modules: files.map((path) => ({
      type: TYPES[path.split(".").at(-1)!]!,
      path,
      contents: readFileSync(path),
    })),
    // no request goes to the network
    cf: false,
  });
  try {
    return { url: await miniflare.ready, close: () => miniflare.dispose() };
  } catch (error) {
    await miniflare.dispose();
    throw error;
  }
}
