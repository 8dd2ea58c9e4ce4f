import { fileURLToPath } from "node:url";
import { build, type PreviewServer, preview } from "vite";

const root = fileURLToPath(new URL("page/", import.meta.url));
const outDir = fileURLToPath(new URL("../../build/playground/", import.meta.url));

const shared = { root, configFile: false, logLevel: "warn", build: { outDir } } as const;

/**
 * Writes the page as static files, which any server may serve from any folder.
 *
 * @returns the directory
 */
export async function buildSite(): Promise<string> {
  await build({
    ...shared,
    base: "./",
    build: {
      outDir,
      emptyOutDir: true,
      target: "es2023",
      // nothing inline: the page allows scripts, styles and images of its own origin alone
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
    },
  });
  return outDir;
}

/** Serves what buildSite wrote to this machine alone, on `port` or the next that is free. */
export function serveSite(port: number, headers: Record<string, string> = {}): Promise<PreviewServer> {
  return preview({ ...shared, preview: { host: "127.0.0.1", port, headers } });
}
