import { byteLength, elementBytes } from "../dtype.ts";
import { wholeLines } from "../runtime/layout.ts";
import { bytesOf, type Call, type Network, operandOf, readsOf, resultsOf } from "./network.ts";

/** A piece of the arena that is needed from the step `first` to the step `last`. */
export interface Buffer {
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
}

/** Pairs of buffers that are needed at the same time up to which all of them are looked at: about a quarter of a second. */
const MOST_PAIRS = 2 ** 22;

/**
 * Places buffers in one arena so that those needed at the same time do not overlap: the largest
 * first, each where it fits most tightly between the buffers that were placed before (Pisarchyk and Lee, Efficient Memory
 * Management for Deep Neural Net Inference, arXiv 2001.03288). Where very many are needed at once, in the order of time
 * instead, in O(n log n) and up to an eighth larger.
 *
 * @returns offset of each buffer, and the size of the arena
 */
export function placeBuffers(buffers: readonly Buffer[]): { offsets: readonly number[]; bytes: number } {
  const filled = buffers.map((_, index) => index).filter((index) => buffers[index]!.bytes > 0);
  const firstStep = filled.reduce((least, index) => Math.min(least, buffers[index]!.first), 0);
  const steps = filled.reduce((most, index) => Math.max(most, buffers[index]!.last), 0) - firstStep + 1;
  if (pairsOf(buffers, filled, firstStep, steps) > MOST_PAIRS) return placeInTime(buffers, filled);
  const order = filled.sort((a, b) => buffers[b]!.bytes - buffers[a]!.bytes || a - b);
  const offsets = new Array<number>(buffers.length).fill(0);
  const placed = new Placed(steps);
  let bytes = 0;
  for (const index of order) {
    const buffer = buffers[index]!;
    const [first, last] = [buffer.first - firstStep, buffer.last - firstStep];
    const others = placed.during(first, last).sort((a, b) => offsets[a]! - offsets[b]!);
    let end = 0;
    let best = -1;
    let slack = Infinity;
    for (const other of others) {
      const gap = offsets[other]! - end;
      if (gap >= buffer.bytes && gap - buffer.bytes < slack) {
        best = end;
        slack = gap - buffer.bytes;
      }
      end = Math.max(end, offsets[other]! + buffers[other]!.bytes);
    }
    const offset = best < 0 ? end : best;
    offsets[index] = offset;
    bytes = Math.max(bytes, offset + buffer.bytes);
    placed.add(index, first, last);
  }
  return { offsets, bytes };
}

/** How many pairs are needed at the same time: all but those of which one ends before the other begins. */
function pairsOf(buffers: readonly Buffer[], filled: readonly number[], firstStep: number, steps: number): number {
  const ended = new Float64Array(steps + 1);
  for (const index of filled) ended[buffers[index]!.last - firstStep + 1]! += 1;
  for (let step = 1; step <= steps; ++step) ended[step]! += ended[step - 1]!;
  let pairs = (filled.length * (filled.length - 1)) / 2;
  for (const index of filled) pairs -= ended[buffers[index]!.first - firstStep]!;
  return pairs;
}

/** Buffers that have their place, found by time. */
class Placed {
  readonly #leaves: number;
  /** by first step */
  readonly #beginning: number[][];
  /** a binary tree over the steps: a buffer is in the nodes that together are its time */
  readonly #tree: number[][];

  constructor(steps: number) {
    this.#leaves = 2 ** Math.ceil(Math.log2(Math.max(steps, 1)));
    this.#beginning = Array.from({ length: steps }, () => []);
    this.#tree = Array.from({ length: 2 * this.#leaves }, () => []);
  }

  add(index: number, first: number, last: number): void {
    this.#beginning[first]!.push(index);
    for (let l = first + this.#leaves, r = last + this.#leaves + 1; l < r; l >>= 1, r >>= 1) {
      if (l & 1) this.#tree[l++]!.push(index);
      if (r & 1) this.#tree[--r]!.push(index);
    }
  }

