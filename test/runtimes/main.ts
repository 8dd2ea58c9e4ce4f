/**
 * Runs one smoke suite on the packed package in every runtime and bundler, each in an empty project of its own, and
 * prints what was chosen there and how fast it is. Fails if anything failed or is missing.
 *
 * npm run test:runtimes -- [names ...]
 */
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { InputError, runCommand } from "../../bench/command.ts";
import { newTable, percent } from "../../bench/table.ts";
import { installTarball, pack } from "../package/tarball.ts";
import { outputBits, SIMD_BITS } from "../support/bits.ts";
import { browserTargets } from "./browser.ts";
import { bundlerTargets } from "./bundlers.ts";
import { edgeTargets } from "./edge-light.ts";
import { installPackages } from "./install.ts";
import { processTargets } from "./processes.ts";
import { checkThreads, type Report, type Target } from "./report.ts";
import { workerdTargets } from "./workerd.ts";

const TARGETS: readonly Target[] = [
  ...processTargets,
  ...workerdTargets,
  ...edgeTargets,
  ...browserTargets,
  ...bundlerTargets,
];
const AGENT = fileURLToPath(new URL("agent/", import.meta.url));

interface Outcome {
  readonly name: string;
  readonly version?: string;
  readonly report?: Report;
  readonly failure?: Error;
}

/** An empty project with the package and the agent in it, while `use` works there. */
async function withProject<T>(tarball: string, use: (project: string) => Promise<T>): Promise<T> {
  const { project, folder, remove } = installTarball(tarball);
  try {
    for (const file of readdirSync(AGENT)) copyFileSync(join(AGENT, file), join(project, file));
    const bits = `export const SIMD_BITS = ${JSON.stringify(SIMD_BITS)};\nexport ${outputBits};\n`;
    writeFileSync(join(project, "bits.mjs"), bits);
    writeFileSync(join(project, "kernels.mjs"), kernelsModule(folder));
    return await use(project);
  } finally {
    remove();
  }
}

/** The binaries that the package exports, in a form that every runtime and bundler loads. */
function kernelsModule(folder: string): string {
  const encode = (file: string) => JSON.stringify(readFileSync(join(folder, "dist", file)).toString("base64"));
  return `const binaries = { simd: ${encode("kernels.wasm")}, relaxed: ${encode("kernels-relaxed.wasm")} };
export const moduleOf = (build) =>
  new WebAssembly.Module(Uint8Array.from(atob(binaries[build]), (character) => character.charCodeAt(0)));\n`;
}

async function runTarget(target: Target, tarball: string): Promise<Outcome> {
  const { name } = target;
  try {
    const version = await target.version();
    const report = await withProject(tarball, (project) => target.run(project));
    checkThreads(target, report);
    return { name, version, report };
  } catch (failure) {
    return { name, failure: failure as Error };
  }
}

function describe(outcomes: readonly Outcome[]): string {
  const heads = [
    "runtime",
    "version",
    "build",
    "micro-kernel",
    "threads",
    "result",
    "cold start\nms",
    "3x3 im2col\nGFLOPS",
  ];
  const table = newTable([...heads, "gemm6x8\nGFLOPS", "paired\nGFLOPS", "of the\nfaster"], 6);
  for (const { name, version, report } of outcomes) {
    const { build, microkernel, threads, coldStart, rates, checks } = report ?? {};
    const numbers = rates
      ? [rates.layer, rates.gemm6x8, rates.gemm6x8paired].map((rate) => rate.toFixed(1))
      : ["", "", ""];
    const share = rates ? percent(rates.layer / Math.max(rates.gemm6x8, rates.gemm6x8paired)) : "";
    const result = checks === undefined ? "FAILED" : `passed ${checks.length}`;
    table.push([
      name,
      version ?? "",
      build ?? "",
      microkernel ?? "",
      threads?.toString() ?? "",
      result,
      coldStart?.toFixed(1) ?? "",
      ...numbers,
      share,
    ]);
  }
  return table.toString();
}

async function main(): Promise<void> {
  const { positionals } = parseArgs({ allowPositionals: true });
  const known = TARGETS.map(({ name }) => name);
  const unknown = positionals.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new InputError(`no runtime ${unknown.join(", ")} (known: ${known.join(", ")})`);
  const chosen = positionals.length === 0 ? TARGETS : TARGETS.filter(({ name }) => positionals.includes(name));

  console.error("installing runtimes and bundlers ...");
  installPackages();
  const folder = mkdtempSync(join(tmpdir(), "convwasm-pack-"));
  const outcomes: Outcome[] = [];
  try {
    const tarball = pack(folder);
    for (const [index, target] of chosen.entries()) {
      console.error(`[${index + 1}/${chosen.length}] ${target.name} ...`);
      const outcome = await runTarget(target, tarball);
      outcomes.push(outcome);
      if (outcome.failure !== undefined) console.error(`${target.name} failed: ${outcome.failure.message}`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  console.log(describe(outcomes));
  const failed = outcomes.filter(({ failure }) => failure !== undefined);
  console.log(`${outcomes.length - failed.length} passed, ${failed.length} failed`);
  if (failed.length > 0) process.exitCode = 1;
}

await runCommand("test:runtimes", main);
