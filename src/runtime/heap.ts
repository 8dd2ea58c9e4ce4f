import { countOf } from "../check.ts";
import { arrayOf, type DType, elementBytes, type TensorData, type Type } from "../dtype.ts";

/** A piece of linear memory. */
export interface Block {
  readonly offset: number;
  readonly bytes: number;
}

/** Makes a module like the given one that imports a shared memory. */
export type Share = (binary: Uint8Array) => Uint8Array<ArrayBuffer>;

const PAGE = 65536;
const ALIGNMENT = 64;
/** Reach of 32-bit pointers, less a page: the end of a block must be an address too. */
export const ADDRESS_SPACE = 65535 * PAGE;

/** Linear memory as arrays of each kind. */
interface Views {
  readonly f32: Float32Array<ArrayBuffer>;
  readonly i32: Int32Array<ArrayBuffer>;
  readonly f64: Float64Array<ArrayBuffer>;
  readonly u8: Uint8Array<ArrayBuffer>;
}

const viewsOf = (buffer: ArrayBuffer): Views => ({
  f32: new Float32Array(buffer),
  i32: new Int32Array(buffer),
  f64: new Float64Array(buffer),
  u8: new Uint8Array(buffer),
});

/**
 * First-fit allocation in linear memory. Blocks begin on cache lines; address 0 is never allocated, so that it can
 * mean null. Memory grows when no free range is large enough, which makes every earlier view stale: read `f32` and the
 * others again after each allocation.
 */
export class Heap {
  readonly memory: WebAssembly.Memory;
  /** Bytes that linear memory may grow to. */
  limit = ADDRESS_SPACE;
  /** Bytes in blocks. */
  used = 0;
  #free: { begin: number; end: number }[];
  #views: Views;

  /** what modules need to import this memory, if threads share it */
  readonly share: Share | undefined;

  /** @param memory of one page, which nobody else grows */
  constructor(memory = new WebAssembly.Memory({ initial: 1 }), share?: Share) {
    this.memory = memory;
    this.share = share;
    this.#free = [{ begin: ALIGNMENT, end: PAGE }];
    this.#views = viewsOf(this.memory.buffer as ArrayBuffer);
  }

  /** Bytes of linear memory. It never shrinks. */
  get bytes(): number {
    return this.memory.buffer.byteLength;
  }

  get f32(): Float32Array<ArrayBuffer> {
    return this.#fresh().f32;
  }

  get i32(): Int32Array<ArrayBuffer> {
    return this.#fresh().i32;
  }

  get f64(): Float64Array<ArrayBuffer> {
    return this.#fresh().f64;
  }

  get u8(): Uint8Array<ArrayBuffer> {
    return this.#fresh().u8;
  }

  #fresh(): Views {
    if (this.#views.u8.length === 0) this.#views = viewsOf(this.memory.buffer as ArrayBuffer);
    return this.#views;
  }

  /** Elements of a tensor where they lie; stale after the next allocation. */
  view(dtype: DType, at: number, count: number): TensorData {
    return new (arrayOf(dtype))(this.memory.buffer, at, count);
  }

  /** A copy of a tensor's elements. */
  read(dtype: DType, at: number, count: number): TensorData {
    // slice copies without clearing the new array first: two to four times as fast as new Float32Array and set
    if (dtype === "float32") return this.f32.slice(at / 4, at / 4 + count);
    if (elementBytes(dtype) === 1 && dtype !== "int8") return this.u8.slice(at, at + count);
    return this.view(dtype, at, count).slice();
  }

  /**
   * Copies a tensor's elements into linear memory, truth values as 0 and 1.
   * @param tensor whose data is as long as its shape says, of a kind of array that no caller can change: the last check
   *   before memory of others, which the door for tensors has made unnecessary
   * @throws TypeError where it is not; nothing is written then
   */
  write(at: number, { dtype, shape, data }: Type & { readonly data: TensorData }): void {
    if (data.length !== countOf(shape)) throw new TypeError("convwasm: data changed");
    if (data instanceof Float32Array) {
      this.f32.set(data, at / 4);
      return;
    }
    const { u8 } = this;
    u8.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    // here and not before: another thread may write to the array
    if (dtype === "bool") for (let i = at; i < at + data.length; ++i) if (u8[i]! > 1) u8[i] = 1;
  }

