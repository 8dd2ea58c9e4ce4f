import type { Binary } from "./features.ts";
import type { Share } from "./heap.ts";

/**
 * The kernels of one WebAssembly module. Modules share linear memory and one function table, so that a program may call
 * kernels of several; programs that use only functions of the first module do not load the others.
 */
export interface KernelModule<N extends string = string> {
  /** name under which later modules import its exports */
  readonly name: string;
  /** the kernels, in the order in which they stand in the table */
  readonly kernels: readonly N[];
  /** table index of the first of them; 0 stays empty, so that a cleared instruction traps */
  readonly base: number;
  /**
   * @param share makes bytes of a module that imports a shared memory; where modules are not compiled from bytes, there is none
   * @throws Error if the runtime forbids compiling WebAssembly
   */
  moduleOf(binary: Binary, share?: Share): WebAssembly.Module;
  /**
   * Sets globals of a new instance.
   * @returns their values, for instances in other threads
   */
  start?(exports: WebAssembly.Exports, binary: Binary): Readonly<Record<string, number>>;
}

/** Table entries that each module has to itself. */
export const MODULE_SLOTS = 256;

/** How a kernel's parameter block is laid out: for each field its byte offset, with the field's kind in the two lowest bits. */
export interface BlockLayout {
  readonly bytes: number;
  readonly fields: Readonly<Record<string, number>>;
}

/** Kinds of fields: what the two lowest bits of an entry of {@link BlockLayout} mean. */
export const FIELD = { I32: 0, POINTER: 1, F32: 2, F64: 3 } as const;

/** A value for every field of a parameter block. */
export type BlockFields<L extends BlockLayout> = { readonly [K in keyof L["fields"]]: number };
