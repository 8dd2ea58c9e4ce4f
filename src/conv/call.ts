import { checkAxes, checkChoice, checkInteger, checkOptions, show, wrongType, wrongValue } from "../check.ts";
import { ABSENT, ALGORITHMS, type Algorithm, type Axis, type ConvGeometry, type Pads, windowAxis } from "./geometry.ts";
import { PADDING_MODES, type PaddingMode } from "./padding.ts";

/** Options of a convolution; over one axis an array has one number. */
export interface ConvOptions<Axes = number | readonly number[]> {
  /** step of the window; default 1 */
  stride?: Axes;
  /** values added on both sides of each axis, or 'same' (output as large as the input), or 'valid' (none); default 0 */
  padding?: Axes | "same" | "valid";
  /** distance between the taps of the kernel; default 1 */
  dilation?: Axes;
  /** blocks of channels that are convolved separately; default 1 */
  groups?: number;
  /** what the padding holds; default 'zeros' */
  paddingMode?: PaddingMode;
  /** default 'auto' */
  algorithm?: Algorithm;
}

/** Options of a transposed convolution; over one axis an array has one number. */
export interface ConvTransposeOptions<Axes = number | readonly number[]> {
  /** step of the windows in the output; default 1 */
  stride?: Axes;
  /** values cut off both sides of each axis of the output; default 0 */
  padding?: Axes;
  /** values added at the end of each axis, which the strides leave open; smaller than stride or dilation; default 0 */
  outputPadding?: Axes;
  /** default 1 */
  groups?: number;
  /** default 1 */
  dilation?: Axes;
}

type Shape = readonly number[];

/** Axes that a window slides over. */
export type AxisCount = 1 | 2 | 3;

/** The arguments of a convolution over one to three axes, transposed or not. */
interface Call<Options> {
  /** with which each message begins */
  readonly where: string;
  readonly axes: AxisCount;
  /** shapes of the arguments */
  readonly input: Shape;
  readonly weight: Shape;
  readonly bias?: Shape | undefined;
  readonly options?: Options | undefined;
  /** names of input and weight in messages: gradients take a size in place of a tensor */
  readonly names?: { readonly input: string; readonly weight: string };
}

/** A convolution, whose padding may differ on the two sides of an axis: `pads` are then in place of the option. */
export interface ConvArguments extends Call<ConvOptions> {
  readonly pads?: Pads | undefined;
}

export type TransposeArguments = Call<ConvTransposeOptions>;

/**
 * A checked call. `geometry` is the convolution that it transposes, in which input and output are exchanged; of three axes
 * it has the last two, and volume.ts adds the first.
 */
export interface TransposeCall {
  readonly geometry: ConvGeometry;
  /** all of them, the first ones first */
  readonly axes: readonly Axis[];
  readonly outputShape: Shape;
}

/** A checked call: geometry for the kernels, as above, and the result's shape by torch's rules. */
export interface ConvCall extends TransposeCall {
  readonly algorithm: Algorithm;
}

const CONV_OPTIONS = ["stride", "padding", "dilation", "groups", "paddingMode", "algorithm"] as const;
const TRANSPOSE_OPTIONS = ["stride", "padding", "outputPadding", "groups", "dilation"] as const;
const AXIS_NAMES = [["length"], ["height", "width"], ["depth", "height", "width"]] as const;

/**
 * Checks the arguments of a convolution and computes its sizes by torch's rules.
 *
 * @throws TypeError, RangeError that name the function, the argument, what was expected and what was given
 */
export function convCall(call: ConvArguments): ConvCall {
  const { where, axes, weight } = call;
  const o = checkOptions(where, call.options, CONV_OPTIONS);
  const groups = checkInteger(where, "groups", o.groups ?? 1, 1);
  const stride = checkAxes(where, "stride", o.stride ?? 1, axes, 1);
  const dilation = checkAxes(where, "dilation", o.dilation ?? 1, axes, 1);
  const paddingMode = checkChoice(where, "paddingMode", o.paddingMode ?? "zeros", PADDING_MODES);
  const algorithm = checkChoice(where, "algorithm", o.algorithm ?? "auto", ALGORITHMS);
  const { batch, batched, channels, lengths } = checkRanks(call, "filters, channels / groups");
  const { input: inputName, weight: weightName } = namesOf(call);
  const filters = weight[0]!;
  const groupChannels = weight[1]!;
  if (channels % groups !== 0)
    throw wrongValue(where, `groups must divide the input's ${channels} channels, got ${groups}`);
  if (filters % groups !== 0)
    throw wrongValue(where, `groups must divide the weight's ${filters} filters, got ${groups}`);
  if (groupChannels * groups !== channels) {
    throw wrongValue(
      where,
      `${weightName} has ${groupChannels} input channels per group, but ${inputName} has ${channels} channels and groups is ${groups} (expected ${channels / groups})`,
    );
  }
  checkBias(call, filters, "one value for each filter of weight");

  const kernels = weight.slice(-axes);
  const padding = call.pads ?? paddingOf(where, o.padding ?? 0, axes, kernels, stride, dilation);
  const windows = lengths.map((length, i) => {
    const name = AXIS_NAMES[axes - 1]![i]!;
    const [before, after] = padding[i]!;
    return windowAxis(where, name, length, kernels[i]!, stride[i]!, dilation[i]!, before, after, paddingMode);
  });
  return {
    geometry: { batch, groups, channels: groupChannels, filters: filters / groups, paddingMode, ...pair(windows) },
    axes: windows,
    algorithm,
    outputShape: [...(batched ? [batch] : []), filters, ...windows.map(({ out }) => out)],
  };
}