  /**
   * For work that allocates in several steps: fails at the beginning, before memory grows, if it cannot suffice.
   * @throws RangeError if the limit leaves fewer bytes
   */
  ensure(where: string, bytes: number): void {
    if (this.used + bytes > this.limit) throw this.#tooLittle(where, bytes, this.#overLimit());
  }

  /**
   * @param where the function that messages name
   * @throws RangeError if the limit or the engine does not allow it; nothing has changed then
   */
  allocate(where: string, bytes: number): Block {
    const size = Math.max(Math.ceil(bytes / ALIGNMENT), 1) * ALIGNMENT;
    // a lowered limit binds free memory that is there already, too
    if (this.used + size > this.limit) throw this.#tooLittle(where, size, this.#overLimit());
    let index = this.#free.findIndex(({ begin, end }) => end - begin >= size);
    if (index < 0) {
      this.#grow(where, size);
      index = this.#free.length - 1;
    }
    const range = this.#free[index]!;
    const offset = range.begin;
    range.begin += size;
    if (range.begin === range.end) this.#free.splice(index, 1);
    this.used += size;
    return { offset, bytes: size };
  }

  free(block: Block): void {
    const begin = block.offset;
    const end = begin + block.bytes;
    let index = this.#free.findIndex((range) => range.begin > begin);
    if (index < 0) index = this.#free.length;
    const before = this.#free[index - 1];
    const after = this.#free[index];
    const joinsBefore = before !== undefined && before.end === begin;
    const joinsAfter = after !== undefined && after.begin === end;
    if (joinsBefore && joinsAfter) {
      before.end = after.end;
      this.#free.splice(index, 1);
    } else if (joinsBefore) before.end = end;
    else if (joinsAfter) after.begin = begin;
    else this.#free.splice(index, 0, { begin, end });
    this.used -= block.bytes;
  }

  /**
   * Allocates for something that is built in several steps: everything is freed if `build` throws.
   *
   * @returns what `build` returns; the caller frees its blocks
   */
  claim<T>(build: (allocate: (where: string, bytes: number) => Block) => T): T {
    const blocks: Block[] = [];
    try {
      return build((where, bytes) => {
        const block = this.allocate(where, bytes);
        blocks.push(block);
        return block;
      });
    } catch (error) {
      for (const block of blocks) this.free(block);
      throw error;
    }
  }

  /** Lends a block to `use`, and frees it afterwards, whatever happens. */
  lend<T>(where: string, bytes: number, use: (block: Block) => T): T {
    const block = this.allocate(where, bytes);
    try {
      return use(block);
    } finally {
      this.free(block);
    }
  }

  /** Makes the last free range at least `size` long. */
  #grow(where: string, size: number): void {
    const held = this.bytes;
    const last = this.#free.at(-1);
    const begin = last?.end === held ? last.begin : held;
    const pages = Math.ceil((begin + size - held) / PAGE);
    const total = held + pages * PAGE;
    if (total > this.limit) throw this.#tooLittle(where, size, this.#overLimit());
    try {
      this.memory.grow(pages);
    } catch (cause) {
      throw this.#tooLittle(where, size, "but the engine does not grow its memory that far", cause);
    }
    // views of a shared memory keep their length
    this.#views = viewsOf(this.memory.buffer as ArrayBuffer);
    if (begin === held) this.#free.push({ begin, end: total });
    else last!.end = total;
  }

  #tooLittle(where: string, bytes: number, why: string, cause?: unknown): RangeError {
    const message = `${where}: needs ${bytes} bytes of linear memory on top of ${this.used} in use, ${why}`;
    return new RangeError(message, { cause });
  }

  #overLimit(): string {
    return `but the limit is ${this.limit} (see configure({ maxMemory }))`;
  }
}
