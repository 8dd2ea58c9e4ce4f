import type { DType } from "../../dtype.ts";
import type { Tensor } from "../../index.ts";
import { type Command, EXIT, EXIT_FAILED, exitCodes, Failure, parseCommand, wholeNumber } from "../command.ts";
import { nameText, short, table, typeText } from "../format.ts";
import {
  byName,
  chooseBuild,
  givenShapes,
  MODEL_HELP,
  MODEL_OPTIONS,
  type Model,
  modelPath,
  readModel,
  runModel,
  withSession,
} from "../model.ts";
import { print, printJson } from "../output.ts";
import { type Progress, withProgress } from "../progress.ts";
import { feed } from "./feed.ts";
import { PICTURE_HELP, PICTURE_OPTIONS, type PictureOptions, pictureOptions } from "./picture-options.ts";
import {
  type ClassScore,
  checkWritable,
  isClasses,
  isRow,
  readLabels,
  type Statistics,
  statisticsOf,
  topClasses,
  writeTensor,
} from "./results.ts";

const DEFAULT_TOP = 5;

const HELP = `Usage: convwasm run model.onnx --input photo.jpg [options]

Runs a network once. Prints the classes with the largest scores where an output is one row of them, as its name, its
length or its sum of 1 says, or --top or --labels; else shape and statistics.

Options:
      --input [name=]file   a PNG or JPEG, a .npy, or a .bin of raw values, of the type that the input has; one for each
                            input
${PICTURE_HELP}
      --top 5               how many classes to print
      --labels file         their names, one a line
      --output [name=]file  where to write an output: .npy, .bin of raw values, or .png (0 to 1 become 0 to 255)
${MODEL_HELP}

Pictures go through torchvision's Resize (bilinear, smoothed as for PIL images), CenterCrop, ToTensor and Normalize. Alpha
is dropped; JPEGs are turned as the camera noted in their EXIF, as by PIL's exif_transpose. Inputs of one channel get ITU-R
601-2 luma, those of uint8 the bytes themselves, and those of shape [N, H, W, C] have their channels last.

${exitCodes({ [EXIT_FAILED]: "a file cannot be read or written, or the network cannot be computed" })}`;

interface Options extends PictureOptions {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly shapes: readonly string[];
  readonly top: number | undefined;
  readonly labels: string | undefined;
}

/** What `--json` prints. */
interface Report {
  readonly model: string;
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  /** of the inputs */
  readonly dtypes: Readonly<Record<string, DType>>;
  /** how pictures were prepared */
  readonly notes: readonly string[];
  /** for reading the file and compiling, and for the one run, which is the first */
  readonly ms: { readonly load: number; readonly run: number };
  readonly outputs: readonly {
    readonly name: string;
    readonly dtype: DType;
    readonly shape: readonly number[];
    readonly statistics: Statistics;
    /** null if the output is not one row of scores */
    readonly top: readonly ClassScore[] | null;
    /** whether it could be a row of scores */
    readonly row: boolean;
  }[];
}

export const run: Command = {
  name: "run",
  summary: "run an ONNX file on a picture or an array: its classes, or statistics of what comes out",
  help: HELP,
  async run(args) {
    const { values, positionals } = parseCommand(args, {
      ...MODEL_OPTIONS,
      ...PICTURE_OPTIONS,
      input: { type: "string", multiple: true, default: [] as string[] },
      output: { type: "string", multiple: true, default: [] as string[] },
      top: { type: "string" },
      labels: { type: "string" },
    });
    if (values.help) {
      await print(HELP);
      return EXIT.fine;
    }
    const path = modelPath("run", positionals);
    const options: Options = {
      inputs: values.input,
      outputs: values.output,
      shapes: values.shape,
      ...pictureOptions(values),
      top: values.top === undefined ? undefined : wholeNumber("--top", values.top, 1),
      labels: values.labels,
    };
    chooseBuild(values.build);
    const report = await withProgress((progress) => compute(path, options, progress));
    await (values.json ? printJson(report) : print(describe(report)));
    return EXIT.fine;
  },
};

