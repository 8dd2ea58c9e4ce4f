import { checkChoice, countOf, isInteger, show, wrongType, wrongValue } from "../check.ts";
import type { Operator } from "../planning/operator.ts";
import { type Planned, planned } from "../planning/planned.ts";
import { ResizeBilinear, ResizeNearest } from "../runtime/generated/operators.ts";
import { OPERATORS } from "../runtime/modules/operators.ts";
import { checkResult } from "./result.ts";

const RESIZE_MODES = ["nearest", "bilinear"] as const;

const COORDINATES = [
  "half_pixel",
  "half_pixel_symmetric",
  "pytorch_half_pixel",
  "align_corners",
  "asymmetric",
  "tf_half_pixel_for_nn",
] as const;

/** ONNX's nearest_mode; 'shrink_ceil' is that of its first opsets: down where an axis grows, up where it shrinks. */
const ROUNDINGS = ["floor", "ceil", "round_prefer_floor", "round_prefer_ceil", "shrink_ceil"] as const;
export type Rounding = (typeof ROUNDINGS)[number];
export type Coordinates = (typeof COORDINATES)[number];

/** Attributes of a change of size: torch's modes, and ONNX's rules for where an output lies in the input. */
export interface InterpolateAttributes {
  /** lengths of the last two axes of the result */
  readonly size: readonly number[];
  /** factor of each of them for the coordinates; null: from `size` */
  readonly scales: readonly (number | null)[];
  readonly mode: (typeof RESIZE_MODES)[number];
  /** ONNX's coordinate_transformation_mode */
  readonly coordinates: (typeof COORDINATES)[number];
  /** ONNX's nearest_mode; for mode 'nearest' only */
  readonly nearest?: Rounding;
  /** whether places are divided by the factor, as in onnxruntime, not multiplied by its reciprocal, as in torch */
  readonly divided?: boolean;
}

/** One of the last two axes. */
export interface ResizedAxis {
  readonly length: number;
  readonly out: number;
  /** the input's elements for one of the output */
  readonly step: number;
  /** place in the input, not limited to it; in float32 throughout, as torch computes it */
  placeOf(output: number): number;
}

const float = Math.fround;

export function resizedAxis(
  length: number,
  out: number,
  scale: number | null,
  coordinates: Coordinates,
  divided = false,
): ResizedAxis {
  const step = float(scale === null ? length / out : 1 / scale);
  const factor = float(scale ?? out / length);
  const stepped = (output: number) => float(divided ? output / factor : output * step);
  const symmetric = float((length / 2) * float(1 - float(out / float(factor * length))));
  const halfPixel = (output: number) => float(stepped(float(output + 0.5)) - 0.5);
  const places: Readonly<Record<string, (output: number) => number>> = {
    half_pixel: halfPixel,
    // subtracted last, as onnxruntime does: a place that is exactly an element must not be rounded to the next one
    half_pixel_symmetric: (output) => float(float(symmetric + stepped(float(output + 0.5))) - 0.5),
    pytorch_half_pixel: out > 1 ? halfPixel : () => 0,
    // divided last: a place that is exactly an element must not be rounded to the one before
    align_corners: (output) => (out > 1 ? float(float(output * (length - 1)) / (out - 1)) : 0),
    asymmetric: stepped,
    tf_half_pixel_for_nn: (output) => stepped(float(output + 0.5)),
  };
  return { length, out, step, placeOf: places[coordinates]! };
}

const ROUND: Readonly<Record<Rounding, (place: number, step: number) => number>> = {
  floor: Math.floor,
  ceil: Math.ceil,
  round_prefer_floor: (place) => Math.ceil(place - 0.5),
  round_prefer_ceil: (place) => Math.floor(place + 0.5),
  shrink_ceil: (place, step) => (step > 1 ? Math.ceil(place) : Math.floor(place)),
};

