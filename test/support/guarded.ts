/** Operators among guards: whatever they allocate, and their tensors, lie in memory that is guard all around. */
import { countOf } from "../../src/check.ts";
import type { Operator } from "../../src/operators/operator.ts";
import { type Block, Heap } from "../../src/runtime/heap.ts";
import { load } from "../../src/runtime/loader.ts";
import { BUILD, binaryOf, GUARD } from "./kernels.ts";
import type { Values } from "./reference.ts";

const GUARD_BYTES = 256;
const PAGE = 65536;

interface Region {
  readonly name: string;
  readonly begin: number;
  readonly end: number;
  /** what it must still hold after the run; absent where the run may write */
  kept?: Int32Array;
}

/** All guard but for its blocks, which have guards on both sides. */
class GuardedHeap extends Heap {
  /** those of the step that is under test */
  blocks: Region[] = [];

  override allocate(where: string, bytes: number): Block {
    const { offset, bytes: size } = super.allocate(where, bytes + 2 * GUARD_BYTES);
    const begin = offset + GUARD_BYTES;
    this.blocks.push({ name: `block ${this.blocks.length}`, begin, end: begin + bytes });
    return { offset: begin, bytes: size };
  }

  override free({ offset, bytes }: Block): void {
    super.free({ offset: offset - GUARD_BYTES, bytes });
  }

  /** Forgets what was there, and adds this many bytes after all that could be allocated before. */
  renew(bytes: number): void {
    this.blocks = [];
    if (this.bytes < bytes) this.memory.grow(Math.ceil((bytes - this.bytes) / PAGE));
    this.i32.fill(GUARD);
    if (guards.length < this.i32.length) guards = this.i32.slice();
  }
}

let guards = new Int32Array(0);

// one for all: instantiating costs more than most cases
const heap = new GuardedHeap();
const kernels = load(binaryOf(BUILD), heap.memory, "gemm6x8");

/**
 * Runs an operator twice among guards, on float32 operands of which none is a parameter.
 *
 * @param turn another number puts another tensor at the end of memory, and all at another distance from a cache line
 * @throws Error for a write outside the step's own memory, or to what it may only read, for results that are not written or
 *   differ when run again
 */
export function runGuarded<A extends object>(
  operator: Operator<A>,
  operands: readonly Values[],
  attributes: A,
  turn: number,
): { readonly data: Float32Array; readonly shape: readonly number[] }[] {
  const shapes = operator.infer("test", operands as readonly { shape: readonly number[] }[], attributes);
  const bytes = [...operands.map(({ shape }) => shape), ...shapes].reduce((sum, shape) => sum + countOf(shape) * 4, 0);
  heap.renew(4 * bytes + 4 * PAGE);
  const bare = operands.map(({ shape }) => ({ shape }));
  const step = operator.prepare!("test", { build: BUILD, heap, kernels }, bare, attributes);

  const wanted = [
    ...operands.map(({ shape }, i) => ({ name: `input ${i}`, bytes: countOf(shape) * 4 })),
    ...shapes.map((shape, i) => ({ name: `output ${i}`, bytes: countOf(shape) * 4 })),
    { name: "workspace", bytes: step.workspaceBytes },
  ];
  const last = turn % wanted.length;
  let free = Math.max(...heap.blocks.map(({ end }) => end), 0) + GUARD_BYTES;
  const regions = wanted.map(({ name, bytes }, i): Region => {
    if (i === last) return { name, begin: heap.bytes - bytes, end: heap.bytes };
    const begin = Math.ceil((free + GUARD_BYTES) / 64) * 64 + (turn % 16) * 4;
    free = begin + bytes;
    return { name, begin, end: free };
  });
  if (free + GUARD_BYTES > regions[last]!.begin) throw new Error("no room for the tensors");
  const [inputs, outputs] = [regions.slice(0, operands.length), regions.slice(operands.length, -1)];
  for (const [i, { begin }] of inputs.entries()) heap.f32.set(operands[i]!.data, begin / 4);
  step.bind({
    inputs: inputs.map(({ begin }) => begin),
    outputs: outputs.map(({ begin }) => begin),
    workspace: regions.at(-1)!.begin,
  });
  const wordsOf = ({ begin, end }: Region) => heap.i32.slice(begin / 4, end / 4);
  for (const region of [...inputs, ...heap.blocks]) region.kept = wordsOf(region);

  const results: Int32Array[][] = [];
  for (let run = 0; run < 2; ++run) {
    for (const { begin, end } of outputs) heap.i32.fill(GUARD, begin / 4, end / 4);
    step.run();
    const fault = damage(heap.i32, [...regions, ...heap.blocks]);
    if (fault !== undefined) throw new Error(fault);
    const words = outputs.map(wordsOf);
    for (const [i, output] of words.entries()) {
      const unwritten = output.indexOf(GUARD);
      if (unwritten >= 0) throw new Error(`output ${i} is not written at ${unwritten}`);
    }
    results.push(words);
  }
  for (const block of step.blocks) heap.free(block);
  const [first, second] = results;
  if (first!.some((words, i) => !same(words, second![i]!))) throw new Error("results differ when run again");
  return first!.map((words, i) => ({ data: new Float32Array(words.buffer), shape: shapes[i]! }));
}

const same = (a: Int32Array, b: Int32Array) => Buffer.compare(bytesOf(a), bytesOf(b)) === 0;
const bytesOf = (words: Int32Array) => new Uint8Array(words.buffer, words.byteOffset, words.byteLength);

const endOf = (words: Int32Array): Region => ({ name: "the end", begin: words.length * 4, end: words.length * 4 });

/** The first word that has changed though it may not, in words. */
function damage(words: Int32Array, regions: readonly Region[]): string | undefined {
  const sorted: readonly Region[] = regions.toSorted((a, b) => a.begin - b.begin);
  let at = 0;
  for (const region of [...sorted, endOf(words)]) {
    const gap = words.subarray(at / 4, region.begin / 4);
    // compared at once: looking at every word would be most of the time of the tests
    if (!same(gap, guards.subarray(0, gap.length))) {
      const word = gap.findIndex((value) => value !== GUARD);
      return `written ${(gap.length - word) * 4} bytes before ${region.name}`;
    }
    const { kept } = region;
    if (kept !== undefined && !same(words.subarray(region.begin / 4, region.end / 4), kept)) {
      return `${region.name} has changed`;
    }
    at = region.end;
  }
  return undefined;
}
