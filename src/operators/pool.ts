import { checkAxes, checkInteger, checkSize, countOf, show, wrongValue } from "../check.ts";
import type { AxisCount } from "../conv/call.ts";
import type { Operator } from "../planning/operator.ts";
import { type Planned, planned } from "../planning/planned.ts";
import { Pool } from "../runtime/generated/operators.ts";
import { OPERATORS } from "../runtime/modules/operators.ts";
import { checkResult } from "./result.ts";

/** Attributes of a window that slides over the last axes; each has a number for each of these axes. */
interface WindowAttributes {
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  /** padding before the axes, then after them: [top, left, bottom, right], of volumes [front, top, left, back, bottom, right] */
  readonly padding: readonly number[];
  /** whether a window that begins inside, but ends outside, counts */
  readonly ceilMode: boolean;
  /** whether there may be no window at all, as onnxruntime has it where one more would just fit; default false */
  readonly mayBeEmpty?: boolean;
}

/** Attributes of a maximum over windows. */
export interface MaxPoolAttributes extends WindowAttributes {
  readonly dilation: readonly number[];
}

/** Attributes of a mean over windows. */
export interface AvgPoolAttributes extends WindowAttributes {
  /** whether the padding's zeros are part of the mean */
  readonly countIncludePad: boolean;
  /** distance between the values of a window; default 1 */
  readonly dilation?: readonly number[];
  /** divides the sums, in place of the number of values in a window */
  readonly divisorOverride?: number | undefined;
}

/** Attributes of windows that together cover the axes. */
export interface AdaptivePoolAttributes {
  /** lengths of the result; null keeps the input's */
  readonly outputSize: readonly (number | null)[];
}

/** Values of the input under one output along one axis. */
interface Span {
  readonly first: number;
  readonly count: number;
  /** divisor of a sum over the window along this axis */
  readonly divisor: number;
}

/** One axis of a pool. Spans are computed one by one: a list of them could be larger than any memory. */
export interface PoolAxis {
  readonly length: number;
  readonly out: number;
  spanOf(output: number): Span;
  /** absent if windows differ from output to output, other than by what the border cuts off */
  readonly window?: Window;
}

interface Window {
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
}

const AXIS_NAMES = [["length"], ["height", "width"], ["depth", "height", "width"]] as const;
const LETTERS = ["L", "H, W", "D, H, W"] as const;

/** Checks that a tensor is a signal, an image, a volume or a batch of such, and returns the lengths of its last axes. */
function lengthsOf(where: string, shape: readonly number[], axes: AxisCount): readonly number[] {
  const letters = LETTERS[axes - 1];
  if (shape.length !== axes + 1 && shape.length !== axes + 2) {
    throw wrongValue(where, `input must be (N, C, ${letters}) or (C, ${letters}), got shape ${show(shape)}`);
  }
  if (shape.slice(-axes - 1).includes(0)) {
    throw wrongValue(where, `input must not have axes of length 0 other than the batch, got shape ${show(shape)}`);
  }
  return shape.slice(-axes);
}

interface SlidingAttributes extends WindowAttributes {
  readonly dilation?: readonly number[];
  readonly countIncludePad?: boolean;
}

/**
 * Windows along an axis, by torch's rules: with ceilMode those that begin inside count, and one may be larger than the axis.
 * @param rest how much longer than a window the padded axis is
 * @param end a last window that would begin here, in the padding after the axis, does not count
 */
function windowsOf(rest: number, stride: number, end: number, ceilMode: boolean): number {
  if (!ceilMode) return Math.floor(rest / stride) + 1;
  const count = Math.ceil(rest / stride) + 1;
  return (count - 1) * stride >= end ? count - 1 : count;
}

/** The axes of a sliding window, by torch's rules. */
function slidingAxes(
  where: string,
  axes: AxisCount,
  shape: readonly number[],
  a: SlidingAttributes,
): readonly PoolAxis[] {
  const lengths = lengthsOf(where, shape, axes);
  const kernels = checkAxes(where, "kernelSize", a.kernelSize, axes, 1);
  const strides = checkAxes(where, "stride", a.stride, axes, 1);
  const dilations = checkAxes(where, "dilation", a.dilation ?? 1, axes, 1);
  const padding = checkAxes(where, "padding", a.padding, 2 * axes, 0);
  return lengths.map((length, i) => {
    const [kernel, stride, dilation] = [kernels[i]!, strides[i]!, dilations[i]!];
    const [before, after] = [padding[i]!, padding[i + axes]!];
    const name = AXIS_NAMES[axes - 1]![i]!;
    const extent = (kernel - 1) * dilation + 1;
    if (Math.max(before, after) >= extent) {
      const most = Math.max(before, after);
      throw wrongValue(where, `padding must be less than the ${extent} of ${name} that the kernel spans, got ${most}`);
    }
    const out = windowsOf(length + before + after - extent, stride, length + before, a.ceilMode);
    if (out < (a.mayBeEmpty ? 0 : 1)) {
      throw wrongValue(
        where,
        `kernel spans ${extent} values of ${name}, but the padded input has only ${length + before + after}`,
      );
    }
    const spanOf = (output: number): Span => {
      const begin = output * stride - before;
      const skipped = Math.max(Math.ceil(-begin / dilation), 0);
      const count = Math.max(Math.min(Math.ceil((length - begin) / dilation), kernel) - skipped, 0);
      const inPadded = Math.min(Math.ceil((length + after - begin) / dilation), kernel);
      const divisor = a.countIncludePad ? inPadded : count;
      return { first: count === 0 ? 0 : begin + skipped * dilation, count, divisor };
    };
    return { length, out, spanOf, window: { kernel, stride: out === 1 ? 1 : stride, dilation, before } };
  });
}

