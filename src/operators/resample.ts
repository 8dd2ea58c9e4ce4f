import { countOf, show, wrongValue } from "../check.ts";
import { float32 } from "../dtype.ts";
import type { Operator } from "../planning/operator.ts";
import { type Planned, planned, plannedParts } from "../planning/planned.ts";
import { Resample } from "../runtime/generated/vision.ts";
import { wholeLines } from "../runtime/layout.ts";
import { VISION } from "../runtime/modules/vision.ts";
import {
  type Coordinates,
  interpolateOperator,
  nearestOf,
  neighbours,
  type ResizedAxis,
  type Rounding,
  resizedAxis,
} from "./resize.ts";
import { checkResult } from "./result.ts";

/** How an axis gets another length. */
export interface ResampledAxis {
  /** length of the result */
  readonly out: number;
  /** factor for the coordinates; null: from `out` */
  readonly scale: number | null;
  /** in place of a rule for coordinates: the part of the input that is taken, as fractions of its last index */
  readonly region?: readonly [start: number, end: number];
}

/** Attributes of {@link resampleOperator}. */
export interface ResampleAttributes {
  /** for each axis; null keeps it as it is */
  readonly axes: readonly (ResampledAxis | null)[];
  /** 'area' takes the mean of what an output covers, as adaptive pools do */
  readonly mode: "nearest" | "linear" | "cubic" | "area";
  readonly coordinates: Coordinates;
  /** for mode 'nearest' only */
  readonly nearest?: Rounding;
  /** ONNX's cubic_coeff_a; default -0.75 */
  readonly cubic?: number;
  /** whether weights of elements outside the input are shared out, where they are those of the border by default */
  readonly excludeOutside?: boolean;
  /** whether an axis that shrinks is smoothed as far as it shrinks */
  readonly antialias?: boolean;
  /** value of outputs whose region lies outside the input; default 0 */
  readonly outside?: number;
  /** as {@link interpolateOperator}'s */
  readonly divided?: boolean;
}

/** An output as the weighted sum of adjacent elements; of none outside the input. */
interface Span {
  readonly first: number;
  readonly weights: readonly number[];
}

/** torch.nn.functional.interpolate over any axes, and ONNX's Resize whole. Axis after axis, those that shrink most first. */
export const resampleOperator: Operator<ResampleAttributes> = {
  name: "resample",
  plan(where, operands, attributes, uses) {
    const { shape } = operands[0]!;
    const { axes, mode, coordinates, nearest, divided, outside = 0 } = attributes;
    if (axes.length !== shape.length) {
      throw wrongValue(where, `needs an entry for each axis of ${show(shape)}, got ${axes.length}`);
    }
    const result = checkResult(
      where,
      shape.map((length, axis) => axes[axis]?.out ?? length),
    );
    const given = axes.flatMap((axis, index) => (axis === null ? [] : [{ ...axis, index, length: shape[index]! }]));
    for (const { index, length, out } of given) {
      if (length === 0 && out > 0) throw wrongValue(where, `axis ${index} has no values, and cannot have ${out}`);
    }
    const last = given.every(({ index }) => index >= shape.length - 2);
    const plain = mode === "nearest" || (mode === "linear" && attributes.antialias !== true);
    if (plain && last && shape.length > 1 && given.every(({ region }) => region === undefined)) {
      const kept = (index: number): ResampledAxis => axes.at(index) ?? { out: shape.at(index)!, scale: 1 };
      const own = {
        size: [kept(-2).out, kept(-1).out],
        scales: [kept(-2).scale, kept(-1).scale],
        coordinates,
        ...(divided !== undefined && { divided }),
      };
      const rule = mode === "nearest" ? { mode, nearest: nearest ?? "floor" } : { mode: "bilinear" as const };
      if (!shape.slice(-2).includes(0)) return interpolateOperator.plan(where, operands, { ...own, ...rule }, uses);
    }
    const steps = given.map((axis) => ({ ...axis, spanOf: spansOf(axis, attributes) }));
    // what shrinks first leaves less to do
    steps.sort((a, b) => a.out / a.length - b.out / b.length);
    return steps.length === 0 ? plannedParts([float32(result)], [0]) : plannedSteps(shape, result, steps, outside);
  },
};

/** The change of each axis that has one, as a matrix (out, length), row by row. */
export function resampleMatrices(
  shape: readonly number[],
  attributes: ResampleAttributes,
): readonly { readonly axis: number; readonly out: number; readonly data: Float32Array<ArrayBuffer> }[] {
  return attributes.axes.flatMap((each, axis) => {
    if (each === null) return [];
    const { out } = each;
    const length = shape[axis]!;
    const spanOf = spansOf({ ...each, length }, attributes);
    const data = new Float32Array(out * length);
    for (let output = 0; output < out; ++output) {
      const { first, weights } = spanOf(output);
      data.set(weights, output * length + first);
    }
    return [{ axis, out, data }];
  });
}

interface Step {
  readonly index: number;
  readonly length: number;
  readonly out: number;
  spanOf(output: number): Span;
}

