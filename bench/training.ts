/**
 * Steps of training (forward, backward, SGD with momentum; batch normalisation by the batch's statistics) beside PyTorch's on one
 * thread, and functions of a million numbers beside plain loops of JavaScript. Those that are compared take turns; the figures are the least of all rounds, which another
 * process disturbs least.
 *
 * npm run bench:training -- [--build simd|relaxed|wide] [--rounds 15]
 */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import {
  add,
  type Build,
  configure,
  crossEntropy,
  exp,
  mean,
  mul,
  nn,
  relu,
  runtime,
  softmax,
  sum,
  Tensor,
} from "convwasm";
import { SGD } from "convwasm/optim";
import { BasicBlock, ResNet } from "../examples/networks/resnet.ts";
import { InputError, runCommand } from "./command.ts";
import { openTorch } from "./engines/torch.ts";
import { type Contestant, race, type Timing } from "./harness.ts";
import { milliseconds, newTable } from "./table.ts";

const block = (channels: number, filters: number) => [
  new nn.Conv2d(channels, filters, 3, { padding: 1, seed: filters }),
  new nn.BatchNorm2d(filters),
  new nn.ReLU(),
  new nn.MaxPool2d(2),
];

/** The networks of bench/peers-python/training.py. */
const NETWORKS = {
  resnet18: {
    name: "ResNet-18, 32x3x32x32",
    make: () => new ResNet(BasicBlock, [2, 2, 2, 2], 10),
    shape: [32, 3, 32, 32],
  },
  digits: {
    name: "digits, 64x1x24x24",
    make: () =>
      new nn.Sequential(...block(1, 8), ...block(8, 16), ...block(16, 32), new nn.Flatten(), new nn.Linear(288, 10)),
    shape: [64, 1, 24, 24],
  },
} as const;

function ours({ make, shape }: (typeof NETWORKS)[keyof typeof NETWORKS]): Contestant {
  const model: nn.Module = make();
  const optimiser = new SGD(model.parameters(), { lr: 0.01, momentum: 0.9 });
  const x = Tensor.randn(shape, 1);
  const target = new Tensor<"int64">(
    BigInt64Array.from({ length: shape[0] }, (_, i) => BigInt(i % 10)),
    [shape[0]],
  );
  let last = 0;
  return {
    run() {
      optimiser.zeroGrad();
      const loss = crossEntropy(model.forward(x), target);
      loss.backward();
      optimiser.step();
      last = loss.item();
    },
    sink: () => last,
  };
}

/** PyTorch in a process of its own, which makes a step for every line. */
function theirs(python: string) {
  const script = fileURLToPath(new URL("peers-python/training.py", import.meta.url));
  const child = spawn(python, [script], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const contestant = (name: string): Contestant => ({
    async run() {
      child.stdin.write(`${name}\n`);
      if ((await lines.next()).done) throw new Error("PyTorch's process ended");
    },
    sink: () => 0,
  });
  return { contestant, end: () => child.stdin.end() };
}

const COUNT = 1_000_000;
const ROWS = 1000;

type Loop = (a: Float32Array, b: Float32Array) => Float32Array;

const each =
  (f: (a: number, b: number) => number): Loop =>
  (a, b) => {
    const result = new Float32Array(COUNT);
    for (let i = 0; i < COUNT; ++i) result[i] = f(a[i]!, b[i]!);
    return result;
  };

/** Each function of (ROWS, COUNT / ROWS) matrices beside the loop that one would write. */
const FUNCTIONS: Readonly<Record<string, readonly [(a: Tensor, b: Tensor) => Tensor, Loop]>> = {
  add: [add, each((a, b) => a + b)],
  mul: [mul, each((a, b) => a * b)],
  relu: [relu, each((a) => Math.max(a, 0))],
  exp: [exp, each(Math.exp)],
  "add a row": [
    (a, b) => add(a, b.at(0)),
    (a, b) => {
      const result = new Float32Array(COUNT);
      const columns = COUNT / ROWS;
      for (let i = 0; i < ROWS; ++i) {
        for (let j = 0; j < columns; ++j) result[i * columns + j] = a[i * columns + j]! + b[j]!;
      }
      return result;
    },
  ],
  sum: [
    (a) => sum(a),
    (a) => {
      let total = 0;
      for (let i = 0; i < COUNT; ++i) total += a[i]!;
      return Float32Array.of(total);
    },
  ],
  "mean of rows": [
    (a) => mean(a, 1),
    (a) => {
      const result = new Float32Array(ROWS);
      const columns = COUNT / ROWS;
      for (let i = 0; i < ROWS; ++i) {
        let total = 0;
        for (let j = 0; j < columns; ++j) total += a[i * columns + j]!;
        result[i] = total / columns;
      }
      return result;
    },
  ],
  "softmax of rows": [
    (a) => softmax(a, { dim: 1 }),
    (a) => {
      const result = new Float32Array(COUNT);
      const columns = COUNT / ROWS;
      for (let i = 0; i < ROWS; ++i) {
        let most = -Infinity;
        for (let j = 0; j < columns; ++j) most = Math.max(most, a[i * columns + j]!);
        let total = 0;
        for (let j = 0; j < columns; ++j) {
          const power = Math.exp(a[i * columns + j]! - most);
          result[i * columns + j] = power;
          total += power;
        }
        for (let j = 0; j < columns; ++j) result[i * columns + j]! /= total;
      }
      return result;
    },
  ],
};

function computing(f: () => { readonly [index: number]: number }): Contestant {
  let last: { readonly [index: number]: number } = [0];
  return {
    run() {
      last = f();
    },
    sink: () => last[0]!,
  };
}

const least = ({ samples }: Timing): number => Math.min(...samples);

await runCommand("bench:training", async () => {
  const { values } = parseArgs({
    options: { build: { type: "string", default: "relaxed" }, rounds: { type: "string", default: "15" } },
  });
  const rounds = Number(values.rounds);
  if (!(Number.isInteger(rounds) && rounds > 0)) throw new InputError("--rounds must be a whole number from 1");
  configure({ build: values.build as Build });

  const torch = openTorch();
  const peer = torch && theirs(torch.python);
  const steps = newTable(["a step of", "convwasm, ms", "PyTorch, ms", "speed"], 1);
  for (const [key, network] of Object.entries(NETWORKS)) {
    const contestants = [ours(network), ...(peer ? [peer.contestant(key)] : [])];
    const [own, other] = (await race(contestants, rounds)).map(least);
    const figures = other === undefined ? ["-", "-"] : [milliseconds(other), (other / own!).toFixed(2)];
    steps.push([network.name, milliseconds(own!), ...figures]);
  }
  peer?.end();
  console.log(`${runtime().build} build${torch ? `, PyTorch ${torch.version} on one thread` : ", without PyTorch"}`);
  console.log(steps.toString());

  const table = newTable(["a million numbers", "convwasm, ms", "loops, ms", "speed"], 1);
  const [a, b] = [Tensor.randn([ROWS, COUNT / ROWS], 1), Tensor.randn([ROWS, COUNT / ROWS], 2)];
  for (const [name, [f, loop]] of Object.entries(FUNCTIONS)) {
    const both = [computing(() => f(a, b).data), computing(() => loop(a.data, b.data))];
    const [own, plain] = (await race(both, rounds)).map(least) as [number, number];
    table.push([name, milliseconds(own), milliseconds(plain), (plain / own).toFixed(1)]);
  }
  console.log(table.toString());
});