/** The axes of windows that cover them, by torch's formula: output o covers the inputs [floor(o L / n), ceil((o + 1) L / n)). */
function adaptiveAxes(
  where: string,
  axes: AxisCount,
  shape: readonly number[],
  { outputSize }: AdaptivePoolAttributes,
): readonly PoolAxis[] {
  const lengths = lengthsOf(where, shape, axes);
  const wanted = outputSize.map((size, i) => size ?? lengths[i]!);
  return checkSize(where, "outputSize", wanted, axes, 1).map((out, i) => {
    const length = lengths[i]!;
    const spanOf = (output: number): Span => {
      const first = Math.floor((output * length) / out);
      const count = Math.ceil(((output + 1) * length) / out) - first;
      return { first, count, divisor: count };
    };
    const kernel = length / out;
    if (!Number.isInteger(kernel) || out === 1) return { length, out, spanOf };
    return { length, out, spanOf, window: { kernel, stride: kernel, dilation: 1, before: 0 } };
  });
}

/** The depth of an image, and the height of a signal. */
const ABSENT: PoolAxis = { length: 1, out: 1, spanOf: () => ({ first: 0, count: 1, divisor: 1 }) };

/** All three axes of a pool, of which images lack the first and signals the first two. */
export function volumeAxes(axes: readonly PoolAxis[]): readonly [slices: PoolAxis, rows: PoolAxis, columns: PoolAxis] {
  const [slices = ABSENT, rows = ABSENT, columns = ABSENT] = [ABSENT, ABSENT, ...axes].slice(-3);
  return [slices, rows, columns];
}

/** Both axes of the planes of a pool, of which a signal has only the second. */
export function planeAxes(axes: readonly PoolAxis[]): readonly [rows: PoolAxis, columns: PoolAxis] {
  const [, rows, columns] = volumeAxes(axes);
  return [rows, columns];
}

/** Sizes of a plane before and after a pool, and the steps from tap to tap, as parameter blocks have them. */
export const planeFields = ([rows, columns]: ReturnType<typeof planeAxes>) => ({
  height: rows.length,
  width: columns.length,
  outHeight: rows.out,
  outWidth: columns.out,
  rowStep: rows.window?.dilation ?? 1,
  columnStep: columns.window?.dilation ?? 1,
});

/** The same of a volume. */
export const volumeFields = ([slices, ...plane]: ReturnType<typeof volumeAxes>) => ({
  depth: slices.length,
  outDepth: slices.out,
  sliceStep: slices.window?.dilation ?? 1,
  ...planeFields(plane),
});

/** One window over everything needs no second axis. */
function joined([rows, columns]: readonly [PoolAxis, PoolAxis]): readonly [PoolAxis, PoolAxis] {
  const { length } = columns;
  if ([rows, columns].some((axis) => axis.out > 1 || axis.window !== undefined)) return [rows, columns];
  const count = rows.length * length;
  return [ABSENT, { length: count, out: 1, spanOf: () => ({ first: 0, count, divisor: count }) }];
}

const ROW_FIELDS = 3;
const SPAN_FIELDS = 2;
/** floats that the kernels compute at a time */
const LANES = 4;
/** An axis whose windows are not equally spaced. */
const UNEVEN: Window = { kernel: 0, stride: 0, dilation: 0, before: 0 };

type Kernel = "maxPool" | "avgPool";

/** @param divisor in place of the axes' divisors */
function plannedPool(
  kernel: Kernel,
  inputShape: readonly number[],
  shape: readonly number[],
  axes: readonly PoolAxis[],
  divisor: number | undefined,
): Planned {
  const planes = countOf(inputShape.slice(0, -axes.length));
  const [slices, rows, columns] = volumeAxes(axes);
  if (slices === ABSENT) return plannedPlanes(kernel, planes, shape, [rows, columns], divisor);
  return plannedVolumes(kernel, planes, shape, [slices, rows, columns], divisor);
}

