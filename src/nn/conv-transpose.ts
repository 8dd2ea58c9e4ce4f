import {
  checkAxes,
  checkBoolean,
  checkList,
  checkOptions,
  checkSize,
  checkTensor,
  countOf,
  type Pair,
  show,
  type TensorLike,
  type Triple,
  wrongValue,
} from "../check.ts";
import {
  type ConvTranspose1dOptions,
  type ConvTranspose2dOptions,
  type ConvTranspose3dOptions,
  convTranspose1d,
  convTranspose2d,
  convTranspose3d,
} from "../functional/conv-transpose.ts";
import type { Single } from "../functional/pool.ts";
import type { Tensor } from "../tensor.ts";
import { checkChannels, WeightAndBias } from "./parameters.ts";

/** Options of {@link ConvTranspose2d}; of {@link ConvTranspose1d} and {@link ConvTranspose3d} with one number or three in place of two. */
interface ConvTransposeModuleOptions<N> {
  /** step of the windows in the output; default 1 */
  stride?: N;
  /** values cut off both sides of each axis of the output; default 0 */
  padding?: N;
  /** values added at the end of each axis of the output; default 0 */
  outputPadding?: N;
  /** blocks of channels that are convolved separately; default 1 */
  groups?: number;
  /** whether there is a bias; default true */
  bias?: boolean;
  /** distance between the taps of the kernel; default 1 */
  dilation?: N;
  /** makes the initial values repeatable */
  seed?: number;
}

/** Options of {@link ConvTranspose1d}. */
export interface ConvTranspose1dModuleOptions extends ConvTransposeModuleOptions<Single> {}
/** Options of {@link ConvTranspose2d}. */
export interface ConvTranspose2dModuleOptions extends ConvTransposeModuleOptions<Pair> {}
/** Options of {@link ConvTranspose3d}. */
export interface ConvTranspose3dModuleOptions extends ConvTransposeModuleOptions<Triple> {}

const OPTIONS = ["stride", "padding", "outputPadding", "groups", "bias", "dilation", "seed"] as const;

/** What transposed convolutions over any number of axes have in common. */
abstract class Transposed<Axes extends readonly number[], O> extends WeightAndBias {
  readonly inChannels: number;
  readonly outChannels: number;
  /** one length for each axis */
  readonly kernelSize: Axes;
  /** what {@link forward} passes to the function */
  readonly options: Readonly<O & { stride: Axes; padding: Axes; dilation: Axes }>;

  constructor(
    where: string,
    axes: number,
    inChannels: number,
    outChannels: number,
    kernelSize: unknown,
    options: ConvTransposeModuleOptions<number | readonly number[]> | undefined,
  ) {
    const o = checkOptions(where, options, OPTIONS);
    const bias = checkBoolean(where, "bias", o.bias ?? true);
    const groups = checkChannels(where, inChannels, outChannels, o.groups ?? 1);
    const each = (name: string, value: unknown, least: number) => checkAxes(where, name, value, axes, least);
    const kernel = checkSize(where, "kernelSize", kernelSize, axes, 1);
    const stride = each("stride", o.stride ?? 1, 1);
    const padding = each("padding", o.padding ?? 0, 0);
    const outputPadding = each("outputPadding", o.outputPadding ?? 0, 0);
    const dilation = each("dilation", o.dilation ?? 1, 1);
    super(where, [inChannels, outChannels / groups, ...kernel], outChannels, bias, o.seed);
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.kernelSize = kernel as unknown as Axes;
    this.options = Object.freeze({
      stride,
      padding,
      outputPadding,
      dilation,
      groups,
    }) as unknown as typeof this.options;
  }

  /** The options, with the outputPadding that gives a size, if one is asked for; as in torch, the first axes' lengths may be before it. */
  protected optionsFor(input: TensorLike, outputSize: readonly number[] | undefined): Readonly<O> {
    if (outputSize === undefined) return this.options;
    const where = this.moduleName;
    const axes = this.kernelSize.length;
    const { shape } = checkTensor(where, "input", input);
    const given = checkList(where, "outputSize", outputSize);
    const wanted = checkSize(where, "outputSize", given.length === shape.length ? given.slice(-axes) : given, axes, 1);
    const lengths = shape.slice(-axes);
    if ((shape.length !== axes + 1 && shape.length !== axes + 2) || countOf(lengths) === 0) {
      throw wrongValue(where, `input must have ${axes + 1} or ${axes + 2} axes, none empty, got shape ${show(shape)}`);
    }
    const { stride, padding, dilation } = this.options;
    const outputPadding = wanted.map((size, i) => {
      const least = (lengths[i]! - 1) * stride[i]! - 2 * padding[i]! + dilation[i]! * (this.kernelSize[i]! - 1) + 1;
      const most = least + stride[i]! - 1;
      if (size < least || size > most) {
        throw wrongValue(where, `outputSize must be from ${least} to ${most} on axis ${i}, got ${show(outputSize)}`);
      }
      return size - least;
    });
    return { ...this.options, outputPadding };
  }
}