/** The element that is nearest to an output. */
export function nearestOf({ length, step, placeOf }: ResizedAxis, rounding: Rounding, output: number): number {
  return limited(ROUND[rounding](placeOf(output), step), length);
}

/** torch.nn.functional.interpolate over the last two axes, and ONNX's Resize */
export const interpolateOperator: Operator<InterpolateAttributes> = {
  name: "interpolate",
  plan(where, operands, attributes) {
    const { shape } = operands[0]!;
    checkAttributes(where, shape, attributes);
    const { size, scales, mode, coordinates, nearest = "floor", divided } = attributes;
    const result = checkResult(where, [...shape.slice(0, -2), ...size]);
    const axis = (i: 0 | 1) => resizedAxis(shape.at(i - 2)!, size[i]!, scales[i] ?? null, coordinates, divided);
    return mode === "nearest"
      ? plannedNearest(result, axis(0), axis(1), nearest)
      : plannedBilinear(result, axis(0), axis(1));
  },
};

function checkAttributes(
  where: string,
  shape: readonly number[],
  { size, scales, mode, coordinates, nearest }: InterpolateAttributes,
): void {
  if (shape.length < 2 || shape.slice(-2).includes(0)) {
    throw wrongValue(where, `input must have a height and a width from 1, got shape ${show(shape)}`);
  }
  if (size.length !== 2 || !size.every((length) => isInteger(length) && length >= 1)) {
    throw wrongValue(where, `size must be [height, width], whole numbers from 1, got ${show(size)}`);
  }
  if (scales.length !== 2 || !scales.every((scale) => scale === null || (scale > 0 && scale < Infinity))) {
    throw wrongValue(where, `scales must be two positive finite numbers, got ${show(scales)}`);
  }
  checkChoice(where, "mode", mode, RESIZE_MODES);
  checkChoice(where, "coordinates", coordinates, COORDINATES);
  if (mode === "nearest") checkChoice(where, "nearest", nearest, ROUNDINGS);
  else if (nearest !== undefined) throw wrongType(where, `nearest needs mode 'nearest', got ${show(nearest)}`);
}

const limited = (index: number, length: number) => Math.min(Math.max(index, 0), length - 1);

function plannedNearest(
  shape: readonly number[],
  rows: ResizedAxis,
  columns: ResizedAxis,
  rounding: Rounding,
): Planned {
  const rowBytes = columns.length * 4;
  return planned({
    types: [{ dtype: "float32", shape }],
    kernel: "resizeNearest",
    flops: 0,
    held: { params: ResizeNearest.bytes, rows: rows.out * 4, columns: columns.out * 4 },
    prepare(program, { inputs, outputs, held }) {
      const rowsAt = program.i32(held.rows, rows.out);
      for (let y = 0; y < rows.out; ++y) rowsAt[y] = nearestOf(rows, rounding, y) * rowBytes;
      const columnsAt = program.i32(held.columns, columns.out);
      let doubled = columns.out === 2 * columns.length;
      for (let x = 0; x < columns.out; ++x) {
        const column = nearestOf(columns, rounding, x);
        doubled &&= column === x >> 1;
        columnsAt[x] = column * 4;
      }
      program.params(ResizeNearest, held.params, {
        input: inputs[0]!,
        output: outputs[0]!,
        rows: held.rows,
        columns: doubled ? 0 : held.columns,
        planeBytes: rows.length * rowBytes,
        outHeight: rows.out,
        outWidth: columns.out,
      });
      program.call(OPERATORS, "resizeNearest", held.params, countOf(shape.slice(0, -2)));
    },
  });
}

/** Two elements and the weight of the second. */
export function neighbours({ length, placeOf }: ResizedAxis, output: number): [number, number, number] {
  const place = Math.min(Math.max(placeOf(output), 0), length - 1);
  const first = Math.floor(place);
  return [first, Math.min(first + 1, length - 1), place - first];
}

const ROW_FIELDS = 3;
const LANES = 4;
const QUAD_BYTES = 64;

