/** A thread that holds every model and computes one request, or one batch of them, after the other. */
import { parentPort } from "node:worker_threads";
import { countOf } from "../../check.ts";
import { arrayOf, type DType } from "../../dtype.ts";
import { configure, type Result, type Session, Tensor } from "../../index.ts";
import { Failure, UsageError } from "../command.ts";
import { checkMemory, compileModel, type Model, readModel, runModel, settleShapes } from "../model.ts";
import { randomInputs } from "../random-inputs.ts";
import { pictureTensor } from "../run/picture-input.ts";
import type { Answer, Load, Loaded, Preprocessing, Request } from "./messages.ts";
import { type Port, Refusal, type Sent, type SentPictures } from "./protocol.ts";

/** A model, compiled for the shapes that were asked for last. */
interface Held {
  readonly path: string;
  readonly graph: Model;
  readonly preprocessing: Preprocessing | undefined;
  /** by the shapes of the inputs; the one that was used last is the last */
  readonly sessions: Map<string, Session<Result>>;
}

/** Each holds the weights. */
const MOST_SESSIONS = 4;

const models = new Map<number, Held>();

/** Answers messages until the thread is ended. */
export function work(): void {
  const port = parentPort!;
  let last: Promise<unknown> = Promise.resolve();
  // one after the other: decoding a picture waits
  port.on("message", (request: Request) => {
    last = last.then(async () => port.postMessage(await answered(request)));
  });
}

async function answered(request: Request): Promise<Answer> {
  try {
    return { value: await done(request) };
  } catch (error) {
    const { message } = error as Error;
    // what the library says of an input, or of a file, is for who asked
    const refused = error instanceof Failure || error instanceof UsageError || error instanceof Refusal;
    return { error: refused ? message : ((error as Error).stack ?? message), refused };
  }
}

async function done(request: Request): Promise<Loaded | readonly ReadonlyMap<string, Sent>[] | undefined> {
  switch (request.kind) {
    case "configure":
      if (request.build !== undefined) configure({ build: request.build });
      return undefined;
    case "load":
      return loaded(request);
    case "unload":
      for (const session of models.get(request.key)?.sessions.values() ?? []) session.dispose();
      models.delete(request.key);
      return undefined;
    case "run":
      return run(models.get(request.key)!, request.inputs);
  }
}

/** Reads, compiles and runs a model once, so that the first request finds it warm. */
function loaded({ key, path, preprocessing }: Load): Loaded {
  const graph = readModel(path);
  const model: Held = { path, graph, preprocessing, sessions: new Map() };
  const batches = isBatched(graph) && agreesInBatches(model);
  if (!batches && graph.inputs.every(({ shape }) => shape?.slice(1).every(isNumber))) {
    const session = sessionFor(model, settleShapes(path, graph, new Map()));
    runModel(path, session, randomInputs(session.inputs));
  }
  models.set(key, model);
  return { inputs: graph.inputs.map(portOf), outputs: outputsOf(model), batches };
}

const isNumber = (length: number | string): boolean => typeof length === "number";
const portOf = ({ name, dtype, shape }: Port): Port => ({ name, dtype, shape });

/** Of outputs, a file declares less than compiling tells; lengths that follow open ones of the inputs are open. */
function outputsOf({ graph, sessions }: Held): readonly Port[] {
  const session = [...sessions.values()].at(-1);
  if (session === undefined) return [...graph.outputs.keys()].map((name) => ({ name, dtype: "float32", shape: null }));
  const open = graph.inputs.some(({ shape }) => shape === null || !shape.every(isNumber));
  return session.outputs.map(({ name, dtype, shape }) => ({
    name,
    dtype,
    shape: shape.map((length, axis) => (open && axis === 0 ? "batch" : length)),
  }));
}

/** Whether the first axis of every input, and no other, is open. */
const isBatched = ({ inputs }: Model): boolean =>
  inputs.length > 0 &&
  inputs.every(({ shape }) => shape !== null && typeof shape[0] === "string" && shape.slice(1).every(isNumber));

/** Whether two entries at once give what each gives by itself. */
function agreesInBatches(model: Held): boolean {
  const { graph, path } = model;
  const of = (batch: number) =>
    Object.fromEntries(graph.inputs.map(({ name, shape }) => [name, shape!.with(0, batch) as readonly number[]]));
  const two = sessionFor(model, of(2));
  const pair = randomInputs(two.inputs);
  const together = runModel(path, two, pair);
  const one = sessionFor(model, of(1));
  return [0, 1].every((entry) => {
    const inputs = Object.entries(pair).map(([name, tensor]) => [name, part(tensor, entry, 1)] as const);
    const alone = runModel(path, one, Object.fromEntries(inputs));
    return [...alone].every(([name, expected]) => {
      const whole = together.get(name)!;
      if (expected.shape[0] !== 1 || whole.shape[0] !== 2 || whole.size !== 2 * expected.size) return false;
      const { data } = part(whole, entry, 1);
      return data.every((value, at) => isNear(Number(value), Number(expected.data[at])));
    });
  });
}

