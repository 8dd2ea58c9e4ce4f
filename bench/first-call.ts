/**
 * The costs of a process before it is warm, each the median of several fresh processes: the first call of a Session
 * compared with its steady time, and the time from import to the first result of a small conv2d.
 *
 * npm run bench:first-call -- [--build simd|relaxed|wide|auto] [--processes 7]
 */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import type { Build } from "convwasm";
import { median } from "./harness.ts";

const STEADY_MS = 400;

/** Medians, in milliseconds. */
export interface FreshTimes {
  readonly processes: number;
  /** 3x3 on 64 channels of 56x56 */
  readonly firstCall: { readonly compile: number; readonly first: number; readonly steady: number };
  readonly coldStart: number;
}

const PROBES = {
  async firstCall(build: "auto" | Build) {
    const { compile, configure, nn, Tensor } = await import("convwasm");
    configure({ build });
    const layer = new nn.Conv2d(64, 64, 3, { padding: 1, seed: 1 });
    const input = Tensor.rand([1, 64, 56, 56], 2);
    const begin = performance.now();
    const session = compile(layer, input.shape);
    const compiled = performance.now();
    session.run(input);
    const first = performance.now();
    const samples: number[] = [];
    while (performance.now() - first < STEADY_MS) {
      const before = performance.now();
      session.run(input);
      samples.push(performance.now() - before);
    }
    return {
      compile: compiled - begin,
      first: first - compiled,
      steady: median(samples.slice(samples.length >> 1)),
    };
  },
  async coldStart(build: "auto" | Build) {
    const begin = performance.now();
    const { configure, conv2d, Tensor } = await import("convwasm");
    if (build !== "auto") configure({ build });
    conv2d(Tensor.ones([1, 8, 16, 16]), Tensor.ones([8, 8, 3, 3]), null, { padding: 1 });
    return performance.now() - begin;
  },
};

export async function measureFresh(build: "auto" | Build, processes: number): Promise<FreshTimes> {
  const calls: Awaited<ReturnType<typeof PROBES.firstCall>>[] = [];
  const starts: number[] = [];
  for (let i = 0; i < processes; ++i) {
    calls.push(await probe("firstCall", build));
    starts.push(await probe("coldStart", build));
  }
  return {
    processes,
    firstCall: {
      compile: median(calls.map((call) => call.compile)),
      first: median(calls.map((call) => call.first)),
      steady: median(calls.map((call) => call.steady)),
    },
    coldStart: median(starts),
  };
}

async function probe<T>(name: keyof typeof PROBES, build: string): Promise<T> {
  const args = [fileURLToPath(import.meta.url), "--probe", name, "--build", build];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout);
}

export function describeFresh({ processes, firstCall, coldStart }: FreshTimes): string {
  const { compile, first, steady } = firstCall;
  return [
    `fresh process, median of ${processes}:`,
    `  3x3 on 64x56x56: first call ${first.toFixed(2)} ms, ${(first / steady).toFixed(2)} times the steady ${steady.toFixed(2)} ms (compile() before it ${compile.toFixed(2)} ms)`,
    `  import to the first conv2d result: ${coldStart.toFixed(1)} ms`,
  ].join("\n");
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      build: { type: "string", default: "auto" },
      processes: { type: "string", default: "7" },
      probe: { type: "string" },
    },
  });
  const build = values.build as "auto" | Build;
  if (values.probe === undefined) console.log(describeFresh(await measureFresh(build, Number(values.processes))));
  else console.log(JSON.stringify(await PROBES[values.probe as keyof typeof PROBES](build)));
}
