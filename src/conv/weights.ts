import { Pack } from "../runtime/generated/kernels.ts";
import { wholeLines } from "../runtime/layout.ts";
import { KERNELS } from "../runtime/modules/kernels.ts";
import type { Pointer, ProgramWriter } from "../runtime/program.ts";
import { depthOf, tapsOf } from "./geometry.ts";
import { liveOnes } from "./live-taps.ts";
import type { ConvPlan } from "./plan.ts";

/** Weights of a convolution, and how they lie: those of a transposed convolution have channels and filters exchanged. */
export interface WeightSource {
  readonly weight: Float32Array;
  readonly bias: Float32Array | undefined;
  /** where copies of both lie in linear memory while they are packed; 0 for none */
  readonly staged: { readonly weight: Pointer; readonly bias: Pointer };
  /** index of the first filter's first weight, and of its bias */
  readonly first: number;
  readonly firstBias: number;
  /** distances in the weight */
  readonly groupStep: number;
  readonly filterStep: number;
  readonly channelStep: number;
  /**
   * For each phase of a transposed convolution, otherwise for one, the index within a kernel of each tap, row by row. The
   * filters are those of each phase, one phase after the other.
   */
  readonly phases: readonly (readonly number[])[];
}

/** Weights in torch's order for a convolution: (groups * filters, channels, kernel height, kernel width). */
export function plainWeights(
  { geometry: g, live }: ConvPlan,
  weight: Float32Array,
  bias: Float32Array | undefined,
  staged: WeightSource["staged"],
): WeightSource {
  const taps = live === null ? tapsOf(g) : live.kernelHeight * live.kernelWidth;
  return {
    weight,
    bias,
    staged,
    first: 0,
    firstBias: 0,
    groupStep: g.filters * g.channels * taps,
    filterStep: g.channels * taps,
    channelStep: taps,
    phases: [Array.from({ length: taps }, (_, tap) => tap)],
  };
}

/** Bytes that weights and biases take where a kernel reads them. */
export const heldWeights = ({ pack, weightBytes, geometry: g }: ConvPlan) => ({
  weights: weightBytes,
  bias: pack === null ? g.groups * g.filters * 4 : 0,
});

/** Bytes that packing takes, apart from the weights themselves. */
export const packingBytes = ({ packScratchBytes, geometry: g }: ConvPlan, phases = 1) => ({
  pack: wholeLines(Pack.bytes),
  taps: phases * tapsOf(g) * 4,
  scratch: packScratchBytes,
});

/** Puts weights into the order that the kernel reads. */
export function writeWeights(
  program: ProgramWriter,
  plan: ConvPlan,
  source: WeightSource,
  held: { readonly weights: Pointer; readonly bias: Pointer },
  staged: { readonly pack: Pointer; readonly taps: Pointer; readonly scratch: Pointer },
): void {
  if (plan.pack === null) {
    gatherWeights(program, plan, source, held);
    return;
  }
  const { geometry: g, live } = plan;
  const { phases } = source;
  const tapCount = tapsOf(g);
  const offsets = program.i32(staged.taps, phases.length * tapCount);
  for (const [phase, taps] of phases.entries()) {
    for (const [i, tap] of liveOnes(taps, g, live).entries()) offsets[phase * tapCount + i] = tap * 4;
  }
  program.params(Pack, staged.pack, {
    weight: source.staged.weight + source.first * 4,
    bias: source.staged.bias === 0 ? 0 : source.staged.bias + source.firstBias * 4,
    taps: staged.taps,
    packed: held.weights,
    workspace: staged.scratch,
    groups: g.groups,
    channels: g.channels,
    filters: g.filters,
    tapCount,
    phases: phases.length,
    tile: plan.packTile,
    groupBytes: source.groupStep * 4,
    filterBytes: source.filterStep * 4,
    channelBytes: source.channelStep * 4,
  });
  program.setup(KERNELS, plan.pack, staged.pack, plan.packItems);
}

/** For a kernel that reads torch's order: writes it without dead taps, and as a plain convolution's where it is not one. */
function gatherWeights(
  program: ProgramWriter,
  { geometry: g, live }: ConvPlan,
  source: WeightSource,
  held: { readonly weights: Pointer; readonly bias: Pointer },
): void {
  const { weight, bias, phases, first, firstBias } = source;
  const phaseFilters = g.filters / phases.length;
  const to = program.f32(held.weights, g.groups * g.filters * depthOf(g));
  const biases = program.f32(held.bias, g.groups * g.filters);
  const whole = phases.length === 1 && live === null && to.length === weight.length && isInOrder(source, depthOf(g));
  if (whole) to.set(weight);
  let at = 0;
  for (let group = 0; group < g.groups; ++group) {
    for (let filter = 0; filter < g.filters; ++filter) {
      const own = filter % phaseFilters;
      if (bias !== undefined) biases[group * g.filters + filter] = bias[firstBias + group * phaseFilters + own]!;
      if (whole) continue;
      const taps = liveOnes(phases[(filter - own) / phaseFilters]!, g, live);
      const from = first + group * source.groupStep + own * source.filterStep;
      for (let channel = 0; channel < g.channels; ++channel) {
        for (const tap of taps) to[at++] = weight[from + channel * source.channelStep + tap]!;
      }
    }
  }
}

/** Whether the weights lie as torch's of a plain convolution do. */
const isInOrder = ({ filterStep, channelStep, phases }: WeightSource, depth: number) =>
  filterStep === depth && phases[0]!.length === channelStep && phases[0]!.every((tap, i) => tap === i);