  /** Those needed at the first step, and those that begin later, up to the last. */
  during(first: number, last: number): number[] {
    const found: number[] = [];
    for (let node = first + this.#leaves; node > 0; node >>= 1)
      for (const index of this.#tree[node]!) found.push(index);
    for (let step = first + 1; step <= last; ++step) for (const index of this.#beginning[step]!) found.push(index);
    return found;
  }
}

/**
 * Buffers in the order of their first steps; what has been needed for the last time is taken again by the next buffer of about
 * the same size.
 */
function placeInTime(
  buffers: readonly Buffer[],
  filled: readonly number[],
): { offsets: readonly number[]; bytes: number } {
  const offsets = new Array<number>(buffers.length).fill(0);
  const free = new Map<number, number[]>();
  const byFirst = filled.toSorted((a, b) => buffers[a]!.first - buffers[b]!.first || a - b);
  const byLast = filled.toSorted((a, b) => buffers[a]!.last - buffers[b]!.last || a - b);
  let bytes = 0;
  let ended = 0;
  for (const index of byFirst) {
    for (; buffers[byLast[ended]!]!.last < buffers[index]!.first; ++ended) {
      const size = roundedSize(buffers[byLast[ended]!]!.bytes);
      const list = free.get(size) ?? [];
      list.push(offsets[byLast[ended]!]!);
      free.set(size, list);
    }
    const size = roundedSize(buffers[index]!.bytes);
    const again = free.get(size)?.pop();
    offsets[index] = again ?? bytes;
    if (again === undefined) bytes += size;
  }
  return { offsets, bytes };
}

/** Whole cache lines, with at most four significant bits: up to an eighth more. */
function roundedSize(bytes: number): number {
  const unit = Math.max(2 ** (Math.floor(Math.log2(bytes)) - 3), 64);
  return Math.ceil(bytes / unit) * unit;
}

/** Where a value lies: in the buffer of a value, at an offset in bytes. */
export interface Storage {
  readonly root: string;
  readonly offset: number;
}

/** An argument of a concatenation that has to be copied: which, how much, and where in the result. */
export interface Joined {
  readonly index: number;
  readonly offset: number;
  readonly bytes: number;
}

/** Which values share memory. */
export interface Sharing {
  storageOf(value: string): Storage;
  /** calls that compute nothing, since results and arguments are in the same place */
  readonly free: ReadonlySet<Call>;
  /** for each call that joins its arguments, those that are not written to their place directly */
  readonly joins: ReadonlyMap<Call, readonly Joined[]>;
}

/**
 * Finds the values that need no memory of their own: views, parts of a tensor, tensors that are joined (each is
 * written to its place in the whole), and results that may overwrite an argument that is not read any more.
 * @param share false for views and parts alone: nothing else lies in a place with another value then
 */
export function shareMemory(network: Network, share: boolean): Sharing {
  const parents = new Map<string, Storage>();
  const storageOf = (value: string): Storage => {
    let [root, offset] = [value, 0];
    const path: [string, number][] = [];
    for (let parent = parents.get(root); parent !== undefined; parent = parents.get(root)) {
      path.push([root, offset]);
      offset += parent.offset;
      root = parent.root;
    }
    // chains may be as long as the network: the next search then takes one step
    for (const [each, before] of path) parents.set(each, { root, offset: offset - before });
    return { root, offset };
  };
  const free = new Set<Call>();
  const joins = new Map<Call, Joined[]>();
  const fixed = new Set(network.inputs);

  for (const call of network.calls) {
    const { inputs, outputs, planned } = call;
    if (planned.parts === undefined || network.constants.has(inputs[0]!)) continue;
    const size = elementBytes(planned.types[0]!.dtype);
    for (const [index, output] of outputs.entries()) {
      if (output !== "") parents.set(output, { root: inputs[0]!, offset: planned.parts[index]! * size });
    }
    free.add(call);
  }
  for (const call of network.calls) {
    const { inputs, outputs, planned } = call;
    if (planned.whole === undefined) continue;
    const size = elementBytes(planned.types[0]!.dtype);
    const rest: Joined[] = [];
    for (const [index, value] of inputs.entries()) {
      const offset = planned.whole[index]! * size;
      const { root } = storageOf(value);
      const isWhole = !network.constants.has(value) && bytesOf(network, root) === bytesOf(network, value);
      // a tensor has only one place, and a whole is never within itself
      if (share && isWhole && !fixed.has(root) && root !== storageOf(outputs[0]!).root) {
        parents.set(root, { root: outputs[0]!, offset });
      } else rest.push({ index, offset, bytes: bytesOf(network, value) });
    }
    joins.set(call, rest);
    if (rest.length === 0) free.add(call);
  }
  if (share) replaceArguments(network, storageOf, parents, free);
  return { storageOf, free, joins };
}

/** Lets results overwrite arguments that are read for the last time. */
function replaceArguments(
  network: Network,
  storageOf: (value: string) => Storage,
  parents: Map<string, Storage>,
  free: ReadonlySet<Call>,
): void {
  const last = new Map<string, number>();
  const read = (value: string, index: number) => {
    if (network.types.has(value)) last.set(storageOf(value).root, index);
  };
  for (const [index, call] of network.calls.entries()) for (const value of readsOf(call)) read(value, index);
  for (const value of resultsOf(network)) read(value, network.calls.length);
  for (const [index, call] of network.calls.entries()) {
    const [output] = call.outputs as [string];
    const type = call.planned.types[0]!;
    if (free.has(call) || call.operator.inPlace === undefined || storageOf(output).root !== output) continue;
    for (const argument of call.operator.inPlace) {
      const value = call.inputs[argument] ?? "";
      const { dtype, shape } = network.types.get(value) ?? {};
      if (shape === undefined || dtype !== type.dtype || byteLength({ dtype, shape }) !== byteLength(type)) continue;
      const { root } = storageOf(value);
      if (last.get(root) !== index || bytesOf(network, root) !== byteLength(type)) continue;
      // another argument in the same place would be overwritten while it is read
      const isShared = (other: string, i: number) =>
        i !== argument && network.types.has(other) && storageOf(other).root === root;
      if (readsOf(call).some(isShared)) continue;
      const end = last.get(output) ?? index;
      parents.set(output, { root, offset: 0 });
      last.set(root, end);
      break;
    }
  }
}

/**
 * Every tensor that needs memory of its own, by its root, from the step that writes it to the last that reads it, or, without
 * `share`, to the end.
 */
export function lifetimesOf(network: Network, { storageOf }: Sharing, share: boolean): ReadonlyMap<string, Buffer> {
  const spans = new Map<string, { first: number; last: number }>();
  const touch = (value: string, index: number) => {
    if (!network.types.has(value)) return;
    const { root } = storageOf(value);
    const span = spans.get(root);
    if (span === undefined) spans.set(root, { first: index, last: index });
    else {
      span.first = Math.min(span.first, index);
      span.last = Math.max(span.last, index);
    }
  };
  for (const value of network.inputs) touch(value, -1);
  for (const [index, call] of network.calls.entries())
    for (const value of [...readsOf(call), ...call.outputs]) touch(value, index);
  for (const value of resultsOf(network)) touch(value, network.calls.length);
  if (!share) for (const span of spans.values()) span.last = network.calls.length;
  // every tensor begins on a cache line
  const bytes = (root: string) => wholeLines(byteLength(operandOf(network, root)!));
  return new Map([...spans].map(([root, span]) => [root, { bytes: bytes(root), ...span }]));
}

/** The largest sum of buffers that are needed at one time, over all steps. */
export function mostAlive(buffers: Iterable<Buffer>, steps: number): number {
  const changes = new Float64Array(steps + 3);
  for (const { bytes, first, last } of buffers) {
    changes[first + 1]! += bytes;
    changes[last + 2]! -= bytes;
  }
  let alive = 0;
  let sum = 0;
  for (const change of changes) {
    sum += change;
    alive = Math.max(alive, sum);
  }
  return alive;
}
