/**
 * How much time the planner's choices cost: every algorithm that serves a layer of bench/layers computes it, kernel
 * time alone; if the chosen one is slower than the fastest, the difference is the loss. The coefficients of
 * the files of src/conv come from such measurements.
 */
import { parseArgs } from "node:util";
import cliProgress from "cli-progress";
import { countOf } from "../src/check.ts";
import { convCall } from "../src/conv/call.ts";
import { plannedConv } from "../src/conv/convolution.ts";
import { ALGORITHMS, type Algorithm, type ConvGeometry } from "../src/conv/geometry.ts";
import { planConv } from "../src/conv/plan.ts";
import { float32 } from "../src/dtype.ts";
import { ARENA, HELD, INSTRUCTION_BYTES, ProgramWriter, STAGED } from "../src/runtime/program.ts";
import { type Build, configure, engine, runtime } from "../src/runtime/runtime.ts";
import { InputError, runCommand } from "./command.ts";
import { type Contestant, geometricMean, race } from "./harness.ts";
import { describeShape, type Layer, layerFiles, readLayers } from "./layers.ts";
import { milliseconds, newTable } from "./table.ts";
import { layerData, plainSumDifference } from "./verify.ts";

const usage = `Usage: npm run bench:planner -- [options]

  --layers <names>   files of bench/layers, or parts of layers' names, with commas (default: all)
                     ${layerFiles().join(" ")}
  --build <build>    simd, relaxed or auto (default)
  --rounds <n>       samples of each algorithm on each layer, the shortest of which counts (default: 7)
  --all              print every layer, not only those where the choice costs more than 5 %
  -h, --help         this text

Needs what npm run build makes.
`;

/** Smaller losses are within the noise of a quiet machine. */
const TOLERATED = 1.05;

type Candidate = Exclude<Algorithm, "auto" | "toeplitz">;
/** The toeplitz way exists for comparison; the planner never takes it. */
const CANDIDATES = ALGORITHMS.filter((name): name is Candidate => name !== "auto" && name !== "toeplitz");

interface Verdict {
  readonly layer: Layer;
  readonly chosen: Algorithm;
  readonly best: Candidate;
  readonly ms: ReadonlyMap<Algorithm, number>;
  /** time of the choice by that of the best */
  readonly loss: number;
}

await runCommand("planner", main);

async function main(): Promise<void> {
  const options = readOptions();
  if (options === undefined) return console.log(usage.trimEnd());
  const layers = readLayers(options.layers);
  if (layers.length === 0) throw new InputError(`no layer is called ${options.layers.join(" or ")} (see --help)`);
  configure({ build: options.build });
  const verdicts = await measure(layers, options.rounds);
  const listed = verdicts.filter(({ loss }) => options.all || loss > TOLERATED);
  if (listed.length > 0) console.log(describe(listed));
  console.log(summarise(verdicts, options.rounds));
}

function readOptions() {
  const { values } = parse();
  if (values.help) return undefined;
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new InputError(`--rounds must be a whole number from 1, got ${values.rounds}`);
  if (!["auto", "simd", "relaxed"].includes(values.build))
    throw new InputError(`--build must be simd, relaxed or auto, got ${values.build}`);
  const layers = values.layers.split(",").filter((name) => name !== "");
  return { layers, build: values.build as "auto" | Build, rounds, all: values.all };
}

