import { readdirSync } from "node:fs";
import { extname, join } from "node:path";
import type { DType } from "../../dtype.ts";
import type { Graph, Tensor } from "../../index.ts";
import { loadOnnx } from "../../onnx/index.ts";
import { type GraphProto, readModel as readProto } from "../../onnx/model.ts";
import { isOnnx } from "../../onnx/read.ts";
import type { ExternalFiles } from "../../onnx/tensor.ts";
import { type Command, EXIT, EXIT_FAILED, exitCodes, Failure, parseCommand, UsageError } from "../command.ts";
import { attempt, readBytes, writeBytes } from "../files.ts";
import { nameText, size, table } from "../format.ts";
import {
  chooseBuild,
  externalData,
  givenShapes,
  MODEL_HELP,
  MODEL_OPTIONS,
  modelPath,
  parseGraph,
  type Shapes,
  type Tracer,
  tracer,
} from "../model.ts";
import { print, printJson } from "../output.ts";
import { type Progress, withProgress } from "../progress.ts";
import { feed } from "../run/feed.ts";
import { PICTURE_HELP, PICTURE_OPTIONS, type PictureOptions, pictureOptions } from "../run/picture-options.ts";
import { bytesName, changesOf, layersOf, type Scale, scaleOf } from "./plan.ts";
import { METHODS, type Method, Observed } from "./ranges.ts";
import { changed } from "./write.ts";

const HELP = `Usage: convwasm quantise model.onnx --calibrate folder -o model.int8.onnx [options]

Writes the network with weights and activations of eight bits: QuantizeLinear and DequantizeLinear around its operators, as
onnxruntime's static quantiser writes them. This library, onnxruntime and others then compute on bytes. The ranges of
activations are found by running the network on the files of a folder: a few dozen that are typical.

Options:
      --calibrate folder    pictures (PNG, JPEG) or .npy files, each one input
  -o, --output file         where to write the new file
      --method minmax|percentile|entropy
                            what a range is: all numbers (default), all but one of 100,000, or that whose 256 steps keep
                            the most of what the numbers tell
      --per-tensor          one scale for all of a weight, not one for each of its channels
      --reduce-range        weights of seven bits: onnxruntime needs that for exact sums on x86-64 without VNNI
      --keep name           a layer that stays in float32, by the name of its node; may be given several times
${PICTURE_HELP}
${MODEL_HELP}

Prints how far each layer is from float32: the ratio of signal to noise in decibels, in the new network as a whole, least
first. Layers below 10 dB may be worth keeping in float32.

${exitCodes({ [EXIT_FAILED]: "a file cannot be read or written, or the network cannot be computed" })}`;

interface Options extends PictureOptions {
  readonly folder: string;
  readonly output: string;
  readonly method: Method;
  readonly perChannel: boolean;
  readonly reduceRange: boolean;
  readonly kept: readonly string[];
  readonly shapes: readonly string[];
}

/** A tensor of the new network against float32. */
interface Quality {
  readonly tensor: string;
  readonly op: string;
  readonly layer: string;
  /** decibels; null where there is no noise, or no signal */
  readonly snr: number | null;
}

/** What `--json` prints. */
interface Report {
  readonly model: string;
  readonly output: string;
  readonly files: number;
  readonly bytes: { readonly before: number; readonly after: number };
  readonly layers: readonly Quality[];
  readonly outputs: readonly { readonly name: string; readonly snr: number | null }[];
}

export const quantise: Command = {
  name: "quantise",
  summary: "write an ONNX file with weights and activations of eight bits, and how far it is from float32",
  help: HELP,
  async run(args) {
    const { values, positionals } = parseCommand(args, {
      ...MODEL_OPTIONS,
      ...PICTURE_OPTIONS,
      calibrate: { type: "string" },
      output: { type: "string", short: "o" },
      method: { type: "string", default: "minmax" },
      "per-tensor": { type: "boolean", default: false },
      "reduce-range": { type: "boolean", default: false },
      keep: { type: "string", multiple: true, default: [] as string[] },
    });
    if (values.help) {
      await print(HELP);
      return EXIT.fine;
    }
    const path = modelPath("quantise", positionals);
    const { calibrate: folder, output } = values;
    if (folder === undefined) throw new UsageError("--calibrate folder is missing");
    if (output === undefined) throw new UsageError("-o file is missing");
    const method = METHODS.find((each) => each === values.method);
    if (method === undefined) {
      throw new UsageError(`--method must be one of ${METHODS.join(", ")}, got ${JSON.stringify(values.method)}`);
    }
    chooseBuild(values.build);
    const options: Options = {
      ...pictureOptions(values),
      folder,
      output,
      method,
      perChannel: !values["per-tensor"],
      reduceRange: values["reduce-range"],
      kept: values.keep,
      shapes: values.shape,
    };
    const report = await withProgress((progress) => quantised(path, options, progress));
    await (values.json ? printJson(report) : print(describe(report)));
    return EXIT.fine;
  },
};

