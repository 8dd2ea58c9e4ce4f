import { type Binary, type Build, binaryOf } from "./features.ts";
import type { Exports } from "./generated/kernels.ts";
import type { Heap } from "./heap.ts";
import type { Microkernel } from "./host.ts";
import { KERNELS } from "./modules/kernels.ts";
import { type KernelModule, MODULE_SLOTS } from "./modules.ts";

/** Computes items [begin, end) of what the parameter block describes. */
type Kernel = (params: number, begin: number, end: number) => void;

type Loaded = Readonly<Record<string, Kernel>>;

/** A module that is at work. */
export interface LoadedModule {
  readonly module: KernelModule;
  readonly compiled: WebAssembly.Module;
  /** those that it has set, by name */
  readonly globals: Readonly<Record<string, number>>;
}

/** Threads that help: see threads/threads.ts. Both kinds of run return false if there are none, and nothing is done then. */
export interface Helpers {
  /** @param scratch bytes of workspace that an instruction may need */
  run(program: number, from: number, to: number, scratch: number): boolean;
  runItems(instruction: number, begin: number, end: number, scratch: number): boolean;
  /** A module has been loaded. */
  loaded(module: LoadedModule): void;
}

/**
 * A build of the kernels at work in linear memory. The first module is loaded from the beginning, others when one of
 * their kernels is first asked for.
 */
export class Engine {
  readonly build: Build;
  readonly heap: Heap;
  /** what the first module exports besides kernels: `run`, and micro-kernels for measuring */
  readonly exports: Exports;
  /** the modules, in the order in which they were loaded */
  readonly modules: LoadedModule[] = [];
  helpers: Helpers | undefined;
  readonly #table = new WebAssembly.Table({ element: "anyfunc", initial: MODULE_SLOTS });
  readonly #loaded = new Map<KernelModule, Loaded>();

  /** @throws Error if the runtime forbids compiling WebAssembly */
  constructor(build: Build, heap: Heap, microkernel: Microkernel) {
    this.build = build;
    this.heap = heap;
    this.exports = this.#load(KERNELS) as unknown as Exports;
    this.exports.pairedLoads.value = microkernel === "gemm6x8paired" ? 1 : 0;
    this.exports.wideVectors.value = microkernel === "gemm6x16" ? 1 : 0;
  }

  /** what its modules were compiled from: programs for it run in every engine of the same binary */
  get binary(): Binary {
    return binaryOf(this.build);
  }

  /** The kernel itself, for work that is done once. */
  kernel<N extends string>(module: KernelModule<N>, name: N): Kernel {
    return this.#load(module)[name]!;
  }

  /** The index by which instructions call the kernel. */
  indexOf<N extends string>(module: KernelModule<N>, name: N): number {
    this.#load(module);
    return module.base + module.kernels.indexOf(name);
  }

  /**
   * Executes instructions [from, to) of the program at an address.
   * @param scratch bytes of the largest workspace
   * @throws Error if a thread that takes part ends meanwhile
   */
  run(program: number, from: number, to: number, scratch: number): void {
    if (this.helpers?.run(program, from, to, scratch)) return;
    this.exports.run(program, from, to);
  }

  /** Computes items [begin, end) of one instruction. */
  runItems(instruction: number, begin: number, end: number, scratch: number): void {
    if (this.helpers?.runItems(instruction, begin, end, scratch)) return;
    const { i32 } = this.heap;
    const [kernel, params] = [i32[instruction / 4]!, i32[instruction / 4 + 1]!];
    (this.#table.get(kernel) as Kernel)(params, begin, end);
  }

  /** What modules import. */
  get imports(): WebAssembly.Imports {
    // later modules import functions of the first
    const imports = { env: { memory: this.heap.memory, table: this.#table }, kernels: this.exports };
    return imports as unknown as WebAssembly.Imports;
  }

  #load(module: KernelModule): Loaded {
    const loaded = this.#loaded.get(module);
    if (loaded !== undefined) return loaded;
    const compiled = module.moduleOf(this.binary, this.heap.share);
    const { exports } = new WebAssembly.Instance(compiled, this.imports);
    const globals = module.start?.(exports, this.binary) ?? {};
    const last = module.base + module.kernels.length;
    if (last > this.#table.length) this.#table.grow(Math.ceil(last / MODULE_SLOTS) * MODULE_SLOTS - this.#table.length);
    for (const [i, name] of module.kernels.entries()) this.#table.set(module.base + i, exports[name] as Kernel);
    this.#loaded.set(module, exports as Loaded);
    const atWork = { module, compiled, globals };
    this.modules.push(atWork);
    this.helpers?.loaded(atWork);
    return exports as Loaded;
  }
}