/** Along the depth first, to which a slice is a row of values that no window joins; then slice by slice. */
function plannedVolumes(
  kernel: Kernel,
  planes: number,
  shape: readonly number[],
  [slices, rows, columns]: ReturnType<typeof volumeAxes>,
  divisor: number | undefined,
): Planned {
  const line = apart(rows.length * columns.length);
  const between = [planes, slices.out, line.length];
  const deep = plannedPlanes(kernel, planes, between, [slices, line], divisor === undefined ? undefined : 1);
  const flat = plannedPlanes(kernel, planes * slices.out, shape, [rows, columns], divisor);
  return planned({
    types: flat.types,
    kernel,
    flops: deep.flops + flat.flops,
    calls: deep.calls + flat.calls,
    held: { deep: deep.heldBytes, flat: flat.heldBytes },
    workspace: {
      between: countOf(between) * 4,
      scratch: Math.max(deep.workspaceBytes, flat.workspaceBytes),
    },
    prepare(program, { held, workspace: { between: middle, scratch }, ...places }) {
      const common = { ...places, staged: 0, workspace: scratch };
      deep.prepare(program, { ...common, outputs: [middle], held: held.deep });
      flat.prepare(program, { ...common, inputs: [middle], held: held.flat });
    },
  });
}

/** An axis that stays as it is. */
const apart = (length: number): PoolAxis => ({
  length,
  out: length,
  spanOf: (output) => ({ first: output, count: 1, divisor: 1 }),
  window: { kernel: 1, stride: 1, dilation: 1, before: 0 },
});

function plannedPlanes(
  kernel: Kernel,
  planes: number,
  shape: readonly number[],
  axes: readonly [PoolAxis, PoolAxis],
  divisor: number | undefined,
): Planned {
  const [rows, columns] = joined(axes);
  const spans = columns.window === undefined ? columns.out * SPAN_FIELDS : 0;
  const divisors = Math.max(columns.out, LANES);
  const { kernel: taps, stride, dilation, before } = columns.window ?? UNEVEN;
  // whole vectors of outputs are computed, and the second of two floats is read with the first
  const reach = (divisors - 1) * stride + (taps - 1) * dilation + 2;
  const bufferWidth = Math.max(before + columns.length, reach);
  const rowBytes = columns.length * 4;
  return planned({
    types: [{ dtype: "float32", shape }],
    kernel,
    flops: planes * opsOf(rows) * opsOf(columns),
    held: { params: Pool.bytes, rows: rows.out * ROW_FIELDS * 4, divisors: divisors * 4, spans: spans * 4 },
    workspace: { buffer: bufferWidth * 4 },
    prepare(program, { inputs, outputs, held, workspace: { buffer } }) {
      const offsets = program.i32(held.rows, rows.out * ROW_FIELDS);
      const ofRows = program.f32(held.rows, rows.out * ROW_FIELDS);
      for (let y = 0, to = 0; y < rows.out; ++y, to += ROW_FIELDS) {
        const span = rows.spanOf(y);
        offsets[to] = span.first * rowBytes;
        offsets[to + 1] = span.count;
        ofRows[to + 2] = divisor ?? span.divisor;
      }
      const ofColumns = program.f32(held.divisors, divisors).fill(1);
      const places = program.i32(held.spans, spans);
      for (let x = 0; x < columns.out; ++x) {
        const span = columns.spanOf(x);
        if (divisor === undefined) ofColumns[x] = span.divisor;
        if (spans > 0) places.set([span.first * 4, span.count], x * SPAN_FIELDS);
      }
      program.params(Pool, held.params, {
        input: inputs[0]!,
        output: outputs[0]!,
        buffer,
        rows: held.rows,
        divisors: held.divisors,
        spans: spans > 0 ? held.spans : 0,
        planeBytes: rows.length * rowBytes,
        width: columns.length,
        rowStep: (rows.window?.dilation ?? 1) * rowBytes,
        outHeight: rows.out,
        outWidth: columns.out,
        taps,
        tapStep: dilation * 4,
        stride,
        left: before,
        bufferWidth,
      });
      program.call(OPERATORS, kernel, held.params, planes);
    },
  });
}

/** Number of values in all windows of an axis. */
function opsOf({ out, spanOf }: PoolAxis): number {
  let sum = 0;
  for (let output = 0; output < out; ++output) sum += spanOf(output).count;
  return sum;
}

/** A pool, as its gradient reads it. */
export interface PoolingOperator<A extends object = object> extends Operator<A> {
  readonly kernel: Kernel;
  axesOf(where: string, shape: readonly number[], attributes: A): readonly PoolAxis[];
  /** in place of the axes' divisors */
  divisorOf(where: string, attributes: A): number | undefined;
}

