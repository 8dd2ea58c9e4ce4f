import { countOf, largestOf } from "../check.ts";
import { AXIS_BYTES, copyItems, writeCopy } from "../operators/copy.ts";
import { type Planned, planned } from "../planning/planned.ts";
import type { Engine } from "../runtime/engine.ts";
import { Copy } from "../runtime/generated/kernels.ts";
import { wholeLines } from "../runtime/layout.ts";
import { KERNELS } from "../runtime/modules/kernels.ts";
import { ARENA, HELD, INSTRUCTION_BYTES, type Pointer, ProgramWriter, STAGED } from "../runtime/program.ts";
import type { Compiled, Port, Segment, TracedValue } from "./compiled.ts";
import { explain } from "./explain.ts";
import { type Joined, lifetimesOf, mostAlive, placeBuffers, type Sharing, shareMemory } from "./memory.ts";
import { bytesOf, type Call, type Guard, isPrepared, type Network, namesOf, operandOf, resultsOf } from "./network.ts";

/** A call of a network with its place in the program; `work` is what is left to compute, if anything. */
export interface PlannedStep {
  readonly call: Call;
  readonly work: Planned | undefined;
  /** beginning of its held memory */
  readonly held: Pointer;
  readonly workspace: Pointer;
  /** index of its first instruction */
  readonly first: number;
}

/** A network with a place for everything, and nothing allocated yet. */
export interface NetworkPlan {
  readonly network: Network;
  readonly steps: readonly PlannedStep[];
  /** where a value lies; 0 for "" */
  placeOf(value: string): Pointer;
  /** the names that the graph's origin has for a value */
  namesOf(value: string): readonly string[];
  /** constants that steps read like tensors, and constant outputs */
  readonly constants: ReadonlyMap<string, Pointer>;
  /** offset of the first instruction, after everything else that is held */
  readonly instructions: Pointer;
  readonly calls: number;
  readonly bytes: {
    readonly held: number;
    /** weights of one step before they are packed */
    readonly staged: number;
    readonly arena: number;
    /** the largest sum of tensors that are needed at one time */
    readonly alive: number;
  };
}

/**
 * Finds a place for everything in a network.
 * @param share whether values that are not needed at the same time may have the same place
 */
export function planNetwork(network: Network, share = true): NetworkPlan {
  const sharing = shareMemory(network, share);
  const works = network.calls.map((call) => workOf(network, sharing, call));
  const tensors = lifetimesOf(network, sharing, share);
  const workspaces = works.map((work, index) => ({
    bytes: wholeLines(work?.workspaceBytes ?? 0),
    first: index,
    last: index,
  }));
  const arena = placeBuffers([...tensors.values(), ...workspaces]);
  const offsets = new Map([...tensors.keys()].map((root, index) => [root, arena.offsets[index]!]));

  let held = 0;
  let calls = 0;
  const steps = network.calls.map((call, index): PlannedStep => {
    const work = works[index];
    const step = {
      call,
      work,
      held: HELD + held,
      workspace: ARENA + arena.offsets[tensors.size + index]!,
      first: calls,
    };
    held += work?.heldBytes ?? 0;
    calls += work?.calls ?? 0;
    return step;
  });
  const constants = new Map<string, Pointer>();
  for (const value of constantsRead(network, works)) {
    constants.set(value, HELD + held);
    held += wholeLines(bytesOf(network, value));
  }
  return {
    network,
    steps,
    placeOf(value) {
      if (value === "") return 0;
      const constant = constants.get(value);
      if (constant !== undefined) return constant;
      const { root, offset } = sharing.storageOf(value);
      return ARENA + (offsets.get(root) ?? 0) + offset;
    },
    namesOf: namesOf(network),
    constants,
    instructions: HELD + held,
    calls,
    bytes: {
      held: held + wholeLines(calls * INSTRUCTION_BYTES),
      staged: largestOf(works.map((work) => work?.stagedBytes ?? 0)),
      arena: arena.bytes,
      alive: mostAlive(tensors.values(), network.calls.length),
    },
  };
}

function workOf(network: Network, sharing: Sharing, call: Call): Planned | undefined {
  const isEmpty = (value: string) => value === "" || countOf(operandOf(network, value)!.shape) === 0;
  if (sharing.free.has(call) || call.outputs.every(isEmpty)) return undefined;
  const rest = sharing.joins.get(call);
  return rest === undefined ? call.planned : planJoin(call, rest);
}

/** Copies those arguments of a concatenation that could not be written directly into the result. */
function planJoin({ planned: { types } }: Call, rest: readonly Joined[]): Planned {
  const blocks = rest.length * Copy.bytes;
  return planned({
    types,
    kernel: "copy",
    flops: 0,
    calls: rest.length,
    // a run of bytes is one axis
    held: { params: blocks, axes: rest.length * AXIS_BYTES },
    prepare(program, { inputs, outputs, held }) {
      for (const [i, { index, offset, bytes }] of rest.entries()) {
        const params = held.params + i * Copy.bytes;
        const axes = held.axes + i * AXIS_BYTES;
        const run = [{ count: bytes, from: 1, to: 1 }];
        writeCopy(program, params, axes, run, { from: inputs[index]!, to: outputs[0]! + offset, size: 1 });
        program.call(KERNELS, "copy", params, copyItems(run));
      }
    },
  });
}

function constantsRead(network: Network, works: readonly (Planned | undefined)[]): ReadonlySet<string> {
  const read = new Set<string>();
  for (const [index, call] of network.calls.entries()) {
    if (works[index] === undefined) continue;
    for (const [i, value] of call.inputs.entries()) if (!isPrepared(network, call, i)) read.add(value);
    read.add(call.residual);
  }
  for (const value of resultsOf(network)) read.add(value);
  return new Set([...read].filter((value) => network.constants.has(value)));
}

