import process from "node:process";
import type { Explanation, Result, Session } from "../../index.ts";
import { type Command, EXIT, EXIT_FAILED, exitCodes, parseCommand } from "../command.ts";
import {
  checkMemory,
  chooseBuild,
  explain,
  givenShapes,
  MODEL_HELP,
  MODEL_OPTIONS,
  modelPath,
  readModel,
  runModel,
  settleShapes,
  withSession,
} from "../model.ts";
import { print, printJson } from "../output.ts";
import { type Progress, withProgress } from "../progress.ts";
import { randomInputs } from "../random-inputs.ts";
import { describe, type Inspection } from "./report.ts";

/** Runs of each step, of which the shortest counts. */
const ROUNDS = 10;

const HELP = `Usage: convwasm inspect model.onnx [options]

Prints what compile makes of a network: each step with its operator, the algorithm or kernel that computes it, what is
fused into it, shapes, operations and bytes; what all of it takes of linear memory.

Options:
${MODEL_HELP}
      --time        measure each step too: the shortest of ${ROUNDS} runs, on random input. Without it no weight is packed

${exitCodes({ [EXIT_FAILED]: "the file cannot be read, or the network cannot be computed" })}`;

export const inspect: Command = {
  name: "inspect",
  summary: "show how an ONNX file is computed: steps, algorithms, fusions, operations, memory, time",
  help: HELP,
  async run(args) {
    const { values, positionals } = parseCommand(args, {
      ...MODEL_OPTIONS,
      time: { type: "boolean", default: false },
    });
    if (values.help) {
      await print(HELP);
      return EXIT.fine;
    }
    const path = modelPath("inspect", positionals);
    chooseBuild(values.build);
    const inspection = await withProgress((progress) => examine(path, values.shape, values.time, progress));
    await (values.json ? printJson(inspection) : print(describe(inspection, process.stdout.columns)));
    return EXIT.fine;
  },
};

function examine(path: string, given: readonly string[], timed: boolean, progress: Progress): Inspection {
  progress.stage(`reading ${path}`);
  const graph = readModel(path);
  const shapes = settleShapes(path, graph, givenShapes(graph, given));
  progress.stage("compiling");
  if (timed) checkMemory(path, graph, shapes);
  const { inputs, outputs, explanation } = explain(path, graph, shapes);
  return {
    model: path,
    inputs: inputs.map((port) => ({
      ...port,
      declared: graph.inputs.find(({ name }) => name === port.name)!.shape,
    })),
    outputs,
    ...explanation,
    times: timed
      ? withSession(path, graph, shapes, (session) => timeSteps(path, session, explanation, progress))
      : null,
  };
}

/** @returns milliseconds of each step; 0 where nothing is computed */
function timeSteps(path: string, session: Session<Result>, { steps }: Explanation, progress: Progress): number[] {
  // the steps are timed on what they work on here
  runModel(path, session, randomInputs(session.inputs));
  const computing = steps.flatMap(({ kernel }, index) => (kernel === "none" ? [] : index));
  const times = steps.map(() => 0);
  for (let round = 0; round < ROUNDS; ++round) {
    for (const [at, ms] of session.timeSteps(1, () => performance.now()).entries()) {
      const index = computing[at]!;
      times[index] = round === 0 ? ms : Math.min(times[index]!, ms);
    }
    progress.update("measuring", (round + 1) / ROUNDS);
  }
  return times;
}
