/**
 * Networks by one thread and by several, taking turns, and images a second of one Session and of a pool; a table in Markdown.
 * The networks come with `python3 test/networks/export_zoo.py DIR resnet50 mobilenet-v2 squeezenet efficientnet-b0`.
 */
import { existsSync, readFileSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { compile, configure, nn, runtime, type Session, Tensor } from "convwasm";
import { loadOnnx } from "convwasm/onnx";
import { Pool } from "convwasm/pool";
import { InputError, runCommand } from "./command.ts";
import { median } from "./harness.ts";

const NETWORKS = [
  ["ResNet-50", "resnet50-opset13.onnx"],
  ["MobileNetV2", "mobilenet-v2-opset13.onnx"],
  ["SqueezeNet 1.1", "squeezenet-opset13.onnx"],
  ["EfficientNet-B0", "efficientnet-b0-opset13.onnx"],
] as const;
const SHAPE = [1, 3, 224, 224];

const usage = `Usage: npm run bench:threads -- DIR [options]

  DIR              with the networks; those that are missing are left out
  --threads <n>    threads and workers (default: 2)
  --rounds <n>     samples of each (default: 15)
  -h, --help       this text`;

/** Milliseconds of one call, of so many at a time that a sample takes 20. */
function sampler(run: () => void): () => number {
  let count = 1;
  const sample = () => {
    const begin = performance.now();
    for (let i = 0; i < count; ++i) run();
    return (performance.now() - begin) / count;
  };
  for (let i = 0; i < 5; ++i) sample();
  count = Math.max(1, Math.round(20 / sample()));
  return sample;
}

async function whenReady(threads: number): Promise<void> {
  while (runtime().threads < threads) {
    if (runtime().threadsReason !== "the others are starting") throw new Error(runtime().threadsReason);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

type Model = Parameters<typeof compile>[0];

/** Medians of both, and how much faster several are in the median of the rounds. */
async function compareThreads(alone: Session, model: Model, shape: readonly number[], rounds: number) {
  const together = compile(model, shape) as Session;
  const input = Tensor.rand(shape, 1);
  const output = alone.run(input);
  const samplers = [alone, together].map((session) => sampler(() => void session.run(input, { output })));
  const samples: [number, number][] = [];
  for (let round = 0; round < rounds; ++round) samples.push([samplers[0]!(), samplers[1]!()]);
  together.dispose();
  const of = (each: (pair: [number, number]) => number) => median(samples.map(each));
  return {
    one: of(([one]) => one),
    several: of(([, several]) => several),
    ratio: of(([one, several]) => one / several),
  };
}

/** Images a second of the Session and of the pool, and how long the event loop waited at most for its turn, in milliseconds. */
async function comparePool(session: Session, size: number, rounds: number) {
  const pool = new Pool(session.save(), { size });
  const input = Tensor.rand(SHAPE, 1);
  const each = () => pool.run(input);
  await Promise.all(Array.from({ length: 4 * size }, each));
  const images = Math.max(2 * size, Math.ceil(400 / sampler(() => void session.run(input))()));
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const samples: [number, number][] = [];
  let longest = 0;
  for (let round = 0; round < rounds; ++round) {
    const begin = performance.now();
    for (let i = 0; i < images; ++i) session.run(input);
    const between = performance.now();
    // the histogram hears of what held the loop before when it gets its turn
    await new Promise((resolve) => setTimeout(resolve, 5));
    delay.reset();
    delay.enable();
    const start = performance.now();
    await Promise.all(Array.from({ length: images }, each));
    samples.push([between - begin, performance.now() - start]);
    delay.disable();
    longest = Math.max(longest, delay.max / 1e6);
  }
  await pool.close();
  const of = (each: (pair: [number, number]) => number) => median(samples.map(each));
  const rate = (ms: number) => (1000 * images) / ms;
  return {
    one: rate(of(([one]) => one)),
    pool: rate(of(([, all]) => all)),
    ratio: of(([one, all]) => one / all),
    longest,
  };
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: {
      threads: { type: "string", default: "2" },
      rounds: { type: "string", default: "15" },
      help: { type: "boolean", short: "h", default: false },
    },
    allowPositionals: true,
  });
  if (values.help) return console.log(usage);
  const [folder, ...more] = positionals;
  if (folder === undefined || more.length > 0)
    throw new InputError("one folder with networks must be given (see --help)");
  const [threads, rounds] = [values.threads, values.rounds].map(Number) as [number, number];
  if (!(Number.isInteger(threads) && threads > 1))
    throw new InputError(`--threads must be from 2, got ${values.threads}`);
  if (!(Number.isInteger(rounds) && rounds > 0)) throw new InputError(`--rounds must be from 1, got ${values.rounds}`);
  const found = NETWORKS.filter(([, file]) => existsSync(join(folder, file)));
  if (found.length === 0) throw new InputError(`no network is in ${folder}`);
  const models: [name: string, model: Model, shape: readonly number[]][] = found.map(([name, file]) => {
    return [name, loadOnnx(readFileSync(join(folder, file))), SHAPE];
  });
  const small = new nn.Conv2d(8, 8, 3, { padding: 1, seed: 1 });
  // too short to be divided: threads must not make it slower
  const all = [...models, ["one small layer", small, [1, 8, 16, 16]] as (typeof models)[number]];
  // they keep a memory that is not shared, and one thread
  const alone = all.map(([, model, shape]) => compile(model, shape) as Session);
  console.log(`load ${loadavg()[0]!.toFixed(1)}, ${rounds} rounds\n`);
  console.log(
    `| network | one Session, images/s | pool of ${threads} | ratio | longest wait of the event loop, ms |\n| --- | --: | --: | --: | --: |`,
  );
  for (const [i, [name]] of models.entries()) {
    const { one, pool, ratio, longest } = await comparePool(alone[i]!, threads, rounds);
    console.log(`| ${name} | ${one.toFixed(1)} | ${pool.toFixed(1)} | ${ratio.toFixed(2)} | ${longest.toFixed(1)} |`);
  }
  configure({ threads });
  await whenReady(threads);
  console.log(`\n| network | one thread, ms | ${threads} threads | ratio |\n| --- | --: | --: | --: |`);
  for (const [i, [name, model, shape]] of all.entries()) {
    const { one, several, ratio } = await compareThreads(alone[i]!, model, shape, rounds);
    console.log(`| ${name} | ${one.toPrecision(3)} | ${several.toPrecision(3)} | ${ratio.toFixed(2)} |`);
  }
  console.log(`\nload ${loadavg()[0]!.toFixed(1)} at the end`);
}

await runCommand("bench:threads", main);
