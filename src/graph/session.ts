/// <reference lib="esnext.disposable" preserve="true" />
import {
  checkOptions,
  checkTensor,
  countOf,
  sameShape,
  show,
  type TensorLike,
  wrongType,
  wrongValue,
} from "../check.ts";
import type { Block, Heap } from "../runtime/heap.ts";
import { newData, Tensor } from "../tensor.ts";
import type { Explanation } from "./explain.ts";

/** What a Session gives: a tensor, or a record of them where the network has several outputs. */
export type Result = Tensor | Readonly<Record<string, Tensor>>;

/** Options of {@link Session.run}. */
export interface RunOptions<R extends Result = Tensor> {
  /** for a Session compiled with `residual: true`: added before the activation; in the output's shape */
  residual?: TensorLike;
  /** receives the result, so that nothing is allocated; a tensor, or a record of them, in the outputs' shapes */
  output?: R;
}

/** A tensor that goes into, or comes out of, linear memory. @internal */
export interface Port {
  readonly name: string;
  readonly shape: readonly number[];
  /** byte offset in linear memory; not used for an empty tensor */
  readonly at: number;
}

/** What a compiled network is made of. @internal */
export interface Compiled {
  readonly heap: Heap;
  /** in the order of execution */
  readonly steps: readonly { run(): void }[];
  readonly blocks: readonly Block[];
  readonly inputs: readonly Port[];
  readonly residual: Port | undefined;
  readonly outputs: readonly Port[];
  /** whether run gives the one output itself, not a record */
  readonly single: boolean;
  readonly explanation: Explanation;
}

/** What a Session holds in linear memory; it must not refer to the Session. */
type Held = Pick<Compiled, "heap" | "blocks">;

// frees what a forgotten Session holds; Workers of before May 2025 have no registry, there each must be disposed
const forgotten: FinalizationRegistry<Held> | undefined =
  typeof FinalizationRegistry === "undefined"
    ? undefined
    : /* @__PURE__ */ new FinalizationRegistry(({ heap, blocks }: Held) => {
        for (const block of blocks) heap.free(block);
      });

/**
 * A module or network compiled for given input shapes: weights are packed, every buffer is in place, and running allocates
 * nothing but the result.
 */
export class Session<R extends Result = Tensor> {
  /** of the first input; [] for a network without inputs */
  readonly inputShape: readonly number[];
  /** of the first output */
  readonly outputShape: readonly number[];
  readonly #compiled: Compiled;
  #disposed = false;

  /** @internal */
  constructor(compiled: Compiled) {
    this.#compiled = compiled;
    this.inputShape = compiled.inputs[0]?.shape ?? [];
    this.outputShape = compiled.outputs[0]!.shape;
    forgotten?.register(this, { heap: compiled.heap, blocks: compiled.blocks }, this);
  }