/**
 * Makes a planned network ready to run.
 *
 * @throws RangeError when memory does not suffice; nothing is held then
 */
export function load(
  where: string,
  engine: Engine,
  plan: NetworkPlan,
  single: boolean,
): Omit<Compiled, "residual" | "origin"> {
  const { heap } = engine;
  const { network, placeOf, instructions, bytes } = plan;
  heap.ensure(where, bytes.held + Math.max(bytes.arena, bytes.staged));
  return heap.claim((allocate) => {
    const held = allocate(where, bytes.held);
    const write = (staged: number) => {
      const segments = { held: held.offset, arena: null, staged };
      const program = new ProgramWriter(engine, segments, held.offset + instructions - HELD);
      writeSteps(program, plan);
      for (const [value, pointer] of plan.constants) program.constant(pointer, network.constants.get(value)!);
      return program;
    };
    // freed before the arena is allocated, which may take its place
    const program = bytes.staged === 0 ? write(0) : heap.lend(where, bytes.staged, ({ offset }) => write(offset));
    const arena = allocate(where, bytes.arena);
    program.placeArena(arena.offset);
    const addressOf = (value: string): number => {
      const place = placeOf(value);
      return place >= ARENA ? place - ARENA + arena.offset : place - HELD + held.offset;
    };
    return {
      engine,
      held,
      arena,
      program: held.offset + instructions - HELD,
      calls: plan.calls,
      faults: program.faults,
      ...describe(plan, addressOf),
      single,
      explanation: explain(plan, engine.build),
    };
  });
}

/**
 * What runs a program, and where its tensors lie.
 * @param addressOf the place of a value
 */
export function describe(
  plan: NetworkPlan,
  addressOf: (value: string) => number,
): Pick<Compiled, "segments" | "steps" | "values" | "inputs" | "outputs"> {
  const { network, steps } = plan;
  const portOf = (name: string, value: string): Port => {
    const { dtype, shape } = operandOf(network, value)!;
    const counts = network.lengths.get(value);
    const port = { name, dtype, shape, at: addressOf(value) };
    return counts === undefined
      ? port
      : { ...port, lengths: counts.map((count) => (count === "" ? 0 : addressOf(count))) };
  };
  return {
    segments: segmentsOf(steps, addressOf),
    steps: steps.flatMap(({ work, first }) => (work === undefined ? [] : [{ first, calls: work.calls }])),
    values: valuesOf(plan, portOf, addressOf),
    inputs: network.inputs.map((value) => portOf(value, value)),
    outputs: [...network.outputs].map(([name, value]) => portOf(name, value)),
  };
}

/** What steps compute, by the names that the network's origin has for it; what it has none for is left out. */
function valuesOf(
  { namesOf, steps }: NetworkPlan,
  portOf: (name: string, value: string) => Port,
  addressOf: (value: string) => number,
): readonly TracedValue[] {
  return steps.flatMap(({ call: { outputs, guards }, work, first }) =>
    outputs.flatMap((value): TracedValue[] => {
      const names = namesOf(value);
      if (names.length === 0) return [];
      const after = first + (work?.calls ?? 0);
      return [{ ...portOf(value, value), names, after, guards: placed(guards, addressOf) }];
    }),
  );
}

/** Guards with the addresses of their bytes. */
const placed = (guards: readonly Guard[], addressOf: (value: string) => number): Segment["guards"] =>
  guards.map(({ value, expected }) => ({ at: addressOf(value), expected }));

/** Instructions that run under the same conditions are one segment. */
function segmentsOf(steps: readonly PlannedStep[], addressOf: (value: string) => number): readonly Segment[] {
  const segments: { first: number; calls: number; guards: Segment["guards"]; of: readonly Guard[] }[] = [];
  for (const { call, work, first } of steps) {
    if (work === undefined) continue;
    const { guards } = call;
    const last = segments.at(-1);
    const isSame =
      last?.of.length === guards.length &&
      guards.every(({ value, expected }, i) => last.of[i]!.value === value && last.of[i]!.expected === expected);
    if (isSame) last.calls += work.calls;
    else segments.push({ first, calls: work.calls, guards: placed(guards, addressOf), of: guards });
  }
  return segments.map(({ first, calls, guards }) => ({ first, calls, guards }));
}

/** Bytes of the tensors that a call reads and writes. */
function trafficOf(network: Network, call: Call): number {
  const { inputs, outputs, residual } = call;
  const tensors = [...inputs.filter((_, index) => !isPrepared(network, call, index)), ...outputs, residual];
  return tensors.reduce((sum, value) => sum + (value === "" ? 0 : bytesOf(network, value)), 0);
}

/** Lets each step write itself. */
export function writeSteps(program: ProgramWriter, { network, steps, placeOf }: NetworkPlan): void {
  for (const { call, work, held, workspace } of steps) {
    const { inputs, outputs, residual, activation } = call;
    if (work !== undefined) program.expect({ ...work, bytes: trafficOf(network, call) + work.weightBytes });
    work?.prepare(program, {
      inputs: inputs.map((value, index) => (isPrepared(network, call, index) ? 0 : placeOf(value))),
      parameters: inputs.map((value, index) =>
        isPrepared(network, call, index) ? network.constants.get(value)! : null,
      ),
      outputs: outputs.map(placeOf),
      residual: placeOf(residual),
      activation,
      held,
      staged: STAGED,
      workspace,
    });
  }
}
