/**
 * Tries things at random, for as long as it is told: networks against onnxruntime (after `npm run bench:peers`), functions
 * against references, damaged files of each format, requests to the Worker (after `npm run build`). What goes wrong is kept in
 * test/fuzz/found, as small as it could be made.
 *
 * npm run fuzz -- [--minutes 60] [--rounds 2000] [--seed 1] [--target networks,onnx ...] [--build simd] [--debug]
 *
 * Ends after so many minutes, or rounds of each target. Round n of seed s is round 0 of seed s + n. With --debug the kernels of
 * this process are those that assert.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { type Build, configure } from "../../src/index.ts";
import type { Target } from "./target.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string" },
    rounds: { type: "string" },
    seed: { type: "string", default: "1" },
    target: { type: "string", default: "networks,calls,onnx,safetensors,npz,session,png,jpeg,http" },
    build: { type: "string", default: "relaxed" },
    debug: { type: "boolean", default: false },
  },
});
const build = values.build as Build;
configure({ build });
if (values.debug) await import("../support/debug-kernels.ts");

/** Loaded when asked for: some need what is not installed everywhere. */
const TARGETS: Readonly<Record<string, () => Promise<Target>>> = {
  networks: async () => (await import("./networks.ts")).networks(build),
  calls: async () => (await import("./calls.ts")).calls(build),
  onnx: async () => (await import("./files.ts")).onnx(),
  safetensors: async () => (await import("./files.ts")).safetensors(),
  npz: async () => (await import("./files.ts")).npz(),
  session: async () => (await import("./files.ts")).session(),
  png: async () => (await import("./files.ts")).png(),
  jpeg: async () => (await import("./files.ts")).jpeg(),
  http: async () => (await import("./http.ts")).http(),
};

/** Targets take turns: so many milliseconds each. */
const TURN = 500;

const seed = Number(values.seed);
const minutes = Number(values.minutes ?? (values.rounds === undefined ? 1 : Infinity));
const rounds = Number(values.rounds ?? Infinity);
if (![seed, minutes, rounds].every((number) => number >= 0)) throw new Error("fuzz: numbers must be from 0");
const until = performance.now() + minutes * 60_000;
const found = new URL("found/", import.meta.url);

interface Running {
  readonly name: string;
  readonly target: Target;
  readonly ends: Record<string, number>;
}

const running: Running[] = [];
for (const name of values.target.split(",")) {
  const make = TARGETS[name];
  if (make === undefined)
    throw new Error(`fuzz: there is no target ${name} (known: ${Object.keys(TARGETS).join(", ")})`);
  running.push({ name, target: await make(), ends: { rounds: 0, faults: 0 } });
}

async function turn({ name, target, ends }: Running, end: number): Promise<void> {
  for (; performance.now() < end && ends.rounds! < rounds; ends.rounds!++) {
    const own = seed + ends.rounds!;
    const round = await target.round(own);
    if (typeof round === "string") {
      ends[round] = (ends[round] ?? 0) + 1;
      continue;
    }
    ends.faults!++;
    process.exitCode = 1;
    console.error(`${name}, seed ${own}: ${round.message.slice(0, 4000)}`);
    mkdirSync(found, { recursive: true });
    for (const [suffix, content] of Object.entries(round.files)) {
      writeFileSync(new URL(`${name}-${own}${suffix}`, found), content);
    }
  }
}

while (performance.now() < until && running.some(({ ends }) => ends.rounds! < rounds)) {
  for (const each of running) await turn(each, Math.min(performance.now() + TURN, until));
}
for (const { target } of running) await target.close?.();
for (const { name, ends } of running) console.log(`${name}: ${JSON.stringify(ends)}`);
