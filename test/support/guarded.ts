/** Operators among guards: what they hold, and their tensors, lie in memory that is guard all around. */
import { countOf } from "../../src/check.ts";
import { arrayOf, byteLength, type DType, elementBytes, type TensorData, type Type } from "../../src/dtype.ts";
import type { Epilogue } from "../../src/planning/epilogue.ts";
import { type Operator, planCall } from "../../src/planning/operator.ts";
import type { Planned } from "../../src/planning/planned.ts";
import { Engine } from "../../src/runtime/engine.ts";
import type { Build } from "../../src/runtime/features.ts";
import { Heap } from "../../src/runtime/heap.ts";
import { MODULES } from "../../src/runtime/modules/all.ts";
import { ARENA, HELD, INSTRUCTION_BYTES, ProgramWriter, STAGED } from "../../src/runtime/program.ts";
import type { Values } from "./reference.ts";

const GUARD_BYTES = 256;
const PAGE = 65536;
/** A signalling NaN: read as a number it poisons the sum, read as an index it points outside the memory. */
const GUARD = 0x7fa5a5a5;

/** An argument; float32 unless it says otherwise. */
export interface Argument extends Values {
  readonly dtype?: DType;
  /** 'constant': the plan knows its elements; 'computed': it does not, even if they are weights. Default: of weights alone */
  readonly known?: "constant" | "computed";
}

/** A result. */
export interface GuardedResult extends Type {
  readonly data: TensorData;
}

interface Region {
  readonly name: string;
  readonly begin: number;
  readonly end: number;
  /** what it must still hold after the run; absent where the run may write */
  kept?: Uint8Array;
}

// one for all: instantiating costs more than most cases
const heap = new Heap();
const engine = new Engine(process.env.CONVWASM_BUILD as Build, heap, "gemm6x8");
let guards = new Uint8Array(0);

/** Names of the kernels that have run among guards. */
export const reached = new Set<string>();

const kernelOf: Engine["kernel"] = engine.kernel.bind(engine);
engine.kernel = (module, name) => {
  reached.add(name);
  return kernelOf(module, name);
};

/** All of linear memory as guards, of which there are at least so many bytes. */
function renew(bytes: number): void {
  if (heap.bytes < bytes) heap.memory.grow(Math.ceil((bytes - heap.bytes) / PAGE));
  heap.i32.fill(GUARD);
  if (guards.length < heap.bytes) guards = heap.u8.slice();
}

/**
 * Runs an operator among guards: twice, then with the items of each instruction
 * divided at random and in any order, then so with another workspace, then in the place of each argument that allows it.
 *
 * @param operands null for what is not given
 * @param activation what is applied to the results
 * @param computed whether weights are computed while running, not constant
 * @param turn another number puts another tensor at the end of memory, and all at another distance from a cache line
 * @throws Error for a write outside the call's own memory, or to what it may only read, and for results that differ in any
 *   bit from those of the first run
 */
export function runGuarded<A extends object>(
  operator: Operator<A>,
  operands: readonly (Argument | null)[],
  attributes: A,
  turn: number,
  activation?: Epilogue,
  computed = false,
): readonly GuardedResult[] {
  const isComputed = (index: number) => computed || operands[index]?.known === "computed";
  const parameters = (operator.parameters ?? []).filter((index) => !isComputed(index));
  const isKnown = (index: number) => parameters.includes(index) || operands[index]?.known === "constant";
  const types = operands.map((each): Type | null => each && { dtype: each.dtype ?? "float32", shape: each.shape });
  const arrays = operands.map((each, i) => each && arrayFrom(types[i]!.dtype, each.data));
  const known = types.map((type, i) => type && (isKnown(i) ? { ...type, data: arrays[i]! } : type));
  const planned = planCall("test", operator, known, attributes, "many");
  if (planned.constants !== undefined) return planned.constants;
  if (planned.parts !== undefined) {
    return planned.types.map((type, i) => {
      const first = planned.parts![i]!;
      return { ...type, data: arrays[0]!.slice(first, first + countOf(type.shape)) };
    });
  }
  const runs = [run, run, runDivided, runInOwn];
  const call = { planned, types, operands: arrays, parameters, activation };
  const results = runs.map((each, i) => runAt(call, turn, each, undefined, i));
  for (const index of operator.inPlace ?? []) {
    const [{ dtype, shape }] = planned.types as [Type];
    if (types[index]?.dtype !== dtype || `${types[index].shape}` !== `${shape}`) continue;
    results.push(runAt(call, turn, run, index, 0));
  }
  const [first] = results as [readonly Uint8Array[]];
  const what = ["", "when run again", "with the items divided", "in a thread's own workspace", "in place"];
  for (const [i, other] of results.entries()) {
    if (other.some((bytes, k) => !same(bytes, first[k]!))) throw new Error(`results differ ${what[Math.min(i, 4)]}`);
  }
  return planned.types.map((type, i) => ({ ...type, data: arrayFrom(type.dtype, first[i]!.buffer as ArrayBuffer) }));
}

