import { checkChoice, checkInteger, checkOptions, wrongValue } from "../check.ts";
import { loadThreads } from "./embedded/threads.ts";
import { Engine } from "./engine.ts";
import { accepts, type Binary, type Build } from "./features.ts";
import { ADDRESS_SPACE, Heap } from "./heap.ts";
import { host, type Microkernel } from "./host.ts";
import { sharedMemory, sharingMemory, whyNotShared } from "./shared.ts";
import type { Team } from "./threads/threads.ts";
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
  /**
   * threads that compute, the calling one among them, on one shared memory; default 1. The others start meanwhile and take part
   * as soon as they are ready. 'auto' takes one for each core, at most 8, and half of more than 4, of which two may be one.
   * Sessions that are compiled already keep a memory that is not shared, and one thread
   */
  threads?: "auto" | number;
}

// made when first needed: importing the package costs nothing and cannot throw
let chosen: "auto" | Build = "auto";
let limit = ADDRESS_SPACE;
let heap: Heap | undefined;
const engines = new Map<Build, Engine>();
/** memories of Sessions that were compiled before threads were asked for */
let unshared: Heap | undefined;
/** threads that were asked for, and why there are not as many */
let wanted = 1;
let whyFewer = "configure({ threads }) has not asked for more";
let team: Team | undefined;
/** counts requests for threads: those of an earlier one that get ready too late end at once */
let requests = 0;
let starting = false;
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
    team?.add(made);
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
  /** threads that compute now, the calling one among them */
  readonly threads: number;
  /** why so many */
  readonly threadsReason: string;
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
  return { ...verdict, microkernel, microkernelReason: reasons[microkernel], ...countThreads() };
}

function countThreads(): Pick<RuntimeInfo, "threads" | "threadsReason"> {
  if (team === undefined) return { threads: 1, threadsReason: whyFewer };
  const threads = team.count;
  const [fault] = team.faults;
  const missing = fault === undefined ? "the others are starting" : `a thread is missing: ${fault}`;
  return { threads, threadsReason: threads === wanted ? `configure asked for ${wanted}` : missing };
}

/** Starts as many threads as there are to be, and ends those that there are. */
function startThreads(count: number): void {
  if (count === wanted && (team === undefined ? starting : team.whole)) return;
  starting = false;
  const request = ++requests;
  team?.end();
  team = undefined;
  wanted = count;
  whyFewer = "configure asked for one";
  if (count === 1) return;
  const fault = whyNotShared();
  if (fault !== undefined) {
    whyFewer = fault;
    return;
  }
  if (heap?.share === undefined) {
    try {
      const shared = new Heap(sharedMemory(), sharingMemory);
      shared.limit = limit;
      if (heap !== undefined && heap.used > 0) unshared = heap;
      heap = shared;
      engines.clear();
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      whyFewer = `this runtime gives no shared memory: ${error.message}`;
      return;
    }
  }
  whyFewer = "the others are starting";
  starting = true;
  const shared = heap;
  loadThreads!()
    .then(({ Team }) => Team.start(shared, count - 1, engines.values()))
    .then((started) => {
      if (request !== requests) return started.end();
      team = started;
      starting = false;
      for (const each of engines.values()) if (!started.has(each)) started.add(each);
    })
    .catch((error) => {
      if (request !== requests) return;
      starting = false;
      whyFewer = `threads could not be started: ${error}`;
    });
}

const MOST_THREADS = 64;

/** What 'auto' stands for, by the number of cores as far as it is known. */
export function automaticThreads(): number {
  const { navigator, process } = globalThis as {
    navigator?: { hardwareConcurrency?: number };
    process?: { getBuiltinModule?(name: string): { availableParallelism?(): number } | undefined };
  };
  const cores = navigator?.hardwareConcurrency ?? process?.getBuiltinModule?.("node:os")?.availableParallelism?.() ?? 1;
  return cores > 4 ? Math.min(Math.ceil(cores / 2), 8) : Math.max(cores, 1);
}

/** What {@link configure} has set, for other threads: the build that was asked for, and the limit. */
export const settings = (): { readonly build: "auto" | Build; readonly maxMemory: number } => ({
  build: chosen,
  maxMemory: limit,
});

/** `configure({ build })`, of a build that there is. */
export function useBuild(build: "auto" | Build): void {
  const before = chosen;
  chosen = build;
  try {
    verdict = choose();
  } catch (error) {
    chosen = before;
    throw error;
  }
}

/** `configure({ maxMemory })`, of a limit that may be. */
export function limitMemory(maxMemory: number): void {
  limit = maxMemory;
  for (const each of [heap, unshared]) if (each !== undefined) each.limit = limit;
}

/**
 * Settings for all later work; existing Sessions keep the build that they were compiled for.
 *
 * @param options build = 'auto', maxMemory = 4 GiB less 64 KiB, threads = 1; an option that is left out stays as it is. Where
 *   threads cannot share memory there is one, and {@link runtime} says why
 * @throws TypeError or RangeError for an unknown option or value; Error for a build that this runtime cannot run
 */
export function configure(options: RuntimeOptions): void {
  const where = "configure";
  const { build, maxMemory, threads } = checkOptions(where, options, ["build", "maxMemory", "threads"]);
  if (build !== undefined) checkChoice(where, "build", build, ["auto", "relaxed", "simd", "wide"]);
  if (maxMemory !== undefined) {
    if (typeof maxMemory !== "number") checkInteger(where, "maxMemory", maxMemory, 65536);
    if (!Number.isInteger(maxMemory) || maxMemory < 65536 || maxMemory > ADDRESS_SPACE) {
      throw new RangeError(
        `${where}: maxMemory must be a whole number of bytes from 65536 to ${ADDRESS_SPACE}, got ${maxMemory}`,
      );
    }
  }
  if (threads !== undefined && threads !== "auto") {
    if (checkInteger(where, "threads", threads, 1) > MOST_THREADS) {
      throw wrongValue(where, `threads must be 'auto' or a whole number from 1 to ${MOST_THREADS}, got ${threads}`);
    }
  }
  if (build !== undefined) useBuild(build);
  if (maxMemory !== undefined) limitMemory(maxMemory);
  if (threads !== undefined) startThreads(threads === "auto" ? automaticThreads() : threads);
}

/**
 * The memory of the kernels.
 * @returns bytes of linear memory: held from the runtime, in use by Sessions, and the limit
 */
export function memory(): { readonly bytes: number; readonly used: number; readonly limit: number } {
  const sum = (of: "bytes" | "used") => (heap?.[of] ?? 0) + (unshared?.[of] ?? 0);
  return { bytes: sum("bytes"), used: sum("used"), limit };
}
