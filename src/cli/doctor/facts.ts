import { availableParallelism, cpus, totalmem } from "node:os";
import process from "node:process";
import type { Binary } from "../../runtime/features.ts";
import { host } from "../../runtime/host.ts";
import { automaticThreads, configure } from "../../runtime/runtime.ts";
import { whyNotShared } from "../../runtime/shared.ts";

/** What this runtime is and what it offers, before anything is computed. */
export interface Facts {
  /** the runtime by its own name and version */
  readonly name: string;
  readonly version: string;
  readonly platform: string;
  readonly architecture: string;
  /** null if the runtime was not allowed to report it */
  readonly cpu: string | null;
  readonly cores: number | null;
  /** of the machine, in bytes; null if the runtime was not allowed to report it */
  readonly machineMemory: number | null;
  readonly webassembly: WebAssemblyFacts;
  /** null if threads can share memory, otherwise why not */
  readonly oneThread: string | null;
  /** how many `configure({ threads: "auto" })` takes */
  readonly automaticThreads: number;
  /** whether eval and new Function work; the kernels need neither */
  readonly codeFromStrings: boolean;
  /** switches of the command line and of NODE_OPTIONS */
  readonly switches: readonly string[];
}

export interface WebAssemblyFacts {
  readonly present: boolean;
  /** null if a module may be compiled, otherwise the engine's objection */
  readonly refusal: string | null;
  readonly builds: Readonly<Record<Binary, boolean>>;
  /** whether memory can be shared between threads */
  readonly threads: boolean;
  /** bytes that one memory was made to grow to */
  readonly growsTo: number;
}

const PAGE = 65536;
/** Reach of 32-bit pointers. */
const MOST_PAGES = 65536;
const EMPTY_MODULE = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

export function gatherFacts(): Facts {
  const { name } = host();
  return {
    name,
    version: process.versions[name.toLowerCase()] ?? process.version,
    platform: process.platform,
    architecture: process.arch,
    cpu: allowed(() => cpus()[0]?.model.trim() ?? null),
    cores: allowed(availableParallelism),
    machineMemory: allowed(totalmem),
    webassembly: webassemblyFacts(),
    oneThread: whyNotShared() ?? null,
    automaticThreads: automaticThreads(),
    codeFromStrings: makesFunctions(),
    switches: [...process.execArgv, ...(allowed(() => process.env.NODE_OPTIONS)?.split(/\s+/) ?? [])].filter(Boolean),
  };
}

/** Deno reports machine and environment only with permission. */
function allowed<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if ((error as Error).name === "NotCapable") return null;
    throw error;
  }
}

function webassemblyFacts(): WebAssemblyFacts {
  if (typeof WebAssembly !== "object") {
    return { present: false, refusal: null, builds: { simd: false, relaxed: false }, threads: false, growsTo: 0 };
  }
  return {
    present: true,
    refusal: refusal(),
    builds: { simd: accepts("simd"), relaxed: accepts("relaxed") },
    threads: sharesMemory(),
    growsTo: growsTo(),
  };
}

function refusal(): string | null {
  try {
    new WebAssembly.Module(EMPTY_MODULE);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

/** By the library itself: only what it accepts counts. */
function accepts(build: Binary): boolean {
  try {
    configure({ build });
  } catch {
    return false;
  }
  configure({ build: "auto" });
  return true;
}

function sharesMemory(): boolean {
  if (typeof SharedArrayBuffer !== "function") return false;
  try {
    return new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }).buffer instanceof SharedArrayBuffer;
  } catch {
    return false;
  }
}

/** The pages are never touched, so that no machine memory is spent. */
function growsTo(): number {
  const memory = new WebAssembly.Memory({ initial: 1 });
  let pages = 1;
  for (let step = MOST_PAGES - 1; step >= 1; ) {
    try {
      memory.grow(step);
      pages += step;
      step = Math.min(step, MOST_PAGES - pages);
    } catch {
      step >>= 1;
    }
  }
  return pages * PAGE;
}

function makesFunctions(): boolean {
  try {
    new Function("");
    return true;
  } catch {
    return false;
  }
}
