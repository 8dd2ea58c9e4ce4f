import { type Algorithm, compile, type Explanation, nn, type PaddingMode, type Session, Tensor } from "convwasm";
import type { Kernel } from "./kernels.ts";
import { turnedCopies } from "./kernels.ts";

/** What becomes of the three colours: each is convolved by itself, all are summed, or grey is made of them before. */
export type Channels = "each" | "sum" | "grey";

export interface Settings {
  kernel: Kernel;
  /** filters: the kernel, and turned copies of it */
  copies: number;
  channels: Channels;
  stride: number;
  padding: number | "same";
  dilation: number;
  paddingMode: PaddingMode;
  algorithm: Algorithm;
}

/** In milliseconds; copies into and out of linear memory count. */
export interface Timing {
  /** planning, and packing the weights */
  compile: number;
  /** the first run of the Session */
  first: number;
  /** the median of the runs after it */
  warm: number;
  warmRuns: number;
}

const SAMPLES = 9;
const BUDGET = 150;
/** Timers of browsers count in steps of up to 0.1 ms: what is shorter than this is run several times for one sample. */
const SAMPLE = 2;

/** The Session of the present settings and image size. */
export class Convolution {
  readonly explanation: Explanation;
  readonly #session: Session;
  readonly #compile: number;

  /** @throws the library's own errors, for what cannot be convolved */
  constructor(settings: Settings, height: number, width: number) {
    const { stride, padding, dilation, paddingMode, algorithm } = settings;
    const start = performance.now();
    const weight = weightOf(settings);
    const channels = settings.channels === "grey" ? 1 : 3;
    const groups = settings.channels === "each" ? 3 : 1;
    const [filters, , kernelHeight, kernelWidth] = weight.shape as [number, number, number, number];
    const module = new nn.Conv2d(channels, filters, [kernelHeight, kernelWidth], {
      stride,
      padding,
      dilation,
      groups,
      paddingMode,
      bias: false,
    });
    module.weight = weight;
    this.#session = compile(module, [1, channels, height, width], { algorithm });
    this.explanation = this.#session.explain();
    this.#compile = performance.now() - start;
  }

  run(input: Tensor): Tensor {
    return this.#session.run(input);
  }

  /** Runs it as often as it takes to measure how long it takes. */
  measure(input: Tensor): { output: Tensor; timing: Timing } {
    const start = performance.now();
    const output = this.#session.run(input);
    const first = performance.now() - start;
    const calls = Math.max(1, Math.ceil(SAMPLE / Math.max(first, 0.01)));
    const samples: number[] = [];
    do {
      const before = performance.now();
      for (let call = 0; call < calls; call++) this.#session.run(input, { output });
      samples.push((performance.now() - before) / calls);
    } while (samples.length < SAMPLES && performance.now() - start < BUDGET);
    const timing = { compile: this.#compile, first, warm: median(samples), warmRuns: samples.length * calls };
    return { output, timing };
  }

  dispose(): void {
    this.#session.dispose();
  }
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

/** torch: bank.repeat(3, 1, 1, 1), bank.repeat(1, 3, 1, 1) / 3, or the bank of filters itself. */
function weightOf({ kernel, copies, channels }: Settings): Tensor {
  const bank = turnedCopies(kernel, copies);
  const { size } = kernel;
  if (channels === "grey") return bank;
  const taps = size * size;
  const repeated = new Float32Array(3 * bank.size);
  if (channels === "each") {
    for (let group = 0; group < 3; group++) repeated.set(bank.data, group * bank.size);
    return new Tensor(repeated, [3 * copies, 1, size, size]);
  }
  for (let i = 0; i < repeated.length; i++)
    repeated[i] = bank.data[Math.floor(i / (3 * taps)) * taps + (i % taps)]! / 3;
  return new Tensor(repeated, [copies, 3, size, size]);
}
