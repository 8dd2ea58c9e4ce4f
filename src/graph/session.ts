/// <reference lib="esnext.disposable" preserve="true" />
import {
  ANOTHER_COPY,
  checkChoice,
  checkNumber,
  checkOptions,
  countOf,
  isForeign,
  listed,
  readTensor,
  sameShape,
  settled,
  show,
  type TensorLike,
  View,
  wrongType,
  wrongValue,
} from "../check.ts";
import { type DType, KINDS_OF, type TensorData } from "../dtype.ts";
import { elementsOf } from "../elements.ts";
import { checkFaults, clearFaults } from "../planning/evaluate.ts";
import type { Engine } from "../runtime/engine.ts";
import { newData, Tensor } from "../tensor.ts";
import { type Compiled, isTaken, type Origin, type Port, type SessionPort } from "./compiled.ts";
import { cropped } from "./crop.ts";
import type { Explanation } from "./explain.ts";
import { SAVED_WEIGHTS, type SavedWeights } from "./file.ts";
import { runInSlices, turn } from "./slices.ts";

export type { SessionPort };

/** The result of a Session: a tensor, or a record of them if the network has several outputs. */
export type Result = Tensor<DType> | Readonly<Record<string, Tensor<DType>>>;

/**
 * An input of a Session: a Tensor, or anything with elements and dimensions. For int64 the elements may be
 * in a BigInt64Array, an Int32Array or an array of numbers.
 */
export type SessionInput =
  | TensorLike
  | Tensor<DType>
  | { readonly data: TensorData | readonly number[]; readonly shape: readonly number[] }
  | { readonly data: TensorData | readonly number[]; readonly dims: readonly number[] };

/** Options of {@link Session.run}. */
export interface RunOptions<R extends Result = Tensor> {
  /** for a Session compiled with `residual: true`: added before the activation; in the output's shape */
  residual?: TensorLike;
  /** receives the result, so that nothing is allocated: a tensor, or a record of them, in the outputs' shapes and dtypes */
  output?: R;
}

/** Options of {@link Session.save}. */
export interface SaveOptions {
  /** the type in which weights are saved; default 'float32' */
  weights?: SavedWeights;
}

/** Options of {@link Session.runAsync}. */
export interface RunAsyncOptions<R extends Result = Tensor> extends RunOptions<R> {
  /** an AbortSignal, which ends the run when it is aborted: the promise rejects with its reason */
  signal?: { throwIfAborted(): void };
  /** milliseconds after which the event loop gets its turn; default 8 */
  slice?: number;
  /** called between slices with the share of the network that is done, from 0 to 1, and with 1 at the end */
  onProgress?: (done: number) => void;
}

/** Arguments of a run, checked. */
interface Arguments<R extends Result> {
  readonly given: readonly View<DType, TensorData>[];
  readonly sum: View<DType, TensorData> | undefined;
  /** what receives the results, undefined for new tensors; and the tensors in it */
  readonly output: R | undefined;
  readonly targets: readonly View<DType, TensorData>[];
}

/** What a Session holds in linear memory; it must not refer to the Session. */
type Held = Pick<Compiled, "engine" | "held" | "arena">;

const free = ({ engine: { heap }, held, arena }: Held) => {
  heap.free(held);
  heap.free(arena);
};

// frees the memory of forgotten Sessions; Workers from before May 2025 have no registry, so each must be disposed there
const forgotten: FinalizationRegistry<Held> | undefined =
  typeof FinalizationRegistry === "undefined" ? undefined : /* @__PURE__ */ new FinalizationRegistry(free);

/**
 * A module or network compiled for given input shapes: weights are packed, every buffer is in place, and running allocates
 * nothing but the result.
 */