type Inputs = Readonly<Record<string, Tensor<DType>>>;

/** The first opset whose DequantizeLinear has an axis. */
const FIRST_OPSET = 13;

async function quantised(path: string, options: Options, progress: Progress): Promise<Report> {
  progress.stage(`reading ${path}`);
  const bytes = readBytes(path);
  const graph = parseGraph(path, bytes);
  const model = readProto(path, bytes);
  const proto = model.graph!;
  const opset = model.opsetImport.find(({ domain }) => isOnnx(domain))!.version;
  if (opset < FIRST_OPSET) {
    throw new Failure(
      `${path}: uses opset ${opset}, and scales for each channel need opset ${FIRST_OPSET}: export it anew`,
    );
  }
  if (proto.node.some(({ opType }) => opType === "QuantizeLinear")) {
    throw new Failure(`${path}: is quantised already`);
  }
  const files = new Map(Object.entries(externalData(path, bytes)));
  const samples = await samplesOf(path, graph, options, progress);
  const floats = tracer(path, graph, shapesOf(samples[0]!));
  try {
    return calibrated({ path, bytes, proto, files, samples, floats }, options, progress);
  } finally {
    floats.dispose();
  }
}

const shapesOf = (inputs: Inputs): Shapes =>
  Object.fromEntries(Object.entries(inputs).map(([name, { shape }]) => [name, shape]));

/** The files of a folder, in the order of their names, each as the one input. */
async function samplesOf(path: string, graph: Graph, options: Options, progress: Progress): Promise<readonly Inputs[]> {
  const { folder } = options;
  const [input, more] = graph.inputs;
  if (input === undefined || more !== undefined) {
    throw new Failure(`${path}: has ${graph.inputs.length} inputs; networks of one input can be calibrated`);
  }
  const files = filesIn(folder);
  if (files.length === 0) throw new Failure(`${folder}: has no pictures (${ENDINGS.join(", ")})`);
  const given = givenShapes(graph, options.shapes);
  const samples: Inputs[] = [];
  for (const [index, file] of files.entries()) {
    progress.update("reading files", index / files.length);
    const { tensors } = await feed(path, graph, new Map([[input.name, join(folder, file)]]), given, options);
    const [first] = samples;
    if (first !== undefined && `${first[input.name]!.shape}` !== `${tensors[input.name]!.shape}`) {
      throw new Failure(`${join(folder, file)}: gives another shape than ${files[0]}; --size makes pictures alike`);
    }
    samples.push(tensors);
  }
  return samples;
}

const ENDINGS = [".png", ".jpg", ".jpeg", ".npy"] as const;

function filesIn(folder: string): readonly string[] {
  const names = attempt(folder, () => readdirSync(folder));
  return names.filter((name) => (ENDINGS as readonly string[]).includes(extname(name).toLowerCase())).sort();
}

interface Work {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly proto: GraphProto;
  readonly files: ExternalFiles;
  readonly samples: readonly Inputs[];
  readonly floats: Tracer;
}