function parse() {
  try {
    return parseArgs({
      options: {
        layers: { type: "string", default: "" },
        build: { type: "string", default: "auto" },
        rounds: { type: "string", default: "7" },
        all: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
  } catch (error) {
    throw new InputError(`${(error as Error).message.split(". ")[0]} (see --help)`);
  }
}

async function measure(layers: readonly Layer[], rounds: number): Promise<Verdict[]> {
  // warming up costs something, however little there is to compute
  const effort = ({ flops }: Layer) => flops + 1e9;
  const bar = new cliProgress.SingleBar({
    format: "[{bar}] {percentage}% | {eta_formatted} left | {layer}",
    barsize: 28,
    gracefulExit: false,
    etaBuffer: 50,
  });
  const total = layers.reduce((sum, layer) => sum + effort(layer), 0);
  if (process.stdout.isTTY) bar.start(total, 0, { layer: "" });
  const verdicts: Verdict[] = [];
  try {
    for (const layer of layers) {
      bar.update({ layer: layer.name });
      verdicts.push(await measureLayer(layer, rounds, () => bar.increment(effort(layer) / rounds)));
    }
  } finally {
    bar.stop();
  }
  return verdicts;
}

async function measureLayer(layer: Layer, rounds: number, onRound: () => void): Promise<Verdict> {
  const geometry = geometryOf(layer);
  const data = layerData(layer);
  const entrants = new Map<Algorithm, Contestant & { dispose(): void }>();
  try {
    for (const algorithm of CANDIDATES) {
      const entrant = prepare(layer, geometry, algorithm, data);
      if (entrant !== undefined) entrants.set(algorithm, entrant);
    }
    const timings = await race([...entrants.values()], rounds, onRound);
    const ms = new Map([...entrants.keys()].map((name, index) => [name, Math.min(...timings[index]!.samples)]));
    const chosen = planConv(layer.name, geometry, "auto", "many").algorithm;
    const best = [...ms.keys()].reduce((a, b) => (ms.get(b)! < ms.get(a)! ? b : a)) as Candidate;
    return { layer, chosen, best, ms, loss: ms.get(chosen)! / ms.get(best)! };
  } finally {
    for (const entrant of entrants.values()) entrant.dispose();
  }
}

function geometryOf({ name, shape }: Layer): ConvGeometry {
  const { batch, channels, height, width, filters, kernel, ...options } = shape;
  const shapes = { input: [batch, channels, height, width], weight: [filters, channels / options.groups, ...kernel] };
  return convCall({ where: name, axes: 2, ...shapes, options }).geometry;
}

/**
 * @returns undefined if the algorithm does not serve the layer
 * @throws if its result is wrong
 */
function prepare(layer: Layer, geometry: ConvGeometry, algorithm: Candidate, data: ReturnType<typeof layerData>) {
  const plan = planIfServed(layer.name, geometry, algorithm);
  if (plan === undefined) return undefined;
  const { heap, exports } = engine();
  const { batch, groups, filters, y, x } = geometry;
  const shape = [batch, groups * filters, y.out, x.out];
  const call = plannedConv(plan, float32(shape));
  const outputs = countOf(shape);
  const held = heap.allocate(layer.name, call.heldBytes + INSTRUCTION_BYTES);
  const staged = heap.allocate(layer.name, call.stagedBytes);
  const input = heap.allocate(layer.name, data.input.byteLength);
  const output = heap.allocate(layer.name, outputs * 4);
  const workspace = heap.allocate(layer.name, call.workspaceBytes);
  const instructions = held.offset + call.heldBytes;
  const program = new ProgramWriter(engine(), { held: held.offset, arena: 0, staged: staged.offset }, instructions);
  call.prepare(program, {
    inputs: [ARENA + input.offset, 0, 0],
    parameters: [
      null,
      { ...float32(layer.shape.kernel), data: data.weight },
      data.bias === undefined ? null : { ...float32([data.bias.length]), data: data.bias },
    ],
    outputs: [ARENA + output.offset],
    residual: 0,
    activation: undefined,
    held: HELD,
    staged: STAGED,
    workspace: ARENA + workspace.offset,
  });
  heap.free(staged);
  heap.f32.set(data.input, input.offset / 4);
  const run = () => exports.run(instructions, 0, call.calls);
  run();
  const outputAt = output.offset / 4;
  const fault = plainSumDifference(layer, data, heap.f32.subarray(outputAt, outputAt + outputs));
  if (fault !== undefined) throw new Error(`${algorithm} on ${layer.name}: ${fault}`);
  return {
    run,
    sink: () => heap.f32[outputAt]!,
    dispose() {
      for (const block of [held, input, output, workspace]) heap.free(block);
    },
  };
}

function planIfServed(name: string, geometry: ConvGeometry, algorithm: Candidate) {
  try {
    return planConv(name, geometry, algorithm, "many");
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function describe(verdicts: readonly Verdict[]): string {
  const table = newTable(["layer", "shape", "chosen", "best", ...CANDIDATES.map((name) => `${name}\nms`), "loss"], 4);
  for (const { layer, chosen, best, ms, loss } of verdicts.toSorted((a, b) => b.loss - a.loss)) {
    table.push([
      layer.name,
      describeShape(layer.shape),
      chosen,
      best,
      ...CANDIDATES.map((name) => (ms.has(name) ? milliseconds(ms.get(name)!) : "-")),
      percentOf(loss),
    ]);
  }
  return table.toString();
}

function percentOf(ratio: number): string {
  return `${(100 * (ratio - 1)).toFixed(1)}%`;
}

function summarise(verdicts: readonly Verdict[], rounds: number): string {
  const { build } = runtime();
  const losses = verdicts.map(({ loss }) => loss);
  const right = losses.filter((loss) => loss === 1).length;
  const bad = losses.filter((loss) => loss > TOLERATED).length;
  const sum = (of: (verdict: Verdict) => number) => verdicts.reduce((total, verdict) => total + of(verdict), 0);
  const inAll = sum(({ ms, chosen }) => ms.get(chosen)!) / sum(({ ms, best }) => ms.get(best)!);
  return [
    `${build} build, shortest of ${rounds}: ${verdicts.length} layers, the fastest way chosen for ${right}, more than ${percentOf(TOLERATED)} lost on ${bad}`,
    `loss: ${percentOf(geometricMean(losses))} in the geometric mean, ${percentOf(inAll)} of the time of all layers together`,
  ].join("\n");
}
