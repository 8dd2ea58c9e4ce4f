import process from "node:process";
import type { DType } from "../../dtype.ts";
import { numbersOf } from "../../elements.ts";
import { loadNpz } from "../../formats/npz.ts";
import type { ExplainedStep, Tensor } from "../../index.ts";
import { type Command, EXIT, EXIT_FAILED, exitCodes, Failure, parseCommand, UsageError } from "../command.ts";
import { readBytes } from "../files.ts";
import {
  chooseBuild,
  givenShapes,
  MODEL_HELP,
  MODEL_OPTIONS,
  modelPath,
  parseGraph,
  type Shapes,
  settleShapes,
  traceModel,
} from "../model.ts";
import { print, printJson } from "../output.ts";
import { withProgress } from "../progress.ts";
import { randomInputs } from "../random-inputs.ts";
import { onnxruntimeValues } from "./onnxruntime.ts";
import { describe } from "./report.ts";

/** What floats may differ by, relative to the largest value of a tensor: engines sum in another order. */
const TOLERANCE = 1e-4;

/** An exit code of its own. */
const DIFFERS = 2;

const HELP = `Usage: convwasm compare model.onnx [options]

Finds where a wrong number begins: computes every node of the file by itself, nothing fused, and compares each result with
another engine's, another file's, or given values. Names the first step that differs, and by how much.

Options:
      --with onnxruntime  onnxruntime-node, which must be installed in the current folder or above (default)
      --with other.onnx   another file, whose values have the same names
      --with values.npz   values by name, as numpy.savez writes them
      --inputs in.npz     inputs by name (default: random ones, the same in every run)
      --tolerance 1e-4    what values may differ by, relative to the largest one of a result (default ${TOLERANCE})
${MODEL_HELP}

${exitCodes({ [EXIT_FAILED]: "a file cannot be read, or the network cannot be computed", [DIFFERS]: "a step differs" })}`;

/** How a result differs. */
export interface Difference {
  /** largest difference, relative to the largest value of the other; Infinity where one is no number; null if types differ */
  readonly error: number | null;
  readonly shapes: readonly [ours: readonly number[], theirs: readonly number[]];
}

/** A result that both have. */
export interface Compared extends Difference {
  readonly value: string;
  readonly step: string;
  readonly op: string;
}

/** What `--json` prints. */
export interface Comparison {
  readonly model: string;
  readonly with: string;
  readonly tolerance: number;
  readonly compared: readonly Compared[];
  /** index in `compared` of the first one beyond the tolerance; null for none */
  readonly first: number | null;
}

export const compare: Command = {
  name: "compare",
  summary: "find the first step whose result differs from onnxruntime's, another file's, or given values",
  help: HELP,
  async run(args) {
    const { values, positionals } = parseCommand(args, {
      ...MODEL_OPTIONS,
      with: { type: "string", default: "onnxruntime" },
      inputs: { type: "string" },
      tolerance: { type: "string", default: String(TOLERANCE) },
    });
    if (values.help) {
      await print(HELP);
      return EXIT.fine;
    }
    const path = modelPath("compare", positionals);
    const tolerance = Number(values.tolerance);
    if (values.tolerance.trim() === "" || !(tolerance >= 0)) {
      throw new UsageError(`--tolerance must be a number from 0, got ${JSON.stringify(values.tolerance)}`);
    }
    chooseBuild(values.build);
    const comparison = await withProgress(async (progress) => {
      progress.stage(`computing ${path}`);
      const bytes = readBytes(path);
      const graph = parseGraph(path, bytes);
      const shapes = settleShapes(path, graph, givenShapes(graph, values.shape));
      const ports = graph.inputs.map(({ name, dtype }) => ({ name, dtype, shape: shapes[name]! }));
      const inputs = values.inputs === undefined ? randomInputs(ports) : givenInputs(values.inputs, ports);
      const ours = traceModel(path, graph, shapes, inputs);
      progress.stage(`computing ${values.with}`);
      const theirs = await reference(values.with, shapes, inputs, () =>
        onnxruntimeValues(bytes, [...ours.values.keys()], [...graph.outputs.keys()], inputs),
      );
      const compared = differences(ours.steps, ours.values, theirs);
      if (compared.length === 0) throw new Failure(`${path}: no value has the name of one in ${values.with}`);
      const first = compared.findIndex(({ error }) => !(error !== null && error <= tolerance));
      return { model: path, with: values.with, tolerance, compared, first: first < 0 ? null : first };
    });
    await (values.json ? printJson(comparison) : print(describe(comparison, process.stdout.columns)));
    return comparison.first === null ? EXIT.fine : DIFFERS;
  },
};

type Values = ReadonlyMap<string, Tensor<DType>>;
type Inputs = Readonly<Record<string, Tensor<DType>>>;

function givenInputs(path: string, ports: readonly { readonly name: string }[]): Inputs {
  const values = readValues(path);
  return Object.fromEntries(
    ports.map(({ name }) => {
      const value = values.get(name);
      if (value === undefined) throw new Failure(`${path}: has no ${JSON.stringify(name)}, which is an input`);
      return [name, value];
    }),
  );
}

function readValues(path: string): Values {
  const bytes = readBytes(path);
  try {
    return new Map(Object.entries(loadNpz(bytes)));
  } catch (error) {
    if (error instanceof Error && error.message.startsWith("loadNpz: ")) throw new Failure(`${path}: ${error.message}`);
    throw error;
  }
}

/** The values to compare with. */
async function reference(
  source: string,
  shapes: Shapes,
  inputs: Inputs,
  onnxruntime: () => Promise<Values>,
): Promise<Values> {
  if (source === "onnxruntime") return onnxruntime();
  if (source.endsWith(".npz")) return readValues(source);
  return traceModel(source, parseGraph(source, readBytes(source)), shapes, inputs).values;
}

/** Every result that both have, in the order of our steps. */
export function differences(steps: readonly ExplainedStep[], ours: Values, theirs: Values): readonly Compared[] {
  return steps.flatMap(({ name, op, outputs }) =>
    outputs.flatMap((value) => {
      const [own, other] = [ours.get(value), theirs.get(value)];
      if (own === undefined || other === undefined) return [];
      return [{ value, step: name, op, ...differenceOf(own, other) }];
    }),
  );
}

function differenceOf(ours: Tensor<DType>, theirs: Tensor<DType>): Difference {
  const shapes = [ours.shape, theirs.shape] as const;
  const [a, b] = [numbersOf(ours.dtype, ours.data), numbersOf(theirs.dtype, theirs.data)];
  if (a.length !== b.length || ours.shape.join() !== theirs.shape.join()) return { error: null, shapes };
  let [most, largest] = [0, 0];
  for (let i = 0; i < a.length; ++i) {
    if (Object.is(a[i], b[i]) || a[i] === b[i]) {
      if (Number.isFinite(b[i])) largest = Math.max(largest, Math.abs(b[i]!));
      continue;
    }
    const difference = Math.abs(a[i]! - b[i]!);
    if (!Number.isFinite(difference)) return { error: Number.POSITIVE_INFINITY, shapes };
    most = Math.max(most, difference);
    largest = Math.max(largest, Math.abs(b[i]!));
  }
  return { error: most === 0 ? 0 : most / Math.max(largest, Number.MIN_VALUE), shapes };
}
