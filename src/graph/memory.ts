import { countOf } from "../check.ts";
import { type Call, type Network, operandsOf } from "./network.ts";

/** A piece of the arena that is needed from the step `first` to the step `last`. */
export interface Buffer {
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
}

/**
 * Gives places in one arena to buffers, such that those that are needed at the same time do not overlap: the largest
 * first, each where it fits most tightly between the buffers that were placed before (Pisarchyk and Lee, Efficient Memory
 * Management for Deep Neural Net Inference, arXiv 2001.03288).
 *
 * @returns offset of each buffer, and the size of the arena
 */
export function placeBuffers(buffers: readonly Buffer[]): { offsets: readonly number[]; bytes: number } {
  const order = buffers.map((_, index) => index).sort((a, b) => buffers[b]!.bytes - buffers[a]!.bytes || a - b);
  const offsets = new Array<number>(buffers.length).fill(0);
  // by offset
  const placed: number[] = [];
  let bytes = 0;
  for (const index of order) {
    const buffer = buffers[index]!;
    if (buffer.bytes === 0) continue;
    let end = 0;
    let best = -1;
    let slack = Infinity;
    for (const other of placed) {
      const { first, last, bytes } = buffers[other]!;
      if (first > buffer.last || last < buffer.first) continue;
      const gap = offsets[other]! - end;
      if (gap >= buffer.bytes && gap - buffer.bytes < slack) {
        best = end;
        slack = gap - buffer.bytes;
      }
      end = Math.max(end, offsets[other]! + bytes);
    }
    const offset = best < 0 ? end : best;
    offsets[index] = offset;
    bytes = Math.max(bytes, offset + buffer.bytes);
    const at = placed.findIndex((other) => offsets[other]! > offset);
    placed.splice(at < 0 ? placed.length : at, 0, index);
  }
  return { offsets, bytes };
}

/** Where a value lies: in the buffer of a value, at an offset in bytes. */
export interface Storage {
  readonly root: string;
  readonly offset: number;
}

/** Which values share memory. */
export interface Sharing {
  storageOf(value: string): Storage;
  /** calls that compute nothing, since their results are where their arguments are, or the other way round */
  readonly free: ReadonlySet<Call>;
  /** for each call that puts arguments in a row, the bytes where those go that are not written there at once */
  readonly joins: ReadonlyMap<Call, readonly { readonly value: string; readonly offset: number }[]>;
}

/**
 * Finds the values that need no memory of their own: views, parts of a tensor, tensors that are put in a row (each is
 * written where it will lie), and results that may take the place of an argument which nobody reads any more.
 */
export function shareMemory(network: Network): Sharing {
  const parents = new Map<string, Storage>();
  const storageOf = (value: string): Storage => {
    let [root, offset] = [value, 0];
    const path: [string, number][] = [];
    for (let parent = parents.get(root); parent !== undefined; parent = parents.get(root)) {
      path.push([root, offset]);
      offset += parent.offset;
      root = parent.root;
    }
    // chains may be as long as the network: the next search takes one step
    for (const [each, before] of path) parents.set(each, { root, offset: offset - before });
    return { root, offset };
  };
  const bytesOf = (value: string) => countOf(network.shapes.get(value)!) * 4;
  const free = new Set<Call>();
  const joins = new Map<Call, { value: string; offset: number }[]>();
  const fixed = new Set(network.inputs);

  for (const call of network.calls) {
    const { operator, inputs, outputs, attributes } = call;
    const operands = operandsOf(network, call);
    const parts = operator.prepare === null ? [0] : operator.parts?.(operands, attributes);
    if (parts !== undefined && !network.constants.has(inputs[0]!)) {
      for (const [index, output] of outputs.entries()) {
        if (output !== "") parents.set(output, { root: inputs[0]!, offset: parts[index]! * 4 });
      }
      free.add(call);
    }
  }
  for (const call of network.calls) {
    const { operator, inputs, outputs, attributes } = call;
    const places = operator.whole?.(operandsOf(network, call), attributes);
    if (places === undefined) continue;
    const rest: { value: string; offset: number }[] = [];
    for (const [index, value] of inputs.entries()) {
      const offset = places[index]! * 4;
      const { root } = storageOf(value);
      const whole = !network.constants.has(value) && bytesOf(root) === bytesOf(value);
      // a tensor lies in one place only, and a whole never within itself
      if (whole && !fixed.has(root) && root !== storageOf(outputs[0]!).root) {
        parents.set(root, { root: outputs[0]!, offset });
      } else rest.push({ value, offset });
    }
    joins.set(call, rest);
    if (rest.length === 0) free.add(call);
  }
  replaceArguments(network, storageOf, parents, free);
  return { storageOf, free, joins };
}

/** Lets results take the place of arguments that are read for the last time. */
function replaceArguments(
  network: Network,
  storageOf: (value: string) => Storage,
  parents: Map<string, Storage>,
  free: ReadonlySet<Call>,
): void {
  const last = new Map<string, number>();
  const read = (value: string, index: number) => {
    if (network.shapes.has(value)) last.set(storageOf(value).root, index);
  };
  for (const [index, { inputs }] of network.calls.entries()) for (const value of inputs) read(value, index);
  for (const value of network.outputs.values()) read(value, network.calls.length);
  for (const [index, call] of network.calls.entries()) {
    const [output] = call.outputs as [string];
    if (free.has(call) || call.operator.inPlace === undefined || storageOf(output).root !== output) continue;
    const size = countOf(network.shapes.get(output)!);
    for (const argument of call.operator.inPlace) {
      const value = call.inputs[argument] ?? "";
      if (!network.shapes.has(value) || countOf(network.shapes.get(value)!) !== size) continue;
      const { root } = storageOf(value);
      if (last.get(root) !== index || countOf(network.shapes.get(root)!) !== size) continue;
      // another argument in the same place would be overwritten while it is read
      if (
        call.inputs.some((other, i) => i !== argument && network.shapes.has(other) && storageOf(other).root === root)
      ) {
        continue;
      }
      const end = last.get(output) ?? index;
      parents.set(output, { root, offset: 0 });
      last.set(root, end);
      break;
    }
  }
}