/** torch.nn.ConvTranspose2d. `weight` is (channels, filters / groups, kernel height, kernel width), `bias` (filters). */
export class ConvTranspose2d extends Transposed<readonly [number, number], ConvTranspose2dOptions> {
  /**
   * @param inChannels channels of the input
   * @param outChannels channels of the output
   * @param kernelSize [height, width], or one number for both
   * @param options stride 1, padding 0, outputPadding 0, groups 1, bias true, dilation 1
   * @throws TypeError for an argument of the wrong kind; RangeError for a wrong value, and groups that do not divide both
   *   numbers of channels
   */
  constructor(inChannels: number, outChannels: number, kernelSize: Pair, options?: ConvTranspose2dModuleOptions) {
    super("nn.ConvTranspose2d", 2, inChannels, outChannels, kernelSize, options);
  }

  /**
   * @param input (N, inChannels, H, W), or without N
   * @param outputSize [H', W'] of the result, or its whole shape, in place of outputPadding: strides leave several sizes possible
   * @returns (N, outChannels, H', W'), or without N
   * @throws as {@link convTranspose2d}; RangeError for a size that no outputPadding can give
   */
  override forward(input: TensorLike, outputSize?: readonly number[]): Tensor {
    return convTranspose2d(input, this.weight, this.bias, this.optionsFor(input, outputSize));
  }
}

/** torch.nn.ConvTranspose1d. `weight` is (channels, filters / groups, kernel), `bias` (filters). */
export class ConvTranspose1d extends Transposed<readonly [number], ConvTranspose1dOptions> {
  /**
   * @param inChannels channels of the input
   * @param outChannels channels of the output
   * @param kernelSize length of the kernel
   * @param options stride 1, padding 0, outputPadding 0, groups 1, bias true, dilation 1
   * @throws as the constructor of {@link ConvTranspose2d}
   */
  constructor(inChannels: number, outChannels: number, kernelSize: Single, options?: ConvTranspose1dModuleOptions) {
    super("nn.ConvTranspose1d", 1, inChannels, outChannels, kernelSize, options);
  }

  /**
   * @param input (N, inChannels, L), or without N
   * @param outputSize [L'] of the result, or its whole shape, in place of outputPadding
   * @returns (N, outChannels, L'), or without N
   * @throws as {@link convTranspose1d}; RangeError for a size that no outputPadding can give
   */
  override forward(input: TensorLike, outputSize?: readonly number[]): Tensor {
    return convTranspose1d(input, this.weight, this.bias, this.optionsFor(input, outputSize));
  }
}

/**
 * torch.nn.ConvTranspose3d. `weight` is (channels, filters / groups, kernel depth, kernel height, kernel width), `bias`
 * (filters).
 */
export class ConvTranspose3d extends Transposed<readonly [number, number, number], ConvTranspose3dOptions> {
  /**
   * @param inChannels channels of the input
   * @param outChannels channels of the output
   * @param kernelSize [depth, height, width], or one number for all three
   * @param options stride 1, padding 0, outputPadding 0, groups 1, bias true, dilation 1
   * @throws as the constructor of {@link ConvTranspose2d}
   */
  constructor(inChannels: number, outChannels: number, kernelSize: Triple, options?: ConvTranspose3dModuleOptions) {
    super("nn.ConvTranspose3d", 3, inChannels, outChannels, kernelSize, options);
  }

  /**
   * @param input (N, inChannels, D, H, W), or without N
   * @param outputSize [D', H', W'] of the result, or its whole shape, in place of outputPadding
   * @returns (N, outChannels, D', H', W'), or without N
   * @throws as {@link convTranspose3d}; RangeError for a size that no outputPadding can give
   */
  override forward(input: TensorLike, outputSize?: readonly number[]): Tensor {
    return convTranspose3d(input, this.weight, this.bias, this.optionsFor(input, outputSize));
  }
}
