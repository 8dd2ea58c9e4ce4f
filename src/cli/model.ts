import { dirname, isAbsolute, resolve, sep } from "node:path";
import process from "node:process";
import type { DType } from "../dtype.ts";
import { type ExplainedModel, explainModel } from "../graph/compile.ts";
import { isSaved } from "../graph/file.ts";
import { Graph, type GraphInput } from "../graph/graph.ts";
import {
  type Build,
  compile,
  configure,
  type ExplainedStep,
  memory,
  type Result,
  type Session,
  Tensor,
} from "../index.ts";
import { externalFiles, loadOnnx } from "../onnx/index.ts";
import { loadSession } from "../session/index.ts";
import { Failure, UsageError } from "./command.ts";
import { readBytes } from "./files.ts";
import { size } from "./format.ts";

/** Options of every command that takes a model. */
export const MODEL_OPTIONS = {
  shape: { type: "string", multiple: true, default: [] as string[] },
  build: { type: "string" },
  json: { type: "boolean", default: false },
} as const;

export const MODEL_HELP = `      --shape [name=]1,3,224,224  shape of an input, where the model leaves sizes open; a batch that is left open is 1.
                    Of several inputs each is named, in an option of its own
      --build simd|relaxed|wide   the kernels to use (default: CONVWASM_BUILD of the environment, or relaxed where the
                                  runtime has relaxed SIMD); wide: with vectors in pairs, where V8 makes them
      --json        print one JSON object instead
  -h, --help        print this`;

export type Shapes = Readonly<Record<string, readonly number[]>>;

/** A network that was built ahead, for the shapes of its inputs. */
export class Built {
  readonly inputs: readonly GraphInput[];
  readonly outputs: ReadonlyMap<string, string>;
  readonly explained: ExplainedModel;
  readonly bytes: Uint8Array;

  /** @throws RangeError for bytes that this version cannot load */
  constructor(bytes: Uint8Array) {
    const session = loadSession<Result>(bytes);
    this.bytes = bytes;
    this.inputs = session.inputs;
    this.outputs = new Map(session.outputs.map(({ name }) => [name, name]));
    this.explained = { inputs: session.inputs, outputs: session.outputs, explanation: session.explain() };
    session.dispose();
  }
}

/** A network as a file has it. */
export type Model = Graph | Built;

/** @throws UsageError unless there is exactly one */
export function modelPath(command: string, positionals: readonly string[]): string {
  if (positionals.length === 1) return positionals[0]!;
  throw new UsageError(`${command} takes one model, got ${positionals.join(" ") || "none"}`);
}

const BUILDS = ["simd", "relaxed", "wide"] as const satisfies readonly Build[];

/** By the option, or else by the environment. */
export function chooseBuild(option: string | undefined): void {
  const build = checkBuild(option);
  if (build === undefined) return;
  explained(option === undefined ? "CONVWASM_BUILD" : "--build", ["convwasm"], () => configure({ build }));
}

/** The build that is asked for by the option, or else by the environment. @throws UsageError */
export function checkBuild(option: string | undefined): Build | undefined {
  const [name, value] = option === undefined ? ["CONVWASM_BUILD", environment("CONVWASM_BUILD")] : ["--build", option];
  if (value === undefined) return undefined;
  const build = BUILDS.find((each) => each === value);
  if (build === undefined) {
    throw new UsageError(`${name} must be one of ${BUILDS.join(", ")}, got ${JSON.stringify(value)}`);
  }
  return build;
}

/** A variable, if it is set and not empty; Deno shows them only with permission. */
function environment(name: string): string | undefined {
  try {
    return process.env[name] || undefined;
  } catch (error) {
    if ((error as Error).name === "NotCapable") return undefined;
    throw error;
  }
}

/** @throws Failure for a file that cannot be read, or whose network cannot be computed */
export function readModel(path: string): Model {
  return parseModel(path, readBytes(path));
}

/** @throws Failure as {@link parseModel}, and for a network that was built ahead, of which only the program is left */
export function parseGraph(path: string, bytes: Uint8Array): Graph {
  const model = parseModel(path, bytes);
  if (model instanceof Graph) return model;
  throw new Failure(`${path}: is built, and has no names for what its steps compute: give the ONNX file`);
}

