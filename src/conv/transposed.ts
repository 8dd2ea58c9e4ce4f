import { JOIN_ENTRY_BYTES } from "../../assembly/conv/transposed/layout.ts";
import { countOf } from "../check.ts";
import type { Type } from "../dtype.ts";
import type { Operands } from "../planning/operator.ts";
import { type Places, type Planned, placeOf, planned } from "../planning/planned.ts";
import { Conv, Fill, Join } from "../runtime/generated/kernels.ts";
import { blockBytes, offsetsFrom, wholeLines } from "../runtime/layout.ts";
import { KERNELS } from "../runtime/modules/kernels.ts";
import type { Pointer, ProgramWriter } from "../runtime/program.ts";
import { callConv, heldTables, type Kept, keptBytes, weightBytesOf, writeTables } from "./convolution.ts";
import { type ConvGeometry, flopsOf } from "./geometry.ts";
import { type Phase, phasesOf, phaseTaps, reachedBy } from "./phases.ts";
import { type ConvPlan, planConv, type WeightsKind } from "./plan.ts";
import type { Uses } from "./way.ts";
import { callPack, copyWeights, packingBytes, type WeightLayout, type WeightSource, writeWeights } from "./weights.ts";

/** Phases of as many channels as fit are computed, then joined: the image is packed again for each block. */
const RESULT_BYTES = 4 << 20;

/** Phases that are computed as one convolution, for channels [first, first + count) of each group. */
interface PhaseSet {
  readonly phases: readonly Phase[];
  readonly plan: ConvPlan;
}

/** A block of channels. */
interface Part {
  readonly first: number;
  readonly count: number;
  readonly sets: readonly PhaseSet[];
  /** offset in floats of each phase's planes from the beginning of an image's phases */
  readonly places: ReadonlyMap<Phase, number>;
}

/** The instructions of a transposed convolution, image by image. */
interface TransposePlan {
  readonly g: ConvGeometry;
  /** by rows */
  readonly phases: readonly (readonly Phase[])[];
  readonly parts: readonly Part[];
  /** whether the one phase is the result: then all images are computed by one instruction */
  readonly dense: boolean;
  readonly covered: boolean;
  /** bytes of the phases of an image and a part before they are joined */
  readonly planesBytes: number;
}

/**
 * Plans the computation of a convolution's input from its output, by one dense convolution for each phase of the strides.
 * Arguments: output (batch, groups * filters, out height, out width), weight and bias (groups * channels). Activations are applied to results that meet a tap; the others are just the bias.
 *
 * @param g the convolution that is transposed, with zero padding
 * @param type of the result, (batch, groups * channels, height, width)
 * @param computed the arguments, if weight or bias is computed: they are packed in each run
 */
