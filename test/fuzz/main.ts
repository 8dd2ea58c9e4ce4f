/**
 * Damages files at random for as long as it is told: ONNX, safetensors, .npz and saved Sessions end in a result, or in a TypeError or
 * RangeError that names the function. What ends otherwise, or takes more than two seconds, is kept as a file in test/fuzz/found.
 *
 * npm run fuzz -- --minutes 60 [--seed 1]
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { loadNpz } from "../../src/formats/npz.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { compile, configure, memory, relu } from "../../src/index.ts";
import { loadOnnx } from "../../src/onnx/index.ts";
import { uniform } from "../../src/random.ts";
import { loadSafetensors } from "../../src/safetensors.ts";
import { loadSession } from "../../src/session/index.ts";
import { ONNX_CASES } from "../support/onnx-cases/index.ts";
import { changeField, MUTATIONS } from "../support/onnx-mutations.ts";

const { values } = parseArgs({
  options: { minutes: { type: "string", default: "1" }, seed: { type: "string", default: "1" } },
});
const until = performance.now() + Number(values.minutes) * 60_000;
const next = uniform("fuzz", Number(values.seed));
const below = (count: number) => Math.floor(next() * count);
const mutations = Object.values(MUTATIONS);
const golden = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`../golden/${name}`, import.meta.url)));

configure({ maxMemory: 2 ** 28 });

function shapesOf(graph: Graph): Record<string, readonly number[]> {
  const lengths = (shape: Graph["inputs"][number]["shape"]) =>
    (shape ?? [1, 3, 5, 6]).map((n) => (typeof n === "number" ? n : 2));
  return Object.fromEntries(graph.inputs.map(({ name, shape }) => [name, lengths(shape)]));
}

interface Format {
  readonly files: readonly Uint8Array[];
  /** what messages begin with */
  readonly beginning: RegExp;
  read(bytes: Uint8Array): void;
}

using session = compile({ forward: (x) => relu(x) }, [4]);
const FORMATS: Readonly<Record<string, Format>> = {
  onnx: {
    files: ONNX_CASES.map(({ model }) => model),
    beginning: /^(loadOnnx|compile)(: |\.)/,
    read(bytes) {
      const graph = loadOnnx(bytes);
      compile(graph, shapesOf(graph)).dispose();
    },
  },
  safetensors: { files: [golden("tensors.safetensors")], beginning: /^loadSafetensors: /, read: loadSafetensors },
  npz: { files: [golden("stored.npz"), golden("deflated.npz")], beginning: /^loadNpz: /, read: loadNpz },
  session: { files: [session.save()], beginning: /^loadSession: /, read: (bytes) => loadSession(bytes).dispose() },
};

const counts = Object.fromEntries(Object.keys(FORMATS).map((name) => [name, { files: 0, refused: 0, found: 0 }]));
const { used } = memory();
const found = new URL("found/", import.meta.url);

function fault(format: Format, bytes: Uint8Array): string | undefined {
  const begin = performance.now();
  try {
    format.read(bytes);
  } catch (error) {
    const isClear = (error instanceof TypeError || error instanceof RangeError) && format.beginning.test(error.message);
    if (!isClear) return String(error);
    return "";
  }
  if (memory().used !== used) return "memory is kept";
  const time = performance.now() - begin;
  return time > 2000 ? `took ${Math.round(time)} ms` : undefined;
}

for (let round = 0; performance.now() < until; ++round) {
  for (const [name, format] of Object.entries(FORMATS)) {
    const pick = () => format.files[below(format.files.length)]!;
    let bytes = pick();
    if (name === "onnx") for (let i = below(5); i > 0; --i) bytes = changeField(bytes, pick(), below);
    if (name !== "onnx" || below(4) === 0) bytes = mutations[below(mutations.length)]!(bytes, pick(), below);
    const count = counts[name]!;
    const what = fault(format, bytes);
    count.files++;
    if (what === "") count.refused++;
    else if (what !== undefined) {
      count.found++;
      mkdirSync(found, { recursive: true });
      writeFileSync(new URL(`${name}-${values.seed}-${round}`, found), bytes);
      console.error(`${name}, round ${round}: ${what.slice(0, 300)}`);
      process.exitCode = 1;
    }
  }
}
console.table(counts);
