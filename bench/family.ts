/**
 * Transposed convolutions and gradients, each compared with the forward convolution of the same useful work: the one that it
 * transposes, or whose gradient it is. All of ours are calls of the public functions, so weights are packed, and
 * operands copied in and results out, in every call. Ours and tfjs on its wasm backend take turns in one run; tfjs'
 * cpu backend, which is slow, comes after them with few calls of a part, and PyTorch last in its own process.
 *
 * npm run bench:family -- [--build simd|relaxed|auto] [--rounds 21] [--peers tfjs,torch|none] [--json path]
 */
import { readFileSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import * as convwasm from "convwasm";
import * as source from "../src/index.ts";
import {
  type Family,
  type FamilyData,
  type FamilyItem,
  OPERATIONS,
  type Operation,
  outputPadding,
  type PreparedFamily,
} from "./engines/family.ts";
import { tfjsFamily } from "./engines/tfjs-family.ts";
import { openTorch } from "./engines/torch.ts";
import { type Contestant, median, race, seedOf, type Timing, warnOfLoad } from "./harness.ts";
import { describeShape, type Entry, type Layer, layerFrom } from "./layers.ts";
import { milliseconds, newTable, percent } from "./table.ts";
import {
  difference,
  inputGradientDifference,
  layerData,
  plainSumDifference,
  weightGradientDifference,
} from "./verify.ts";
import { peakBytes } from "./workspace.ts";

export const FAMILY_ROUNDS = 21;
export const FAMILY_PEERS = ["tfjs", "torch"] as const;

export type FamilyPeer = (typeof FAMILY_PEERS)[number];

const OURS = "convwasm";
/** Timed calls, after one to warm up, of engines too slow for the rounds. */
const SLOW_CALLS = 3;

/** One engine on one item. */
export interface FamilyTiming extends Timing {
  /** by the FLOPs of the forward convolution's plain sum */
  readonly gflops: number;
}

/** `layer` is the forward convolution. */
export interface FamilyResult extends FamilyItem {
  readonly forward: FamilyTiming;
  /** by engine; wrong ones are absent */
  readonly engines: Readonly<Record<string, FamilyTiming>>;
  /** our rate by that of the forward convolution */
  readonly ofForward: number;
  /** peak linear memory during a call, minus input, weights and result once each */
  readonly workspaceBytes: number;
  readonly forwardWorkspaceBytes: number;
}

export interface FamilyReport {
  readonly build: string;
  readonly rounds: number;
  /** version by engine */
  readonly engines: Readonly<Record<string, string>>;
  readonly results: readonly FamilyResult[];
  /** wrong results: engine, item and value */
  readonly faults: readonly string[];
}

/** Both are the same functions: the bundle is timed, the source's memory is watched. */
type Functions = Pick<typeof convwasm, "conv2d" | "convTranspose2d" | "conv2dInput" | "conv2dWeight"> | typeof source;
type Call = () => { readonly data: Float32Array };

/** @throws if a result of ours is wrong */
export async function measureFamily(
  build: "auto" | convwasm.Build,
  rounds: number,
  wanted: readonly FamilyPeer[],
): Promise<FamilyReport> {
  convwasm.configure({ build });
  source.configure({ build });
  const peer = wanted.includes("tfjs") ? await openTfjs() : undefined;
  const torch = wanted.includes("torch") ? openTorch() : undefined;
  if (torch === undefined && wanted.includes("torch")) console.error("not installed: torch (a package of Python)");
  const faults: string[] = [];
  const results: FamilyResult[] = [];
  const prepared: (FamilyItem & { data: FamilyData; expected: Float32Array })[] = [];
  for (const item of readItems()) {
    const data = familyData(item.layer);
    const expected = verified(item, data);
    prepared.push({ ...item, data, expected });
    results.push(await measureItem(item, data, expected, peer, rounds, faults));
  }
  const timings = torch?.measure(prepared, rounds) ?? [];
  for (const [index, timing] of timings.entries()) {
    const { operation, layer, engines } = results[index]!;
    if ("fault" in timing) faults.push(`torch, ${operation} of ${layer.name}: ${timing.fault}`);
    else results[index] = { ...results[index]!, engines: { ...engines, torch: rated(layer, timing) } };
  }
  return {
    build: convwasm.runtime().build,
    rounds,
    engines: {
      [OURS]: JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")).version,
      ...(peer && { tfjs: peer.version }),
      ...(torch && { torch: torch.version }),
    },
    results,
    faults,
  };
}

function readItems(): FamilyItem[] {
  const { transposed, gradients } = JSON.parse(readFileSync(new URL("family.json", import.meta.url), "utf8")) as {
    transposed: Entry[];
    gradients: Entry[];
  };
  return OPERATIONS.flatMap((operation) =>
    (operation === "transposed" ? transposed : gradients).map((entry) => ({
      operation,
      layer: layerFrom(operation === "transposed" ? operation : "gradients", entry),
    })),
  );
}

function familyData(layer: Layer): FamilyData {
  const { input, weight } = layerData(layer);
  const gradient = convwasm.Tensor.rand(layer.outputShape, seedOf(layer.name) + 3).data.map((value) => 2 * value - 1);
  return { input, weight, gradient };
}

function callsOf(functions: Functions, { operation, layer }: FamilyItem, data: FamilyData) {
  const { batch, channels, height, width, filters, kernel, stride, padding, dilation, groups } = layer.shape;
  const options = { stride, padding, dilation, groups };
  const input = { data: data.input, shape: [batch, channels, height, width] };
  const weight = { data: data.weight, shape: [filters, channels / groups, ...kernel] };
  const gradient = { data: data.gradient, shape: layer.outputShape };
  const transposeOptions = { ...options, outputPadding: outputPadding(layer) };
  const calls: Record<Operation, Call> = {
    transposed: () => functions.convTranspose2d(gradient, weight, null, transposeOptions),
    "input gradient": () => functions.conv2dInput(input.shape, weight, gradient, options),
    "weight gradient": () => functions.conv2dWeight(input, weight.shape, gradient, options),
  };
  return { forward: (() => functions.conv2d(input, weight, null, options)) as Call, own: calls[operation] };
}

/** Our result, compared with plain sums, as the forward convolution's is. */
function verified(item: FamilyItem, data: FamilyData): Float32Array {
  const { operation, layer } = item;
  const { forward, own } = callsOf(convwasm, item, data);
  const bias = new Float32Array(layer.shape.filters);
  const result = own().data;
  const fault =
    plainSumDifference(layer, { ...data, bias }, forward().data) ??
    (operation === "weight gradient"
      ? weightGradientDifference(layer, data.input, data.gradient, result)
      : inputGradientDifference(layer, data.weight, data.gradient, result));
  if (fault !== undefined) throw new Error(`${operation} of ${layer.name}: ${fault}`);
  return result;
}

async function measureItem(
  item: FamilyItem,
  data: FamilyData,
  expected: Float32Array,
  peer: Family | undefined,
  rounds: number,
  faults: string[],
): Promise<FamilyResult> {
  const { operation, layer } = item;
  const { forward, own } = callsOf(convwasm, item, data);
  const contestants = [contestantOf(forward), contestantOf(own)];
  const entrant = await peer?.prepare(item, data);
  try {
    let fault: string | undefined;
    if (entrant !== undefined) {
      await entrant.enter();
      await entrant.run();
      fault = difference(entrant.output(), expected.subarray(0, Math.round(entrant.share * expected.length)));
      if (fault !== undefined) faults.push(`${peer!.name}, ${operation} of ${layer.name}: ${fault}`);
    }
    const takesPart = entrant !== undefined && fault === undefined;
    const slow = takesPart && peer!.isSlow(item);
    if (takesPart && !slow) contestants.push({ run: () => entrant.run(), sink: () => entrant.output()[0]! });
    const [first, second, third] = await race(contestants, rounds);
    const theirs = slow ? await timeSlow(entrant) : third;
    const calls = callsOf(source, item, data);
    const operands = 4 * (data.input.length + data.weight.length + data.gradient.length);
    return {
      ...item,
      forward: rated(layer, first!),
      engines: { [OURS]: rated(layer, second!), ...(theirs && { [peer!.name]: rated(layer, theirs) }) },
      ofForward: first!.ms / second!.ms,
      workspaceBytes: peakBytes(calls.own) - operands,
      forwardWorkspaceBytes: peakBytes(calls.forward) - operands,
    };
  } finally {
    await entrant?.dispose();
  }
}

function contestantOf(call: Call): Contestant {
  let result: ReturnType<Call> | undefined;
  return {
    run() {
      result = call();
    },
    sink: () => result!.data[0]!,
  };
}

/** Time for the whole work. The checked run has warmed it up. */
async function timeSlow(entrant: PreparedFamily): Promise<Timing> {
  const samples: number[] = [];
  while (samples.length < SLOW_CALLS) {
    const begin = performance.now();
    await entrant.run();
    samples.push((performance.now() - begin) / entrant.share);
  }
  return { ms: median(samples), repeats: 1, samples };
}

const rated = ({ flops }: Layer, timing: Timing): FamilyTiming => ({ gflops: flops / timing.ms / 1e6, ...timing });

async function openTfjs(): Promise<Family | undefined> {
  try {
    return await tfjsFamily();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw error;
    console.error("not installed: tfjs (add it with npm run bench:peers)");
    return undefined;
  }
}

export function describeFamily({ build, rounds, engines, results }: FamilyReport): string {
  const peers = FAMILY_PEERS.filter((peer) => peer in engines);
  const table = newTable(
    [
      "operation",
      "shape",
      "MFLOP",
      "forward\nms, GFLOPS",
      `${OURS}\nms, GFLOPS`,
      "of\nforward",
      "workspace\nKB",
      ...peers.flatMap((peer) => [`${peer}\nms, GFLOPS`, `vs\n${peer}`]),
    ],
    2,
  );
  const cell = (timing: FamilyTiming | undefined) =>
    timing ? `${milliseconds(timing.ms)} ${timing.gflops.toFixed(timing.gflops < 0.1 ? 3 : 1).padStart(5)}` : "-";
  const times = (ratio: number) => ratio.toFixed(ratio < 100 ? 2 : 0);
  for (const { operation, layer, forward, engines: timings, ofForward, workspaceBytes } of results) {
    const own = timings[OURS]!;
    table.push([
      operation,
      describeShape(operation === "transposed" ? transposed(layer) : layer.shape),
      (layer.flops / 1e6).toFixed(0),
      cell(forward),
      cell(own),
      percent(ofForward),
      (workspaceBytes / 1024).toFixed(0),
      ...peers.flatMap((peer) => [cell(timings[peer]), timings[peer] ? times(timings[peer].ms / own.ms) : "-"]),
    ]);
  }
  return [
    table.toString(),
    `${build} build, one thread, medians of ${rounds} rounds, weights packed in every call; GFLOPS by the forward convolution's plain sum`,
    "aims on the relaxed build: transposed 70% of forward, input gradient 85%, weight gradient 25 GFLOPS",
    "workspace: most linear memory in use during a call, less input, weights and result once each",
    ...("tfjs" in engines
      ? [
          `tfjs ${engines.tfjs}: its wasm backend in turn with ours; for weight gradients its cpu backend, the time of one filter (${SLOW_CALLS} calls) times their number`,
        ]
      : []),
    ...("torch" in engines
      ? [
          `torch ${engines.torch}: native, in a process of its own after the others, not in turn with them; what oneDNN does not compute is left to the BLAS that it is linked with`,
        ]
      : []),
  ].join("\n");
}

/** The transposed convolution's own channels and filters. */
function transposed({ shape, outputShape: [, filters, height, width] }: Layer): Layer["shape"] {
  return { ...shape, channels: filters, height, width, filters: shape.channels };
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      build: { type: "string", default: "auto" },
      rounds: { type: "string", default: String(FAMILY_ROUNDS) },
      peers: { type: "string", default: FAMILY_PEERS.join(",") },
      json: { type: "string" },
    },
  });
  const named = values.peers.split(",");
  const peers = FAMILY_PEERS.filter((peer) => named.includes(peer));
  warnOfLoad(loadavg()[0]!);
  const report = await measureFamily(values.build as "auto" | convwasm.Build, Number(values.rounds), peers);
  console.log(describeFamily(report));
  for (const fault of report.faults) console.error(`wrong: ${fault}`);
  if (report.faults.length > 0) process.exitCode = 1;
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
}
