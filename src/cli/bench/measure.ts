import { loadavg } from "node:os";
import type { DType } from "../../dtype.ts";
import { numbersOf } from "../../elements.ts";
import { runtime, type Tensor } from "../../index.ts";
import { type Roof, roofOf } from "../../runtime/roof.ts";
import { engine } from "../../runtime/runtime.ts";
import { Failure } from "../command.ts";
import {
  Built,
  checkMemory,
  compileModel,
  givenShapes,
  parseModel,
  runModel,
  type Shapes,
  settleShapes,
} from "../model.ts";
import type { Progress } from "../progress.ts";
import { race } from "../race.ts";
import { randomInputs } from "../random-inputs.ts";
import { version } from "../version.ts";
import type { Engine, Inputs, Loaded } from "./engine.ts";
import { BackendMixup } from "./onnxruntime.ts";

export const OURS = "convwasm";

/** The first one also starts the engine. */
const LOADS = 3;

export interface Measurement {
  readonly model: string;
  readonly bytes: number;
  readonly shapes: Shapes;
  /** multiplications and additions of the plain sums */
  readonly flops: number;
  readonly build: string;
  /** of the micro-kernel alone, in the same rounds */
  readonly roofGflops: number;
  /** processes waiting for a core before the run: above 0 the machine was shared */
  readonly load: number;
  readonly rounds: number;
  /** by name, ours first; the peers that are not installed, or that refused the model, are among `absent` */
  readonly engines: Readonly<Record<string, EngineResult>>;
  /** why, by name */
  readonly absent: Readonly<Record<string, string>>;
}

export interface EngineResult {
  readonly version: string;
  /** ms of one run: the median, the least, and one for each round */
  readonly ms: number;
  readonly leastMs: number;
  readonly samples: readonly number[];
  /** ms to make the network ready from the file's bytes, in order */
  readonly loads: readonly number[];
  readonly gflops: number;
  readonly ofRoof: number;
  /** largest difference from our results, relative to our largest; 0 for ours */
  readonly difference: number;
}

export interface Field {
  readonly peers: readonly Engine[];
  readonly rounds: number;
}

/**
 * Runs a network in all engines, on one thread each, warm, in interleaved rounds.
 *
 * @param given `--shape`, for sizes that the model leaves open
 * @throws Failure for a network that cannot be computed here
 */
export async function measure(
  path: string,
  model: Uint8Array<ArrayBuffer>,
  given: readonly string[],
  { peers, rounds }: Field,
  progress: Progress,
): Promise<Measurement> {
  const load = loadavg()[0]!;
  progress.stage(`reading ${path}`);
  const graph = parseModel(path, model);
  const shapes = settleShapes(path, graph, givenShapes(graph, given));
  checkMemory(path, graph, shapes);
  const inputs = randomInputs(graph.inputs.map(({ name, dtype }) => ({ name, dtype, shape: shapes[name]! })));
  const isBuilt = graph instanceof Built;
  let flops = 0;
  const ours: Engine = {
    name: OURS,
    version,
    load(bytes) {
      const session = compileModel(path, isBuilt ? graph : parseModel(path, bytes), shapes);
      flops = session.explain().totals.flops;
      let results = new Map<string, Tensor<DType>>();
      return {
        run() {
          results = runModel(path, session, inputs);
        },
        outputs: () => new Map([...results].map(([name, { dtype, data }]) => [name, numbersOf(dtype, data)])),
        dispose: () => session.dispose(),
      };
    },
  };
  // a program is for our kernels alone
  const others = isBuilt ? [] : peers;
  const foreign = isBuilt ? peers.map(({ name }) => [name, "does not read files that are built ahead"]) : [];
  const absent: Record<string, string> = Object.fromEntries(foreign);
  const entrants: { engine: Engine; loaded: Loaded; loads: number[]; difference: number }[] = [];
  let roof: Roof | undefined;
  try {
    for (const each of [ours, ...others]) {
      progress.stage(`${path}: loading by ${each.name}`);
      try {
        const { loaded, loads } = await loadOften(each, model, inputs);
        entrants.push({ engine: each, loaded, loads, difference: 0 });
        await loaded.run();
      } catch (error) {
        if (each === ours || !(error instanceof Error) || error instanceof BackendMixup) throw error;
        // such as an operator that a peer does not know: shown below the table
        absent[each.name] = error.message.split("\n")[0]!;
        const at = entrants.findIndex(({ engine }) => engine === each);
        for (const { loaded } of at < 0 ? [] : entrants.splice(at, 1)) await loaded.dispose();
      }
    }
    const own = entrants[0]!.loaded.outputs();
    for (const entrant of entrants) entrant.difference = difference(path, own, entrant.loaded.outputs());
    roof = roofOf(engine(), runtime().microkernel);
    let done = 0;
    const timings = await race(
      [
        { run: () => roof!.run(), sink: () => 0 },
        // the results were compared already
        ...entrants.map(({ loaded }) => ({ run: () => loaded.run(), sink: () => loaded.outputs().size })),
      ],
      rounds,
      () => progress.update(`${path}: measuring`, ++done / rounds),
    );
    const roofGflops = roof.flops / timings[0]!.ms / 1e6;
    return {
      model: path,
      bytes: model.length,
      shapes,
      flops,
      build: runtime().build,
      roofGflops,
      load,
      rounds,
      engines: Object.fromEntries(
        entrants.map(({ engine, loads, difference }, index) => {
          const { ms, samples } = timings[index + 1]!;
          const gflops = flops / ms / 1e6;
          const leastMs = Math.min(...samples);
          const { version } = engine;
          return [
            engine.name,
            { version, ms, leastMs, samples, loads, gflops, ofRoof: gflops / roofGflops, difference },
          ];
        }),
      ),
      absent,
    };
  } finally {
    roof?.dispose();
    for (const { loaded } of entrants) await loaded.dispose();
  }
}

async function loadOften(
  engine: Engine,
  model: Uint8Array<ArrayBuffer>,
  inputs: Inputs,
): Promise<{ loaded: Loaded; loads: number[] }> {
  const loads: number[] = [];
  for (;;) {
    const begin = performance.now();
    const loaded = await engine.load(model, inputs);
    loads.push(performance.now() - begin);
    if (loads.length === LOADS) return { loaded, loads };
    await loaded.dispose();
  }
}

/** @throws Failure if our results are not finite: nothing can be compared with them */
function difference(
  path: string,
  ours: ReadonlyMap<string, ArrayLike<number>>,
  theirs: ReadonlyMap<string, ArrayLike<number>>,
): number {
  let largest = 0;
  for (const [name, own] of ours) {
    const other = theirs.get(name);
    if (other?.length !== own.length) return Number.POSITIVE_INFINITY;
    let [peak, most] = [0, 0];
    for (let at = 0; at < own.length; ++at) {
      const value = own[at]!;
      if (!Number.isFinite(value)) throw new Failure(`${path}: the output ${name} is not finite on random input`);
      peak = Math.max(peak, Math.abs(value));
      // not Math.max, which NaN would pass through and then be compared as false
      const apart = Math.abs(other[at]! - value);
      if (!(apart <= most)) most = Number.isNaN(apart) ? Number.POSITIVE_INFINITY : apart;
    }
    largest = Math.max(largest, most === 0 ? 0 : most / peak);
  }
  return largest;
}
