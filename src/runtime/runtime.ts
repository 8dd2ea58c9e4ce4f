import { checkChoice, checkInteger, checkOptions } from "../check.ts";
import { Engine } from "./engine.ts";
import { accepts, type Binary, type Build } from "./features.ts";
import { ADDRESS_SPACE, Heap } from "./heap.ts";
import { host, type Microkernel } from "./host.ts";
import { whyNotWide } from "./wide.ts";

export type { Build } from "./features.ts";

/** Options of {@link configure}. */
export interface RuntimeOptions {
  /**
   * kernel build; 'auto', the default, takes the relaxed one if the engine has relaxed SIMD. 'wide' asks for the relaxed one
   * with vectors in pairs, which V8 calls experimental: Node 24 and later on x86-64 is told to pair them, other runtimes on V8
   * are to be started with --experimental-wasm-revectorize. Where vectors are not paired it means 'auto'
   */
  build?: "auto" | Build;
  /** bytes that linear memory may grow to; default 4 GiB less 64 KiB */
  maxMemory?: number;
}

// made when first needed: importing the package costs nothing and cannot throw
let chosen: "auto" | Build = "auto";
let limit = ADDRESS_SPACE;
let heap: Heap | undefined;
const engines = new Map<Build, Engine>();
let verdict: { build: Build; reason: string } | undefined;

function choose(): { build: Build; reason: string } {
  if (chosen === "wide") {
    const fault = engines.has("wide") ? undefined : whyNotWide(engines.size === 0);
    if (fault === undefined)
      return { build: "wide", reason: 'configure({ build: "wide" }), and V8 pairs vectors here' };
    const { build, reason } = ordinary();
    return { build, reason: `${reason}; configure({ build: "wide" }) asked for pairs of vectors, but ${fault}` };
  }
  if (chosen !== "auto") {
    if (accepts(chosen)) return { build: chosen, reason: `configure({ build: "${chosen}" })` };
    throw new Error(`convwasm: this runtime cannot run the ${chosen} build that configure asked for`);
  }
  return ordinary();
}

function ordinary(): { build: Binary; reason: string } {
  if (accepts("relaxed")) return { build: "relaxed", reason: "the runtime accepts relaxed SIMD" };
  if (accepts("simd")) return { build: "simd", reason: "the runtime accepts SIMD, but no relaxed SIMD" };
  throw new Error(
    "convwasm: this runtime's WebAssembly has no SIMD, which the kernels need " +
      "(browsers have it from Chrome and Edge 91, Firefox 89 and Safari 16.4 on, where the processor has SSE 4.1 or NEON)",
  );
}

function hold(): Heap {
  if (heap === undefined) {
    heap = new Heap();
    heap.limit = limit;
  }
  return heap;
}

/** Whether new work pairs vectors, which moves the choice between ways of computing. */
export const pairsVectors = (): boolean => chosen === "wide" && runtime().build === "wide";

const microkernelOf = (build: Build): Microkernel => (build === "wide" ? "gemm6x16" : host().microkernel);

/** The engine for new work. All builds share one memory, so Sessions compiled before a change of build still work. */
export function engine(): Engine {
  verdict ??= choose();
  const { build } = verdict;
  let made = engines.get(build);
  if (made === undefined) {
    made = new Engine(build, hold(), microkernelOf(build));
    engines.set(build, made);
  }
  return made;
}

/** The result of {@link runtime}. */
export interface RuntimeInfo {
  /** the kernel build in use */
  readonly build: Build;
  /** why this build */
  readonly reason: string;
  /** the micro-kernel of matrix products: gemm6x8, or gemm6x8paired, which loads less often, or gemm6x16 for pairs of vectors */
  readonly microkernel: Microkernel;
  /** why this micro-kernel */
  readonly microkernelReason: string;
}

/**
 * Which kernels run here and why.
 * @returns build and micro-kernel, each with the reason
 * @throws Error if the runtime lacks WebAssembly or its SIMD
 */
export function runtime(): RuntimeInfo {
  verdict ??= choose();
  const { name } = host();
  const reasons: Record<Microkernel, string> = {
    gemm6x8: `fastest where guard pages make bounds checks unnecessary, as in ${name}`,
    gemm6x8paired: `fastest where every address is checked, as in ${name}: it loads less often`,
    gemm6x16: "fastest where vectors are paired",
  };
  const microkernel = microkernelOf(verdict.build);
  return { ...verdict, microkernel, microkernelReason: reasons[microkernel] };
}

/**
 * Settings for all later work; existing Sessions keep the build that they were compiled for.
 *
 * @param options build = 'auto', maxMemory = 4 GiB less 64 KiB; an option that is left out stays as it is
 * @throws TypeError or RangeError for an unknown option or value; Error for a build that this runtime cannot run
 */
export function configure(options: RuntimeOptions): void {
  const where = "configure";
  const { build, maxMemory } = checkOptions(where, options, ["build", "maxMemory"]);
  if (build !== undefined) checkChoice(where, "build", build, ["auto", "relaxed", "simd", "wide"]);
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
 * The memory of the kernels.
 * @returns bytes of linear memory: held from the runtime, in use by Sessions, and the limit
 */
export function memory(): { readonly bytes: number; readonly used: number; readonly limit: number } {
  return { bytes: heap?.bytes ?? 0, used: heap?.used ?? 0, limit };
}