/**
 * Checks the arguments of a transposed convolution.
 *
 * @throws TypeError, RangeError that name the function, the argument, what was expected and what was given
 */
export function transposeCall(call: TransposeArguments): TransposeCall {
  const { where, axes, weight } = call;
  const o = checkOptions(where, call.options, TRANSPOSE_OPTIONS);
  const groups = checkInteger(where, "groups", o.groups ?? 1, 1);
  const stride = checkAxes(where, "stride", o.stride ?? 1, axes, 1);
  const dilation = checkAxes(where, "dilation", o.dilation ?? 1, axes, 1);
  const padding = checkAxes(where, "padding", o.padding ?? 0, axes, 0);
  const extra = checkAxes(where, "outputPadding", o.outputPadding ?? 0, axes, 0);
  for (const [i, each] of extra.entries()) {
    if (each >= stride[i]! && each >= dilation[i]!) {
      throw wrongValue(
        where,
        `outputPadding must be smaller than stride or dilation, got ${each} with stride ${stride[i]} and dilation ${dilation[i]}`,
      );
    }
  }
  const { batch, batched, channels, lengths } = checkRanks(call, "channels, filters / groups");
  if (weight[0] !== channels) throw wrongValue(where, `weight has ${weight[0]} channels, but input has ${channels}`);
  if (channels % groups !== 0) {
    throw wrongValue(where, `groups must divide the input's ${channels} channels, got ${groups}`);
  }
  const filters = weight[1]! * groups;
  checkBias(call, filters, "one value for each output channel");

  const transposed = lengths.map((out, i): Axis => {
    const kernel = weight[i + 2]!;
    const full = (out - 1) * stride[i]! + (kernel - 1) * dilation[i]! + 1 + extra[i]!;
    const cut = padding[i]!;
    const length = full - 2 * cut;
    if (length < 1) throw wrongValue(where, `padding ${cut} leaves nothing of the ${full} values of an axis`);
    // a step that is never taken must not cost memory
    return { length, kernel, stride: out === 1 ? 1 : stride[i]!, dilation: dilation[i]!, before: cut, after: cut, out };
  });
  return {
    geometry: {
      batch,
      groups,
      channels: weight[1]!,
      filters: channels / groups,
      paddingMode: "zeros",
      ...pair(transposed),
    },
    axes: transposed,
    outputShape: [...(batched ? [batch] : []), filters, ...transposed.map(({ length }) => length)],
  };
}

const namesOf = ({ names = { input: "input", weight: "weight" } }: Call<object>) => names;

/** The last two axes; in one dimension the other is absent. */
const pair = (axes: readonly Axis[]): { y: Axis; x: Axis } => ({ y: axes.at(-2) ?? ABSENT, x: axes.at(-1)! });

const LETTERS = ["L", "H, W", "D, H, W"] as const;
const KERNEL_NAMES = ["kernel", "kernelHeight, kernelWidth", "kernelDepth, kernelHeight, kernelWidth"] as const;

/**
 * Checks how many axes input and weight have, and that none but the batch is empty.
 * @param weightAxes names of the weight's first two axes
 */
function checkRanks(
  call: Call<object>,
  weightAxes: string,
): { batch: number; batched: boolean; channels: number; lengths: Shape } {
  const { where, axes, input, weight } = call;
  const names = namesOf(call);
  if (input.length !== axes + 2 && input.length !== axes + 1) {
    const letters = LETTERS[axes - 1];
    throw wrongValue(where, `${names.input} must be (N, C, ${letters}) or (C, ${letters}), got shape ${show(input)}`);
  }
  if (weight.length !== axes + 2) {
    const kernel = KERNEL_NAMES[axes - 1];
    throw wrongValue(where, `${names.weight} must be (${weightAxes}, ${kernel}), got shape ${show(weight)}`);
  }
  const batched = input.length === axes + 2;
  const image = input.slice(batched ? 1 : 0);
  checkLengths(where, names.input, image, input);
  checkLengths(where, names.weight, weight, weight);
  return { batch: batched ? input[0]! : 1, batched, channels: image[0]!, lengths: image.slice(1) };
}

function checkLengths(where: string, name: string, checked: Shape, whole: Shape): void {
  if (!checked.includes(0)) return;
  throw wrongValue(where, `${name} must not have axes of length 0 other than the batch, got shape ${show(whole)}`);
}

function checkBias({ where, bias }: Call<object>, filters: number, what: string): void {
  if (bias !== undefined && (bias.length !== 1 || bias[0] !== filters)) {
    throw wrongValue(where, `bias must have shape [${filters}], ${what}, got ${show(bias)}`);
  }
}

/** Padding before and after each axis. 'same' puts an odd value at the end, as torch does. */
function paddingOf(
  where: string,
  padding: unknown,
  axes: number,
  kernels: Shape,
  stride: Shape,
  dilation: Shape,
): Pads {
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