/** A pool whose axes `axesOf` checks and computes. */
function pooling<A extends object>(
  name: string,
  kernel: Kernel,
  axesOf: (where: string, shape: readonly number[], attributes: A) => readonly PoolAxis[],
  divisorOf: (where: string, attributes: A) => number | undefined = () => undefined,
): PoolingOperator<A> {
  return {
    name,
    kernel,
    axesOf,
    divisorOf,
    plan(where, operands, attributes) {
      const { shape } = operands[0]!;
      const axes = axesOf(where, shape, attributes);
      const divisor = divisorOf(where, attributes);
      const result = checkResult(where, [...shape.slice(0, -axes.length), ...axes.map(({ out }) => out)]);
      return plannedPool(kernel, shape, result, axes, divisor);
    },
  };
}

const sliding =
  <A extends SlidingAttributes>(axes: AxisCount) =>
  (where: string, shape: readonly number[], attributes: A) =>
    slidingAxes(where, axes, shape, attributes);
const adaptive = (axes: AxisCount) => (where: string, shape: readonly number[], attributes: AdaptivePoolAttributes) =>
  adaptiveAxes(where, axes, shape, attributes);

const override = (where: string, { divisorOverride }: AvgPoolAttributes) =>
  divisorOverride === undefined ? undefined : checkInteger(where, "divisorOverride", divisorOverride, 1);

/** torch.nn.functional.max_pool1d, without indices */
export const maxPool1dOperator: PoolingOperator<MaxPoolAttributes> = /* @__PURE__ */ pooling(
  "maxPool1d",
  "maxPool",
  /* @__PURE__ */ sliding(1),
);
/** torch.nn.functional.max_pool2d, without indices; padding may differ from side to side */
export const maxPool2dOperator: PoolingOperator<MaxPoolAttributes> = /* @__PURE__ */ pooling(
  "maxPool2d",
  "maxPool",
  /* @__PURE__ */ sliding(2),
);
/** torch.nn.functional.max_pool3d, without indices; padding may differ from side to side */
export const maxPool3dOperator: PoolingOperator<MaxPoolAttributes> = /* @__PURE__ */ pooling(
  "maxPool3d",
  "maxPool",
  /* @__PURE__ */ sliding(3),
);
/** torch.nn.functional.avg_pool1d */
export const avgPool1dOperator: PoolingOperator<AvgPoolAttributes> = /* @__PURE__ */ pooling(
  "avgPool1d",
  "avgPool",
  /* @__PURE__ */ sliding(1),
  override,
);
/** torch.nn.functional.avg_pool2d; padding may differ from side to side */
export const avgPool2dOperator: PoolingOperator<AvgPoolAttributes> = /* @__PURE__ */ pooling(
  "avgPool2d",
  "avgPool",
  /* @__PURE__ */ sliding(2),
  override,
);
/** torch.nn.functional.avg_pool3d; padding may differ from side to side */
export const avgPool3dOperator: PoolingOperator<AvgPoolAttributes> = /* @__PURE__ */ pooling(
  "avgPool3d",
  "avgPool",
  /* @__PURE__ */ sliding(3),
  override,
);
/** torch.nn.functional.adaptive_avg_pool1d */
export const adaptiveAvgPool1dOperator: PoolingOperator<AdaptivePoolAttributes> = /* @__PURE__ */ pooling(
  "adaptiveAvgPool1d",
  "avgPool",
  /* @__PURE__ */ adaptive(1),
);
/** torch.nn.functional.adaptive_avg_pool2d */
export const adaptiveAvgPool2dOperator: PoolingOperator<AdaptivePoolAttributes> = /* @__PURE__ */ pooling(
  "adaptiveAvgPool2d",
  "avgPool",
  /* @__PURE__ */ adaptive(2),
);
/** torch.nn.functional.adaptive_avg_pool3d */
export const adaptiveAvgPool3dOperator: PoolingOperator<AdaptivePoolAttributes> = /* @__PURE__ */ pooling(
  "adaptiveAvgPool3d",
  "avgPool",
  /* @__PURE__ */ adaptive(3),
);
/** torch.nn.functional.adaptive_max_pool2d, without indices */
export const adaptiveMaxPool2dOperator: PoolingOperator<AdaptivePoolAttributes> = /* @__PURE__ */ pooling(
  "adaptiveMaxPool2d",
  "maxPool",
  /* @__PURE__ */ adaptive(2),
);

/** The pool of maxima over as many axes as the window has. */
export const poolOf = ({ kernelSize }: Pick<MaxPoolAttributes, "kernelSize">): PoolingOperator<MaxPoolAttributes> =>
  [maxPool1dOperator, maxPool2dOperator, maxPool3dOperator][kernelSize.length - 1]!;
