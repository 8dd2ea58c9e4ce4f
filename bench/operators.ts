/**
 * Speed of operators that do little for each number, in bytes read and written, compared with a plain copy of as many numbers:
 * in the innermost caches, and from and to memory. All of them take turns.
 *
 * npm run bench:operators -- [--build simd|relaxed] [--rounds 21]
 */
import { parseArgs } from "node:util";
import type { Build } from "convwasm";
import { UNARY_OPERATORS } from "../src/operators/activation.ts";
import { batchNormOperator } from "../src/operators/batch-norm.ts";
import { addOperator, mulOperator } from "../src/operators/binary.ts";
import { instanceNormOperator, layerNormOperator } from "../src/operators/normalize.ts";
import { amaxOperator, meanOperator, softmaxOperator } from "../src/operators/reduce.ts";
import { type Constant, constantOf } from "../src/planning/constant.ts";
import { type Epilogue, epilogueOf, UNARY } from "../src/planning/epilogue.ts";
import type { Operator } from "../src/planning/operator.ts";
import { configure, engine } from "../src/runtime/runtime.ts";
import { runCommand } from "./command.ts";
import { type Contestant, race } from "./harness.ts";
import { type Prepared, prepare } from "./prepared.ts";
import { newTable, percent } from "./table.ts";

/** [channels, pixels]: 196 KB, as a layer of 28x28, and 12 MB. */
const SIZES = [
  [64, 784],
  [256, 12_544],
] as const;

/** What is measured: how many tensors of the size it reads and writes, and the call. */
interface Entry {
  readonly name: string;
  readonly tensors: number;
  readonly prepared: Prepared;
}

/** Between 0.5 and 2.5: no function leaves its range. */
const values = (shape: readonly number[]): Constant =>
  constantOf(
    "float32",
    shape,
    Float32Array.from(
      { length: shape.reduce((product, length) => product * length, 1) },
      (_, i) => 0.5 + (i % 1021) / 512,
    ),
  );

function entriesOf(channels: number, pixels: number): Entry[] {
  const x = values([1, channels, pixels]);
  const perChannel = values([channels]);
  const entry = <A extends object>(
    name: string,
    tensors: number,
    operator: Operator<A>,
    operands: readonly Constant[],
    attributes: A,
    activation?: Epilogue,
  ): Entry => ({ name, tensors, prepared: prepare(engine(), operator, operands, attributes, activation) });
  const relu = epilogueOf("bench", "relu")!;
  const statistics = [x, perChannel, perChannel, perChannel, perChannel];
  const along = (dim: number) => ({ dims: [dim], keepdim: false });
  return [
    ...Object.entries(UNARY_OPERATORS).map(([name, operator]) => {
      const { numbers = [] } = UNARY[name as keyof typeof UNARY] as { numbers?: readonly string[] };
      const attributes = Object.fromEntries(numbers.map((number, i) => [number, [0.2, 0.5][i]]));
      return entry(name, 2, operator as Operator, [x], attributes);
    }),
    entry("add", 3, addOperator, [x, x], {}),
    entry("add, relu", 3, addOperator, [x, x], {}, relu),
    entry("mul by a number for each channel", 2, mulOperator, [x, values([channels, 1])], {}),
    entry("batch norm", 2, batchNormOperator, statistics, { eps: 1e-5 }),
    entry("batch norm, relu", 2, batchNormOperator, statistics, { eps: 1e-5 }, relu),
    entry("instance norm", 2, instanceNormOperator, [x, perChannel, perChannel], { eps: 1e-5 }),
    entry("layer norm", 2, layerNormOperator, [x, values([pixels]), values([pixels])], { axes: 1, eps: 1e-5 }),
    entry("mean of each channel", 1, meanOperator, [x], along(2)),
    entry("mean over channels", 1, meanOperator, [x], along(1)),
    entry("max of each channel", 1, amaxOperator, [x], along(2)),
    entry("softmax of rows", 2, softmaxOperator, [x], { dim: 2 }),
    entry("softmax over channels", 2, softmaxOperator, [x], { dim: 1 }),
  ];
}

interface Measured {
  readonly name: string;
  readonly speed: number;
  readonly ofCopy: number;
}

async function measureSize(channels: number, pixels: number, rounds: number): Promise<Measured[]> {
  const { heap } = engine();
  const bytes = channels * pixels * 4;
  const { offset } = heap.allocate("bench", 2 * bytes);
  const copy = () => void heap.f32.copyWithin((offset + bytes) / 4, offset / 4, (offset + bytes) / 4);
  const entries = entriesOf(channels, pixels);
  const contestants = [
    { run: copy, sink: () => heap.f32[offset / 4]! },
    ...entries.map(({ prepared }): Contestant => ({ run: prepared.run, sink: () => heap.f32[prepared.output / 4]! })),
  ];
  const timings = await race(contestants, rounds);
  for (const { prepared } of entries) prepared.dispose();
  const speeds = [2, ...entries.map(({ tensors }) => tensors)].map(
    (tensors, i) => (tensors * bytes) / timings[i]!.ms / 1e6,
  );
  const names = ["copy", ...entries.map(({ name }) => name)];
  return names.map((name, i) => ({ name, speed: speeds[i]!, ofCopy: speeds[i]! / speeds[0]! }));
}

async function measure(build: Build, rounds: number): Promise<void> {
  configure({ build });
  const table = newTable(
    ["operator", ...SIZES.map((size) => `${size.join(" x ")}\nGB/s`), ...SIZES.map(() => "of copy")],
    1,
  );
  const columns: Measured[][] = [];
  for (const [channels, pixels] of SIZES) columns.push(await measureSize(channels, pixels, rounds));
  for (const [i, { name }] of columns[0]!.entries()) {
    const row = columns.map((column) => column[i]!);
    table.push([name, ...row.map(({ speed }) => speed.toFixed(1)), ...row.map(({ ofCopy }) => percent(ofCopy))]);
  }
  console.log(table.toString());
}

await runCommand("operators", async () => {
  const { values } = parseArgs({
    options: { build: { type: "string", default: "relaxed" }, rounds: { type: "string", default: "21" } },
  });
  await measure(values.build as Build, Number(values.rounds));
});