export function planTransposed(
  where: string,
  g: ConvGeometry,
  type: Type,
  computed: Operands | undefined,
  uses: Uses,
): Planned {
  const plan = transposePlan(where, g, computed ? "once" : uses, computed ? "phases" : "constant");
  const { phases, parts, dense, covered, planesBytes } = plan;
  const sets = parts.flatMap((part) => part.sets);
  const [main] = sets;
  const images = dense ? 1 : g.batch;
  const joins = dense ? 0 : images * parts.length * phases.length;
  const given = {
    weight: countOf([g.groups, g.filters, g.channels, g.y.kernel, g.x.kernel]) * 4,
    bias: g.groups * g.channels * 4,
  };
  // computed weights lie in the workspace, and what packs them is kept
  const setBytes = (set: PhaseSet) => (computed ? computedBytes(set) : keptBytes(set.plan));
  const heldIf = (kept: boolean, bytes: number) => (kept ? bytes : 0);
  const isConstant = (index: 1 | 2) => computed?.[index]?.data !== undefined;
  const most = (sizes: readonly number[]) => Math.max(0, ...sizes);
  const phaseCount = phases.flat().length;
  return planned({
    types: [type],
    // outputs that meet no tap have the bias alone
    endings: { residual: false, activation: covered },
    kernel: main?.plan.kernel ?? "fillBias",
    algorithm: main?.plan.algorithm ?? "direct",
    reason: dense ? main!.plan.reason : `one dense convolution for each of the ${phaseCount} phases of the strides`,
    flops: flopsOf(g),
    weightBytes: computed ? 0 : sets.reduce((sum, set) => sum + weightBytesOf(set.plan), 0),
    calls: (covered ? 0 : 1) + images * sets.length + joins + (computed ? sets.length : 0),
    held: {
      fill: covered ? 0 : Fill.bytes,
      bias: heldIf(!covered || isConstant(2), given.bias),
      weight: heldIf(isConstant(1), given.weight),
      sets: sets.reduce((sum, set) => sum + blockBytes(setBytes(set)), 0),
      convs: images * sets.length * wholeLines(Conv.bytes),
      joinTables: dense ? 0 : parts.length * phaseCount * JOIN_ENTRY_BYTES,
      joins: joins * wholeLines(Join.bytes),
    },
    staged: {
      weight: heldIf(!computed, given.weight),
      bias: heldIf(!computed, given.bias),
      packing: computed ? 0 : most(sets.map((set) => blockBytes(packingBytes(set.plan, set.phases.length)))),
    },
    workspace: {
      planes: planesBytes,
      scratch: most(sets.map((set) => Math.max(set.plan.workspaceBytes, computed ? set.plan.packScratchBytes : 0))),
      weights: computed ? sets.reduce((sum, set) => sum + wholeLines(set.plan.weightBytes), 0) : 0,
    },
    prepare(program, places) {
      const { held, staged, workspace } = places;
      const weight = places.parameters[1] ?? undefined;
      const bias = places.parameters[2] ?? undefined;
      let kept: readonly Kept[];
      let biasAt: Pointer;
      if (computed) {
        biasAt = placeOf(program, places, 2, held.bias);
        const source = { weight: placeOf(program, places, 1, held.weight), bias: biasAt };
        kept = callPacks(program, plan, source, held.sets, workspace);
      } else {
        const source = { weight: weight!, bias, staged: copyWeights(program, weight!, bias, staged) };
        kept = writeSets(program, plan, source, held.sets, staged.packing);
        biasAt = bias === undefined ? 0 : held.bias;
        if (!covered && bias !== undefined) program.constant(held.bias, bias);
      }
      if (!covered) callFill(program, plan, held.fill, biasAt, places.outputs[0]!);
      const own = { ...held, hasBias: biasAt !== 0, ...workspace };
      if (dense) callDense(program, plan, kept[0]!, own, places);
      else callPhases(program, plan, kept, own, places);
    },
  });
}

function transposePlan(where: string, g: ConvGeometry, uses: Uses, weights: WeightsKind): TransposePlan {
  const { y, x } = g;
  const dense = [...(y.folded ? [y.folded.outer, y.folded.inner] : [y]), x].every(({ stride }) => stride === 1);
  const phases = phasesOf(g, dense ? g.batch : 1);
  const covered = reachedBy(phases) === g.y.length * g.x.length;
  // with several groups the channels of a block would not be adjacent
  const fitting = Math.max(Math.floor(RESULT_BYTES / (g.y.length * g.x.length * 4)), 1);
  const channels = dense || g.groups > 1 ? g.channels : Math.ceil(g.channels / Math.ceil(g.channels / fitting));
  const alike = alikePhases(g, phases.flat());
  const parts: Part[] = [];
  for (let first = 0; first < g.channels; first += channels) {
    const count = Math.min(channels, g.channels - first);
    const sets = alike.map((set) => ({
      phases: set,
      plan: planConv(where, { ...set[0]!.geometry, filters: count * set.length }, "auto", uses, weights),
    }));
    parts.push({ first, count, sets, places: placesOf(alike.flat(), g.groups * count) });
  }
  const planesBytes = dense ? 0 : countOf([g.groups, channels, reachedBy(phases)]) * 4;
  return { g, phases, parts, dense, covered, planesBytes };
}