export class Session<R extends Result = Tensor> {
  /** of the first input; [] for a network without inputs */
  readonly inputShape: readonly number[];
  /** of the first output */
  readonly outputShape: readonly number[];
  /** name, dtype and shape of each input, in the file's order; a module's one input is called `input` */
  readonly inputs: readonly SessionPort[];
  /** name, dtype and shape of each output, in the file's order; a module's one output is called `output` */
  readonly outputs: readonly SessionPort[];
  readonly #compiled: Compiled;
  #disposed = false;
  /** whether a runAsync is between its slices */
  #running = false;
  /** how long an item of each instruction took: see slices.ts */
  #nanoseconds: Float64Array | undefined;

  /** @internal */
  constructor(compiled: Compiled) {
    this.#compiled = compiled;
    this.inputs = Object.freeze(compiled.inputs.map(described));
    this.outputs = Object.freeze(compiled.outputs.map(described));
    this.inputShape = this.inputs[0]?.shape ?? [];
    this.outputShape = this.outputs[0]!.shape;
    const { engine, held, arena } = compiled;
    forgotten?.register(this, { engine, held, arena }, this);
  }

  /** Shape of each input by name. */
  get inputShapes(): Readonly<Record<string, readonly number[]>> {
    return shapesOf(this.inputs);
  }

  /** Shape of each output by name. */
  get outputShapes(): Readonly<Record<string, readonly number[]>> {
    return shapesOf(this.outputs);
  }

  /**
   * @param input a tensor of the shape that the Session was compiled for, or, for several inputs, a record of them by name
   * @param options residual: a tensor in the output's shape, if and only if the Session was compiled with
   *   `residual: true`; output: receives the result and is returned, so that nothing at all is allocated
   * @returns a Tensor, or a record of them by name for a network with several outputs, each in the dtype that the network
   *   declares
   * @throws TypeError for elements of another dtype and for missing or unknown names, RangeError for another shape and for
   *   indices out of range, Error after dispose()
   */
  run(input: SessionInput | Readonly<Record<string, SessionInput>>, options?: RunOptions<R>): R {
    const where = "Session.run";
    const { engine, program, segments, explanation } = this.#compiled;
    const scratch = explanation.totals.bytes.workspace;
    const o = options === undefined ? NO_OPTIONS : checkOptions(where, options, OPTIONS);
    const args = this.#arguments(where, input, o);
    this.#write(where, args);
    for (const segment of segments) {
      if (isTaken(engine, segment)) engine.run(program, segment.first, segment.first + segment.calls, scratch);
    }
    return this.#results(where, args);
  }

