/** A compiled network among guards: memory is poisoned before it runs, and what each step writes is looked at. */
import { countOf } from "../../../src/check.ts";
import { byteLength, type TensorData, type Type } from "../../../src/dtype.ts";
import type { Compiled } from "../../../src/graph/compiled.ts";
import { isTaken } from "../../../src/graph/compiled.ts";
import { bytesOf } from "../../../src/graph/network.ts";
import { PASSES } from "../../../src/graph/passes/index.ts";
import { load, type NetworkPlan, planNetwork } from "../../../src/graph/plan.ts";
import { planGraph } from "../../../src/graph/plan-graph.ts";
import { Session } from "../../../src/graph/session.ts";
import { type Build, Tensor } from "../../../src/index.ts";
import { loadOnnx } from "../../../src/onnx/index.ts";
import { Engine } from "../../../src/runtime/engine.ts";
import { Heap } from "../../../src/runtime/heap.ts";
import { ARENA, HELD, INSTRUCTION_BYTES } from "../../../src/runtime/program.ts";
import type { CaseInput } from "../../support/onnx-cases/builder.ts";
import { tensorOf } from "../../support/onnx-runs.ts";
import type { Random } from "../random.ts";
import type { Result } from "./oracle.ts";

/** A signalling NaN: read as a number it poisons the sum, read as an index it points outside the memory. */
const POISON = 0x7fa5a5a5;
/** Another one, for the second run: what reads it gives another result. */
const OTHER_POISON = 0x3f8a8a8a;

/** Bytes of workspace for threads that help: there are none. */
const NO_THREADS = 0;

/** A fault of ours that needs no other engine to be seen. */
export class Damage extends Error {}

export class Watcher {
  readonly #heap = new Heap();
  readonly #engine: Engine;
  readonly #optimize: boolean;

  constructor(build: Build, optimize = true) {
    this.#engine = new Engine(build, this.#heap, "gemm6x8");
    this.#optimize = optimize;
  }

  /**
   * Runs a model step by step, then with the items of each step divided at random, then as users do.
   * @throws Damage for a step that writes where it may not, and for results that differ in any bit; what compile throws
   */
  run(model: Uint8Array, inputs: Readonly<Record<string, CaseInput>>, random: Random): readonly Result[] {
    const graph = loadOnnx(model);
    const tensors = Object.fromEntries(Object.entries(inputs).map(([name, given]) => [name, tensorOf(given)]));
    const types = new Map(
      graph.inputs.map(({ name, dtype }): [string, Type] => [name, { dtype, shape: tensors[name]!.shape }]),
    );
    let network = planGraph("compile", graph, types);
    if (this.#optimize) for (const pass of PASSES) network = pass(network);
    const plan = planNetwork(network, this.#optimize);
    this.#heap.i32.fill(POISON);
    const compiled: Compiled = {
      ...load("compile", this.#engine, plan, graph.outputs.size === 1),
      residual: undefined,
      origin: undefined,
    };
    using session = new Session<Tensor | Readonly<Record<string, Tensor>>>(compiled);
    const given = new Map(graph.inputs.map(({ name }) => [name, tensors[name] as Tensor]));
    const watched = this.#execute(compiled, plan, given, POISON, (at) => this.#watch(compiled, plan, at));
    const divided = this.#execute(compiled, plan, given, OTHER_POISON, (at) =>
      this.#divide(compiled, plan, at, random),
    );
    const only = graph.inputs.length === 1 ? given.get(graph.inputs[0]!.name)! : Object.fromEntries(given);
    const result = session.run(graph.inputs.length === 0 ? {} : only);
    const usual = this.#outputs(compiled);
    for (const [index, { name, lengths }] of compiled.outputs.entries()) {
      if (lengths !== undefined) continue;
      if (!same(usual[index]!, watched[index]!)) throw new Damage(`${name} differs when it is run again`);
      if (!same(usual[index]!, divided[index]!)) throw new Damage(`${name} differs with the items divided`);
    }
    const named = result instanceof Tensor ? { [session.outputs[0]!.name]: result } : result;
    return session.outputs.map(({ name }) => {
      const { dtype, data, shape } = named[name]!;
      return { name, dtype, data: data as TensorData, shape };
    });
  }

  #outputs({ outputs }: Compiled): readonly Uint8Array[] {
    return outputs.map((port) => this.#heap.u8.slice(port.at, port.at + byteLength(port)));
  }

  /** Runs each step that is taken by `step`, in memory that holds nothing but the inputs. */
  #execute(
    compiled: Compiled,
    { steps }: NetworkPlan,
    given: ReadonlyMap<string, Tensor>,
    poison: number,
    step: (index: number) => void,
  ): readonly Uint8Array[] {
    const { arena, inputs, segments } = compiled;
    this.#heap.i32.fill(poison, arena.offset / 4, (arena.offset + arena.bytes) / 4);
    for (const port of inputs) {
      if (countOf(port.shape) > 0) this.#heap.write(port.at, given.get(port.name)!);
    }
    for (const [index, { work, first }] of steps.entries()) {
      if (work === undefined || work.calls === 0) continue;
      const segment = segments.find((each) => each.first <= first && first < each.first + each.calls)!;
      if (isTaken(this.#engine, segment)) step(index);
    }
    return this.#outputs(compiled);
  }

  /** @throws Damage if the step writes elsewhere than to its results and its workspace */
  #watch({ program, held, arena, faults }: Compiled, { steps, placeOf, network }: NetworkPlan, index: number): void {
    const { call, work, first, workspace } = steps[index]!;
    const addressOf = (place: number) => (place >= ARENA ? place - ARENA + arena.offset : place - HELD + held.offset);
    const regions = [
      ...call.outputs.map((value) => ({ begin: addressOf(placeOf(value)), bytes: bytesOf(network, value) })),
      { begin: addressOf(workspace), bytes: work!.workspaceBytes },
      ...faults.map(({ at }) => ({ begin: at, bytes: 4 })),
    ].sort((a, b) => a.begin - b.begin);
    const before = this.#heap.u8.slice();
    this.#engine.run(program, first, first + work!.calls, NO_THREADS);
    const after = this.#heap.u8;
    let at = 0;
    for (const { begin, bytes } of [...regions, { begin: before.length, bytes: 0 }]) {
      if (begin > at && !same(before.subarray(at, begin), after.subarray(at, begin))) {
        const place = after.subarray(at, begin).findIndex((byte, i) => byte !== before[at + i]);
        throw new Damage(
          `${call.name} (${work!.kernel}) writes ${place} bytes after ${at}, ${begin - at - place} before ${begin}`,
        );
      }
      at = Math.max(at, begin + bytes);
    }
  }

  /** Each instruction's items in ranges that are cut at random, in any order. */
  #divide({ program }: Compiled, { steps }: NetworkPlan, index: number, random: Random): void {
    const { first, work } = steps[index]!;
    for (let call = first; call < first + work!.calls; ++call) {
      const instruction = program + call * INSTRUCTION_BYTES;
      const items = this.#heap.i32[instruction / 4 + 2]!;
      const cuts = [0, random.below(items + 1), random.below(items + 1), items].sort((a, b) => a - b);
      const ranges = cuts.slice(1).map((end, i) => [cuts[i]!, end] as const);
      for (const [begin, end] of random.shuffled(ranges)) this.#engine.runItems(instruction, begin, end, NO_THREADS);
    }
  }
}

const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