/**
 * Phases that read the image in the same way, as all of a 2x2 kernel of stride 2 do, become one convolution with the filters
 * of all, which packs the image once. With several groups their outputs would not be adjacent, so they stay separate.
 */
function alikePhases(g: ConvGeometry, phases: readonly Phase[]): readonly (readonly Phase[])[] {
  const sets = new Map<string, Phase[]>();
  for (const [index, phase] of phases.entries()) {
    const key = g.groups === 1 ? JSON.stringify(phase.geometry) : String(index);
    sets.set(key, [...(sets.get(key) ?? []), phase]);
  }
  return [...sets.values()];
}

/** Phases one after the other, each with this many planes. */
function placesOf(phases: readonly Phase[], planes: number): ReadonlyMap<Phase, number> {
  const places = new Map<Phase, number>();
  let place = 0;
  for (const phase of phases) {
    places.set(phase, place);
    place += planes * phase.y.axis.out * phase.x.axis.out;
  }
  return places;
}

/** Writes tables and weights of all sets; the weights of each are packed from where they lie. */
function writeSets(
  program: ProgramWriter,
  { g, parts }: TransposePlan,
  source: Pick<WeightSource, "weight" | "bias" | "staged">,
  held: Pointer,
  staging: Pointer,
): readonly Kept[] {
  let at = held;
  return parts.flatMap(({ first, sets }) =>
    sets.map(({ phases, plan }) => {
      const kept = offsetsFrom(at, keptBytes(plan));
      at += blockBytes(keptBytes(plan));
      writeTables(program, plan, kept);
      const weights = { ...source, ...layoutOf(g, first, phases, source.staged) };
      writeWeights(program, plan, weights, kept, offsetsFrom(staging, packingBytes(plan, phases.length)));
      return kept;
    }),
  );
}

/** How the weights of a set lie, of channels from `first` on. */
function layoutOf(
  g: ConvGeometry,
  first: number,
  phases: readonly Phase[],
  staged: WeightLayout["staged"],
): WeightLayout {
  const taps = g.y.kernel * g.x.kernel;
  return {
    staged,
    first: first * taps,
    firstBias: first,
    groupStep: g.filters * g.channels * taps,
    filterStep: taps,
    channelStep: g.channels * taps,
    phases: phases.map((phase) => phaseTaps(g, phase)),
  };
}

/** Bytes that a set keeps whose weights are computed. */
const computedBytes = ({ plan, phases }: PhaseSet) => {
  const { pack, taps } = packingBytes(plan, phases.length);
  return { ...heldTables(plan), pack, taps };
};

/** Writes the tables of all sets, and adds the instructions that pack their weights into the workspace. */
function callPacks(
  program: ProgramWriter,
  { g, parts }: TransposePlan,
  source: WeightLayout["staged"],
  held: Pointer,
  workspace: { readonly weights: Pointer; readonly scratch: Pointer },
): readonly Kept[] {
  let at = held;
  let { weights } = workspace;
  return parts.flatMap(({ first, sets }) =>
    sets.map((set) => {
      const kept = { ...offsetsFrom(at, computedBytes(set)), weights, bias: source.bias };
      at += blockBytes(computedBytes(set));
      weights += wholeLines(set.plan.weightBytes);
      writeTables(program, set.plan, kept);
      const layout = layoutOf(g, first, set.phases, source);
      callPack(program, set.plan, layout, kept.weights, { ...kept, scratch: workspace.scratch });
      return kept;
    }),
  );
}

/**
 * Outputs that meet no tap hold the bias, or zeros.
 * @param bias 0 for none
 */