function calibrated(
  { path, bytes, proto, files, samples, floats }: Work,
  options: Options,
  progress: Progress,
): Report {
  const valuesOf = (sample: Inputs) => new Map([...Object.entries(sample), ...floats.trace(sample)]);
  const first = valuesOf(samples[0]!);
  const isFloat = (name: string) => first.get(name)?.dtype === "float32";
  for (const name of options.kept) {
    if (!proto.node.some((node) => node.name === name || node.output[0] === name)) {
      throw new UsageError(`--keep ${name}: the network has no layer of this name`);
    }
  }
  const layers = layersOf(proto, isFloat, new Set(options.kept));
  if (layers.nodes.size === 0) throw new Failure(`${path}: has no layer that can be quantised`);
  const observed = new Map<string, Observed>();
  for (const { name, like } of layers.tensors.values()) if (name === like) observed.set(name, new Observed());
  const passes = options.method === "minmax" ? ["widen"] : (["widen", "count"] as const);
  for (const pass of passes as readonly ("widen" | "count")[]) {
    for (const [index, sample] of samples.entries()) {
      progress.update("finding ranges", index / samples.length);
      const values = valuesOf(sample);
      for (const [name, each] of observed) each[pass](values.get(name)!.data as Float32Array);
    }
  }
  const scales = new Map<string, Scale>();
  for (const [name, each] of observed) {
    if (!Number.isFinite(each.least) || !Number.isFinite(each.most)) {
      throw new Failure(`${path}: ${name} has numbers that are not finite, for the files of ${options.folder}`);
    }
    scales.set(name, scaleOf(each.range(options.method)));
  }
  const file = changed(bytes, changesOf(proto, layers, scales, files, options));
  writeBytes(options.output, file);
  progress.stage("comparing with float32");
  const ratios = new Map<string, Ratio>();
  const own = loadOnnx(file, { externalData: Object.fromEntries(files) });
  const session = tracer(options.output, own, shapesOf(samples[0]!));
  try {
    for (const sample of samples) {
      const [expected, actual] = [valuesOf(sample), session.trace(sample)];
      for (const { name, like } of layers.tensors.values()) {
        const value = actual.get(bytesName(name));
        const { scale, zero } = scales.get(like)!;
        if (value !== undefined) ratioOf(ratios, name).add(expected.get(name)!, value, scale, zero);
      }
      for (const { name } of proto.output)
        ratioOf(ratios, name, "output").add(expected.get(name)!, actual.get(name)!, 1, 0);
    }
  } finally {
    session.dispose();
  }
  return {
    model: path,
    output: options.output,
    files: samples.length,
    bytes: { before: bytes.length, after: file.length },
    layers: Array.from(layers.tensors.values(), ({ name, op, layer }) => ({
      tensor: name,
      op: op || "input",
      layer,
      snr: ratios.get(name)?.decibels ?? null,
    })),
    outputs: proto.output.map(({ name }) => ({ name, snr: ratioOf(ratios, name, "output").decibels })),
  };
}

/** Power of a signal, and of what is added to it. */
class Ratio {
  #signal = 0;
  #noise = 0;

  add(expected: Tensor<DType>, actual: Tensor<DType>, scale: number, zero: number): void {
    const [a, b] = [expected.data as Float32Array, actual.data as Float32Array];
    for (let i = 0; i < a.length; ++i) {
      this.#signal += a[i]! ** 2;
      this.#noise += (a[i]! - (b[i]! - zero) * scale) ** 2;
    }
  }

  get decibels(): number | null {
    const decibels = 10 * Math.log10(this.#signal / this.#noise);
    return Number.isFinite(decibels) ? decibels : null;
  }
}

function ratioOf(ratios: Map<string, Ratio>, name: string, kind = ""): Ratio {
  const key = kind === "" ? name : `${kind} ${name}`;
  const ratio = ratios.get(key) ?? new Ratio();
  ratios.set(key, ratio);
  return ratio;
}

const decibels = (snr: number | null): string => (snr === null ? "-" : snr.toFixed(1));

/** For people. */
function describe({ model, output, files, bytes, layers, outputs }: Report): string {
  const worst = layers.toSorted((a, b) => (a.snr ?? Infinity) - (b.snr ?? Infinity));
  return [
    `${nameText(model)}: ${size(bytes.before)}; ${nameText(output)}: ${size(bytes.after)}, calibrated by ${files} files`,
    table(
      ["layer", "operator", "tensor", "dB"],
      3,
      worst.map(({ layer, op, tensor, snr }) => [layer, op, tensor, decibels(snr)]),
    ),
    ...outputs.map(({ name, snr }) => `output ${nameText(name)}: ${decibels(snr)} dB`),
  ].join("\n");
}