const isNear = (a: number, b: number) => Object.is(a, b) || Math.abs(a - b) <= 1e-3 + 1e-3 * Math.abs(b);

/** Entries of a batch. */
function part({ dtype, shape, data }: Sent | Tensor<DType>, first: number, count: number): Tensor<DType> {
  const size = countOf(shape.slice(1));
  const values = data.slice(first * size, (first + count) * size);
  return new Tensor<DType>(values as Float32Array, [count, ...shape.slice(1)], dtype);
}

function sessionFor(model: Held, shapes: Readonly<Record<string, readonly number[]>>): Session<Result> {
  const { path, graph, sessions } = model;
  const key = JSON.stringify(shapes);
  let session = sessions.get(key);
  sessions.delete(key);
  if (session === undefined) {
    checkMemory(path, graph, shapes);
    session = compileModel(path, graph, shapes);
  }
  sessions.set(key, session);
  if (sessions.size > MOST_SESSIONS) {
    const [oldest, unused] = [...sessions][0]!;
    sessions.delete(oldest);
    unused.dispose();
  }
  return session;
}

async function run(
  model: Held,
  requests: readonly ReadonlyMap<string, Sent | SentPictures>[],
): Promise<readonly ReadonlyMap<string, Sent>[]> {
  const { graph, path } = model;
  const tensors = await Promise.all(requests.map((inputs) => tensorsOf(model, inputs)));
  const batches = tensors.map((each) => Object.values(each)[0]!.shape[0]!);
  const inputs =
    tensors.length === 1
      ? tensors[0]!
      : Object.fromEntries(graph.inputs.map(({ name }) => [name, joined(filled(tensors.map((each) => each[name]!)))]));
  const shapes = Object.fromEntries(Object.entries(inputs).map(([name, { shape }]) => [name, shape]));
  const results = runModel(path, sessionFor(model, shapes), inputs);
  if (requests.length === 1) return [new Map([...results].map(([name, tensor]) => [name, sent(tensor)]))];
  let first = 0;
  return batches.map((count) => {
    const own = [...results].map(([name, tensor]) => [name, sent(part(tensor, first, count))] as const);
    first += count;
    return new Map(own);
  });
}

const sent = ({ dtype, shape, data }: Tensor<DType>): Sent => ({ dtype, shape, data });

async function tensorsOf(
  { graph, path, preprocessing }: Held,
  inputs: ReadonlyMap<string, Sent | SentPictures>,
): Promise<Record<string, Tensor<DType>>> {
  const entries = graph.inputs.map(async (port) => {
    const value = inputs.get(port.name)!;
    if ("data" in value) return [port.name, new Tensor<DType>(value.data as Float32Array, value.shape, value.dtype)];
    if (preprocessing === undefined) {
      throw new Refusal(400, `the input ${port.name} takes no BYTES: the model has no preprocessing`);
    }
    const { size, resize, mean, std } = preprocessing;
    const made = value.pictures.map(async (bytes, index) => {
      const options = { size, resize, mean, std, memory: undefined };
      const name = `picture ${index} of ${port.name}`;
      return (await pictureTensor(name, bytes, port, undefined, options)).tensor;
    });
    const tensors = await Promise.all(made);
    if (tensors.length === 0) throw new Refusal(400, `the input ${port.name} has no picture (of ${path})`);
    return [port.name, joined(tensors)];
  });
  return Object.fromEntries(await Promise.all(entries));
}

/** One after the other along the first axis. */
function joined(tensors: readonly Tensor<DType>[]): Tensor<DType> {
  const { dtype, shape } = tensors[0]!;
  if (!tensors.every((each) => each.shape.slice(1).join() === shape.slice(1).join())) {
    throw new Refusal(400, "the pictures of a batch must have one size");
  }
  const data = new (arrayOf(dtype))(tensors.reduce((sum, { size }) => sum + size, 0)) as Float32Array;
  let at = 0;
  for (const each of tensors) {
    data.set(each.data as Float32Array, at);
    at += each.size;
  }
  const batch = tensors.reduce((sum, each) => sum + each.shape[0]!, 0);
  return new Tensor<DType>(data, [batch, ...shape.slice(1)], dtype);
}

/** With the last entry again up to a power of two, so that a few Sessions serve batches of any number. */
function filled(batches: readonly Tensor<DType>[]): readonly Tensor<DType>[] {
  const count = batches.reduce((sum, { shape }) => sum + shape[0]!, 0);
  const last = batches.at(-1)!;
  const missing = 2 ** Math.ceil(Math.log2(count)) - count;
  if (missing === 0) return batches;
  return [...batches, ...Array<Tensor<DType>>(missing).fill(part(last, last.shape[0]! - 1, 1))];
}