function callFill(program: ProgramWriter, { g }: TransposePlan, fill: Pointer, bias: Pointer, output: Pointer): void {
  const channels = g.groups * g.channels;
  program.params(Fill, fill, {
    output,
    bias,
    channels,
    pixels: g.y.length * g.x.length,
  });
  program.call(KERNELS, "fillBias", fill, g.batch * channels);
}

/** Where the parts of the computation lie. */
interface TransposePlaces {
  readonly hasBias: boolean;
  readonly convs: Pointer;
  readonly joins: Pointer;
  readonly joinTables: Pointer;
  readonly planes: Pointer;
  readonly scratch: Pointer;
}

/** Stride 1: one convolution, straight into the result. */
function callDense(
  program: ProgramWriter,
  { parts }: TransposePlan,
  kept: Kept,
  { convs, scratch, hasBias }: TransposePlaces,
  { inputs, outputs, activation }: Pick<Places, "inputs" | "outputs" | "activation">,
): void {
  const pointers = { input: inputs[0]!, output: outputs[0]!, residual: 0, workspace: scratch, activation };
  callConv(program, parts[0]!.sets[0]!.plan, convs, kept, hasBias, pointers);
}

/** Every phase for an image and a block of channels at a time, joined by rows. */
function callPhases(
  program: ProgramWriter,
  plan: TransposePlan,
  kept: readonly Kept[],
  own: TransposePlaces,
  { inputs, outputs, activation }: Pick<Places, "inputs" | "outputs" | "activation">,
): void {
  const { g, phases, parts } = plan;
  const imageBytes = countOf([g.groups, g.filters, g.y.out, g.x.out]) * 4;
  const planeBytes = g.y.length * g.x.length * 4;
  const tables = writeJoinTables(program, plan, own.joinTables);
  let params = own.convs;
  let join = own.joins;
  let table = 0;
  let index = 0;
  for (const { first, count, sets, places } of parts) {
    for (let image = 0; image < g.batch; ++image) {
      for (const [i, set] of sets.entries()) {
        callConv(program, set.plan, params, kept[index + i]!, own.hasBias, {
          input: inputs[0]! + image * imageBytes,
          output: own.planes + places.get(set.phases[0]!)! * 4,
          residual: 0,
          workspace: own.scratch,
          activation,
        });
        params += wholeLines(Conv.bytes);
      }
      const result = outputs[0]! + (image * g.groups * g.channels + first) * planeBytes;
      for (const [i, row] of phases.entries()) {
        const { remainder, axis } = row[0]!.y;
        // an image is one slice
        const { folded } = g.y;
        program.params(Join, join, {
          phases: own.planes,
          output: result + remainder * g.x.length * 4,
          table: tables[table + i]!,
          phaseCount: row.length,
          rows: axis.out,
          sliceRows: (axis.folded?.inner ?? axis).out,
          stride: g.x.stride,
          rowBytes: (folded?.inner ?? g.y).stride * g.x.length * 4,
          sliceBytes: folded ? folded.outer.stride * folded.inner.length * g.x.length * 4 : 0,
          planeBytes,
        });
        program.call(KERNELS, "joinPhases", join, g.groups * count * axis.out);
        join += wholeLines(Join.bytes);
      }
    }
    index += sets.length;
    table += phases.length;
  }
}

/** Writes where the phases of each row of phases lie, for every part; returns the places of the tables. */
function writeJoinTables(program: ProgramWriter, { phases, parts }: TransposePlan, at: Pointer): readonly Pointer[] {
  let next = at;
  return parts.flatMap(({ places }) =>
    phases.map((row) => {
      const table = next;
      const entries = row.flatMap((phase) => [places.get(phase)! * 4, phase.x.axis.out, phase.x.remainder]);
      program.i32(table, entries.length).set(entries);
      next += row.length * JOIN_ENTRY_BYTES;
      return table;
    }),
  );
}