async function compute(path: string, options: Options, progress: Progress): Promise<Report> {
  progress.stage(`reading ${path}`);
  const begin = performance.now();
  const graph = readModel(path);
  const read = performance.now();
  const targets = outputTargets(graph, options.outputs);
  progress.stage("reading the input");
  const paths = byName(
    "--input",
    options.inputs,
    graph.inputs.map(({ name }) => name),
  );
  const { tensors, notes, hasPicture } = await feed(path, graph, paths, givenShapes(graph, options.shapes), options);
  if (!hasPicture) refuse(options, ["size", "resize", "mean", "std", "memory"], "no input is a picture");
  const shapes = Object.fromEntries(Object.entries(tensors).map(([name, { shape }]) => [name, shape]));
  progress.stage("compiling");
  const fed = performance.now();
  const { results, compiled, ran } = withSession(path, graph, shapes, (session) => {
    const compiled = performance.now();
    progress.stage("running");
    const results = runModel(path, session, tensors);
    return { results, compiled, ran: performance.now() };
  });
  const { classes, labels } = classesOf(results, options);
  for (const [name, target] of targets) writeTensor(target, results.get(name)!);
  return {
    model: path,
    inputs: shapes,
    dtypes: Object.fromEntries(graph.inputs.map(({ name, dtype }) => [name, dtype])),
    notes,
    ms: { load: read - begin + (compiled - fed), run: ran - compiled },
    outputs: [...results].map(([name, tensor]) => ({
      name,
      dtype: tensor.dtype,
      shape: tensor.shape,
      statistics: statisticsOf(tensor),
      top: classes.has(name) ? topClasses(tensor, options.top ?? DEFAULT_TOP, labels) : null,
      row: isRow(tensor),
    })),
  };
}

function outputTargets(graph: Model, outputs: readonly string[]): ReadonlyMap<string, string> {
  const targets = byName("--output", outputs, [...graph.outputs.keys()]);
  for (const target of targets.values()) checkWritable(target);
  return targets;
}

/** The outputs that are classes: if options are about classes, each row of numbers is one of scores. */
function classesOf(
  results: ReadonlyMap<string, Tensor<DType>>,
  options: Options,
): { readonly classes: ReadonlySet<string>; readonly labels: readonly string[] | undefined } {
  const { top, labels: path } = options;
  const isMeant = top !== undefined || path !== undefined;
  const rows = [...results].filter(([name, tensor]) => (isMeant ? isRow(tensor) : isClasses(name, tensor)));
  if (rows.length === 0) refuse(options, ["top", "labels"], "no output is a row of scores");
  if (path === undefined) return { classes: new Set(rows.map(([name]) => name)), labels: undefined };
  const labels = readLabels(path);
  const labelled = rows.filter(([, { size }]) => size === labels.length);
  if (labelled.length === 0) {
    const counts = rows.map(([, { size }]) => size).join(" or ");
    throw new Failure(`${path} has ${labels.length} lines, but the model has ${counts} classes`);
  }
  return { classes: new Set(labelled.map(([name]) => name)), labels };
}

/** An option without effect is a mistake. */
function refuse(options: Options, names: readonly (keyof Options)[], why: string): void {
  const given = names.find((name) => options[name] !== undefined);
  if (given !== undefined) throw new Failure(`--${given} has no effect here: ${why}`);
}

/** For people. */
function describe({ model, inputs, dtypes, notes, ms, outputs }: Report): string {
  return [
    `${nameText(model)}: loaded in ${ms.load.toFixed(0)} ms, run in ${ms.run.toFixed(1)} ms`,
    ...notes.map(nameText),
    ...Object.entries(inputs).map(([name, shape]) => `input ${nameText(name)}: ${typeText(dtypes[name]!, shape)}`),
    ...outputs.flatMap(({ name, dtype, shape, statistics, top, row }) => [
      `output ${nameText(name)}: ${typeText(dtype, shape)}${top === null ? `, ${describeStatistics(statistics)}` : ""}`,
      ...(top === null ? [] : [classTable(top)]),
      ...(top === null && row ? ["  (if these are scores of classes, --top 5 prints the largest)"] : []),
    ]),
  ].join("\n");
}

function describeStatistics({ min, max, mean, std, notFinite }: Statistics): string {
  const finite = `min ${short(min)}, max ${short(max)}, mean ${short(mean)}, std ${short(std)}`;
  return notFinite === 0 ? finite : `${finite}, ${notFinite} not finite`;
}

function classTable(top: readonly ClassScore[]): string {
  const labelled = top.some(({ label }) => label !== null);
  return table(
    [...(labelled ? ["label"] : []), "class", "score", "probability"],
    labelled ? 1 : 0,
    top.map(({ index, label, value, probability }) => [
      ...(labelled ? [label ?? ""] : []),
      String(index),
      short(value),
      `${(100 * probability).toFixed(2)} %`,
    ]),
  );
}