  /** Shape of each input by name; a module's one input is called `input`. */
  get inputShapes(): Readonly<Record<string, readonly number[]>> {
    return shapesOf(this.#compiled.inputs);
  }

  /** Shape of each output by name; a module's one output is called `output`. */
  get outputShapes(): Readonly<Record<string, readonly number[]>> {
    return shapesOf(this.#compiled.outputs);
  }

  /**
   * @param input a tensor of the shape that the Session was compiled for, or, for several inputs, a record of them by name
   * @param options residual: a tensor in the output's shape, if and only if the Session was compiled with
   *   `residual: true`; output: what receives the result and is returned, so that nothing at all is allocated
   * @returns a Tensor, or a record of them by name for a network with several outputs
   * @throws TypeError for anything but float32 tensors and for missing or unknown names, RangeError for another shape,
   *   Error after dispose()
   */
  run(input: TensorLike | Readonly<Record<string, TensorLike>>, options?: RunOptions<R>): R {
    const where = "Session.run";
    const { heap, steps, inputs, outputs, residual, single } = this.#compiled;
    const given = this.#inputs(where, input);
    const { residual: added, output } = checkOptions(where, options, ["residual", "output"]);
    if ((added !== undefined) !== (residual !== undefined)) {
      const state = added === undefined ? "missing, but the Session was" : "given, but the Session was not";
      throw wrongType(where, `residual is ${state} compiled with { residual: true }`);
    }
    if (residual !== undefined) given.push(checkCompiled(where, "residual", added, residual.shape));
    const targets = output === undefined ? undefined : this.#targets(where, output);
    // after all arguments have been read, for reading them may run code of the caller
    if (this.#disposed) throw new Error(`${where}: the Session has been disposed`);
    const f32 = heap.f32;
    for (const [index, data] of given.entries()) {
      const { at } = inputs[index] ?? residual!;
      if (data.length > 0) f32.set(data, at / 4);
    }
    for (const step of steps) step.run();
    const results = outputs.map(({ shape, at }, index) => {
      const size = countOf(shape);
      const target = targets?.[index];
      if (target === undefined) {
        if (size === 0) return new Tensor(newData(where, shape), shape);
        // slice copies without clearing the new array first: two to four times as fast as new Float32Array and set
        return new Tensor(f32.slice(at / 4, at / 4 + size), shape);
      }
      if (size > 0) target.data.set(f32.subarray(at / 4, at / 4 + size));
      return target;
    });
    if (output !== undefined) return output;
    return (single ? results[0] : Object.fromEntries(outputs.map(({ name }, i) => [name, results[i]]))) as R;
  }

  /** Operator, algorithm, shapes, FLOPs and bytes of each step, and the totals. */
  explain(): Explanation {
    return this.#compiled.explanation;
  }

  /**
   * Runs each step `rounds` times in turn, on whatever its tensors hold; gives the shortest time of each step that
   * computes anything, in milliseconds, in the order of {@link explain}'s.
   * @internal
   */
  timeSteps(rounds: number, now: () => number): readonly number[] {
    const { steps } = this.#compiled;
    const best = steps.map(() => Infinity);
    for (let round = 0; round < rounds; ++round) {
      for (const [index, step] of steps.entries()) {
        const begin = now();
        step.run();
        best[index] = Math.min(best[index]!, now() - begin);
      }
    }
    return best;
  }

  /** Gives the memory back. A Session that is merely forgotten gives it back when it is collected. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    forgotten?.unregister(this);
    for (const block of this.#compiled.blocks) this.#compiled.heap.free(block);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #inputs(where: string, input: TensorLike | Readonly<Record<string, TensorLike>>): Float32Array[] {
    const { inputs } = this.#compiled;
    const [only] = inputs;
    const record = checkRecord(where, "input", input);
    if (inputs.length === 1 && !(record !== undefined && Object.hasOwn(record, only!.name) && !isTensor(record))) {
      return [checkCompiled(where, "input", input, only!.shape)];
    }
    checkNames(where, "input", record, inputs);
    return inputs.map(({ name, shape }) => checkCompiled(where, `input ${show(name)}`, record![name], shape));
  }

  #targets(where: string, output: R): readonly Tensor[] {
    const { outputs, single } = this.#compiled;
    const targetOf = (name: string, value: unknown, { shape }: Port): Tensor => {
      if (!(value instanceof Tensor)) throw wrongType(where, `${name} must be a Tensor, got ${show(value)}`);
      checkCompiled(where, name, value, shape);
      return value;
    };
    if (single) return [targetOf("output", output, outputs[0]!)];
    const record = checkRecord(where, "output", output);
    checkNames(where, "output", record, outputs);
    return outputs.map((port) => targetOf(`output ${show(port.name)}`, record![port.name], port));
  }
}

const shapesOf = (ports: readonly Port[]) => Object.fromEntries(ports.map(({ name, shape }) => [name, shape]));

function checkRecord(where: string, name: string, value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  if (value === undefined || value === null) throw wrongType(where, `${name} must be a Tensor, got ${show(value)}`);
  return undefined;
}

/** Tells a tensor from a record of them, in which one may be called data. */
const isTensor = (record: Readonly<Record<string, unknown>>): boolean => ArrayBuffer.isView(record.data);

function checkNames(
  where: string,
  name: string,
  record: Readonly<Record<string, unknown>> | undefined,
  ports: readonly Port[],
): void {
  const expected = ports.map((port) => show(port.name)).join(", ");
  if (record === undefined || isTensor(record)) {
    throw wrongType(where, `${name} must be a record of Tensors with the names ${expected}`);
  }
  for (const port of ports) {
    if (!Object.hasOwn(record, port.name))
      throw wrongType(where, `${name} lacks ${show(port.name)} (expected ${expected})`);
  }
  for (const key of Object.keys(record)) {
    if (!ports.some((port) => port.name === key)) {
      throw wrongType(where, `${name} has the unknown name ${show(key)} (expected ${expected})`);
    }
  }
}

function checkCompiled(where: string, name: string, value: unknown, expected: readonly number[]): Float32Array {
  const { data, shape } = checkTensor(where, name, value);
  if (!sameShape(shape, expected)) {
    throw wrongValue(
      where,
      `${name} must have shape ${show(expected)}, which the Session was compiled for, got ${show(shape)}`,
    );
  }
  return data;
}