  /**
   * The same as {@link run}, to the last bit, in slices of about 8 ms with the event loop between them, so that a page keeps
   * drawing and a server keeps answering. The inputs are read before it returns. Until it settles, the Session cannot run
   * again; other Sessions can. dispose() ends it.
   *
   * @param input as of {@link run}
   * @param options signal, slice = 8 (milliseconds), onProgress, and those of {@link run}
   * @returns a promise of what {@link run} returns. It rejects with what run throws; with the signal's reason; with an Error
   *   if the Session is running already or is disposed meanwhile; and with whatever onProgress throws
   */
  async runAsync(
    input: SessionInput | Readonly<Record<string, SessionInput>>,
    options?: RunAsyncOptions<R>,
  ): Promise<R> {
    const where = "Session.runAsync";
    const { calls, engine, faults } = this.#compiled;
    const o = checkOptions(where, options, ASYNC_OPTIONS);
    const { signal, slice, onProgress } = checkAsync(where, o);
    const args = this.#arguments(where, input, o);
    signal?.throwIfAborted();
    this.#write(where, args);
    this.#nanoseconds ??= new Float64Array(calls);
    this.#running = true;
    try {
      await runInSlices(this.#compiled, this.#nanoseconds, slice, async (done) => {
        onProgress?.(done);
        if (done < 1) await turn();
        if (this.#disposed) throw new Error(`${where}: the Session was disposed while it ran`);
        signal?.throwIfAborted();
      });
      // other code has run since they were checked
      for (const target of args.targets) settled(where, target);
      return this.#results(where, args);
    } catch (error) {
      if (!this.#disposed) clearFaults(engine, faults);
      throw error;
    } finally {
      this.#running = false;
    }
  }

  /**
   * Runs the network and keeps what each step computes, for finding where a wrong number begins: see docs/wrong-number.md.
   * What `compile` has fused away is not there; with `optimize: false` everything is.
   *
   * @param input as of {@link run}
   * @returns the values by the names that the file has for them, in the order in which they are computed
   * @throws what {@link run} throws; Error for a Session that was saved and loaded, which has no names
   */
  trace(input: SessionInput | Readonly<Record<string, SessionInput>>): Readonly<Record<string, Tensor<DType>>> {
    const where = "Session.trace";
    const { engine, program, calls, segments, values, explanation } = this.#compiled;
    const scratch = explanation.totals.bytes.workspace;
    const args = this.#arguments(where, input, {});
    if (values === undefined) throw new Error(`${where}: a loaded Session has no names for its values`);
    this.#write(where, args);
    let passed = 0;
    const advance = (to: number) => {
      for (const { first, calls: count, guards } of segments) {
        const [begin, end] = [Math.max(first, passed), Math.min(first + count, to)];
        if (begin < end && isTaken(engine, { guards })) engine.run(program, begin, end, scratch);
      }
      passed = to;
    };
    const found: [string, Tensor<DType>][] = [];
    for (const value of values) {
      if (value.after > passed) advance(value.after);
      if (!isTaken(engine, value)) continue;
      for (const name of value.names) found.push([name, resultOf(where, engine, value)]);
    }
    advance(calls);
    checkFaults(where, engine, this.#compiled.faults);
    return Object.fromEntries(found);
  }

  /** Operator, algorithm, shapes, FLOPs and bytes of each step, and the totals. */
  explain(): Explanation {
    return this.#compiled.explanation;
  }

  /**
   * The compiled network as bytes, from which `loadSession` of the same version of `convwasm/session` makes a Session, without
   * parser, passes or planner: its program, and its weights in torch's order, which are packed when they are loaded.
   * docs/abi.md describes the format.
   *
   * @param options weights = 'float32': as they are, those that float16 holds exactly in its two bytes; 'float16': rounded to
   *   it, but for vectors such as biases, and for those that have a number beyond 65504
   * @throws TypeError, RangeError for other options; Error after dispose(), for a Session that was loaded itself, and for a module
   *   whose weights have changed in place since it was compiled
   */
  save(options?: SaveOptions): Uint8Array<ArrayBuffer> {
    const where = "Session.save";
    const weights = checkChoice(
      where,
      "weights",
      checkOptions(where, options, ["weights"]).weights ?? "float32",
      SAVED_WEIGHTS,
    );
    return this.#origin(where).save(weights);
  }

  /**
   * Runs each step `rounds` times in turn, on whatever its tensors hold; returns the shortest time of each step that
   * computes anything, in milliseconds, in the order of {@link explain}.
   * @internal
   */
  timeSteps(rounds: number, now: () => number): readonly number[] {
    const { engine, program, steps } = this.#compiled;
    const best = steps.map(() => Infinity);
    for (let round = 0; round < rounds; ++round) {
      for (const [index, { first, calls }] of steps.entries()) {
        const begin = now();
        // on this thread alone: how busy others are says nothing of a step
        engine.exports.run(program, first, first + calls);
        best[index] = Math.min(best[index]!, now() - begin);
      }
    }
    return best;
  }

  /** Frees the memory. A Session that is merely forgotten frees it when it is garbage-collected. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    forgotten?.unregister(this);
    free(this.#compiled);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #origin(where: string): Origin {
    if (this.#disposed) throw new Error(`${where}: the Session has been disposed`);
    const { origin } = this.#compiled;
    if (origin !== undefined) return origin;
    throw new Error(
      `${where}: a Session that was loaded has no model: compile that again, or keep the bytes that were loaded`,
    );
  }

  #arguments(where: string, input: unknown, { residual: added, output }: RunOptions<R>): Arguments<R> {
    const { residual } = this.#compiled;
    const given = this.#inputs(where, input);
    if ((added !== undefined) !== (residual !== undefined)) {
      const state = added === undefined ? "missing, but the Session was" : "given, but the Session was not";
      throw wrongType(where, `residual is ${state} compiled with { residual: true }`);
    }
    const sum = residual === undefined ? undefined : checkPort(where, "residual", added, residual);
    return { given, sum, output, targets: output === undefined ? [] : this.#targets(where, output) };
  }

  /** Copies the inputs in. After all arguments are read, since reading them may run code of the caller. */
  #write(where: string, { given, sum, targets }: Arguments<R>): void {
    if (this.#disposed) throw new Error(`${where}: the Session has been disposed`);
    if (this.#running)
      throw new Error(`${where}: the Session is running: await its runAsync first, or compile another`);
    const { engine, inputs, residual } = this.#compiled;
    for (const view of given) settled(where, view);
    if (sum !== undefined) settled(where, sum);
    for (const target of targets) settled(where, target);
    const { heap } = engine;
    for (let i = 0; i < given.length; ++i) if (given[i]!.data.length > 0) heap.write(inputs[i]!.at, given[i]!);
    if (sum !== undefined && sum.data.length > 0) heap.write(residual!.at, sum);
  }

  /** Copies the outputs out. */
  #results(where: string, { output, targets }: Arguments<R>): R {
    const { engine, faults, outputs, single } = this.#compiled;
    if (faults.length > 0) checkFaults(where, engine, faults);
    if (output !== undefined) {
      for (const [index, { data, shape }] of targets.entries()) {
        const { dtype, at } = outputs[index]!;
        if (countOf(shape) > 0) (data as Float32Array).set(engine.heap.view(dtype, at, countOf(shape)) as Float32Array);
      }
      return output;
    }
    if (single) return resultOf(where, engine, outputs[0]!) as R;
    return Object.fromEntries(outputs.map((port) => [port.name, resultOf(where, engine, port)])) as unknown as R;
  }

  #inputs(where: string, input: unknown): readonly View<DType, TensorData>[] {
    const { inputs } = this.#compiled;
    const [only] = inputs;
    const record = checkRecord(where, "input", input);
    if (inputs.length === 1 && !(record !== undefined && Object.hasOwn(record, only!.name) && !isTensor(record))) {
      return [checkPort(where, "input", input, only!)];
    }
    checkNames(where, "input", record, inputs);
    return inputs.map((port) => checkPort(where, `input ${show(port.name)}`, record![port.name], port));
  }

  #targets(where: string, output: R): readonly View<DType, TensorData>[] {
    const { outputs, single } = this.#compiled;
    const targetOf = (name: string, value: unknown, port: Port): View<DType, TensorData> => {
      if (port.lengths !== undefined) {
        throw wrongType(where, `${name} cannot be given: the length of the result depends on data`);
      }
      if (!(value instanceof Tensor)) {
        const got = isForeign(value, "toArray") ? `one of ${ANOTHER_COPY}` : show(value);
        throw wrongType(where, `${name} must be a Tensor, got ${got}`);
      }
      return checkPort(where, name, value, port);
    };
    if (single) return [targetOf("output", output, outputs[0]!)];
    const record = checkRecord(where, "output", output);
    checkNames(where, "output", record, outputs);
    return outputs.map((port) => targetOf(`output ${show(port.name)}`, record![port.name], port));
  }
}