/** First of the four columns between which the four outputs from `output` on lie; undefined if they need more. */
function quadAt(columns: ResizedAxis, output: number): number | undefined {
  const base = Math.min(neighbours(columns, output)[0], columns.length - LANES);
  return neighbours(columns, output + LANES - 1)[1] - base < LANES ? base : undefined;
}

/** Fours of outputs that cover the axis; undefined if one of them needs more than four columns. */
function countQuads(columns: ResizedAxis): number {
  if (columns.out < LANES || columns.length < LANES) return 0;
  const count = Math.ceil(columns.out / LANES);
  for (let i = 0; i < count; ++i) if (quadAt(columns, quadOutput(columns, i)) === undefined) return 0;
  return count;
}

/** First output of a four; the last ends the row and may overlap the one before. */
const quadOutput = ({ out }: ResizedAxis, quad: number) => Math.min(quad * LANES, out - LANES);

/** Writes an entry of the kernel's table of fours. */
function writeQuad(i32: Int32Array, f32: Float32Array, to: number, columns: ResizedAxis, output: number): void {
  const base = quadAt(columns, output)!;
  i32.set([base * 4, output * 4, 0, 0], to);
  for (let lane = 0; lane < LANES; ++lane) {
    const [first, second, weight] = neighbours(columns, output + lane);
    const at = to + lane;
    // four bytes of a float, the lowest first
    i32[at + LANES] = 0x03020100 + 0x04040404 * (first - base);
    i32[at + 2 * LANES] = 0x03020100 + 0x04040404 * (second - base);
    f32[at + 3 * LANES] = weight;
  }
}

function plannedBilinear(shape: readonly number[], rows: ResizedAxis, columns: ResizedAxis): Planned {
  const quads = countQuads(columns);
  const planes = countOf(shape.slice(0, -2));
  const rowBytes = columns.length * 4;
  const rowFields = rows.out * ROW_FIELDS;
  const columnFields = quads > 0 ? quads * (QUAD_BYTES / 4) : columns.out * 3;
  return planned({
    types: [{ dtype: "float32", shape }],
    kernel: "resizeBilinear",
    // two products and a sum for each output, and likewise for each value of the input rows that are widened first
    flops: 3 * planes * columns.out * (rows.out + Math.min(2 * rows.out, rows.length)),
    held: { params: ResizeBilinear.bytes, rows: rowFields * 4, columns: columnFields * 4 },
    workspace: { lines: 2 * columns.out * 4 },
    prepare(program, { inputs, outputs, held, workspace: { lines } }) {
      const rowOffsets = program.i32(held.rows, rowFields);
      const rowWeights = program.f32(held.rows, rowFields);
      for (let y = 0, to = 0; y < rows.out; ++y, to += ROW_FIELDS) {
        const [first, second, weight] = neighbours(rows, y);
        rowOffsets[to] = first * rowBytes;
        rowOffsets[to + 1] = second * rowBytes;
        rowWeights[to + 2] = weight;
      }
      const offsets = program.i32(held.columns, columnFields);
      const weights = program.f32(held.columns, columnFields);
      for (let i = 0; i < quads; ++i) {
        writeQuad(offsets, weights, i * (QUAD_BYTES / 4), columns, quadOutput(columns, i));
      }
      for (let x = 0; quads === 0 && x < columns.out; ++x) {
        const [first, second, weight] = neighbours(columns, x);
        offsets[x] = first * 4;
        offsets[x + columns.out] = second * 4;
        weights[x + 2 * columns.out] = weight;
      }
      program.params(ResizeBilinear, held.params, {
        input: inputs[0]!,
        output: outputs[0]!,
        rows: held.rows,
        columns: quads > 0 ? 0 : held.columns,
        quads: quads > 0 ? held.columns : 0,
        lines,
        planeBytes: rows.length * rowBytes,
        outHeight: rows.out,
        outWidth: columns.out,
      });
      program.call(OPERATORS, "resizeBilinear", held.params, planes);
    },
  });
}
