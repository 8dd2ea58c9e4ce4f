import { countOf } from "../check.ts";
import type { Block } from "../runtime/heap.ts";
import { Layout, wholeLines } from "../runtime/layout.ts";
import { type Engine, engine } from "../runtime/runtime.ts";
import { runOnce, type Step } from "../runtime/step.ts";
import type { Uses } from "./cost.ts";
import { type Epilogue, NO_EPILOGUE } from "./epilogue.ts";
import { type ConvGeometry, flopsOf } from "./geometry.ts";
import { type Phase, phasesOf, tapOffsets } from "./phases.ts";
import { planConv } from "./plan.ts";
import { asStep, type ConvStep, prepareConv } from "./step.ts";

/** Phases of as many channels as fit are computed, then put together: the image is packed again for each block. */
const RESULT_BYTES = 4 << 20;

/**
 * Computes the input of a convolution from its output with the transposed kernel, in memory that is held for this call.
 *
 * @param g the convolution that is transposed, with zero padding
 * @param weight (groups * filters, channels, kernel height, kernel width)
 * @param output (batch, groups * filters, outHeight, outWidth)
 * @param bias (groups * channels), added to the result
 * @returns (batch, groups * channels, height, width)
 */
export function transposeConv(
  where: string,
  g: ConvGeometry,
  weight: Float32Array,
  output: Float32Array,
  bias: Float32Array | undefined,
): Float32Array<ArrayBuffer> {
  const { heap } = engine();
  const inputSize = countOf([g.batch, g.groups, g.channels, g.height, g.width]);
  heap.ensure(where, output.byteLength + inputSize * 4);
  const step = prepareTranspose(where, engine(), g, weight, bias, NO_EPILOGUE, "once");
  return runOnce(where, heap, step, [output], [inputSize])[0]!;
}

/** Where the weights lie in linear memory while they are packed, and room for a table of taps. */
interface Weight {
  readonly at: number;
  readonly taps: number;
}

/**
 * Packs the weights of every phase.
 *
 * @param epilogue applied to outputs that meet a tap; the bias alone stands at the others
 * @throws RangeError where memory does not suffice; nothing is held then
 */
export function prepareTranspose(
  where: string,
  engine: Engine,
  g: ConvGeometry,
  weight: Float32Array,
  bias: Float32Array | undefined,
  epilogue: Epilogue,
  uses: Uses,
): Step {
  const { heap } = engine;
  const layout = new Layout();
  const inner = { at: layout.add(weight.byteLength), taps: layout.add(g.kernelHeight * g.kernelWidth * 4) };
  const staged = heap.allocate(where, layout.bytes);
  const held: Block[] = [];
  try {
    heap.f32.set(weight, (staged.offset + inner.at) / 4);
    const places = { at: staged.offset + inner.at, taps: staged.offset + inner.taps };
    const prepare = (phases: readonly Phase[], first: number, count: number) => {
      const step = preparePhases(where, engine, g, phases, places, bias, epilogue, uses, first, count);
      held.push(step.block);
      return step;
    };
    const strided = g.strideHeight > 1 || g.strideWidth > 1;
    return strided ? phasedStep(engine, g, bias, held, prepare) : denseStep(g, held, prepare);
  } catch (error) {
    for (const block of held) heap.free(block);
    throw error;
  } finally {
    heap.free(staged);
  }
}

/** Packs phases for channels [first, first + count) of each group. */
type Prepare = (phases: readonly Phase[], first: number, count: number) => ConvStep;

/** Stride 1: one convolution, straight into the result. */
function denseStep(g: ConvGeometry, blocks: readonly Block[], prepare: Prepare): Step {
  const step = prepare(phasesOf(g, g.batch).flat(), 0, g.channels);
  return { ...asStep(step, 0), flops: flopsOf(g), blocks };
}

/** Every phase for an image and a block of channels at a time, put together by rows. */
function phasedStep(
  engine: Engine,
  g: ConvGeometry,
  bias: Float32Array | undefined,
  blocks: readonly Block[],
  prepare: Prepare,
): Step {
  const phases = phasesOf(g, 1);
  const sets = alikePhases(g, phases.flat());
  // with several groups the channels of a block would not be adjacent
  const fitting = Math.max(Math.floor(RESULT_BYTES / (g.height * g.width * 4)), 1);
  const channels = g.groups > 1 ? g.channels : Math.ceil(g.channels / Math.ceil(g.channels / fitting));
  const outputs = phases.flat().reduce((sum, { y, x }) => sum + y.count * x.count, 0);
  const parts: { first: number; count: number; steps: readonly ConvStep[]; places: ReadonlyMap<Phase, number> }[] = [];
  for (let first = 0; first < g.channels; first += channels) {
    const count = Math.min(channels, g.channels - first);
    const places = new Map<Phase, number>();
    let place = 0;
    for (const phase of sets.flat()) {
      places.set(phase, place);
      place += g.groups * count * phase.y.count * phase.x.count * 4;
    }
    parts.push({ first, count, steps: sets.map((set) => prepare(set, first, count)), places });
  }
  const plans = parts.flatMap(({ steps }) => steps.map(({ plan }) => plan));
  const planesBytes = wholeLines(countOf([g.groups, channels, outputs]) * 4);
  const imageBytes = countOf([g.groups, g.filters, g.outHeight, g.outWidth]) * 4;
  const resultBytes = countOf([g.groups, g.channels, g.height, g.width]) * 4;
  let [from, to, planes] = [0, 0, 0];
  return {
    kernel: plans[0]?.kernel ?? "none",
    algorithm: plans[0]?.algorithm ?? "direct",
    reason: `one dense convolution for each of the ${phases.flat().length} phases of the strides`,
    flops: flopsOf(g),
    weightBytes: plans.reduce((sum, { packedBytes }) => sum + packedBytes, 0),
    workspaceBytes: planesBytes + Math.max(0, ...plans.map(({ workspaceBytes }) => workspaceBytes)),
    blocks,
    bind({ inputs, outputs, workspace }) {
      [from, to, planes] = [inputs[0]!, outputs[0]!, workspace];
    },
    run() {
      if (outputs < g.height * g.width) fillBias(engine, g, bias, to);
      for (const { first, count, steps, places } of parts) {
        for (let image = 0; image < g.batch; ++image) {
          for (const [index, set] of sets.entries()) {
            steps[index]!.bind(from + image * imageBytes, planes + places.get(set[0]!)!, 0, planes + planesBytes);
            steps[index]!.run();
          }
          const result = to + image * resultBytes + first * g.height * g.width * 4;
          joinPhases(engine, g, phases, planes, places, g.groups * count, result);
        }
      }
    },
  };
}

