import type { Constant } from "../planning/constant.ts";
import { Pack } from "../runtime/generated/kernels.ts";
import { wholeLines } from "../runtime/layout.ts";
import { KERNELS } from "../runtime/modules/kernels.ts";
import type { Pointer, ProgramWriter } from "../runtime/program.ts";
import { tapsOf } from "./geometry.ts";
import type { ConvPlan } from "./plan.ts";

/** Where weights of a convolution are, and how they lie: those of a transposed convolution have channels and filters exchanged. */
export interface WeightLayout {
  /** where both lie in linear memory when they are packed; 0 for none */
  readonly staged: { readonly weight: Pointer; readonly bias: Pointer };
  /** index of the first filter's first weight, and of its bias */
  readonly first: number;
  readonly firstBias: number;
  /** distances in the weight */
  readonly groupStep: number;
  readonly filterStep: number;
  readonly channelStep: number;
  /**
   * For each phase of a transposed convolution the index within a kernel of each tap that it meets, row by row: the filters
   * are those of each phase, one phase after the other. Undefined for all taps of a kernel.
   */
  readonly phases: readonly (readonly number[])[] | undefined;
}

/** Weights that are constant. */
export interface WeightSource extends WeightLayout {
  readonly weight: Constant;
  readonly bias: Constant | undefined;
}

/** Taps of a kernel as it is given, with those that meet only padding. */
const givenTaps = ({ geometry, live }: ConvPlan) =>
  live === null ? tapsOf(geometry) : live.kernelHeight * live.kernelWidth;

/** Bytes of weights and biases in torch's order. */
export function givenBytes(plan: ConvPlan) {
  const { groups, filters, channels } = plan.geometry;
  return { weight: groups * filters * channels * givenTaps(plan) * 4, bias: groups * filters * 4 };
}

/** Bytes of copies of weights and biases in torch's order, which packing reads. */
export const copiedBytes = (plan: ConvPlan) => (plan.pack === null ? { weight: 0, bias: 0 } : givenBytes(plan));

/** Copies weights and biases to where packing reads them; returns where they lie. */
export function copyWeights(
  program: ProgramWriter,
  weight: Constant,
  bias: Constant | undefined,
  to: WeightLayout["staged"],
): WeightLayout["staged"] {
  program.constant(to.weight, weight);
  if (bias === undefined) return { weight: to.weight, bias: 0 };
  program.constant(to.bias, bias);
  return { weight: to.weight, bias: to.bias };
}

/** Weights in torch's order for a convolution: (groups * filters, channels, kernel height, kernel width). */
export function plainWeights(plan: ConvPlan, staged: WeightLayout["staged"]): WeightLayout {
  const { geometry: g } = plan;
  const taps = givenTaps(plan);
  return {
    staged,
    first: 0,
    firstBias: 0,
    groupStep: g.filters * g.channels * taps,
    filterStep: g.channels * taps,
    channelStep: taps,
    phases: undefined,
  };
}

/** Bytes of weights and biases in the form that a kernel reads. */
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

/** Puts constant weights into the order that the kernel reads. */
export function writeWeights(
  program: ProgramWriter,
  plan: ConvPlan,
  source: WeightSource,
  held: { readonly weights: Pointer; readonly bias: Pointer },
  staged: PackPlaces,
): void {
  if (plan.pack === null) {
    gatherWeights(program, plan, source, held);
    return;
  }
  writePack(program, plan, source, held.weights, staged);
  program.setup(KERNELS, plan.pack, staged.pack, plan.packItems);
}

/** Adds the instruction that packs computed weights; nothing for a kernel that reads them as they are. */
export function callPack(
  program: ProgramWriter,
  plan: ConvPlan,
  source: WeightLayout,
  packed: Pointer,
  places: PackPlaces,
): void {
  if (plan.pack === null) return;
  writePack(program, plan, source, packed, places);
  program.call(KERNELS, plan.pack, places.pack, plan.packItems);
}

/** Instructions of {@link callPack}. */
export const packCalls = ({ pack }: ConvPlan): number => (pack === null ? 0 : 1);

/** {@link packingBytes} at their places. */
interface PackPlaces {
  readonly pack: Pointer;
  readonly taps: Pointer;
  readonly scratch: Pointer;
}

function writePack(
  program: ProgramWriter,
  plan: ConvPlan,
  source: WeightLayout,
  packed: Pointer,
  places: PackPlaces,
): void {
  const { geometry: g } = plan;
  const phaseCount = source.phases?.length ?? 1;
  const tapCount = tapsOf(g);
  const offsets = program.i32(places.taps, phaseCount * tapCount);
  for (let phase = 0; phase < phaseCount; ++phase) {
    for (let tap = 0; tap < tapCount; ++tap) offsets[phase * tapCount + tap] = placeOf(plan, source, phase, tap) * 4;
  }
  program.params(Pack, places.pack, {
    weight: source.staged.weight + source.first * 4,
    bias: source.staged.bias === 0 ? 0 : source.staged.bias + source.firstBias * 4,
    taps: places.taps,
    packed,
    workspace: places.scratch,
    groups: g.groups,
    channels: g.channels,
    filters: g.filters,
    tapCount,
    phases: phaseCount,
    tile: plan.packTile,
    groupBytes: source.groupStep * 4,
    filterBytes: source.filterStep * 4,
    channelBytes: source.channelStep * 4,
  });
}

/** Index in the whole kernel of a tap of the plan's kernel. */
function placeOf({ geometry: { x }, live }: ConvPlan, { phases }: WeightLayout, phase: number, tap: number): number {
  let place = tap;
  if (live !== null) {
    const column = tap % x.kernel;
    place = ((tap - column) / x.kernel + live.top) * live.kernelWidth + live.left + column;
  }
  return phases === undefined ? place : phases[phase]![place]!;
}

/** For a kernel that reads torch's order: writes the weights without dead taps, and those of a phase as a plain convolution's. */
function gatherWeights(
  program: ProgramWriter,
  plan: ConvPlan,
  source: WeightSource,
  held: { readonly weights: Pointer; readonly bias: Pointer },
): void {
  const { groups, channels, filters } = plan.geometry;
  const { weight, bias, phases, first, firstBias } = source;
  const taps = tapsOf(plan.geometry);
  const phaseFilters = filters / (phases?.length ?? 1);
  const givenBiases = bias?.data as Float32Array | undefined;
  const biases = new Float32Array(givenBiases === undefined ? 0 : groups * filters);
  for (let i = 0; i < biases.length; ++i) {
    const filter = i % filters;
    biases[i] = givenBiases![firstBias + ((i - filter) / filters) * phaseFilters + (filter % phaseFilters)]!;
  }
  if (bias !== undefined) program.constant(held.bias, { ...bias, data: biases, shape: [biases.length] });
  if (plan.live === null && phases === undefined) {
    program.constant(held.weights, weight);
    return;
  }
  const given = weight.data as Float32Array;
  const to = new Float32Array(groups * filters * channels * taps);
  let at = 0;
  for (let group = 0; group < groups; ++group) {
    for (let filter = 0; filter < filters; ++filter) {
      const own = filter % phaseFilters;
      const from = first + group * source.groupStep + own * source.filterStep;
      for (let channel = 0; channel < channels; ++channel) {
        const kernel = from + channel * source.channelStep;
        const phase = (filter - own) / phaseFilters;
        for (let tap = 0; tap < taps; ++tap) to[at++] = given[kernel + placeOf(plan, source, phase, tap)]!;
      }
    }
  }
  program.constant(held.weights, { ...weight, data: to, shape: [groups * filters, channels * taps] });
}