/** One instruction for each axis, by way of two arrays in turn. */
function plannedSteps(
  shape: readonly number[],
  result: readonly number[],
  steps: readonly Step[],
  outside: number,
): Planned {
  let lengths = shape;
  let flops = 0;
  let table = 0;
  const passes = steps.map((step) => {
    const { index, length, out } = step;
    const outer = countOf(lengths.slice(0, index));
    const inner = countOf(lengths.slice(index + 1));
    let taps = 0;
    for (let output = 0; output < out; ++output) taps = Math.max(taps, step.spanOf(output).weights.length);
    lengths = lengths.with(index, out);
    flops += 2 * outer * inner * out * taps;
    const at = table;
    table += wholeLines(out * 8) + wholeLines(out * taps * 4);
    return { ...step, length, out, outer, inner, taps, at, bytes: outer * out * inner * 4 };
  });
  const between = (odd: number) =>
    Math.max(0, ...passes.slice(0, -1).map(({ bytes }, i) => (i % 2 === odd ? bytes : 0)));
  return planned({
    types: [float32(result)],
    kernel: "resampleAxis",
    flops,
    calls: passes.length,
    held: { params: passes.length * wholeLines(Resample.bytes), tables: table },
    workspace: { even: between(0), odd: between(1) },
    prepare(program, { inputs, outputs, held, workspace }) {
      let from = inputs[0]!;
      for (const [i, { out, length, outer, inner, taps, at, spanOf }] of passes.entries()) {
        const to = i === passes.length - 1 ? outputs[0]! : i % 2 === 0 ? workspace.even : workspace.odd;
        const params = held.params + i * wholeLines(Resample.bytes);
        const spans = held.tables + at;
        const weights = spans + wholeLines(out * 8);
        const places = program.i32(spans, 2 * out);
        const numbers = program.f32(weights, out * taps);
        for (let output = 0; output < out; ++output) {
          const span = spanOf(output);
          places[2 * output] = span.first;
          places[2 * output + 1] = span.weights.length;
          numbers.fill(0, output * taps, (output + 1) * taps);
          numbers.set(span.weights, output * taps);
        }
        program.params(Resample, params, { from, to, spans, weights, length, count: out, inner, taps, value: outside });
        program.call(VISION, "resampleAxis", params, outer * out);
        from = to;
      }
    },
  });
}

/** The elements of each output of an axis, and their weights. */
function spansOf(
  { length, out, scale, region }: ResampledAxis & { readonly length: number },
  {
    mode,
    coordinates,
    nearest = "floor",
    divided,
    cubic = -0.75,
    excludeOutside = false,
    antialias = false,
  }: ResampleAttributes,
): (output: number) => Span {
  if (mode === "area") {
    return (output) => {
      const first = Math.floor((output * length) / out);
      const count = Math.ceil(((output + 1) * length) / out) - first;
      return { first, weights: Array<number>(count).fill(1 / count) };
    };
  }
  const plain = resizedAxis(length, out, scale, coordinates, divided);
  const axis: ResizedAxis =
    region === undefined ? plain : { ...plain, placeOf: (output) => regionPlace(region, length, out, output) };
  const inside = (output: number) => {
    const place = axis.placeOf(output);
    return region === undefined || (place >= 0 && place <= length - 1);
  };
  const spanOf = (output: number): Span => {
    if (mode === "nearest") return { first: nearestOf(axis, nearest, output), weights: [1] };
    // how far the function is stretched
    const stretch = antialias && axis.step > 1 ? axis.step : 1;
    if (mode === "linear" && stretch === 1) {
      const [first, , weight] = neighbours(axis, output);
      return weight === 0 ? { first, weights: [1] } : { first, weights: [1 - weight, weight] };
    }
    const weightOf = mode === "linear" ? triangle : (x: number) => cubicWeight(x, cubic);
    return weighted(axis.placeOf(output), length, mode === "linear" ? 1 : 2, stretch, weightOf, excludeOutside);
  };
  return (output) => (inside(output) ? spanOf(output) : { first: 0, weights: [] });
}

function regionPlace([start, end]: readonly [number, number], length: number, out: number, output: number): number {
  if (out === 1) return 0.5 * (start + end) * (length - 1);
  return start * (length - 1) + (output * (end - start) * (length - 1)) / (out - 1);
}

const triangle = (x: number) => Math.max(1 - Math.abs(x), 0);

/** Keys, Cubic convolution interpolation for digital image processing, 1981 */
function cubicWeight(distance: number, a: number): number {
  const x = Math.abs(distance);
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}

/** Weights by a function of the distance; what lies outside counts as the border, or is left out. */
function weighted(
  place: number,
  length: number,
  reach: number,
  stretch: number,
  weightOf: (distance: number) => number,
  excludeOutside: boolean,
): Span {
  const center = place + 0.5;
  const from = Math.floor(center - reach * stretch + 0.5);
  const to = Math.floor(center + reach * stretch + 0.5);
  const limited = (index: number) => Math.min(Math.max(index, 0), length - 1);
  const [first, last] = [limited(from), limited(to - 1)];
  const weights = Array<number>(last - first + 1).fill(0);
  let sum = 0;
  for (let index = from; index < to; ++index) {
    if (excludeOutside && index !== limited(index)) continue;
    const weight = weightOf((index - place) / stretch);
    weights[limited(index) - first]! += weight;
    sum += weight;
  }
  const begin = weights.findIndex((weight) => weight !== 0);
  const used = weights.slice(begin, weights.findLastIndex((weight) => weight !== 0) + 1);
  return { first: first + begin, weights: used.map((weight) => weight / sum) };
}
