/** A piece of linear memory. */
export interface Block {
  readonly offset: number;
  readonly bytes: number;
}

const PAGE = 65536;
const ALIGNMENT = 64;
/** Most that 32-bit pointers reach, less a page: the end of a block must be an address too. */
export const ADDRESS_SPACE = 65535 * PAGE;

/**
 * First-fit allocation in linear memory. Blocks begin on cache lines; address 0 is never given, so a null pointer
 * stays one. Memory grows when nothing free is large enough, which makes every earlier view stale: read `f32` and
 * `i32` anew after each allocation.
 */
export class Heap {
  readonly memory: WebAssembly.Memory;
  /** Bytes that linear memory may grow to. */
  limit = ADDRESS_SPACE;
  /** Bytes in blocks. */
  used = 0;
  #free: { begin: number; end: number }[];
  #f32: Float32Array<ArrayBuffer>;
  #i32: Int32Array<ArrayBuffer>;

  constructor() {
    this.memory = new WebAssembly.Memory({ initial: 1 });
    this.#free = [{ begin: ALIGNMENT, end: PAGE }];
    this.#f32 = new Float32Array(this.memory.buffer as ArrayBuffer);
    this.#i32 = new Int32Array(this.memory.buffer as ArrayBuffer);
  }

  /** Bytes of linear memory. It never shrinks. */
  get bytes(): number {
    return this.memory.buffer.byteLength;
  }

  get f32(): Float32Array<ArrayBuffer> {
    if (this.#f32.length === 0) this.#f32 = new Float32Array(this.memory.buffer as ArrayBuffer);
    return this.#f32;
  }

  get i32(): Int32Array<ArrayBuffer> {
    if (this.#i32.length === 0) this.#i32 = new Int32Array(this.memory.buffer as ArrayBuffer);
    return this.#i32;
  }

  /**
   * For work that allocates in several steps: finds out at the beginning that memory cannot suffice, before it grows.
   * @throws RangeError where so many bytes are more than the limit leaves
   */
  ensure(where: string, bytes: number): void {
    if (this.used + bytes > this.limit) throw this.#tooLittle(where, bytes, this.#overLimit());
  }

  /**
   * @param where the function that a message names
   * @throws RangeError where the limit, or the engine, does not allow it; nothing has changed then
   */
  allocate(where: string, bytes: number): Block {
    const size = Math.max(Math.ceil(bytes / ALIGNMENT), 1) * ALIGNMENT;
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
