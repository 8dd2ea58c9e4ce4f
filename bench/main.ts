/**
 * Compares our kernels with other engines on the layers of bench/layers: one process, one thread each, warm, in
 * interleaved rounds. Nothing is asserted about time; a wrong result is an error.
 *
 * A call: ours and both onnxruntimes take a Float32Array and return one, so copying in and out of WebAssembly's
 * memory counts. tfjs takes and returns tensors in its own memory, as a chain of its operations does: no copy counts.
 * Weights are packed and models built before the clock starts, in every engine.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg } from "node:os";
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import cliProgress from "cli-progress";
import { type Algorithm, type Build, configure, runtime } from "convwasm";
import { loadChart } from "./chart.ts";
import { InputError, runCommand } from "./command.ts";
import type { Engine } from "./engines/engine.ts";
import { ortNodeEngine } from "./engines/ort-node.ts";
import { ortWebEngine } from "./engines/ort-web.ts";
import { ourEngine } from "./engines/ours.ts";
import { roofOf } from "./engines/roof.ts";
import { tfjsEngine } from "./engines/tfjs.ts";
import { FAMILY_PEERS, FAMILY_ROUNDS, type FamilyPeer, measureFamily } from "./family.ts";
import { measureFresh } from "./first-call.ts";
import { warnOfLoad } from "./harness.ts";
import { type Layer, layerFiles, readLayers } from "./layers.ts";
import { describeMatrixProduct, measureMatrixProduct } from "./matrix-product.ts";
import { type Field, type Incidents, measureLayer } from "./measure.ts";
import { describeReport } from "./report.ts";
import { type LayerResult, PEERS, type Peer, type Report, summarise } from "./results.ts";

/** torch only takes part in transposed convolutions and gradients. */
const ALL_PEERS = [...new Set<string>([...PEERS, ...FAMILY_PEERS])];

const usage = `Usage: npm run bench -- [options]

  --layers <names>   files of bench/layers, or parts of layers' names, with commas (default: all)
                     ${layerFiles().join(" ")}
  --build <build>    simd, relaxed, wide (in this Node, if it pairs vectors) or auto (default)
  --algorithm <name> of conv2d, for our kernels (default: auto); layers that it cannot serve are left out
  --rounds <n>       samples of each engine on each layer (default: 9)
  --peers <names>    ${ALL_PEERS.join(",")} (default: all that are installed), or none
  --no-family        leave out transposed convolutions and gradients
  --processes <n>    fresh processes for the cold measurements, 0 for none (default: 7)
  --json <path>      where to write the results (default: build/bench.json)
  --svg <path>       where to draw a chart (needs the peers; default: nowhere)
  -h, --help         this text

The other engines come with: npm run bench:peers
`;

const OPENERS: Record<Peer, () => Promise<Engine>> = {
  "ort-web": ortWebEngine,
  tfjs: tfjsEngine,
  "ort-node": ortNodeEngine,
};

interface Options {
  readonly layers: readonly string[];
  readonly build: "auto" | Build;
  readonly algorithm: Algorithm;
  readonly rounds: number;
  readonly peers: readonly Peer[];
  readonly family: boolean;
  readonly familyPeers: readonly FamilyPeer[];
  readonly processes: number;
  readonly json: string;
  readonly svg: string | undefined;
}

await runCommand("bench", main);

async function main(): Promise<void> {
  const options = readOptions();
  if (options === undefined) return console.log(usage.trimEnd());
  const layers = readLayers(options.layers);
  if (layers.length === 0) throw new InputError(`no layer is called ${options.layers.join(" or ")} (see --help)`);
  configure({ build: options.build });
  const { build, reason } = runtime();
  if (options.build === "wide" && build !== "wide") throw new InputError(`--build wide: ${reason}`);
  const draw = options.svg === undefined ? undefined : await openChart();
  const load = loadavg()[0]!;
  warnOfLoad(load);
  const matrixProduct = await measureMatrixProduct(options.build);
  console.log(describeMatrixProduct(matrixProduct));
  const peers = await openPeers(options.peers);
  const ours = ourEngine(options.algorithm);
  const faults: string[] = [];
  const refusals: string[] = [];
  const field = { ours, peers, roof: roofOf(runtime().build), rounds: options.rounds };
  const results = await measure(layers, field, { faults, refusals });
  for (const fault of faults) console.error(`wrong: ${fault}`);
  if (faults.length > 0) process.exitCode = 1;
  if (refusals.length > 0) console.error(`left out: ${refusals.length} layers, as ${refusals[0]}`);
  if (results.length === 0) throw new InputError("no layer could be measured");

  const family = options.family ? await measureFamily(options.build, FAMILY_ROUNDS, options.familyPeers) : undefined;
  for (const fault of family?.faults ?? []) console.error(`wrong: ${fault}`);
  if (family !== undefined && family.faults.length > 0) process.exitCode = 1;

  const fresh = options.processes > 0 ? await measureFresh(options.build, options.processes) : undefined;
  const report: Report = {
    date: new Date().toISOString(),
    machine: {
      cpu: cpus()[0]!.model,
      cores: availableParallelism(),
      platform: `${process.platform} ${process.arch}`,
      node: process.versions.node,
      v8: process.versions.v8,
      load,
    },
    build: runtime().build,
    algorithm: options.algorithm,
    rounds: options.rounds,
    engines: Object.fromEntries([ours, ...peers].map(({ name, version }) => [name, version])),
    matrixProduct,
    layers: results,
    summary: summarise(results),
    ...(family && { family }),
    ...(fresh && { fresh }),
  };
  console.log(describeReport(report));
  write(options.json, `${JSON.stringify(report, null, 2)}\n`);
  if (draw !== undefined) write(options.svg!, await draw(report));
}

