import {
  checkAxes,
  checkBoolean,
  checkImages,
  checkOptions,
  checkTensor,
  type Pair,
  show,
  type TensorLike,
  wrongValue,
} from "../check.ts";
import { type ConvTranspose2dOptions, convTranspose2d } from "../functional/conv-transpose.ts";
import type { Tensor } from "../tensor.ts";
import { checkChannels, WeightAndBias } from "./parameters.ts";

/** Options of {@link ConvTranspose2d}. */
export interface ConvTranspose2dModuleOptions {
  /** step of the windows in the output; default 1 */
  stride?: Pair;
  /** values cut off both sides of each axis of the output; default 0 */
  padding?: Pair;
  /** values added at the end of each axis of the output; default 0 */
  outputPadding?: Pair;
  /** blocks of channels that are convolved separately; default 1 */
  groups?: number;
  /** whether there is a bias; default true */
  bias?: boolean;
  /** distance between the taps of the kernel; default 1 */
  dilation?: Pair;
  /** makes the initial values repeatable */
  seed?: number;
}

const OPTIONS = ["stride", "padding", "outputPadding", "groups", "bias", "dilation", "seed"] as const;

type Axes = readonly [number, number];

/** torch.nn.ConvTranspose2d. `weight` is (channels, filters / groups, kernel height, kernel width), `bias` (filters). */
export class ConvTranspose2d extends WeightAndBias {
  readonly inChannels: number;
  readonly outChannels: number;
  /** [height, width] */
  readonly kernelSize: Axes;
  /** what {@link forward} passes to convTranspose2d */
  readonly options: Readonly<ConvTranspose2dOptions & { stride: Axes; padding: Axes; dilation: Axes }>;

  /**
   * @param inChannels channels of the input
   * @param outChannels channels of the output
   * @param kernelSize [height, width], or one number for both
   * @param options stride 1, padding 0, outputPadding 0, groups 1, bias true, dilation 1
   * @throws TypeError for an argument of the wrong kind; RangeError for a wrong value, and groups that do not divide both
   *   numbers of channels
   */
  constructor(inChannels: number, outChannels: number, kernelSize: Pair, options?: ConvTranspose2dModuleOptions) {
    const where = "nn.ConvTranspose2d";
    const o = checkOptions(where, options, OPTIONS);
    const bias = checkBoolean(where, "bias", o.bias ?? true);
    const groups = checkChannels(where, inChannels, outChannels, o.groups ?? 1);
    const kernel = checkAxes(where, "kernelSize", kernelSize, 2, 1) as Axes;
    const stride = checkAxes(where, "stride", o.stride ?? 1, 2, 1) as Axes;
    const padding = checkAxes(where, "padding", o.padding ?? 0, 2, 0) as Axes;
    const outputPadding = checkAxes(where, "outputPadding", o.outputPadding ?? 0, 2, 0) as Axes;
    const dilation = checkAxes(where, "dilation", o.dilation ?? 1, 2, 1) as Axes;
    super(where, [inChannels, outChannels / groups, ...kernel], outChannels, bias, o.seed);
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.kernelSize = kernel;
    this.options = Object.freeze({ stride, padding, outputPadding, dilation, groups });
  }

  /**
   * @param input (N, inChannels, H, W), or without N
   * @param outputSize [H', W'] of the result, in place of outputPadding: strides leave several sizes possible
   * @returns (N, outChannels, H', W'), or without N
   * @throws as {@link convTranspose2d}; RangeError for a size that no outputPadding can give
   */
  override forward(input: TensorLike, outputSize?: readonly [number, number]): Tensor {
    if (outputSize === undefined) return convTranspose2d(input, this.weight, this.bias, this.options);
    const outputPadding = this.#outputPadding(input, outputSize);
    return convTranspose2d(input, this.weight, this.bias, { ...this.options, outputPadding });
  }

  #outputPadding(input: TensorLike, outputSize: readonly [number, number]): Axes {
    const where = "nn.ConvTranspose2d";
    const wanted = checkAxes(where, "outputSize", outputSize, 2, 1) as Axes;
    const { height, width } = checkImages(where, checkTensor(where, "input", input).shape);
    const lengths = [height, width];
    const { stride, padding, dilation } = this.options;
    const extra = wanted.map((size, i) => {
      const least = (lengths[i]! - 1) * stride[i]! - 2 * padding[i]! + dilation[i]! * (this.kernelSize[i]! - 1) + 1;
      const most = least + stride[i]! - 1;
      if (size < least || size > most) {
        throw wrongValue(where, `outputSize must be from ${least} to ${most} on axis ${i}, got ${show(outputSize)}`);
      }
      return size - least;
    });
    return extra as unknown as Axes;
  }
}
