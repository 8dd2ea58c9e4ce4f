/**
 * The WebAssembly modules and what goes into each. Folders are the only list of kernels: whatever an entry file exports is
 * part of its module.
 */
import { globSync } from "node:fs";
import { resolve } from "node:path";

export const ROOT = resolve(import.meta.dirname, "..");

export interface ModuleSource {
  /** name of the module, of its files, and under which later modules import it */
  readonly name: string;
  /** entry files, or patterns of them */
  readonly entries: readonly string[];
  /** whether it calls kernels by the function table, and so imports it */
  readonly importTable: boolean;
}

export const MODULES: readonly ModuleSource[] = [
  { name: "kernels", entries: ["assembly/run.ts", "assembly/conv/*/kernel.ts"], importTable: true },
  { name: "operators", entries: ["assembly/ops/*/kernel.ts"], importTable: false },
  { name: "tensors", entries: ["assembly/tensors/*/kernel.ts"], importTable: false },
  { name: "recurrent", entries: ["assembly/recurrent/*/kernel.ts"], importTable: false },
  { name: "numbers", entries: ["assembly/numbers/*/kernel.ts"], importTable: false },
  { name: "vision", entries: ["assembly/vision/*/kernel.ts"], importTable: false },
  { name: "pixels", entries: ["assembly/pixels/*/kernel.ts"], importTable: false },
  { name: "quantised", entries: ["assembly/quantised/*/kernel.ts"], importTable: false },
];

/** Divides programs among threads. It has neither SIMD nor kernels, and one build. */
export const THREADS: ModuleSource = { name: "threads", entries: ["assembly/threads/run.ts"], importTable: true };

/** The builds that are published: the whole one, and the one that is stored as its difference from it. */
export const BUILDS = ["relaxed", "simd"] as const;

/** @returns the file of a build, below build/ and dist/ */
export function fileOf(module: string, target: string): string {
  return target === "simd" || target === module ? `${module}.wasm` : `${module}-${target}.wasm`;
}

/** @throws if no file matches a pattern */
export function entriesOf({ name, entries }: ModuleSource): string[] {
  return entries.flatMap((pattern) => {
    const files = globSync(pattern, { cwd: ROOT }).sort();
    if (files.length === 0) throw new Error(`kernels: ${pattern}, of the module ${name}, matches no file`);
    return files;
  });
}
