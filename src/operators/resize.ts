import { checkChoice, countOf, isInteger, show, wrongType, wrongValue } from "../check.ts";
import type { Heap } from "../runtime/heap.ts";
import { Layout } from "../runtime/layout.ts";
import type { Engine } from "../runtime/runtime.ts";
import type { Step } from "../runtime/step.ts";
import type { Operator } from "./operator.ts";
import { checkResult } from "./result.ts";

export const RESIZE_MODES = ["nearest", "bilinear"] as const;

const COORDINATES = [
  "half_pixel",
  "half_pixel_symmetric",
  "pytorch_half_pixel",
  "align_corners",
  "asymmetric",
] as const;

const ROUNDINGS = ["floor", "ceil", "round_prefer_floor", "round_prefer_ceil"] as const;

/** Attributes of a change of size: torch's modes, and ONNX's rules of where an output lies in the input. */
export interface InterpolateAttributes {
  /** lengths of the last two axes of the result */
  readonly size: readonly number[];
  /** how many times as large each of them counts as for the coordinates; null: as `size` says */
  readonly scales: readonly (number | null)[];
  readonly mode: (typeof RESIZE_MODES)[number];
  /** ONNX's coordinate_transformation_mode */
  readonly coordinates: (typeof COORDINATES)[number];
  /** ONNX's nearest_mode; for mode 'nearest' only */
  readonly nearest?: (typeof ROUNDINGS)[number];
}

/** One of the last two axes. */
interface ResizedAxis {
  readonly length: number;
  readonly out: number;
  /** place in the input, not limited to it; in float32 throughout, as torch computes it */
  placeOf(output: number): number;
}

const float = Math.fround;

function axisOf(length: number, out: number, scale: number | null, coordinates: string): ResizedAxis {
  const step = float(scale === null ? length / out : 1 / scale);
  const symmetric = scale === null ? 0 : (length / 2) * (1 - out / (scale * length));
  const halfPixel = (output: number) => float(float(float(output + 0.5) * step) - 0.5);
  const places: Readonly<Record<string, (output: number) => number>> = {
    half_pixel: halfPixel,
    half_pixel_symmetric: (output) => float(symmetric + halfPixel(output)),
    pytorch_half_pixel: out > 1 ? halfPixel : () => 0,
    // divided last: places that are those of elements must not be rounded to the one before
    align_corners: (output) => (out > 1 ? float(float(output * (length - 1)) / (out - 1)) : 0),
    asymmetric: (output) => float(output * step),
  };
  return { length, out, placeOf: places[coordinates]! };
}

const ROUND: Readonly<Record<(typeof ROUNDINGS)[number], (place: number) => number>> = {
  floor: Math.floor,
  ceil: Math.ceil,
  round_prefer_floor: (place) => Math.ceil(place - 0.5),
  round_prefer_ceil: (place) => Math.floor(place + 0.5),
};

/** torch.nn.functional.interpolate over the last two axes, and ONNX's Resize */
export const interpolateOperator: Operator<InterpolateAttributes> = {
  name: "interpolate",
  infer(where, operands, { size, scales, mode, coordinates, nearest }) {
    const { shape } = operands[0]!;
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
    else if (nearest !== undefined) throw wrongType(where, `nearest goes with mode 'nearest', got ${show(nearest)}`);
    return [checkResult(where, [...shape.slice(0, -2), ...size])];
  },
  prepare(where, engine, operands, { size, scales, mode, coordinates, nearest = "floor" }) {
    const { shape } = operands[0]!;
    const [rows, columns] = [0, 1].map((i) => axisOf(shape.at(i - 2)!, size[i]!, scales[i] ?? null, coordinates)) as [
      ResizedAxis,
      ResizedAxis,
    ];
    const planes = countOf(shape.slice(0, -2));
    return mode === "nearest"
      ? prepareNearest(where, engine, planes, rows, columns, ROUND[nearest])
      : prepareBilinear(where, engine, planes, rows, columns);
  },
};

const limited = (index: number, length: number) => Math.min(Math.max(index, 0), length - 1);

function prepareNearest(
  where: string,
  { heap, kernels }: Engine,
  planes: number,
  rows: ResizedAxis,
  columns: ResizedAxis,
  round: (place: number) => number,
): Step {
  const layout = new Layout();
  const inner = { rows: layout.add(rows.out * 4), columns: layout.add(columns.out * 4) };
  const block = heap.allocate(where, layout.bytes);
  const [rowsAt, columnsAt] = [block.offset + inner.rows, block.offset + inner.columns];
  const { i32 } = heap;
  const rowBytes = columns.length * 4;
  for (let y = 0; y < rows.out; ++y) i32[rowsAt / 4 + y] = limited(round(rows.placeOf(y)), rows.length) * rowBytes;
  let doubled = columns.out === 2 * columns.length;
  for (let x = 0; x < columns.out; ++x) {
    const column = limited(round(columns.placeOf(x)), columns.length);
    doubled &&= column === x >> 1;
    i32[columnsAt / 4 + x] = column * 4;
  }
  let [input, output] = [0, 0];
  return {
    kernel: "resizeNearest",
    flops: 0,
    weightBytes: 0,
    workspaceBytes: 0,
    blocks: [block],
    bind({ inputs, outputs }) {
      [input, output] = [inputs[0]!, outputs[0]!];
    },
    run() {
      kernels.resizeNearest(
        input,
        planes,
        rows.length * rowBytes,
        rowsAt,
        rows.out,
        doubled ? 0 : columnsAt,
        columns.out,
        output,
      );
    },
  };
}

