/** Scripts that run in a process of their own, on the built package. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** The oldest Node that the package supports. */
export const NODE_20 = fileURLToPath(new URL("../../node_modules/node-20/bin/node", import.meta.url));

interface Run {
  /** executable; default the Node that runs the tests */
  node?: string;
  flags?: readonly string[];
}

/** Runs a module's source in the package's root, where it can import "convwasm", and gives what it prints. */
export function runModule(source: string, { node = process.execPath, flags = [] }: Run = {}): string {
  return execFileSync(node, [...flags, "--input-type=module", "--eval", source], { cwd: ROOT, encoding: "utf8" });
}

/** As {@link runModule}, of a module that prints JSON. */
// biome-ignore lint/suspicious/noExplicitAny: the script and its test stand side by side
export const runForJson = (source: string, run?: Run): any => JSON.parse(runModule(source, run));
