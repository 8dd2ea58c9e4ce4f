/// <reference lib="esnext.disposable" preserve="true" />
import {
  checkBytes,
  checkInteger,
  checkList,
  checkNumber,
  checkOptions,
  checkShape,
  kindOf,
  show,
  wrongType,
  wrongValue,
} from "../check.ts";
import type { DType, TensorData } from "../dtype.ts";
import type { InputShapes } from "../graph/compile.ts";
import { isSaved } from "../graph/file.ts";
import type { Result, SessionInput } from "../graph/session.ts";
import { automaticThreads, settings } from "../runtime/runtime.ts";
import { startsThreads } from "../runtime/workers.ts";
import { Tensor } from "../tensor.ts";
import { type Kind, type PoolWorker, type Starter, starter } from "./embedded/start.ts";
import { Latencies, type Latency } from "./latencies.ts";
import { buffersOf, type FromWorker, type Load, receivedError, type Sent, type SentValues } from "./messages.ts";

export type { InputShapes, Latency, Result, SessionInput };

/** Options of {@link Pool}. */
export interface PoolOptions {
  /** workers; default 'auto', as many as `configure({ threads: "auto" })` would take */
  size?: "auto" | number;
  /** for an ONNX file that leaves sizes open: shape of its input, or of several by name */
  inputShape?: InputShapes;
  /** the most calls that wait for a worker; default 1024. A call beyond them is refused */
  queue?: number;
}

/** An AbortSignal, as far as it is used. */
export interface PoolSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/** Options of {@link Pool.run}. */
export interface PoolRunOptions {
  /** an AbortSignal: the promise rejects with its reason */
  signal?: PoolSignal;
  /** milliseconds, those of waiting included, after which the promise rejects with a DOMException called TimeoutError */
  timeout?: number;
}

/** What {@link Pool.stats} tells. */
export interface PoolStats {
  /** workers that were asked for, that have the model, and that compute */
  readonly size: number;
  readonly ready: number;
  readonly busy: number;
  /** calls that wait for a worker */
  readonly waiting: number;
  /** calls with a result, and calls without: refused input, aborted, timed out, lost */
  readonly runs: number;
  readonly failures: number;
  /** workers that took the place of one that ended or did not come back */
  readonly restarts: number;
  /** of the last 1000 results, from the call on; and how much of it was waiting for a worker */
  readonly latency: Latency;
  readonly wait: Latency;
  /** why there are fewer workers than were asked for */
  readonly faults: readonly string[];
}

/** Why a Pool does not compute, where neither the caller nor the model is at fault. */
export class PoolError extends Error {
  /** `closed`: after close(); `full`: as many calls wait as may; `lost`: the worker ended while it computed */
  readonly code: "closed" | "full" | "lost";

  /** @internal */
  constructor(code: PoolError["code"], message: string) {
    super(message);
    this.name = "PoolError";
    this.code = code;
  }
}

/** A call that has no answer yet. */
interface Call {
  readonly number: number;
  readonly input: SentValues;
  readonly begun: number;
  /** when a worker got it */
  sent: number;
  /** Ends it, once. */
  settle(outcome: { result: SentValues } | { error: unknown }): void;
  settled: boolean;
}

/** A worker and what it does. */
interface Seat {
  readonly worker: PoolWorker;
  ready: boolean;
  call: Call | undefined;
  /** set while a call that was given up is still being computed */
  patience: ReturnType<typeof setTimeout> | undefined;
}

/** How long a worker may go on with a call that was given up: it looks every few milliseconds. */
const PATIENCE_MS = 2000;

/**
 * Workers that each hold a network in a memory of their own, and compute calls in the order of their arrival. For servers, and
 * for pages that are not isolated: the calling thread only copies inputs.
 *
 * The workers load the model when the Pool is made, with the build of the kernels and the `maxMemory` that hold then. In Node they
 * keep the process alive only while calls are unanswered.
 */