const OPTIONS = ["residual", "output"] as const;
const ASYNC_OPTIONS = [...OPTIONS, "signal", "slice", "onProgress"] as const;
const NO_OPTIONS: RunOptions<never> = {};

function checkAsync<R extends Result>(where: string, { signal, slice = 8, onProgress }: RunAsyncOptions<R>) {
  // those of other realms count, so instanceof will not do
  if (signal !== undefined && typeof signal?.throwIfAborted !== "function") {
    throw wrongType(where, `signal must be an AbortSignal, got ${show(signal)}`);
  }
  if (!(checkNumber(where, "slice", slice) > 0)) {
    throw wrongValue(where, `slice must be above 0 milliseconds, got ${show(slice)}`);
  }
  if (onProgress !== undefined && typeof onProgress !== "function") {
    throw wrongType(where, `onProgress must be a function, got ${show(onProgress)}`);
  }
  return { signal, slice, onProgress };
}

function described({ name, dtype, shape, lengths }: Port): SessionPort {
  if (lengths === undefined) return Object.freeze({ name, dtype, shape });
  const dynamicAxes = Object.freeze(Array.from(lengths.keys()).filter((axis) => lengths[axis] !== 0));
  return Object.freeze({ name, dtype, shape, dynamicAxes });
}

const shapesOf = (ports: readonly SessionPort[]) => Object.fromEntries(ports.map(({ name, shape }) => [name, shape]));

