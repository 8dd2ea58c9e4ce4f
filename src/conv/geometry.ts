import { checkAxes, checkChoice, checkInteger, checkOptions, countOf, show, wrongType, wrongValue } from "../check.ts";
import { PADDING_MODES, type PaddingMode, paddingFault } from "./padding.ts";

/** How a convolution may be computed; 'auto' leaves it to the planner. */
export type Algorithm = "auto" | "direct" | "im2col" | "toeplitz" | "winograd";

export const ALGORITHMS = ["auto", "direct", "im2col", "toeplitz", "winograd"] as const;

/** Options of conv1d, where an array has one number. */
export interface ConvOptions<Axes = number | readonly number[]> {
  /** step of the window; default 1 */
  stride?: Axes;
  /** values added on both sides of each axis, or 'same' (output as large as the input), or 'valid' (none); default 0 */
  padding?: Axes | "same" | "valid";
  /** distance between the taps of the kernel; default 1 */
  dilation?: Axes;
  /** blocks of channels that are convolved apart; default 1 */
  groups?: number;
  /** what the padding holds; default 'zeros' */
  paddingMode?: PaddingMode;
  /** default 'auto' */
  algorithm?: Algorithm;
}

/** A convolution with all its sizes settled: what the planner and the kernels know. Channels and filters are one group's. */
export interface ConvGeometry {
  readonly batch: number;
  readonly groups: number;
  readonly channels: number;
  readonly filters: number;
  readonly height: number;
  readonly width: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly strideHeight: number;
  readonly strideWidth: number;
  readonly dilationHeight: number;
  readonly dilationWidth: number;
  readonly padTop: number;
  readonly padBottom: number;
  readonly padLeft: number;
  readonly padRight: number;
  readonly paddingMode: PaddingMode;
  readonly outHeight: number;
  readonly outWidth: number;
}

/** A checked call: geometry for the kernels, the result's shape as torch gives it. */
export interface ConvCall {
  readonly geometry: ConvGeometry;
  readonly algorithm: Algorithm;
  readonly outputShape: readonly number[];
}

/** What has a shape: a tensor, or a size that stands for one. */
interface Shaped {
  readonly shape: readonly number[];
}

/** What the messages call the arguments: gradients take a size in place of a tensor. */
interface ArgumentNames {
  readonly input: string;
  readonly weight: string;
}

/** Values before and after each axis. */
export type Pads = readonly (readonly [before: number, after: number])[];

const CONV_OPTIONS = ["stride", "padding", "dilation", "groups", "paddingMode", "algorithm"] as const;

const AXIS_NAMES = ["height", "width"] as const;

/** One axis of a window operation. */
interface Axis {
  readonly length: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
  readonly after: number;
  readonly out: number;
}

/** A convolution's axis that is not there in one dimension. */
const ABSENT: Axis = { length: 1, kernel: 1, stride: 1, dilation: 1, before: 0, after: 0, out: 1 };

/**
 * Checks the arguments of a convolution over `axes` spatial axes and settles its sizes by torch's rules.
 *
 * @param pads values before and after each axis, in place of the option `padding`, which is the same on both sides
 * @throws TypeError, RangeError that name the function, the argument, what was expected and what came
 */
