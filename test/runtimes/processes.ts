/** Runtimes that are a command: a process runs the agent, others only start it. */
import { execFile, execFileSync } from "node:child_process";
import { promisify } from "node:util";
import { NODE_20 } from "../support/node.ts";
import { inPackages } from "./install.ts";
import { parseReport, type Report, STARTS, type Target } from "./report.ts";

const LIMIT_MS = 120_000;

export interface Command {
  readonly file: string;
  readonly args?: readonly string[];
}

export const NODE: Command = { file: process.execPath };
const BUN: Command = { file: inPackages("@oven/bun-linux-x64/bin/bun") };
const DENO: Command = {
  file: inPackages("@deno/linux-x64-glibc/deno"),
  args: ["run", "--quiet", "--node-modules-dir=manual"],
};

const printed = (file: string, ...args: string[]) => execFileSync(file, args, { encoding: "utf8" }).trim();

/** Runs both scripts of a project, in which they lie under these names. */
export async function runScripts(
  { file, args = [] }: Command,
  folder: string,
  main: string,
  cold: string,
): Promise<Report> {
  const run = async (script: string) => {
    const options = { cwd: folder, timeout: LIMIT_MS, maxBuffer: 1 << 26 };
    return (await promisify(execFile)(file, [...args, script], options)).stdout;
  };
  const report = parseReport(await run(main));
  const starts: number[] = [];
  for (let i = 0; i < STARTS; ++i) starts.push(parseReport<{ coldStart: number }>(await run(cold)).coldStart);
  return { ...report, coldStart: Math.min(...starts) };
}

const target = (name: string, command: Command, version: () => string, extension = "mjs"): Target => ({
  name,
  version,
  run: (project) => runScripts(command, project, `main.${extension}`, `cold.${extension}`),
});

const nodeVersion = ({ file }: Command) => printed(file, "--version").replace("v", "");

/** The oldest Node that is supported, where it is installed. */
const oldest = (file: string): Target[] => [
  target("node-20", { file }, () => nodeVersion({ file })),
  target("node-20-cjs", { file }, () => nodeVersion({ file }), "cjs"),
];

export const processTargets: readonly Target[] = [
  ...(NODE_20 === undefined ? [] : oldest(NODE_20)),
  target("node", NODE, () => nodeVersion(NODE)),
  target("node-cjs", NODE, () => nodeVersion(NODE), "cjs"),
  target("bun", BUN, () => printed(BUN.file, "--version")),
  target("deno", DENO, () => printed(DENO.file, "--version").split(" ")[1]!),
];