/** The network of a file's bytes; weights in other files are read from the same folder. */
export function parseModel(path: string, bytes: Uint8Array): Model {
  if (isSaved(bytes)) {
    return explained(path, ["loadSession", "convwasm"], () => new Built(bytes));
  }
  const files = externalData(path, bytes);
  return explained(path, ["loadOnnx"], () => loadOnnx(bytes, { externalData: files }));
}

/** The files beside a model in which it has weights, by the names that it has for them. */
export function externalData(path: string, bytes: Uint8Array): Readonly<Record<string, Uint8Array>> {
  return explained(path, ["externalFiles"], () =>
    Object.fromEntries(externalFiles(bytes).map((name) => [name, readBeside(path, name)])),
  );
}

/** @throws Failure for a name that leads out of the model's folder, or to no file */
function readBeside(path: string, name: string): Uint8Array {
  const folder = resolve(dirname(path));
  const file = resolve(folder, name);
  if (isAbsolute(name) || !file.startsWith(folder.endsWith(sep) ? folder : folder + sep)) {
    throw new Failure(`${path}: has weights in ${JSON.stringify(name)}, which is not beside it`);
  }
  return readBytes(file);
}

/** @throws Failure for shapes that the model cannot have */
export function compileModel(path: string, model: Model, shapes: Shapes): Session<Result> {
  if (model instanceof Graph) return explained(path, ["compile", "convwasm"], () => compile<Result>(model, shapes));
  checkShapes(path, model, shapes);
  return explained(path, ["loadSession"], () => loadSession<Result>(model.bytes));
}

function checkShapes(path: string, { inputs }: Built, shapes: Shapes): void {
  for (const { name, shape } of inputs) {
    const given = shapes[name]!;
    if (given.join() === shape!.join()) continue;
    throw new Failure(
      `${path}: is built for the shape [${shape!.join(", ")}] of ${name}, not [${given.join(", ")}]: build it again with --shape`,
    );
  }
}

/**
 * What compiling would make of a network, without packing its weights.
 * @throws Failure for shapes that the model cannot have
 */
export function explain(path: string, model: Model, shapes: Shapes): ExplainedModel {
  if (model instanceof Graph) return explained(path, ["compile", "convwasm"], () => explainModel(model, shapes));
  checkShapes(path, model, shapes);
  return model.explained;
}

/**
 * Before anything else is made of such a size.
 * @throws Failure for shapes whose network linear memory cannot hold
 */
export function checkMemory(path: string, model: Model, shapes: Shapes): void {
  const { held } = explain(path, model, shapes).explanation.totals.bytes;
  const { limit } = memory();
  if (held > limit) {
    throw new Failure(`${path}: for these shapes the network needs ${size(held)} of memory, more than ${size(limit)}`);
  }
}

/**
 * Compiles a network for the time of a piece of work. Not by `using`: Node 20 does not know it.
 * @throws Failure for shapes that the model cannot have
 */
export function withSession<T>(path: string, model: Model, shapes: Shapes, work: (session: Session<Result>) => T): T {
  const session = compileModel(path, model, shapes);
  try {
    return work(session);
  } finally {
    session.dispose();
  }
}

/**
 * Every output by its name, also where there is but one.
 * @throws Failure for inputs that the network cannot compute with, such as indices outside of what they index
 */
export function runModel(
  path: string,
  session: Session<Result>,
  inputs: Readonly<Record<string, Tensor<DType>>>,
): Map<string, Tensor<DType>> {
  const result = explained(path, ["Session.run"], () => session.run(inputs));
  if (!(result instanceof Tensor)) return new Map(Object.entries(result));
  return new Map([[session.outputs[0]!.name, result]]);
}

/** A network whose every value is read, by the file's names; nothing is fused. */
export interface Tracer {
  readonly steps: readonly ExplainedStep[];
  /** @throws Failure for inputs that it cannot compute with */
  trace(inputs: Readonly<Record<string, Tensor<DType>>>): ReadonlyMap<string, Tensor<DType>>;
  dispose(): void;
}

/** @throws Failure for shapes that the model cannot have */
export function tracer(path: string, graph: Graph, shapes: Shapes): Tracer {
  const session = explained(path, ["compile", "convwasm"], () => compile<Result>(graph, shapes, { optimize: false }));
  return {
    steps: session.explain().steps,
    trace: (inputs) => new Map(Object.entries(explained(path, ["Session.trace"], () => session.trace(inputs)))),
    dispose: () => session.dispose(),
  };
}

