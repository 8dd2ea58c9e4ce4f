import process from "node:process";
import { type Command, EXIT, EXIT_FAILED, exitCodes, parseCommand, wholeNumber } from "../command.ts";
import { readBytes } from "../files.ts";
import { chooseBuild, MODEL_HELP, MODEL_OPTIONS, modelPath } from "../model.ts";
import { print, printJson } from "../output.ts";
import { withProgress } from "../progress.ts";
import { type Measurement, measure } from "./measure.ts";
import { findPeers, PEER_NAMES } from "./onnxruntime.ts";
import { describe } from "./report.ts";

const EXIT_DIFFERENT = 2;
/** Of the largest result: more than rounding causes in float32 networks. */
const TOLERANCE = 1e-3;
const DEFAULT_ROUNDS = 9;

const HELP = `Usage: convwasm bench model.onnx [options]

Measures a network on random input: the median of a run, and of loading, which makes the network ready from the file's
bytes, beside ${PEER_NAMES.join(" and ")} where they are installed. One thread each, warm, in interleaved rounds;
the results are compared. Floats are normally distributed, integers are 0 or 1, those of uint8 below 256.

Options:
${MODEL_HELP}
      --peers folder  whose node_modules the others are taken from (default: the working directory)
      --rounds ${DEFAULT_ROUNDS}      samples of each engine

${exitCodes({
  [EXIT_FAILED]: "the file cannot be read, or the network cannot be computed",
  [EXIT_DIFFERENT]: `another engine's results differ by more than ${TOLERANCE} of the largest`,
})}`;

export const bench: Command = {
  name: "bench",
  summary: "measure an ONNX file, compared with onnxruntime where it is installed",
  help: HELP,
  async run(args) {
    const { values, positionals } = parseCommand(args, {
      ...MODEL_OPTIONS,
      peers: { type: "string", default: process.cwd() },
      rounds: { type: "string", default: String(DEFAULT_ROUNDS) },
    });
    if (values.help) {
      await print(HELP);
      return EXIT.fine;
    }
    const path = modelPath("bench", positionals);
    const rounds = wholeNumber("--rounds", values.rounds, 1);
    chooseBuild(values.build);
    const model = readBytes(path);
    const { peers, missing } = findPeers(values.peers);
    const measured = await withProgress((progress) => measure(path, model, values.shape, { peers, rounds }, progress));
    const notInstalled = missing.map((name) => [name, `not installed in ${values.peers}: npm install ${name}`]);
    const measurement: Measurement = {
      ...measured,
      absent: { ...Object.fromEntries(notInstalled), ...measured.absent },
    };
    await (values.json ? printJson(measurement) : print(describe(measurement)));
    const different = Object.values(measurement.engines).some(({ difference }) => !(difference <= TOLERANCE));
    return different ? EXIT_DIFFERENT : EXIT.fine;
  },
};