/** Two elements and the weight of the second. */
function neighbours({ length, placeOf }: ResizedAxis, output: number): [number, number, number] {
  const place = Math.min(Math.max(placeOf(output), 0), length - 1);
  const first = Math.floor(place);
  return [first, Math.min(first + 1, length - 1), place - first];
}

const ROW_FIELDS = 3;
const LANES = 4;
const QUAD_BYTES = 64;

/** First of the four columns that the four outputs from `output` on lie between, or undefined where they need more. */
function quadAt(columns: ResizedAxis, output: number): number | undefined {
  const base = Math.min(neighbours(columns, output)[0], columns.length - LANES);
  return neighbours(columns, output + LANES - 1)[1] - base < LANES ? base : undefined;
}

/** Fours of outputs that cover the axis; none where one of them needs more than four columns. */
function countQuads(columns: ResizedAxis): number {
  if (columns.out < LANES || columns.length < LANES) return 0;
  const count = Math.ceil(columns.out / LANES);
  for (let i = 0; i < count; ++i) if (quadAt(columns, quadOutput(columns, i)) === undefined) return 0;
  return count;
}

/** First output of a four; the last ends the row and may overlap the one before. */
const quadOutput = ({ out }: ResizedAxis, quad: number) => Math.min(quad * LANES, out - LANES);

function writeQuad({ f32, i32 }: Heap, columns: ResizedAxis, output: number, to: number): void {
  const base = quadAt(columns, output)!;
  i32.set([base * 4, output * 4, 0, 0], to / 4);
  for (let lane = 0; lane < LANES; ++lane) {
    const [first, second, weight] = neighbours(columns, output + lane);
    const at = to / 4 + lane;
    // four bytes of a float, the lowest first
    i32[at + LANES] = 0x03020100 + 0x04040404 * (first - base);
    i32[at + 2 * LANES] = 0x03020100 + 0x04040404 * (second - base);
    f32[at + 3 * LANES] = weight;
  }
}

function prepareBilinear(
  where: string,
  { heap, kernels }: Engine,
  planes: number,
  rows: ResizedAxis,
  columns: ResizedAxis,
): Step {
  const quads = countQuads(columns);
  const layout = new Layout();
  const inner = {
    rows: layout.add(rows.out * ROW_FIELDS * 4),
    columns: layout.add(quads > 0 ? quads * QUAD_BYTES : columns.out * 3 * 4),
  };
  const block = heap.allocate(where, layout.bytes);
  const [rowsAt, columnsAt] = [block.offset + inner.rows, block.offset + inner.columns];
  const { f32, i32 } = heap;
  const rowBytes = columns.length * 4;
  for (let y = 0, to = rowsAt / 4; y < rows.out; ++y, to += ROW_FIELDS) {
    const [first, second, weight] = neighbours(rows, y);
    i32[to] = first * rowBytes;
    i32[to + 1] = second * rowBytes;
    f32[to + 2] = weight;
  }
  for (let i = 0; i < quads; ++i) writeQuad(heap, columns, quadOutput(columns, i), columnsAt + i * QUAD_BYTES);
  for (let x = 0, to = columnsAt / 4; quads === 0 && x < columns.out; ++x, ++to) {
    const [first, second, weight] = neighbours(columns, x);
    i32[to] = first * 4;
    i32[to + columns.out] = second * 4;
    f32[to + 2 * columns.out] = weight;
  }
  let [input, output, lines] = [0, 0, 0];
  return {
    kernel: "resizeBilinear",
    // two products and a sum for each output, and for each output of the rows of the input that are widened first
    flops: 3 * planes * columns.out * (rows.out + Math.min(2 * rows.out, rows.length)),
    weightBytes: 0,
    workspaceBytes: 2 * columns.out * 4,
    blocks: [block],
    bind({ inputs, outputs, workspace }) {
      [input, output, lines] = [inputs[0]!, outputs[0]!, workspace];
    },
    run() {
      kernels.resizeBilinear(
        input,
        planes,
        rows.length * rowBytes,
        rowsAt,
        rows.out,
        quads > 0 ? 0 : columnsAt,
        quads > 0 ? columnsAt : 0,
        columns.out,
        output,
        lines,
      );
    },
  };
}