/**
 * Phases that read the image alike, as all of a 2x2 kernel of stride 2 do, become one convolution with the filters of all,
 * which packs the image once. With several groups their outputs would not be adjacent, so each stays by itself.
 */
function alikePhases(g: ConvGeometry, phases: readonly Phase[]): readonly (readonly Phase[])[] {
  const sets = new Map<string, Phase[]>();
  for (const [index, phase] of phases.entries()) {
    const key = g.groups === 1 ? JSON.stringify(phase.geometry) : String(index);
    sets.set(key, [...(sets.get(key) ?? []), phase]);
  }
  return [...sets.values()];
}

function preparePhases(
  where: string,
  engine: Engine,
  g: ConvGeometry,
  phases: readonly Phase[],
  weight: Weight,
  bias: Float32Array | undefined,
  epilogue: Epilogue,
  uses: Uses,
  first: number,
  count: number,
): ConvStep {
  const plan = planConv(where, { ...phases[0]!.geometry, filters: count * phases.length }, "auto", uses);
  const own = g.groups > 1 ? bias : bias?.subarray(first, first + count);
  const biases = own && new Float32Array(own.length * phases.length);
  for (const [index] of phases.entries()) if (own) biases!.set(own, index * own.length);
  const weights = {
    length: phases.reduce((length, phase) => length + g.groups * count * g.filters * tapOffsets(g, phase).length, 0),
    write: (at: number) => writeWeights(engine, g, phases, weight, first, count, at),
  };
  return prepareConv(where, engine, plan, weights, biases, epilogue);
}

/** The kernels of phases, one after the other, for channels [first, first + count) of each group. */
function writeWeights(
  { heap, kernels }: Engine,
  g: ConvGeometry,
  phases: readonly Phase[],
  weight: Weight,
  first: number,
  count: number,
  to: number,
): void {
  const channelBytes = g.kernelHeight * g.kernelWidth * 4;
  const filterBytes = g.channels * channelBytes;
  let at = to;
  for (const phase of phases) {
    const taps = tapOffsets(g, phase);
    heap.i32.set(taps, weight.taps / 4);
    for (let group = 0; group < g.groups; ++group) {
      const from = weight.at + group * g.filters * filterBytes + first * channelBytes;
      kernels.turnWeights(from, filterBytes, channelBytes, g.filters, count, weight.taps, taps.length, at);
      at += count * g.filters * taps.length * 4;
    }
  }
}

/** Outputs that meet no tap hold the bias. */
function fillBias({ heap: { f32 } }: Engine, g: ConvGeometry, bias: Float32Array | undefined, to: number): void {
  const size = g.height * g.width;
  for (let plane = 0; plane < g.batch * g.groups * g.channels; ++plane) {
    const value = bias?.[plane % (g.groups * g.channels)] ?? 0;
    f32.fill(value, to / 4 + plane * size, to / 4 + (plane + 1) * size);
  }
}

/** Puts the rows of all phases together. */
function joinPhases(
  { kernels }: Engine,
  g: ConvGeometry,
  phases: readonly (readonly Phase[])[],
  planes: number,
  places: ReadonlyMap<Phase, number>,
  channels: number,
  to: number,
): void {
  const rowBytes = g.width * 4 * g.strideHeight;
  for (const row of phases.filter(({ length }) => length > 0)) {
    for (let channel = 0; channel < channels; ++channel) {
      const placeOf = (phase: Phase) => planes + places.get(phase)! + channel * phase.y.count * phase.x.count * 4;
      const [first, second] = row as readonly [Phase, Phase?];
      const result = to + (channel * g.height + first.y.remainder) * g.width * 4;
      if (g.strideWidth === 2 && second !== undefined) {
        kernels.zipRows(placeOf(first), placeOf(second), first.y.count, g.width, result, rowBytes);
      } else {
        for (const phase of row) {
          const at = result + phase.x.remainder * 4;
          kernels.spreadRows(placeOf(phase), phase.y.count, phase.x.count, at, g.strideWidth * 4, rowBytes);
        }
      }
    }
  }
}