/** Elements as an array of the dtype. */
function arrayFrom(dtype: DType, data: ArrayLike<number> | ArrayBuffer): TensorData {
  if (data instanceof ArrayBuffer) return new (arrayOf(dtype))(data, 0, data.byteLength / elementBytes(dtype));
  if (ArrayBuffer.isView(data) && data.constructor === arrayOf(dtype)) return data as unknown as TensorData;
  return (arrayOf(dtype) as unknown as Float32ArrayConstructor).from(data) as TensorData;
}

/** @param own another workspace than that of the parameters */
type Run = (program: number, calls: number, turn: number, own: number) => void;

const run: Run = (program, calls) => engine.exports.run(program, 0, calls);

/** As a thread that helps does. */
const runInOwn: Run = (program, calls, turn, own) => {
  engine.exports.ownWorkspace.value = own;
  runDivided(program, calls, turn, own);
  engine.exports.ownWorkspace.value = 0;
};

/** Each instruction's items in ranges that are cut at random, the last first. */
const runDivided: Run = (program, calls, turn) => {
  let state = turn + 1;
  const random = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  for (let call = 0; call < calls; ++call) {
    const at = (program + call * INSTRUCTION_BYTES) / 4;
    const [index, params, items] = heap.i32.subarray(at) as unknown as [number, number, number];
    const module = MODULES.findLast(({ base }) => base <= index)!;
    const kernel = engine.kernel(module, module.kernels[index - module.base]!);
    const cuts = new Set([0, items, random(items + 1), random(items + 1), random(items + 1)]);
    const sorted = [...cuts].sort((a, b) => a - b);
    const ranges = sorted.slice(1).map((end, i) => [sorted[i]!, end] as const);
    for (const [begin, end] of random(2) === 0 ? ranges.reverse() : ranges) kernel(params, begin, end);
  }
};

interface GuardedCall {
  readonly planned: Planned;
  readonly types: readonly (Type | null)[];
  readonly operands: readonly (TensorData | null)[];
  /** indices of operands that the preparation reads */
  readonly parameters: readonly number[];
  readonly activation: Epilogue | undefined;
}

/**
 * @param together index of the argument in whose place the result is written
 * @param pattern results are filled with another pattern for another number, so that what is not written differs
 * @returns the bytes of each result
 */
