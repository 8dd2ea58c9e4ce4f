/** The agent in the bundles of the usual bundlers, each with its own defaults. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { chromiumVersion, ISOLATION, runPages } from "./browser.ts";
import { load, versionOf } from "./install.ts";
import { NODE, runScripts } from "./processes.ts";
import type { Target } from "./report.ts";

const ENTRIES = { main: "./main.mjs", cold: "./cold.mjs" };

/** The parts of the bundlers that are called. */
interface Vite {
  build(options: object): Promise<unknown>;
}
interface Webpack {
  default(
    options: object,
    done: (error: Error | null, stats?: Stats) => void,
  ): { close(done: () => void): void } | null;
}
interface Stats {
  hasErrors(): boolean;
  hasWarnings(): boolean;
  toString(options: object): string;
}
interface Esbuild {
  build(options: object): Promise<{ warnings: object[] }>;
}
interface Rollup {
  rollup(options: object): Promise<{ write(options: object): Promise<unknown>; close(): Promise<void> }>;
}

async function bundleByVite(project: string): Promise<void> {
  const { build } = await load<Vite>("vite");
  for (const [name, path] of Object.entries(ENTRIES)) {
    writeFileSync(join(project, `${name}.html`), `<!doctype html><script type="module" src="${path}"></script>`);
  }
  const input = Object.keys(ENTRIES).map((name) => join(project, `${name}.html`));
  await build({ root: project, configFile: false, logLevel: "error", build: { rollupOptions: { input } } });
}

async function bundleByWebpack(project: string, target: "web" | "node"): Promise<void> {
  const { default: webpack } = await load<Webpack>("webpack");
  const stats = await new Promise<Stats>((resolve, reject) => {
    const options = {
      mode: "production",
      context: project,
      entry: ENTRIES,
      target,
      // the reports and the binaries that the agent brings along are larger than what webpack warns of
      performance: false,
      output: { path: join(project, "dist"), filename: target === "node" ? "[name].cjs" : "[name].js" },
    };
    const compiler = webpack(options, (error, made) => {
      if (error !== null || made === undefined) reject(error);
      else compiler!.close(() => resolve(made));
    });
  });
  if (stats.hasErrors() || stats.hasWarnings())
    throw new Error(stats.toString({ all: false, errors: true, warnings: true }));
  for (const name of Object.keys(ENTRIES)) {
    writeFileSync(join(project, `dist/${name}.html`), `<!doctype html><script defer src="${name}.js"></script>`);
  }
}

async function bundleByEsbuild(project: string): Promise<void> {
  const { build } = await load<Esbuild>("esbuild");
  const { warnings } = await build({
    absWorkingDir: project,
    entryPoints: Object.values(ENTRIES),
    bundle: true,
    minify: true,
    splitting: true,
    platform: "node",
    format: "esm",
    outdir: "dist",
    logLevel: "silent",
  });
  if (warnings.length > 0) throw new Error(`esbuild warns: ${JSON.stringify(warnings)}`);
}

async function bundleByRollup(project: string): Promise<void> {
  const { rollup } = await load<Rollup>("rollup");
  const { default: resolve } = await load<{ default(): object }>("@rollup/plugin-node-resolve");
  const input = Object.values(ENTRIES).map((path) => join(project, path));
  const onwarn = ({ message }: { message: string }) => {
    throw new Error(`Rollup warns: ${message}`);
  };
  const bundle = await rollup({ input, plugins: [resolve()], onwarn });
  await bundle.write({ dir: join(project, "dist"), format: "es" });
  await bundle.close();
}

type Bundler = (project: string) => Promise<void>;

const inNode = (name: string, tool: string, bundle: Bundler, extension = "js"): Target => ({
  name,
  // they copy no worker's file beside what they bundle for Node
  noWorkers: /^Pool: a worker could not be started: /,
  version: () => versionOf(tool),
  async run(project) {
    await bundle(project);
    return await runScripts(NODE, join(project, "dist"), `main.${extension}`, `cold.${extension}`);
  },
});

const inChromium = (name: string, tool: string, bundle: Bundler): Target => ({
  name,
  version: async () => `${versionOf(tool)}, ${(await chromiumVersion()).split(".")[0]}`,
  async run(project) {
    await bundle(project);
    return await runPages({ folder: join(project, "dist"), headers: ISOLATION }, "main.html", "cold.html");
  },
});

export const bundlerTargets: readonly Target[] = [
  inChromium("vite-chromium", "vite", bundleByVite),
  inChromium("webpack-chromium", "webpack", (project) => bundleByWebpack(project, "web")),
  inNode("webpack-node", "webpack", (project) => bundleByWebpack(project, "node"), "cjs"),
  inNode("esbuild-node", "esbuild", bundleByEsbuild),
  inNode("rollup-node", "rollup", bundleByRollup),
];
