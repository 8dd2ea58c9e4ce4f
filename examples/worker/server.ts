import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { Miniflare } from "miniflare";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const outdir = here("../../build/worker");

const TYPES: Readonly<Record<string, "ESModule" | "CompiledWasm" | "Data">> = {
  js: "ESModule",
  wasm: "CompiledWasm",
  bin: "Data",
};

/** Bundles the Worker as wrangler does: modules of WebAssembly and weights stay files of their own. */
async function bundleWorker(): Promise<string[]> {
  const { metafile } = await build({
    entryPoints: [here("worker.ts")],
    outdir,
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

/** Bundles the Worker and serves it by workerd to this machine alone, on `port`, or on one that is free if it is 0. */
export async function serveWorker(port: number): Promise<{ url: URL; close(): Promise<void> }> {
  const settings = JSON.parse(readFileSync(here("wrangler.json"), "utf8"));
  const files = await bundleWorker();
  const miniflare = new Miniflare({
    host: "127.0.0.1",
    port,
    compatibilityDate: settings.compatibility_date,
    compatibilityFlags: settings.compatibility_flags,
    modulesRoot: outdir,
    modules: files.map((path) => ({
      type: TYPES[path.split(".").at(-1)!]!,
      path,
      contents: readFileSync(path),
    })),
    // nothing is asked of the network
    cf: false,
  });
  try {
    return { url: await miniflare.ready, close: () => miniflare.dispose() };
  } catch (error) {
    await miniflare.dispose();
    throw error;
  }
}
