/** Scripts that run in a process of their own, on the built package. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { checkBuilt } from "./built.ts";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

const oldest = fileURLToPath(new URL("../../node_modules/node-20/bin/node", import.meta.url));
/** The oldest Node that the package supports; not there where packages were installed without their scripts. */
export const NODE_20: string | undefined = existsSync(oldest) ? oldest : undefined;

/** The Nodes to run the package on, with their names. */
export const NODES: readonly (readonly [name: string, file: string])[] = [
  ...(NODE_20 === undefined ? [] : [["Node 20", NODE_20] as const]),
  ["the Node that runs this", process.execPath],
];

interface Run {
  /** executable; default the Node that runs the tests */
  node?: string;
  flags?: readonly string[];
}

/**
 * Runs a module's source in the package's root, where it can import "convwasm", and gives what it prints.
 *
 * @throws Error where the build is older than the source
 */
export function runModule(source: string, { node = process.execPath, flags = [] }: Run = {}): string {
  checkBuilt();
  return execFileSync(node, [...flags, "--input-type=module", "--eval", source], { cwd: ROOT, encoding: "utf8" });
}

/** As {@link runModule}, of a module that prints JSON. */
// biome-ignore lint/suspicious/noExplicitAny: the script and its test stand side by side
export const runForJson = (source: string, run?: Run): any => JSON.parse(runModule(source, run));