export class Pool<R extends Result = Tensor> {
  readonly #model: Load;
  readonly #kind: Kind;
  readonly #size: number;
  readonly #most: number;
  readonly #seats = new Set<Seat>();
  readonly #waiting: Call[] = [];
  readonly #latency = new Latencies();
  readonly #wait = new Latencies();
  readonly #faults: string[] = [];
  #start: Starter | undefined;
  #calls = 0;
  #runs = 0;
  #failures = 0;
  #restarts = 0;
  /** of the last worker, if none is left */
  #refusal: Error | undefined;
  #closed: Promise<void> | undefined;
  #whenIdle: (() => void) | undefined;

  /**
   * @param model bytes of an ONNX file or of `Session.save`, which are copied
   * @throws TypeError or RangeError for another argument or option; Error where the runtime starts no workers. What the workers
   *   find wrong with the model is the error of each call
   */
  constructor(model: Uint8Array | ArrayBuffer, options?: PoolOptions) {
    const where = "Pool";
    const bytes = checkBytes(where, model, "model");
    const { size = "auto", inputShape, queue = 1024 } = checkOptions<PoolOptions>(where, options, OPTIONS);
    this.#size = size === "auto" ? automaticThreads() : checkInteger(where, "size", size, 1);
    this.#most = checkInteger(where, "queue", queue, 1);
    this.#kind = isSaved(bytes) ? "session" : "onnx";
    if (inputShape !== undefined && this.#kind === "session") {
      throw wrongType(where, "inputShape must be left out for a saved Session, which has its own");
    }
    if (starter === undefined || !startsThreads()) throw new Error(`${where}: this runtime starts no workers`);
    this.#model = {
      model: new Uint8Array(bytes),
      inputShape: inputShape === undefined ? undefined : checkShapes(where, inputShape),
      ...settings(),
    };
    starter().then((start) => {
      this.#start = start;
      // it may have been closed meanwhile
      if (this.#closed !== undefined && this.#waiting.length === 0) return;
      for (let i = 0; i < this.#size; ++i) this.#add();
    });
  }

  /**
   * @param input as for `Session.run`; it is copied at once
   * @returns what `Session.run` would return, in memory of its own
   * @throws whatever `Session.run` or loading the model throws; PoolError if the Pool is closed, if as many calls wait as may,
   *   or if the worker ends; the signal's reason; a DOMException called TimeoutError
   */
  async run(input: SessionInput | Readonly<Record<string, SessionInput>>, options?: PoolRunOptions): Promise<R> {
    const where = "Pool.run";
    const { signal, timeout } = checkRun(where, options);
    if (signal?.aborted) throw signal.reason;
    if (this.#closed !== undefined) throw new PoolError("closed", `${where}: the Pool is closed`);
    if (this.#refusal !== undefined) throw this.#refusal;
    if (this.#waiting.length >= this.#most) {
      throw new PoolError("full", `${where}: ${this.#most} calls wait already, as many as queue allows`);
    }
    const copy = copyOf(where, input);
    return await new Promise<R>((resolve, reject) => this.#enter(copy, signal, timeout, resolve, reject));
  }

  /** How the Pool does. */
  stats(): PoolStats {
    const seats = [...this.#seats];
    return {
      size: this.#size,
      ready: seats.filter(({ ready }) => ready).length,
      busy: seats.filter(({ call }) => call !== undefined).length,
      waiting: this.#waiting.length,
      runs: this.#runs,
      failures: this.#failures,
      restarts: this.#restarts,
      latency: this.#latency.summary,
      wait: this.#wait.summary,
      faults: [...this.#faults],
    };
  }

  /** Takes no more calls, and ends the workers when those that there are have been answered. */
  close(): Promise<void> {
    this.#closed ??= this.#end();
    return this.#closed;
  }

  /** The same as close(): `await using pool = new Pool(...)`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #end(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#whenIdle = resolve;
      this.#rest();
    });
    const seats = [...this.#seats];
    this.#seats.clear();
    await Promise.all(seats.map((seat) => dismiss(seat)));
  }

  /** Puts a call into the queue. */
  #enter(
    input: SentValues,
    signal: PoolSignal | undefined,
    timeout: number | undefined,
    resolve: (result: R) => void,
    reject: (error: unknown) => void,
  ): void {
    const begun = performance.now();
    const giveUp = (error: unknown) => this.#giveUp(call, error);
    const aborted = () => giveUp(signal!.reason);
    const timer =
      timeout === undefined
        ? undefined
        : setTimeout(() => {
            giveUp(new DOMException(`Pool.run: there was no result within ${timeout} ms`, "TimeoutError"));
          }, timeout);
    const call: Call = {
      number: ++this.#calls,
      input,
      begun,
      sent: begun,
      settled: false,
      settle: (outcome) => {
        if (call.settled) return;
        call.settled = true;
        clearTimeout(timer);
        signal?.removeEventListener("abort", aborted);
        if ("error" in outcome) {
          this.#failures++;
          reject(outcome.error);
        } else {
          this.#runs++;
          this.#latency.add(performance.now() - begun);
          this.#wait.add(call.sent - begun);
          resolve(received(outcome.result) as R);
        }
        this.#rest();
      },
    };
    signal?.addEventListener("abort", aborted);
    this.#waiting.push(call);
    for (const { worker } of this.#seats) worker.hold(true);
    this.#next();
  }

  /** Gives waiting calls to workers that have nothing to do. */
  #next(): void {
    for (const seat of this.#seats) {
      if (!seat.ready || seat.call !== undefined) continue;
      const call = this.#waiting.shift();
      if (call === undefined) return;
      seat.call = call;
      call.sent = performance.now();
      seat.worker.post({ call: call.number, input: call.input }, buffersOf(call.input));
    }
  }

  /** When no call is unanswered, nothing keeps the process. */
  #rest(): void {
    const unanswered = [...this.#seats].some(({ call }) => call !== undefined && !call.settled);
    if (unanswered || this.#waiting.length > 0) return;
    for (const { worker } of this.#seats) worker.hold(false);
    this.#whenIdle?.();
  }

  /** Ends a call before its result is there. */
  #giveUp(call: Call, error: unknown): void {
    const at = this.#waiting.indexOf(call);
    if (at >= 0) this.#waiting.splice(at, 1);
    const seat = [...this.#seats].find((each) => each.call === call);
    call.settle({ error });
    if (seat === undefined) return;
    seat.worker.post({ cancel: call.number });
    seat.patience = setTimeout(() => this.#replace(seat), PATIENCE_MS);
  }

  #add(): void {
    const listener = {
      heard: (message: FromWorker) => this.#hear(seat, message),
      lost: (reason: string) => this.#lose(seat, reason),
    };
    let worker: PoolWorker;
    try {
      worker = this.#start!(this.#kind, listener);
    } catch (error) {
      this.#miss(new Error(`Pool: a worker could not be started: ${error}`, { cause: error }));
      return;
    }
    const seat: Seat = { worker, ready: false, call: undefined, patience: undefined };
    this.#seats.add(seat);
    seat.worker.hold(this.#waiting.length > 0);
    seat.worker.post(this.#model);
  }

  #hear(seat: Seat, message: FromWorker): void {
    if (!this.#seats.has(seat)) return;
    if ("refused" in message) {
      this.#drop(seat, receivedError(message.refused));
      return;
    }
    if ("loaded" in message) seat.ready = true;
    else {
      clearTimeout(seat.patience);
      const { call } = seat;
      seat.call = undefined;
      call?.settle("result" in message ? { result: message.result } : { error: receivedError(message.error) });
    }
    this.#next();
  }

  /** A worker has ended by itself. */
  #lose(seat: Seat, reason: string): void {
    if (!this.#seats.has(seat)) return;
    if (seat.ready) this.#replace(seat, reason);
    else this.#drop(seat, new Error(`Pool: a worker could not be started: ${reason}`));
  }

  /** Puts another worker in the place of one that had the model. */
  #replace(seat: Seat, reason = "it did not come back"): void {
    this.#seats.delete(seat);
    dismiss(seat);
    this.#restarts++;
    this.#add();
    const error = new PoolError("lost", `Pool.run: the worker that computed this call has ended: ${reason}`);
    seat.call?.settle({ error });
  }

  /** Goes on without a worker that does not load the model: another one would not either. */
  #drop(seat: Seat, error: Error): void {
    this.#seats.delete(seat);
    dismiss(seat);
    this.#miss(error);
  }

  /** There is a worker less than was asked for; if none is left, its error is that of all calls. */
  #miss(error: Error): void {
    this.#faults.push(String(error));
    if (this.#seats.size > 0) return;
    this.#refusal = error;
    for (const call of this.#waiting.splice(0)) call.settle({ error });
    this.#rest();
  }
}

const OPTIONS = ["size", "inputShape", "queue"] as const;

function dismiss({ worker, patience }: Seat): Promise<unknown> {
  clearTimeout(patience);
  return worker.end();
}

function checkShapes(where: string, given: unknown): InputShapes {
  if (Array.isArray(given)) return checkShape(where, "inputShape", given);
  if (typeof given !== "object") {
    throw wrongType(where, `inputShape must be a shape, or a record of shapes by name, got ${show(given)}`);
  }
  const shapes = Object.entries(given!).map(([name, shape]) => [
    name,
    checkShape(where, `inputShape ${show(name)}`, shape),
  ]);
  return Object.fromEntries(shapes);
}

function checkRun(where: string, options: PoolRunOptions | undefined): PoolRunOptions {
  const { signal, timeout } = checkOptions<PoolRunOptions>(where, options, ["signal", "timeout"]);
  // those of other realms count, so instanceof will not do
  if (signal !== undefined && typeof signal?.addEventListener !== "function") {
    throw wrongType(where, `signal must be an AbortSignal, got ${show(signal)}`);
  }
  if (timeout !== undefined && !(checkNumber(where, "timeout", timeout) >= 0 && timeout <= LONGEST_MS)) {
    throw wrongValue(where, `timeout must be from 0 to ${LONGEST_MS} milliseconds, got ${show(timeout)}`);
  }
  return { ...(signal && { signal }), ...(timeout !== undefined && { timeout }) };
}

/** Timers take no more. */
const LONGEST_MS = 2 ** 31 - 1;

/** A copy of an input, which is handed over to a worker. Whether it suits the model is found there. */
function copyOf(where: string, input: unknown): SentValues {
  if (typeof input !== "object" || input === null) {
    throw wrongType(where, `input must be a Tensor, or a record of them, got ${show(input)}`);
  }
  const { data } = input as { data?: unknown };
  if (ArrayBuffer.isView(data) || Array.isArray(data)) return { one: copyOfTensor(where, "input", input) };
  const named = Object.entries(input).map(([name, value]) => [name, copyOfTensor(where, `input ${show(name)}`, value)]);
  return { named: Object.fromEntries(named) };
}

function copyOfTensor(where: string, name: string, value: unknown): Sent {
  const { data, shape, dims, dtype } = (value ?? {}) as Readonly<Record<string, unknown>>;
  const kind = kindOf(data);
  if (kind === "") throw wrongType(where, `${name} must be a Tensor or { data, shape }, got ${show(value)}`);
  const lengths = checkShape(where, shape === undefined ? `${name}.dims` : `${name}.shape`, shape ?? dims);
  const said = typeof dtype === "string" ? { dtype: dtype as DType } : {};
  if (kind !== "Array") return { data: (data as TensorData).slice(), shape: lengths, ...said };
  const elements = checkList(where, `${name}.data`, data);
  const odd = elements.find((element) => typeof element !== "number" && typeof element !== "bigint");
  if (odd !== undefined) throw wrongType(where, `${name}.data must hold numbers, got ${show(odd)}`);
  return { data: elements as readonly number[], shape: lengths, ...said };
}

const tensorOf = ({ data, shape, dtype }: Sent) => new Tensor<DType>(data as TensorData, shape, dtype);

function received(values: SentValues): Result {
  if ("one" in values) return tensorOf(values.one);
  return Object.fromEntries(Object.entries(values.named).map(([name, value]) => [name, tensorOf(value)]));
}
