import { parse, resolve } from "node:path";
import { SAVED_WEIGHTS, type SavedWeights } from "../../graph/file.ts";
import { type Command, EXIT, EXIT_FAILED, exitCodes, Failure, parseCommand, UsageError } from "../command.ts";
import { readBytes, writeBytes } from "../files.ts";
import { nameText, size } from "../format.ts";
import {
  Built,
  chooseBuild,
  givenShapes,
  MODEL_HELP,
  MODEL_OPTIONS,
  modelPath,
  parseModel,
  settleShapes,
  withSession,
} from "../model.ts";
import { print, printJson } from "../output.ts";
import { type Progress, withProgress } from "../progress.ts";

const HELP = `Usage: convwasm build model.onnx [options]

Compiles a network and writes it as one file: its program, and its weights in the order of the model. loadSession of
convwasm/session makes a Session of it, without parser, passes or planner in the bundle; it must be of the version that
built it. inspect, run and bench read such files too.

Options:
  -o, --output model.cwm  where to write it (default: the model's name with this ending, in the working directory)
      --weights float16   weights rounded to float16, in half of the bytes; default: float32, as they are, and in half of the
                          bytes those that float16 holds exactly
${MODEL_HELP}

${exitCodes({ [EXIT_FAILED]: "a file cannot be read or written, or the network cannot be computed" })}`;

/** What `--json` prints. */
interface Report {
  readonly model: string;
  readonly output: string;
  readonly weights: SavedWeights;
  readonly bytes: { readonly model: number; readonly output: number; readonly held: number };
  readonly inputs: Readonly<Record<string, readonly number[]>>;
}

export const build: Command = {
  name: "build",
  summary: "compile an ONNX file ahead of time, to one file for convwasm/session",
  help: HELP,
  async run(args) {
    const { values, positionals } = parseCommand(args, {
      ...MODEL_OPTIONS,
      output: { type: "string", short: "o" },
      weights: { type: "string", default: SAVED_WEIGHTS[0] },
    });
    if (values.help) {
      await print(HELP);
      return EXIT.fine;
    }
    const path = modelPath("build", positionals);
    const weights = SAVED_WEIGHTS.find((each) => each === values.weights);
    if (weights === undefined) {
      throw new UsageError(`--weights must be ${SAVED_WEIGHTS.join(" or ")}, got ${JSON.stringify(values.weights)}`);
    }
    const output = values.output ?? `${parse(path).name}.cwm`;
    if (resolve(output) === resolve(path)) throw new UsageError(`${output} is the model itself: name another --output`);
    chooseBuild(values.build);
    const report = await withProgress((progress) => make(path, output, weights, values.shape, progress));
    await (values.json ? printJson(report) : print(describe(report)));
    return EXIT.fine;
  },
};

function make(
  path: string,
  output: string,
  weights: SavedWeights,
  given: readonly string[],
  progress: Progress,
): Report {
  progress.stage(`reading ${path}`);
  const bytes = readBytes(path);
  const model = parseModel(path, bytes);
  if (model instanceof Built) throw new Failure(`${path}: is built already: build takes the ONNX file`);
  const shapes = settleShapes(path, model, givenShapes(model, given));
  progress.stage("compiling");
  return withSession(path, model, shapes, (session) => {
    const file = session.save({ weights });
    writeBytes(output, file);
    const { held } = session.explain().totals.bytes;
    const sizes = { model: bytes.length, output: file.length, held };
    return { model: path, output, weights, bytes: sizes, inputs: session.inputShapes };
  });
}

/** For people. */
function describe({ output, weights, bytes, inputs }: Report): string {
  const shapes = Object.entries(inputs).map(([name, shape]) => `${nameText(name)} [${shape.join(", ")}]`);
  const share = Math.round((100 * bytes.output) / bytes.model);
  return [
    `${nameText(output)}: ${size(bytes.output)}, ${share} % of the model, weights as ${weights}`,
    `for ${shapes.join(", ") || "no input"}; takes ${size(bytes.held)} of memory when it is loaded`,
  ].join("\n");
}