export function convCall(
  where: string,
  axes: 1 | 2,
  inputShape: readonly number[],
  weight: Shaped,
  bias: Shaped | undefined,
  options: ConvOptions | undefined,
  names: ArgumentNames = { input: "input", weight: "weight" },
  pads?: Pads,
): ConvCall {
  const o = checkOptions(where, options, CONV_OPTIONS);
  const groups = checkInteger(where, "groups", o.groups ?? 1, 1);
  const stride = checkAxes(where, "stride", o.stride ?? 1, axes, 1);
  const dilation = checkAxes(where, "dilation", o.dilation ?? 1, axes, 1);
  const mode = checkChoice(where, "paddingMode", o.paddingMode ?? "zeros", PADDING_MODES);
  const algorithm = checkChoice(where, "algorithm", o.algorithm ?? "auto", ALGORITHMS);

  const letters = axes === 1 ? "L" : "H, W";
  if (inputShape.length !== axes + 2 && inputShape.length !== axes + 1) {
    throw wrongValue(
      where,
      `${names.input} must be (N, C, ${letters}) or (C, ${letters}), got shape ${show(inputShape)}`,
    );
  }
  if (weight.shape.length !== axes + 2) {
    const kernel = axes === 1 ? "kernel" : "kernelHeight, kernelWidth";
    throw wrongValue(
      where,
      `${names.weight} must be (filters, channels / groups, ${kernel}), got shape ${show(weight.shape)}`,
    );
  }
  const batched = inputShape.length === axes + 2;
  const [batch, channels] = batched ? [inputShape[0]!, inputShape[1]!] : [1, inputShape[0]!];
  const [filters, groupChannels] = [weight.shape[0]!, weight.shape[1]!];
  for (const [name, shape] of [
    [names.input, inputShape.slice(batched ? 1 : 0)],
    [names.weight, weight.shape],
  ] as const) {
    if (shape.includes(0)) {
      throw wrongValue(
        where,
        `${name} must not have axes of length 0 other than the batch, got shape ${show(name === names.input ? inputShape : shape)}`,
      );
    }
  }
  if (channels % groups !== 0)
    throw wrongValue(where, `groups must divide the input's ${channels} channels, got ${groups}`);
  if (filters % groups !== 0)
    throw wrongValue(where, `groups must divide the weight's ${filters} filters, got ${groups}`);
  if (groupChannels * groups !== channels) {
    throw wrongValue(
      where,
      `${names.weight} has ${groupChannels} input channels per group, but ${names.input} has ${channels} channels and groups is ${groups} (expected ${channels / groups})`,
    );
  }
  if (bias !== undefined && (bias.shape.length !== 1 || bias.shape[0] !== filters)) {
    throw wrongValue(
      where,
      `bias must have shape [${filters}], one value for each filter of weight, got ${show(bias.shape)}`,
    );
  }

  const lengths = inputShape.slice(-axes);
  const kernels = weight.shape.slice(-axes);
  const padding = pads ?? axisPadding(where, o.padding ?? 0, axes, kernels, stride, dilation);
  const settled = lengths.map((length, i) => {
    const name = axes === 1 ? "length" : AXIS_NAMES[i]!;
    const [before, after] = padding[i]!;
    return windowAxis(where, name, length, kernels[i]!, stride[i]!, dilation[i]!, before, after, mode);
  });
  const [y, x] = axes === 1 ? [ABSENT, settled[0]!] : [settled[0]!, settled[1]!];
  const outputShape = [...(batched ? [batch] : []), filters, ...settled.map((axis) => axis.out)];
  return {
    geometry: {
      batch,
      groups,
      channels: groupChannels,
      filters: filters / groups,
      height: y.length,
      width: x.length,
      kernelHeight: y.kernel,
      kernelWidth: x.kernel,
      strideHeight: y.stride,
      strideWidth: x.stride,
      dilationHeight: y.dilation,
      dilationWidth: x.dilation,
      padTop: y.before,
      padBottom: y.after,
      padLeft: x.before,
      padRight: x.after,
      paddingMode: mode,
      outHeight: y.out,
      outWidth: x.out,
    },
    algorithm,
    outputShape,
  };
}

/** Padding before and after each axis. 'same' puts an odd value at the end, as torch does. */
function axisPadding(
  where: string,
  padding: unknown,
  axes: number,
  kernels: readonly number[],
  stride: readonly number[],
  dilation: readonly number[],
): readonly (readonly [number, number])[] {
  if (typeof padding === "string") {
    if (checkChoice(where, "padding", padding, ["same", "valid"]) === "valid") return kernels.map(() => [0, 0]);
    if (stride.some((step) => step !== 1)) {
      throw wrongValue(where, `padding 'same' needs stride 1, got stride ${show(stride)}`);
    }
    return kernels.map((kernel, i) => {
      const total = (kernel - 1) * dilation[i]!;
      const before = Math.floor(total / 2);
      return [before, total - before];
    });
  }
  if (typeof padding !== "number" && !Array.isArray(padding)) {
    throw wrongType(where, `padding must be a number, an array of numbers, 'same' or 'valid', got ${show(padding)}`);
  }
  return checkAxes(where, "padding", padding, axes, 0).map((each) => [each, each]);
}

/** Output length of a window that slides along one axis. */
export function windowAxis(
  where: string,
  name: string,
  length: number,
  kernel: number,
  stride: number,
  dilation: number,
  before: number,
  after: number,
  mode: PaddingMode,
): Axis {
  const fault = paddingFault(mode, Math.max(before, after), length);
  if (fault !== undefined) throw wrongValue(where, `${fault}, got padding ${Math.max(before, after)} for ${name}`);
  const extent = (kernel - 1) * dilation + 1;
  const padded = length + before + after;
  if (extent > padded) {
    throw wrongValue(where, `kernel spans ${extent} values of ${name}, but the padded input has only ${padded}`);
  }
  const out = Math.floor((padded - extent) / stride) + 1;
  // a step that is never taken must not cost memory
  return { length, kernel, stride: out === 1 ? 1 : stride, dilation, before, after, out };
}

/** Multiplications and additions that the plain sum takes. */
export function flopsOf(g: ConvGeometry): number {
  const outputs = countOf([g.batch, g.groups, g.filters, g.outHeight, g.outWidth]);
  return 2 * outputs * countOf([g.channels, g.kernelHeight, g.kernelWidth]);
}
