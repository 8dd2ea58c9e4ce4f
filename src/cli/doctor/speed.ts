import { compile } from "../../graph/compile.ts";
import { Conv2d } from "../../nn/conv.ts";
import type { Microkernel } from "../../runtime/host.ts";
import { roofOf } from "../../runtime/roof.ts";
import { type Build, engine, runtime } from "../../runtime/runtime.ts";
import { Tensor } from "../../tensor.ts";
import { race, type Timing } from "../race.ts";

/** How fast the kernels are here. Each figure is that of the best round: other processes only ever make it worse. */
export interface Speed {
  readonly build: Build;
  readonly rounds: number;
  /** GFLOPS of each micro-kernel alone on operands in L1 */
  readonly microkernels: Readonly<Record<Microkernel, number>>;
  readonly layers: readonly LayerSpeed[];
}

export interface LayerSpeed {
  readonly name: string;
  readonly algorithm: string;
  /** of one call of a compiled Session */
  readonly ms: number;
  /** by the plain sum, so that fewer multiplications count as speed */
  readonly gflops: number;
}

const MICROKERNELS = ["gemm6x8", "gemm6x8paired", "gemm6x16"] as const satisfies readonly Microkernel[];
/** Both as in the second stage of ResNet-50, on maps of 28x28. */
const LAYERS = [
  { name: "3x3, 128 to 128 channels, 28x28", channels: 128, filters: 128, kernel: 3, padding: 1 },
  { name: "1x1, 128 to 512 channels, 28x28", channels: 128, filters: 512, kernel: 1, padding: 0 },
] as const;
const MAP = 28;
const ROUNDS = 21;
const BUDGET_MS = 1000;

/**
 * On the build that is in use.
 * @param onProgress called with the share that is done, from 0 to 1
 */
export async function measureSpeed(onProgress: (done: number) => void): Promise<Speed> {
  const roofs = MICROKERNELS.map((microkernel) => roofOf(engine(), microkernel));
  const sessions = LAYERS.map(prepare);
  let rounds = 0;
  try {
    const timings = await race(
      [
        ...roofs.map((roof) => ({ run: () => roof.run(), sink: () => 0 })),
        ...sessions.map(({ run, output }) => ({ run, sink: () => output.data[0]! })),
      ],
      ROUNDS,
      () => onProgress(++rounds / ROUNDS),
      BUDGET_MS,
    );
    const microkernels = Object.fromEntries(
      MICROKERNELS.map((microkernel, i) => [microkernel, roofs[i]!.flops / best(timings[i]!) / 1e6]),
    ) as Record<Microkernel, number>;
    const layers = sessions.map(({ name, algorithm, flops }, i) => {
      const ms = best(timings[roofs.length + i]!);
      return { name, algorithm, ms, gflops: flops / ms / 1e6 };
    });
    return { build: runtime().build, rounds, microkernels, layers };
  } finally {
    for (const each of [...roofs, ...sessions]) each.dispose();
  }
}

/** Combines two measurements: the better of each figure. */
export function bestOf(a: Speed, b: Speed): Speed {
  const names = Object.keys(a.microkernels) as Microkernel[];
  return {
    build: b.build,
    rounds: a.rounds + b.rounds,
    microkernels: Object.fromEntries(
      names.map((name) => [name, Math.max(a.microkernels[name], b.microkernels[name])]),
    ) as Record<Microkernel, number>,
    layers: a.layers.map((layer, i) => (layer.ms < b.layers[i]!.ms ? layer : b.layers[i]!)),
  };
}

const best = ({ samples }: Timing) => Math.min(...samples);

function prepare({ name, channels, filters, kernel, padding }: (typeof LAYERS)[number]) {
  const input = Tensor.rand([1, channels, MAP, MAP], 1);
  const session = compile(new Conv2d(channels, filters, kernel, { padding, seed: 2 }), input.shape);
  const output = Tensor.zeros(session.outputShape);
  const [step] = session.explain().steps;
  return {
    name,
    algorithm: step!.algorithm!,
    flops: step!.flops,
    output,
    run: () => void session.run(input, { output }),
    dispose: () => session.dispose(),
  };
}
