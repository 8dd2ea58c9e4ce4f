import { checkAxes, checkInteger, checkOptions, show, wrongValue } from "../check.ts";
import type { ConvGeometry } from "./geometry.ts";

/** Options of convTranspose1d, where an array has one number. */
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

/** A checked call. `geometry` is the convolution that it transposes: input and output are exchanged there. */
export interface TransposeCall {
  readonly geometry: ConvGeometry;
  readonly outputShape: readonly number[];
}

const OPTIONS = ["stride", "padding", "outputPadding", "groups", "dilation"] as const;

/**
 * Checks the arguments of a transposed convolution over `axes` spatial axes.
 *
 * @throws TypeError, RangeError that name the function, the argument, what was expected and what came
 */
export function transposeCall(
  where: string,
  axes: 1 | 2,
  inputShape: readonly number[],
  weightShape: readonly number[],
  biasShape: readonly number[] | undefined,
  options: ConvTransposeOptions | undefined,
): TransposeCall {
  const o = checkOptions(where, options, OPTIONS);
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
  const letters = axes === 1 ? "L" : "H, W";
  if (inputShape.length !== axes + 2 && inputShape.length !== axes + 1) {
    throw wrongValue(where, `input must be (N, C, ${letters}) or (C, ${letters}), got shape ${show(inputShape)}`);
  }
  if (weightShape.length !== axes + 2) {
    const kernel = axes === 1 ? "kernel" : "kernelHeight, kernelWidth";
    throw wrongValue(where, `weight must be (channels, filters / groups, ${kernel}), got shape ${show(weightShape)}`);
  }
  const batched = inputShape.length === axes + 2;
  const batch = batched ? inputShape[0]! : 1;
  const sizes = inputShape.slice(batched ? 1 : 0);
  for (const [name, shape, all] of [
    ["input", sizes, inputShape],
    ["weight", weightShape, weightShape],
  ] as const) {
    if (shape.includes(0)) {
      throw wrongValue(where, `${name} must not have axes of length 0 other than the batch, got shape ${show(all)}`);
    }
  }
  const channels = sizes[0]!;
  const [weightChannels, groupFilters] = [weightShape[0]!, weightShape[1]!];
  if (weightChannels !== channels) {
    throw wrongValue(where, `weight has ${weightChannels} channels, but input has ${channels}`);
  }
  if (channels % groups !== 0) {
    throw wrongValue(where, `groups must divide the input's ${channels} channels, got ${groups}`);
  }
  const filters = groupFilters * groups;
  if (biasShape !== undefined && (biasShape.length !== 1 || biasShape[0] !== filters)) {
    throw wrongValue(
      where,
      `bias must have shape [${filters}], one value for each output channel, got ${show(biasShape)}`,
    );
  }
  const kernels = weightShape.slice(2);
  const lengths = sizes.slice(1).map((length, i) => {
    const full = (length - 1) * stride[i]! + (kernels[i]! - 1) * dilation[i]! + 1 + extra[i]!;
    const cut = full - 2 * padding[i]!;
    if (cut < 1) throw wrongValue(where, `padding ${padding[i]} leaves nothing of the ${full} values of an axis`);
    return cut;
  });
  const pair = (values: readonly number[], absent: number) =>
    (axes === 1 ? [absent, values[0]!] : values) as readonly [number, number];
  const [height, width] = pair(lengths, 1);
  const [outHeight, outWidth] = pair(sizes.slice(1), 1);
  const [kernelHeight, kernelWidth] = pair(kernels, 1);
  // a step that is never taken must not cost memory
  const [strideHeight, strideWidth] = pair(
    stride.map((step, i) => (sizes[i + 1] === 1 ? 1 : step)),
    1,
  );
  const [dilationHeight, dilationWidth] = pair(dilation, 1);
  const [padTop, padLeft] = pair(padding, 0);
  return {
    geometry: {
      batch,
      groups,
      channels: groupFilters,
      filters: channels / groups,
      height,
      width,
      kernelHeight,
      kernelWidth,
      strideHeight,
      strideWidth,
      dilationHeight,
      dilationWidth,
      padTop,
      padBottom: padTop,
      padLeft,
      padRight: padLeft,
      paddingMode: "zeros",
      outHeight,
      outWidth,
    },
    outputShape: [...(batched ? [batch] : []), filters, ...lengths],
  };
}
