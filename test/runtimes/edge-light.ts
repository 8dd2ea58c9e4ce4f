/** Vercel's edge functions: their virtual machine, with code generation switched off, on a bundle as Next.js makes it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { BINARIES } from "../../tools/entries.ts";
import { load, versionOf } from "./install.ts";
import { parseReport, type Report, type Target } from "./report.ts";

/** The parts of the packages that are called. */
interface Esbuild {
  build(options: object): Promise<{ outputFiles: { text: string }[] }>;
}
interface PluginBuild {
  onResolve(options: { filter: RegExp }, answer: (found: { path: string }) => object): void;
  onLoad(options: { filter: RegExp; namespace: string }, answer: (found: { path: string }) => object): void;
}
interface EdgeRuntime {
  readonly EdgeVM: new (options: object) => { evaluate(code: string): unknown };
}

/** An imported module becomes a global that the runtime sets, compiled outside: another realm's WebAssembly.Module. */
const globalModules = {
  name: "global-modules",
  setup({ onResolve, onLoad }: PluginBuild) {
    onResolve({ filter: /\.wasm\?module$/ }, ({ path }) => ({ path: path.replace(/^.*\//, ""), namespace: "global" }));
    onLoad({ filter: /.*/, namespace: "global" }, ({ path }) => ({
      contents: `export default globalThis.modules[${JSON.stringify(path.replace("?module", ""))}];`,
    }));
  },
};

/** The agent's own kernels.mjs would compile. */
const agentKernels = {
  name: "agent-kernels",
  setup({ onLoad }: PluginBuild) {
    const contents = `const files = { simd: "kernels.wasm", relaxed: "kernels-relaxed.wasm" };
      export const moduleOf = (build) => globalThis.modules[files[build]];`;
    onLoad({ filter: /\/kernels\.mjs$/, namespace: "file" }, () => ({ contents }));
  },
};

export const edgeTargets: readonly Target[] = [
  {
    name: "edge-light",
    oneThread: /^this runtime starts no threads$/,
    noWorkers: /^Pool: this runtime starts no workers$/,
    version: () => versionOf("@edge-runtime/vm"),
    async run(project): Promise<Report> {
      const { build } = await load<Esbuild>("esbuild");
      const { outputFiles } = await build({
        entryPoints: [join(project, "main.mjs")],
        bundle: true,
        format: "iife",
        conditions: ["edge-light"],
        plugins: [globalModules, agentKernels],
        logLevel: "silent",
        write: false,
      });
      const dist = join(project, "node_modules/convwasm/dist");
      const modules = Object.fromEntries(
        BINARIES.map((file) => [file, new WebAssembly.Module(readFileSync(join(dist, file)))]),
      );
      const { EdgeVM } = await load<EdgeRuntime>("@edge-runtime/vm");
      const printed = await new Promise<string>((resolve) => {
        const extend = (context: object) => Object.assign(context, { modules, performance, console: { log: resolve } });
        new EdgeVM({ extend, codeGeneration: { strings: false, wasm: false } }).evaluate(outputFiles[0]!.text);
      });
      return parseReport(printed);
    },
  },
];
