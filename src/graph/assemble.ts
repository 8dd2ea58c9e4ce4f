import { countOf } from "../check.ts";
import { activationName } from "../conv/epilogue.ts";
import type { Block, Heap } from "../runtime/heap.ts";
import { Layout, wholeLines } from "../runtime/layout.ts";
import type { Engine } from "../runtime/runtime.ts";
import type { Step } from "../runtime/step.ts";
import type { ExplainedStep, Explanation } from "./explain.ts";
import { type Buffer, placeBuffers, type Sharing, shareMemory } from "./memory.ts";
import { type Call, type Network, nodeName, operandOf, operandsOf } from "./network.ts";
import type { Compiled, Port } from "./session.ts";

/** A call with what runs it, undefined where nothing is left to do. */
interface Prepared {
  readonly call: Call;
  readonly step: Step | undefined;
}

/**
 * Prepares every step, gives a place to every tensor, and tells the steps where theirs are.
 *
 * @throws RangeError where memory does not suffice; nothing is held then
 */
export function assemble(where: string, engine: Engine, network: Network, single: boolean): Omit<Compiled, "residual"> {
  const { heap } = engine;
  const sharing = shareMemory(network);
  const blocks: Block[] = [];
  try {
    const tensors = tensorsOf(network, sharing);
    const alive = mostAlive([...tensors.values()], network.calls.length);
    heap.ensure(where, alive);
    const steps = prepareAll(where, engine, network, sharing, blocks);
    const constants = placeConstants(where, heap, network, sharing, blocks);
    const arena = placeTensors(tensors, steps);
    const block = heap.allocate(where, arena.bytes);
    blocks.push(block);
    const at = (value: string): number => {
      if (value === "") return 0;
      const constant = constants.get(value);
      if (constant !== undefined) return constant;
      const { root, offset } = sharing.storageOf(value);
      return block.offset + (arena.tensors.get(root) ?? 0) + offset;
    };
    for (const [index, { call, step }] of steps.entries()) {
      step?.bind({
        inputs: call.inputs.map((value, i) => (call.operator.parameters?.includes(i) ? 0 : at(value))),
        outputs: call.outputs.map((value) => (value === "" ? 0 : at(value))),
        workspace: block.offset + arena.workspaces[index]!,
      });
    }
    const port = (name: string, value: string): Port => ({
      name,
      shape: operandOf(network, value)!.shape,
      at: at(value),
    });
    return {
      heap,
      steps: steps.flatMap(({ step }) => step ?? []),
      blocks,
      inputs: network.inputs.map((value) => port(value, value)),
      outputs: [...network.outputs].map(([name, value]) => port(name, value)),
      single,
      explanation: explain(engine, network, steps, { alive, arena: arena.bytes }, blocks),
    };
  } catch (error) {
    for (const block of blocks) heap.free(block);
    throw error;
  }
}

/**
 * Prepares the steps with the largest weights first: what packing needs in passing is then never larger than the hole that
 * an earlier one has left.
 */
function prepareAll(where: string, engine: Engine, network: Network, sharing: Sharing, blocks: Block[]): Prepared[] {
  const weightOf = (call: Call) =>
    (call.operator.parameters ?? []).reduce((sum, index) => {
      const operand = operandOf(network, call.inputs[index] ?? "");
      return sum + (operand === null ? 0 : countOf(operand.shape));
    }, 0);
  const steps = new Map<Call, Step>();
  const order = network.calls.map((call) => ({ call, weight: weightOf(call) })).sort((a, b) => b.weight - a.weight);
  for (const { call } of order) {
    if (sharing.free.has(call) || call.outputs.every((value) => isEmpty(network, value))) continue;
    const rest = sharing.joins.get(call);
    const step =
      rest !== undefined
        ? joinStep(engine.heap, network, call, rest)
        : call.operator.prepare!(nodeName(where, call), engine, operandsOf(network, call), call.attributes);
    blocks.push(...step.blocks);
    steps.set(call, step);
  }
  return network.calls.map((call) => ({ call, step: steps.get(call) }));
}

const isEmpty = (network: Network, value: string) => value === "" || countOf(network.shapes.get(value)!) === 0;

/** Copies those arguments of a concatenation that could not be written into the result at once. */
function joinStep(
  heap: Heap,
  network: Network,
  call: Call,
  rest: readonly { readonly value: string; readonly offset: number }[],
): Step {
  const copies = rest.map(({ value, offset }) => ({
    index: call.inputs.indexOf(value),
    offset,
    count: countOf(operandOf(network, value)!.shape),
    from: 0,
  }));
  let to = 0;
  return {
    kernel: "copy",
    flops: 0,
    weightBytes: 0,
    workspaceBytes: 0,
    blocks: [],
    bind({ inputs, outputs }) {
      for (const copy of copies) copy.from = inputs[copy.index]!;
      to = outputs[0]!;
    },
    run() {
      const { f32 } = heap;
      for (const { from, offset, count } of copies) f32.copyWithin((to + offset) / 4, from / 4, from / 4 + count);
    },
  };
}