function resultOf(where: string, { heap }: Engine, { dtype, shape, at, lengths = [] }: Port): Tensor<DType> {
  const own = shape.map((most, axis) =>
    lengths[axis] ? Math.min(Math.max(heap.i32[lengths[axis] / 4]!, 0), most) : most,
  );
  const size = countOf(own);
  if (size === 0) return new Tensor<DType>(newData(where, own, dtype), own, dtype);
  // items beyond the true length of the first axis lie at the end
  const isBeginning = own.every((length, axis) => axis === 0 || length === shape[axis]);
  const data = isBeginning
    ? heap.read(dtype, at, size)
    : cropped(dtype, heap.view(dtype, at, countOf(shape)), shape, own);
  return new Tensor<DType>(data, own, dtype);
}

function checkRecord(where: string, name: string, value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  if (value === undefined || value === null) throw wrongType(where, `${name} must be a Tensor, got ${show(value)}`);
  return undefined;
}

/** Distinguishes a tensor from a record of them, in which one may be called data. */
const isTensor = (record: Readonly<Record<string, unknown>>): boolean =>
  ArrayBuffer.isView(record.data) || Array.isArray(record.data);

function checkNames(
  where: string,
  name: string,
  record: Readonly<Record<string, unknown>> | undefined,
  ports: readonly Port[],
): void {
  const expected = listed(ports.map((port) => show(port.name)));
  if (record === undefined || isTensor(record)) {
    throw wrongType(where, `${name} must be a record of Tensors with the names ${expected}`);
  }
  for (const port of ports) {
    if (!Object.hasOwn(record, port.name))
      throw wrongType(where, `${name} has no ${show(port.name)} (expected ${expected})`);
  }
  for (const key of Object.keys(record)) {
    if (!ports.some((port) => port.name === key)) {
      throw wrongType(where, `${name} has the unknown name ${show(key)} (expected ${expected})`);
    }
  }
}

/** @returns the elements of an argument, in the port's dtype */
function checkPort(where: string, name: string, value: unknown, { dtype, shape }: Port): View<DType, TensorData> {
  const view = readTensor(where, name, value, dtype, dtype === "int64" ? INT64_FORMS : KINDS_OF[dtype]);
  if (!sameShape(view.shape, shape)) {
    throw wrongValue(
      where,
      `${name} must have shape ${show(shape)}, which the Session was compiled for, got ${show(view.shape)}`,
    );
  }
  if (dtype !== "int64" || view.data instanceof BigInt64Array) return view as View<DType, TensorData>;
  if (Array.isArray(view.data)) checkWhole(where, name, view.data);
  settled(where, view);
  const elements = elementsOf("int64", view.data as ArrayLike<number>, "saturate");
  return new View(dtype, elements, view.shape, view.origin);
}

const INT64_FORMS = [...KINDS_OF.int64, "Int32Array", "Array"];

function checkWhole(where: string, name: string, numbers: readonly unknown[]): void {
  for (const [index, value] of numbers.entries()) {
    if (typeof value !== "number")
      throw wrongType(where, `${name}.data must hold numbers, got ${show(value)} at ${index}`);
    if (!Number.isSafeInteger(value)) {
      throw wrongValue(where, `${name}.data must hold whole numbers, got ${show(value)} at ${index}`);
    }
  }
}