function runAt(
  { planned, types, operands, parameters, activation }: GuardedCall,
  turn: number,
  execute: Run,
  together: number | undefined,
  pattern: number,
): readonly Uint8Array[] {
  const own = { held: planned.heldBytes + planned.calls * INSTRUCTION_BYTES, staged: planned.stagedBytes };
  const wanted = [
    ...types.map((type, i) => ({
      name: `input ${i}`,
      bytes: type === null || parameters.includes(i) ? 0 : byteLength(type),
      align: type === null ? 1 : elementBytes(type.dtype),
    })),
    ...(together === undefined ? planned.types : []).map((type, i) => ({
      name: `output ${i}`,
      bytes: byteLength(type),
      align: elementBytes(type.dtype),
    })),
    { name: "own workspace", bytes: planned.workspaceBytes, align: 4 },
    { name: "workspace", bytes: planned.workspaceBytes, align: 4 },
  ];
  const total = [own.held, own.staged, ...wanted.map(({ bytes }) => bytes)].reduce((sum, bytes) => sum + bytes, 0);
  renew(total + (wanted.length + 2) * (GUARD_BYTES + 128) + PAGE);
  let free = 64;
  const place = (name: string, bytes: number, align: number): Region => {
    const begin = Math.ceil((free + GUARD_BYTES) / 64) * 64 + (((turn % 16) * 4) & -align);
    free = begin + bytes;
    return { name, begin, end: free };
  };
  const held = place("held memory", own.held, 64);
  const staged = place("staged memory", own.staged, 64);
  const last = turn % wanted.length;
  const regions = wanted.map(({ name, bytes, align }, i) => {
    if (i !== last) return place(name, bytes, align);
    return { name, begin: (heap.bytes - bytes) & -align, end: ((heap.bytes - bytes) & -align) + bytes } as Region;
  });
  if (free + GUARD_BYTES > regions[last]!.begin >>> 0) throw new Error("no room for the tensors");
  const inputs = regions.slice(0, types.length);
  const outputs = together === undefined ? regions.slice(types.length, -2) : [inputs[together]!];

  const program = held.begin + planned.heldBytes;
  const writer = new ProgramWriter(engine, { held: held.begin, arena: 0, staged: staged.begin }, program);
  const pointer = ({ begin }: Region) => ARENA + begin;
  planned.prepare(writer, {
    inputs: inputs.map((region, i) => (types[i] === null || parameters.includes(i) ? 0 : pointer(region))),
    parameters: types.map((type, i) => (type && parameters.includes(i) ? { ...type, data: operands[i]! } : null)),
    outputs: outputs.map(pointer),
    residual: 0,
    activation,
    held: HELD,
    staged: STAGED,
    workspace: pointer(regions.at(-1)!),
  });
  if (writer.end !== held.end)
    throw new Error(`${(held.end - writer.end) / INSTRUCTION_BYTES} instructions are missing`);
  for (const [i, { begin }] of inputs.entries()) {
    if (operands[i] && !parameters.includes(i)) heap.write(begin, { ...types[i]!, data: operands[i] });
  }
  heap.u8.fill(0x11 * (pattern + 3), staged.begin, staged.end);
  const bytesOf = ({ begin, end }: Region) => heap.u8.slice(begin, end);
  for (const region of [held, ...inputs]) if (region !== inputs[together ?? -1]) region.kept = bytesOf(region);
  if (together === undefined) {
    for (const { begin, end } of outputs) heap.u8.fill(0x11 * (pattern + 3), begin, end);
  }

  execute(program, planned.calls, turn, regions.at(-2)!.begin);
  const raised = writer.faults.find(({ at }) => heap.i32[at / 4] !== 0);
  for (const { at } of writer.faults) heap.i32[at / 4] = 0;
  const fault = damage(heap.u8, [held, staged, ...regions]) ?? raised?.message;
  if (fault !== undefined) throw new Error(fault);
  return outputs.map(bytesOf);
}

const same = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;

/** The first byte that has changed though it may not, in words. */
function damage(memory: Uint8Array, regions: readonly Region[]): string | undefined {
  const end = memory.length;
  const sorted = [...regions.toSorted((a, b) => a.begin - b.begin), { name: "the end", begin: end, end } as Region];
  let at = 0;
  for (const region of sorted) {
    const gap = memory.subarray(at, region.begin);
    const guard = guards.subarray(at, region.begin);
    // compared at once: looking at every byte would be most of the time of the tests
    if (!same(gap, guard)) {
      const first = gap.findIndex((value, i) => value !== guard[i]);
      return `written ${gap.length - first} bytes before ${region.name}`;
    }
    const { kept } = region;
    if (kept !== undefined && !same(memory.subarray(region.begin, region.end), kept)) {
      return `${region.name} has changed`;
    }
    at = region.end;
  }
  return undefined;
}
