/** The kernels without the runtime around them. */
import { GEMM_MR, GEMM_NR } from "../../assembly/blocking.ts";
import { Engine } from "../../src/runtime/engine.ts";
import { NAMES } from "../../src/runtime/generated/kernels.ts";
import { Heap } from "../../src/runtime/heap.ts";
import type { Microkernel } from "../../src/runtime/host.ts";
import type { Build } from "../../src/runtime/runtime.ts";

/** The build that this run of the suite is for. */
export const BUILD = process.env.CONVWASM_BUILD as Build;

/** An engine has one of them; each must serve, whether or not it is fast. */
export const MICROKERNELS = ["gemm6x8", "gemm6x8paired", "gemm6x16"] as const satisfies readonly Microkernel[];

/** Columns of a micro-kernel's tile. */
export const columnsOf = (microkernel: Microkernel) => (microkernel === "gemm6x16" ? 2 * GEMM_NR : GEMM_NR);

/** Lets a micro-kernel multiply; rows of b and of c are equally far apart, and `zeros` is where six of them lie. */
export function multiplyBy(
  { exports }: Engine,
  microkernel: Microkernel,
  depth: number,
  a: number,
  b: number,
  rowBytes: number,
  c: number,
  first: number,
  zeros: number,
): void {
  if (microkernel === "gemm6x16") {
    const columns = first ? a + GEMM_MR * 4 : a;
    exports.gemm6x16(depth, first ? a : zeros, columns, b, GEMM_NR * 4, rowBytes, c, rowBytes, first);
  } else exports[microkernel](depth, a, b, rowBytes, c, rowBytes, first);
}

/** Names of the kernels that compute or pack for convolutions; those of gradients have tests of their own. */
export function convolutionKernels(): string[] {
  return NAMES.filter((name) => /^(conv|pack)/.test(name) && !name.endsWith("Gradient")).sort();
}

const PAGE = 65536;
/** A signalling NaN: read as a number it poisons the sum, read as an index it points outside the memory. */
export const GUARD = 0x7fa5a5a5;
/** Guard bytes before and after each region, at least. */
const GUARD_BYTES = 256;

export interface Region {
  readonly name: string;
  readonly bytes: number;
  /** what its place must be a multiple of */
  readonly alignment: number;
}

export type Places = Readonly<Record<string, number>>;

/** Linear memory of its own, all of it guard but for the regions that lie in it. */
export class Arena {
  readonly heap = new Heap();
  readonly engine: Engine;
  #regions: { name: string; begin: number; end: number }[] = [];
  readonly #guards: Uint8Array;

  constructor(build: Build, pages: number, microkernel: Microkernel) {
    this.heap.allocate("Arena", pages * PAGE - 64);
    this.engine = new Engine(build, this.heap, microkernel);
    this.#guards = new Uint8Array(new Int32Array(this.heap.bytes / 4).fill(GUARD).buffer);
  }

  /** Pages that hold these regions and their guards. */
  static pagesFor(regions: readonly Region[]): number {
    const bytes = regions.reduce(
      (sum, region) => sum + region.bytes + region.alignment + 64 + GUARD_BYTES,
      GUARD_BYTES,
    );
    return Math.ceil(bytes / PAGE) + 1;
  }

  /**
   * Fills the memory with guards and places the regions apart. `last` ends where the memory ends, so that a read past
   * it traps; the others begin `shift` bytes after a cache line, as far as their alignment allows.
   */
  place(regions: readonly Region[], last: string, shift: number): Places {
    this.heap.i32.fill(GUARD);
    this.#regions = [];
    let at = 64;
    for (const { name, bytes, alignment } of regions) {
      if (bytes % 4 !== 0) throw new Error(`region ${name} has ${bytes} bytes, not whole numbers`);
      const free = Math.ceil((at + GUARD_BYTES) / 64) * 64 + shift - (shift % alignment);
      const begin = name === last ? alignDown(this.heap.bytes - bytes, alignment) : free;
      if (name !== last) at = begin + bytes;
      this.#regions.push({ name, begin, end: begin + bytes });
    }
    this.#regions.sort((a, b) => a.begin - b.begin);
    return Object.fromEntries(this.#regions.map(({ name, begin }) => [name, begin]));
  }

  /** Numbers of a region, as they are now. */
  words(name: string): Int32Array<ArrayBuffer> {
    const { begin, end } = this.#regions.find((region) => region.name === name)!;
    return this.heap.i32.slice(begin / 4, end / 4);
  }

  /** Makes a region guard again: who reads it now reads NaN. */
  poison(name: string): void {
    const { begin, end } = this.#regions.find((region) => region.name === name)!;
    this.heap.i32.fill(GUARD, begin / 4, end / 4);
  }

  /** The first write outside the regions, in words; undefined if there is none. */
  damage(): string | undefined {
    const bytes = new Uint8Array(this.heap.memory.buffer);
    let at = 0;
    for (const { name, begin, end } of [...this.#regions, { name: "the end", begin: this.heap.bytes, end: 0 }]) {
      // compared at once: looking at every word of every gap would be most of the time of the tests
      if (Buffer.compare(bytes.subarray(at, begin), this.#guards.subarray(at, begin)) !== 0) {
        const word = this.heap.i32.findIndex((value, i) => i * 4 >= at && value !== GUARD);
        const before = this.#regions.findLast((region) => region.end <= word * 4);
        const after = before === undefined ? "" : `${word * 4 - before.end} bytes after the end of ${before.name}, `;
        return `written at byte ${word * 4}: ${after}${begin - word * 4} bytes before ${name}`;
      }
      at = end;
    }
    return undefined;
  }
}

const alignDown = (offset: number, alignment: number) => offset - (offset % alignment);

/** Numbers from 0 to below 1 by a seed: mulberry32 (Tommy Ettinger). */
export function numbersFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** [0, items) cut at random into up to five ranges, in random order. */
export function rangesOf(items: number, seed: number): (readonly [begin: number, end: number])[] {
  const random = numbersFrom(seed);
  const cuts = Array.from({ length: 4 }, () => Math.floor(random() * (items + 1))).sort((a, b) => a - b);
  const ends = [...cuts, items];
  const ranges = ends.map((end, i) => [ends[i - 1] ?? 0, end] as const).filter(([begin, end]) => begin < end);
  return ranges
    .map((range) => ({ range, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ range }) => range);
}