function readOptions(): Options | undefined {
  const { values } = parse();
  if (values.help) return undefined;
  const list = (text = "") => text.split(",").filter((name) => name !== "");
  const count = (name: "rounds" | "processes", least: number) => {
    const value = Number(values[name]);
    if (!Number.isInteger(value) || value < least)
      throw new InputError(`--${name} must be a whole number from ${least}, got ${values[name]}`);
    return value;
  };
  const peers = values.peers === "none" ? [] : list(values.peers);
  const unknown = peers.find((peer) => !ALL_PEERS.includes(peer));
  if (unknown !== undefined) throw new InputError(`--peers knows ${ALL_PEERS.join(", ")} and none, got ${unknown}`);
  if (!["auto", "simd", "relaxed", "wide"].includes(values.build))
    throw new InputError(`--build must be simd, relaxed, wide or auto, got ${values.build}`);
  return {
    layers: list(values.layers),
    build: values.build as Options["build"],
    algorithm: values.algorithm as Algorithm,
    rounds: count("rounds", 1),
    peers: PEERS.filter((peer) => peers.includes(peer)),
    family: values.family,
    familyPeers: FAMILY_PEERS.filter((peer) => peers.includes(peer)),
    processes: count("processes", 0),
    json: values.json,
    svg: values.svg,
  };
}

function parse() {
  try {
    return parseArgs({
      allowNegative: true,
      options: {
        layers: { type: "string" },
        build: { type: "string", default: "auto" },
        algorithm: { type: "string", default: "auto" },
        rounds: { type: "string", default: "9" },
        peers: { type: "string", default: ALL_PEERS.join(",") },
        family: { type: "boolean", default: true },
        processes: { type: "string", default: "7" },
        json: { type: "string", default: "build/bench.json" },
        svg: { type: "string" },
        help: { type: "boolean", short: "h", default: false },
      },
    });
  } catch (error) {
    throw new InputError(`${(error as Error).message.split(". ")[0]} (see --help)`);
  }
}

async function openChart() {
  try {
    return await loadChart();
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new InputError("--svg needs packages that npm run bench:peers installs");
  }
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "ERR_MODULE_NOT_FOUND";
}

/** The peers that are installed; reports the others. */
async function openPeers(names: readonly Peer[]): Promise<Engine[]> {
  const engines: Engine[] = [];
  const missing: string[] = [];
  for (const name of names) {
    try {
      engines.push(await OPENERS[name]());
    } catch (error) {
      if (!isMissing(error)) throw error;
      missing.push(name);
    }
  }
  if (missing.length > 0) console.error(`not installed: ${missing.join(", ")} (add them with npm run bench:peers)`);
  return engines;
}

async function measure(layers: readonly Layer[], field: Field, incidents: Incidents): Promise<LayerResult[]> {
  // a call costs something however little it computes
  const effort = ({ flops }: Layer) => flops + 1e9;
  const bar = new cliProgress.SingleBar({
    format: "[{bar}] {percentage}% | {eta_formatted} left | {layer}",
    barsize: 28,
    gracefulExit: false,
    etaBuffer: 50,
  });
  const total = layers.reduce((sum, layer) => sum + effort(layer), 0);
  if (process.stdout.isTTY) bar.start(total, 0, { layer: "" });
  const results: LayerResult[] = [];
  try {
    for (const layer of layers) {
      bar.update({ layer: layer.name });
      const step = effort(layer) / field.rounds;
      const result = await measureLayer(layer, field, incidents, () => bar.increment(step));
      if (result !== undefined) results.push(result);
    }
  } finally {
    bar.stop();
  }
  return results;
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  console.error(`wrote ${path}`);
}