/** Constants that steps read as they read tensors, and constant outputs, in linear memory. */
function placeConstants(
  where: string,
  heap: Heap,
  network: Network,
  sharing: Sharing,
  blocks: Block[],
): ReadonlyMap<string, number> {
  const layout = new Layout();
  const offsets = new Map<string, number>();
  const keep = (value: string) => {
    const constant = network.constants.get(value);
    if (constant !== undefined && !offsets.has(value)) offsets.set(value, layout.add(constant.data.length * 4));
  };
  for (const call of network.calls) {
    if (sharing.free.has(call)) continue;
    for (const [index, value] of call.inputs.entries()) if (!call.operator.parameters?.includes(index)) keep(value);
  }
  for (const value of network.outputs.values()) keep(value);
  if (offsets.size === 0) return offsets;
  const block = heap.allocate(where, layout.bytes);
  blocks.push(block);
  for (const [value, offset] of offsets) {
    heap.f32.set(network.constants.get(value)!.data, (block.offset + offset) / 4);
    offsets.set(value, block.offset + offset);
  }
  return offsets;
}

/** Every tensor that needs memory of its own, by its root, from the step that writes it to the last that reads it. */
function tensorsOf(network: Network, { storageOf }: Sharing): ReadonlyMap<string, Buffer> {
  const spans = new Map<string, { first: number; last: number }>();
  const touch = (value: string, index: number) => {
    if (!network.shapes.has(value)) return;
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
    for (const value of [...call.inputs, ...call.outputs]) touch(value, index);
  for (const value of network.outputs.values()) touch(value, network.calls.length);
  // every tensor begins with a cache line, whatever lies before it
  const bytesOf = (root: string) => wholeLines(countOf(network.shapes.get(root)!) * 4);
  return new Map([...spans].map(([root, span]) => [root, { bytes: bytesOf(root), ...span }]));
}

/** The largest sum of buffers that are needed at one time, of so many steps. */
function mostAlive(buffers: readonly Buffer[], steps: number): number {
  const changes = new Array<number>(steps + 3).fill(0);
  for (const { bytes, first, last } of buffers) {
    changes[first + 1]! += bytes;
    changes[last + 2]! -= bytes;
  }
  let [alive, sum] = [0, 0];
  for (const change of changes) {
    sum += change;
    alive = Math.max(alive, sum);
  }
  return alive;
}

/** Where everything lies in the arena. */
interface Arena {
  readonly bytes: number;
  /** offset by root */
  readonly tensors: ReadonlyMap<string, number>;
  /** offset by step */
  readonly workspaces: readonly number[];
}

/** Places the tensors, and workspaces while their step runs. */
function placeTensors(tensors: ReadonlyMap<string, Buffer>, steps: readonly Prepared[]): Arena {
  const workspaces = steps.map(({ step }, index) => ({
    bytes: wholeLines(step?.workspaceBytes ?? 0),
    first: index,
    last: index,
  }));
  const { offsets, bytes } = placeBuffers([...tensors.values(), ...workspaces]);
  return {
    bytes,
    tensors: new Map([...tensors.keys()].map((root, index) => [root, offsets[index]!])),
    workspaces: offsets.slice(tensors.size),
  };
}

function explain(
  { build }: Engine,
  network: Network,
  prepared: readonly Prepared[],
  { alive, arena }: { readonly alive: number; readonly arena: number },
  blocks: readonly Block[],
): Explanation {
  const shapeOf = (value: string | undefined) => (value ? operandOf(network, value)!.shape : []);
  const size = (values: Iterable<string>) =>
    [...values].reduce((sum, value) => sum + (value === "" ? 0 : countOf(shapeOf(value)) * 4), 0);
  const steps = prepared.map(({ call, step }): ExplainedStep => {
    const { name, operator, inputs, outputs, attributes } = call;
    const parameters = new Set(operator.parameters);
    const weight = operator.parameters?.includes(1) ? inputs[1] : undefined;
    const activation = "epilogue" in attributes ? activationName(attributes.epilogue as never) : undefined;
    return Object.freeze({
      name,
      op: operator.name,
      ...(step?.algorithm && { algorithm: step.algorithm as NonNullable<ExplainedStep["algorithm"]> }),
      kernel: step?.kernel ?? "none",
      ...(step?.reason && { reason: step.reason }),
      ...(activation && { activation }),
      ...(operator.residual !== undefined && inputs[operator.residual] && { residual: true as const }),
      inputShape: shapeOf(inputs[0]),
      ...(weight && { weightShape: shapeOf(weight) }),
      outputShape: shapeOf(outputs[0]),
      flops: step?.flops ?? 0,
      bytes: Object.freeze({
        input: size(inputs.filter((_, index) => !parameters.has(index))),
        output: size(outputs),
        weights: step?.weightBytes ?? 0,
        workspace: step?.workspaceBytes ?? 0,
      }),
    });
  });
  const sum = (of: (step: ExplainedStep) => number) => steps.reduce((total, step) => total + of(step), 0);
  return Object.freeze({
    build,
    steps: Object.freeze(steps),
    totals: Object.freeze({
      flops: sum(({ flops }) => flops),
      bytes: Object.freeze({
        input: size(network.inputs),
        output: size(network.outputs.values()),
        weights: sum(({ bytes }) => bytes.weights),
        workspace: Math.max(0, ...steps.map(({ bytes }) => bytes.workspace)),
        alive,
        arena,
        held: blocks.reduce((total, { bytes }) => total + bytes, 0),
      }),
    }),
  });
}