/**
 * What each step of a network computes, in the order of the steps.
 * @throws Failure for shapes that the model cannot have, or inputs that it cannot compute with
 */
export function traceModel(
  path: string,
  graph: Graph,
  shapes: Shapes,
  inputs: Readonly<Record<string, Tensor<DType>>>,
): { readonly steps: readonly ExplainedStep[]; readonly values: ReadonlyMap<string, Tensor<DType>> } {
  const network = tracer(path, graph, shapes);
  try {
    return { steps: network.steps, values: network.trace(inputs) };
  } finally {
    network.dispose();
  }
}

/** The library's own errors begin with the function that was called: they are about the file. Others are defects. */
function explained<T>(what: string, functions: readonly string[], call: () => T): T {
  try {
    return call();
  } catch (error) {
    const begin = functions.find((name) => error instanceof Error && error.message.startsWith(`${name}: `));
    if (begin === undefined) throw error;
    throw new Failure(`${what}: ${(error as Error).message.slice(begin.length + 2)}`);
  }
}

/**
 * Values by the names of inputs or outputs.
 *
 * @param given texts of an option, each with `name=` before it, or without if there is only one name
 * @throws UsageError for a name that is unknown, given twice, or missing although there are several
 */
export function byName(option: string, given: readonly string[], names: readonly string[]): Map<string, string> {
  const values = new Map<string, string>();
  for (const text of given) {
    // of the names "a" and "a=b" the longer one is meant by "a=b=file"
    const [named] = names.filter((each) => text.startsWith(`${each}=`)).sort((a, b) => b.length - a.length);
    if (named === undefined && names.length !== 1) {
      const known = names.map((each) => `${each}=`).join(", ") || "(there is none)";
      throw new UsageError(`${option} ${text} must begin with one of ${known}`);
    }
    const name = named ?? names[0]!;
    if (values.has(name)) throw new UsageError(`${option} is given twice for ${name}`);
    values.set(name, named === undefined ? text : text.slice(name.length + 1));
  }
  return values;
}

/** The shapes of `--shape`, by name. @throws UsageError for a text that is not a shape */
export function givenShapes({ inputs }: Model, given: readonly string[]): Map<string, readonly number[]> {
  const names = inputs.map(({ name }) => name);
  return new Map([...byName("--shape", given, names)].map(([name, text]) => [name, parseShape(text, names)]));
}

/**
 * The shape of each input: the given one, otherwise as the model declares; a batch that it leaves open is 1.
 *
 * @param known shapes by name
 * @throws UsageError if a size stays open
 */
export function settleShapes(path: string, { inputs }: Model, known: ReadonlyMap<string, readonly number[]>): Shapes {
  const sizes = new Map<string, number>();
  for (const { name, shape } of inputs) {
    for (const [axis, length] of (shape ?? []).entries()) {
      const set = known.get(name)?.[axis];
      if (typeof length === "string" && set !== undefined) sizes.set(length, set);
    }
  }
  return Object.fromEntries(
    inputs.map(({ name, shape: declared }) => {
      const lengths = known.get(name) ?? declared?.map((each, axis) => lengthOf(each, axis, sizes));
      if (lengths?.every((each) => typeof each === "number")) return [name, lengths];
      const open = declared === null ? "an unknown shape" : `the shape [${declared.join(", ")}]`;
      throw new UsageError(`${path}: the input ${name} has ${open}: set it by --shape`);
    }),
  );
}

/** @returns the length, or its name if it stays open */
function lengthOf(length: number | string, axis: number, sizes: ReadonlyMap<string, number>): number | string {
  if (typeof length === "number") return length;
  return sizes.get(length) ?? (axis === 0 ? 1 : length);
}

function parseShape(text: string, names: readonly string[]): readonly number[] {
  if (!/^\d+(,\d+)*$/.test(text)) {
    throw new UsageError(
      `--shape must be lengths with commas, as 1,3,224,224, for the input ${names.join(" or ")}, got ${JSON.stringify(text)}`,
    );
  }
  return text.split(",").map(Number);
}
