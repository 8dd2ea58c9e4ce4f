/**
 * Speed of the kernels that do little for each number, in bytes read and written, beside a plain copy of as many numbers:
 * in the innermost caches, and from and to memory. All of them take turns.
 *
 * npm run bench:operators -- [--build simd|relaxed] [--rounds 21]
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Build } from "convwasm";
import { ACTIVATION, BINARY, REDUCTION } from "../src/runtime/generated/abi.ts";
import { Heap } from "../src/runtime/heap.ts";
import { type Kernels, load } from "../src/runtime/loader.ts";
import { runCommand } from "./command.ts";
import { type Contestant, race } from "./harness.ts";
import { newTable, percent } from "./table.ts";

/** [channels, pixels]: 196 KB, as a layer of 28x28, and 12 MB. */
const SIZES = [
  [64, 784],
  [256, 12_544],
] as const;

/** Where each tensor of `count` numbers is, and a table of axes for broadcast. */
interface Places {
  readonly a: number;
  readonly b: number;
  readonly to: number;
  readonly same: number;
  readonly gate: number;
  readonly splat: number;
}

type Entry = readonly [name: string, tensors: number, run: () => void];

function entriesOf(kernels: Kernels, heap: Heap, channels: number, pixels: number, at: Places): Entry[] {
  const count = channels * pixels;
  const { a, b, to, same, gate, splat } = at;
  const one = (code: number) => () => kernels.activate(a, to, count, code, 0.2, 0.5);
  const two = (code: number, axes: number, rank: number, activation: number) => () =>
    kernels.broadcast(code, a, b, to, axes, rank, splat, activation, 0, 0);
  return [
    ["copy", 2, () => heap.f32.copyWithin(to / 4, a / 4, a / 4 + count)],
    ...Object.entries(ACTIVATION)
      .filter(([, code]) => code !== ACTIVATION.NONE)
      .map(([name, code]): Entry => [name.toLowerCase().replaceAll("_", " "), 2, one(code)]),
    ["add", 3, two(BINARY.ADD, same, 1, ACTIVATION.NONE)],
    ["add, relu", 3, two(BINARY.ADD, same, 1, ACTIVATION.RELU)],
    ["mul by a number for each channel", 2, two(BINARY.MUL, gate, 2, ACTIVATION.NONE)],
    ["batch norm", 2, () => kernels.scaleChannels(a, to, 1, channels, pixels, b, ACTIVATION.NONE, 0, 0)],
    ["batch norm, relu", 2, () => kernels.scaleChannels(a, to, 1, channels, pixels, b, ACTIVATION.RELU, 0, 0)],
    ["instance norm", 2, () => kernels.normalizeGroups(a, to, 1, channels, 1, pixels, b, b, 1e-5)],
    ["layer norm", 2, () => kernels.normalizeRows(a, to, pixels, channels, b, b, 1e-5)],
    ["mean of each channel", 1, () => kernels.reduce(REDUCTION.SUM, a, to, channels, pixels, 1, pixels)],
    ["mean over channels", 1, () => kernels.reduce(REDUCTION.SUM, a, to, 1, channels, pixels, channels)],
    ["max of each channel", 1, () => kernels.reduce(REDUCTION.MAXIMUM, a, to, channels, pixels, 1, 1)],
    ["softmax of rows", 2, () => kernels.softmax(a, to, channels, pixels, 1, 0)],
    ["softmax over channels", 2, () => kernels.softmax(a, to, 1, channels, pixels, 0)],
  ];
}

async function measure(build: Build, rounds: number): Promise<void> {
  const file = import.meta.resolve(`convwasm/kernels${build === "relaxed" ? "-relaxed" : ""}.wasm`);
  const table = newTable(
    ["kernel", ...SIZES.map((size) => `${size.join(" x ")}\nGB/s`), ...SIZES.map(() => "of copy")],
    1,
  );
  const columns: { readonly name: string; readonly speed: number; readonly ofCopy: number }[][] = [];
  for (const [channels, pixels] of SIZES) {
    const heap = new Heap();
    const kernels = load(new Uint8Array(readFileSync(fileURLToPath(file))), heap.memory, "gemm6x8");
    const bytes = channels * pixels * 4;
    const { offset } = heap.allocate("bench", 3 * bytes + 256);
    const at = { same: offset, gate: offset + 64, splat: offset + 128, a: offset + 256, b: offset + 256 + bytes };
    heap.i32.set([bytes / 4, 4, 4], at.same / 4);
    heap.i32.set([channels, pixels * 4, 4, pixels, 4, 0], at.gate / 4);
    // between 0.5 and 2.5: no function leaves its range
    for (let i = 0; i < bytes / 2; ++i) heap.f32[at.a / 4 + i] = 0.5 + (i % 1021) / 512;
    const entries = entriesOf(kernels, heap, channels, pixels, { ...at, to: at.b + bytes });
    const contestants = entries.map(([, , run]): Contestant => ({ run, sink: () => heap.f32[(at.b + bytes) / 4]! }));
    const timings = await race(contestants, rounds);
    const speeds = entries.map(([, tensors], i) => (tensors * bytes) / timings[i]!.ms / 1e6);
    columns.push(entries.map(([name], i) => ({ name, speed: speeds[i]!, ofCopy: speeds[i]! / speeds[0]! })));
  }
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
