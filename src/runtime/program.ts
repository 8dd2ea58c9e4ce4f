import type { TensorData, Type } from "../dtype.ts";
import type { Engine } from "./engine.ts";
import type { Heap } from "./heap.ts";
import { type BlockFields, type BlockLayout, FIELD, type KernelModule } from "./modules.ts";

/**
 * A place in one of a program's segments, before the segments have addresses: the segment's beginning and a byte offset,
 * so that `pointer + 4 * i` is plain arithmetic. 0 stands for none.
 */
export type Pointer = number;

const SEGMENT = 2 ** 32;
/** Kept with a program: parameter blocks, tables, packed weights, constants. */
export const HELD: Pointer = SEGMENT;
/** Tensors and workspaces. */
export const ARENA: Pointer = 2 * SEGMENT;
/** Needed only while the program is made: weights before they are packed. */
export const STAGED: Pointer = 3 * SEGMENT;

/** Bytes of an instruction: table index of the kernel u32 | parameter block | items i32 | expected nanoseconds i32. */
export const INSTRUCTION_BYTES = 16;

const MOST_NANOSECONDS = 0x7fffffff;

/** Addresses of the segments; null for an arena that gets its place later, by {@link ProgramWriter.placeArena}. */
export interface Segments {
  readonly held: number;
  readonly arena: number | null;
  readonly staged: number;
}

/** A word that a kernel sets to 1 for input that it cannot use, and what that means. */
export interface Fault {
  readonly at: number;
  readonly message: string;
}

/** Where a program is written: an engine, or what only notes it. */
export interface ProgramTarget extends Pick<Engine, "kernel" | "indexOf"> {
  readonly heap: Pick<Heap, "i32" | "f32" | "f64" | "write">;
}

/** Writes a program into linear memory: parameter blocks, tables, instructions. Weights are packed meanwhile. */
export class ProgramWriter {
  readonly faults: Fault[] = [];
  readonly #engine: ProgramTarget;
  readonly #bases: readonly number[];
  /** indices of the words that hold addresses in an arena that gets its place later */
  readonly #arenaWords: number[] | undefined;
  #next: number;
  #nanoseconds = 0;

  /** @param instructions address of the first one */
  constructor(engine: ProgramTarget, { held, arena, staged }: Segments, instructions: number) {
    this.#engine = engine;
    this.#bases = [0, held, arena ?? 0, staged];
    if (arena === null) this.#arenaWords = [];
    this.#next = instructions;
  }

  /** Address of a place in a segment that has its own already: not in an arena that is placed later. */
  addressOf(pointer: Pointer): number {
    const segment = Math.floor(pointer / SEGMENT);
    return pointer - segment * SEGMENT + this.#bases[segment]!;
  }

  /** Writes a parameter block. */
  params<L extends BlockLayout>(layout: L, at: Pointer, fields: BlockFields<L>): void {
    const { i32, f32, f64 } = this.#engine.heap;
    const begin = this.addressOf(at);
    for (const name in layout.fields) {
      const place = layout.fields[name]!;
      const kind = place & 3;
      const word = (begin + place - kind) / 4;
      const value = fields[name as keyof L["fields"]];
      if (kind === FIELD.POINTER) this.pointer(word, value);
      else if (kind === FIELD.F32) f32[word] = value;
      else if (kind === FIELD.F64) f64[word / 2] = value;
      else i32[word] = value;
    }
  }

  i32(at: Pointer, count: number): Int32Array<ArrayBuffer> {
    const begin = this.addressOf(at) / 4;
    return this.#engine.heap.i32.subarray(begin, begin + count);
  }

  f32(at: Pointer, count: number): Float32Array<ArrayBuffer> {
    const begin = this.addressOf(at) / 4;
    return this.#engine.heap.f32.subarray(begin, begin + count);
  }

  f64(at: Pointer, count: number): Float64Array<ArrayBuffer> {
    const begin = this.addressOf(at) / 8;
    return this.#engine.heap.f64.subarray(begin, begin + count);
  }

  /** Writes the elements of a constant. */
  constant(at: Pointer, constant: Type & { readonly data: TensorData }): void {
    this.#engine.heap.write(this.addressOf(at), constant);
  }

  /**
   * Says how long each of the instructions that follow will take, roughly: whether dividing it could pay.
   * @param work multiplications and additions, bytes read and written, of all of them
   */
  expect(work: { readonly flops: number; readonly bytes: number; readonly calls: number }): void {
    // of one core: convolutions do 30 to 110 operations a nanosecond; what does few moves 5 to 20 bytes
    const nanoseconds = (work.flops / 50 + work.bytes / 10) / Math.max(work.calls, 1);
    this.#nanoseconds = Math.min(Math.ceil(nanoseconds), MOST_NANOSECONDS);
  }

  /** Adds an instruction: the kernel over `items` items. */
  call<N extends string>(module: KernelModule<N>, kernel: N, params: Pointer, items: number): void {
    const word = this.#next / 4;
    const { i32 } = this.#engine.heap;
    i32[word] = this.#engine.indexOf(module, kernel);
    this.pointer(word + 1, params);
    i32[word + 2] = items;
    i32[word + 3] = this.#nanoseconds;
    this.#next += INSTRUCTION_BYTES;
  }

  /** Runs a kernel now, on staged and held memory. */
  setup<N extends string>(module: KernelModule<N>, kernel: N, params: Pointer, items: number): void {
    this.#engine.kernel(module, kernel)(this.addressOf(params), 0, items);
  }

  /**
   * Clears a held word that a kernel sets to 1 where it meets input that it cannot use.
   * @param message message of the error that a run throws then
   */
  fault(at: Pointer, message: string): void {
    this.i32(at, 1)[0] = 0;
    this.faults.push({ at: this.addressOf(at), message });
  }

  /** Address after the last instruction. */
  get end(): number {
    return this.#next;
  }

  /** Gives the arena its address. */
  placeArena(base: number): void {
    const { i32 } = this.#engine.heap;
    for (const word of this.#arenaWords ?? []) i32[word]! += base;
  }

  /** Writes an address; what packs weights has none in the arena. */
  protected pointer(word: number, pointer: Pointer): void {
    this.#engine.heap.i32[word] = this.addressOf(pointer);
    if (pointer >= ARENA && pointer < STAGED) this.#arenaWords?.push(word);
  }
}
