import { checkChoice, checkInteger, checkOptions } from "../check.ts";
import { relaxed } from "./generated/relaxed.ts";
import { simd } from "./generated/simd.ts";
import { ADDRESS_SPACE, Heap } from "./heap.ts";
import { host, type Microkernel } from "./host.ts";
import { type Kernels, load } from "./loader.ts";

/** The kernels' two builds: `relaxed` uses fused multiply-add, `simd` gives the same bits on every machine. */
export type Build = "simd" | "relaxed";

/** Options of {@link configure}. */
export interface RuntimeOptions {
  /** kernel build; 'auto', the default, takes the relaxed one where the engine has relaxed SIMD */
  build?: "auto" | Build;
  /** bytes that linear memory may grow to; default 4 GiB less 64 KiB */
  maxMemory?: number;
}

/** The chosen kernels and the memory that they work in. */
export interface Engine {
  readonly build: Build;
  readonly kernels: Kernels;
  readonly heap: Heap;
}

const EMBEDDED: Record<Build, string> = { simd, relaxed };

// made when first needed: importing the package costs nothing and cannot throw
let chosen: "auto" | Build = "auto";
let limit = ADDRESS_SPACE;
let heap: Heap | undefined;
const binaries = new Map<Build, Uint8Array<ArrayBuffer>>();
const engines = new Map<Build, Engine>();
let verdict: { build: Build; reason: string } | undefined;

function binaryOf(build: Build): Uint8Array<ArrayBuffer> {
  let binary = binaries.get(build);
  if (binary === undefined) {
    binary = decode(EMBEDDED[build]);
    binaries.set(build, binary);
  }
  return binary;
}

/** A loop, since Uint8Array.from would take 8 ms here where this takes 1.5 and the engine's own decoder nothing. */
function decode(base64: string): Uint8Array<ArrayBuffer> {
  const { fromBase64 } = Uint8Array as { fromBase64?: (base64: string) => Uint8Array<ArrayBuffer> };
  if (fromBase64 !== undefined) return fromBase64.call(Uint8Array, base64);
  const characters = atob(base64);
  const bytes = new Uint8Array(characters.length);
  for (let i = 0; i < bytes.length; ++i) bytes[i] = characters.charCodeAt(i);
  return bytes;
}

const runs = (build: Build) => typeof WebAssembly === "object" && WebAssembly.validate(binaryOf(build));

function choose(): { build: Build; reason: string } {
  if (typeof WebAssembly !== "object")
    throw new Error("convwasm: this runtime has no WebAssembly, which the kernels need");
  if (chosen !== "auto") {
    if (runs(chosen)) return { build: chosen, reason: `configure({ build: "${chosen}" })` };
    throw new Error(`convwasm: this runtime cannot run the ${chosen} build that configure asked for`);
  }
  if (runs("relaxed")) return { build: "relaxed", reason: "the runtime accepts relaxed SIMD" };
  if (runs("simd")) return { build: "simd", reason: "the runtime accepts SIMD, but no relaxed SIMD" };
  throw new Error("convwasm: this runtime's WebAssembly has no SIMD, which the kernels need");
}

function hold(): Heap {
  if (heap === undefined) {
    heap = new Heap();
    heap.limit = limit;
  }
  return heap;
}

/** The engine for new work. Both builds share one memory, so what was compiled before a change of build goes on. */
export function engine(): Engine {
  verdict ??= choose();
  const { build } = verdict;
  let made = engines.get(build);
  if (made === undefined) {
    const heap = hold();
    made = { build, heap, kernels: load(binaryOf(build), heap.memory, host().microkernel) };
    engines.set(build, made);
  }
  return made;
}

/** What {@link runtime} tells. */
export interface RuntimeInfo {
  /** the kernel build in use */
  readonly build: Build;
  /** why this build */
  readonly reason: string;
  /** what computes the matrix products: gemm6x8, or gemm6x8paired, which loads less often */
  readonly microkernel: Microkernel;
  /** why this micro-kernel */
  readonly microkernelReason: string;
}

/**
 * Which kernels run here and why.
 * @returns build and micro-kernel, each with the reason
 * @throws Error where the runtime lacks WebAssembly or its SIMD
 */
export function runtime(): RuntimeInfo {
  verdict ??= choose();
  const { name, microkernel } = host();
  const microkernelReason =
    microkernel === "gemm6x8"
      ? `fastest where guard pages make bounds checks unnecessary, as in ${name}`
      : `fastest where every address is checked, as in ${name}: it loads less often`;
  return { ...verdict, microkernel, microkernelReason };
}

/**
 * Settings for all later work; Sessions that exist keep the build they were compiled for.
 *
 * @param options build = 'auto', maxMemory = 4 GiB less 64 KiB; an option that is left out stays as it is
 * @throws TypeError or RangeError for an unknown option or value; Error for a build that this runtime cannot run
 */
export function configure(options: RuntimeOptions): void {
  const where = "configure";
  const { build, maxMemory } = checkOptions(where, options, ["build", "maxMemory"]);
  if (build !== undefined) checkChoice(where, "build", build, ["auto", "relaxed", "simd"]);
  if (maxMemory !== undefined) {
    if (typeof maxMemory !== "number") checkInteger(where, "maxMemory", maxMemory, 65536);
    if (!Number.isInteger(maxMemory) || maxMemory < 65536 || maxMemory > ADDRESS_SPACE) {
      throw new RangeError(
        `${where}: maxMemory must be a whole number of bytes from 65536 to ${ADDRESS_SPACE}, got ${maxMemory}`,
      );
    }
  }
  if (build !== undefined) {
    const before = chosen;
    chosen = build;
    try {
      verdict = choose();
    } catch (error) {
      chosen = before;
      throw error;
    }
  }
  if (maxMemory !== undefined) {
    limit = maxMemory;
    if (heap !== undefined) heap.limit = limit;
  }
}

/**
 * What the kernels hold of memory.
 * @returns bytes of linear memory: held from the runtime, in use by Sessions, and the limit
 */
export function memory(): { readonly bytes: number; readonly used: number; readonly limit: number } {
  return { bytes: heap?.bytes ?? 0, used: heap?.used ?? 0, limit };
}
