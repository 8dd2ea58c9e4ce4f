import {
  checkAxes,
  checkBoolean,
  checkChoice,
  checkOptions,
  type Pair,
  show,
  type TensorLike,
  wrongValue,
} from "../check.ts";
import { PADDING_MODES, type PaddingMode } from "../conv/padding.ts";
import { type Conv1dOptions, type Conv2dOptions, conv1d, conv2d } from "../functional/conv.ts";
import type { Single } from "../functional/pool.ts";
import type { Tensor } from "../tensor.ts";
import { checkChannels, WeightAndBias } from "./parameters.ts";

/** Options of {@link Conv2d}; of {@link Conv1d} with one number in place of two. */
interface ConvModuleOptions<N> {
  /** step of the window; default 1 */
  stride?: N;
  /** values added on both sides of each axis, or 'same' (output as large as the input), or 'valid' (none); default 0 */
  padding?: N | "same" | "valid";
  /** distance between the taps of the kernel; default 1 */
  dilation?: N;
  /** blocks of channels that are convolved separately; default 1 */
  groups?: number;
  /** whether there is a bias; default true */
  bias?: boolean;
  /** what the padding holds; default 'zeros' */
  paddingMode?: PaddingMode;
  /** makes the initial values repeatable */
  seed?: number;
}

/** Options of {@link Conv1d}. */
export interface Conv1dModuleOptions extends ConvModuleOptions<Single> {}
/** Options of {@link Conv2d}. */
export interface Conv2dModuleOptions extends ConvModuleOptions<Pair> {}

const OPTIONS = ["stride", "padding", "dilation", "groups", "bias", "paddingMode", "seed"] as const;

/** What convolutions over any number of axes have in common. */
abstract class Convolution<Axes extends readonly number[], O> extends WeightAndBias {
  readonly inChannels: number;
  readonly outChannels: number;
  /** one length for each axis */
  readonly kernelSize: Axes;
  /** what {@link forward} passes to the function */
  readonly options: Readonly<O>;

  constructor(
    where: string,
    axes: number,
    inChannels: number,
    outChannels: number,
    kernelSize: unknown,
    options: ConvModuleOptions<number | readonly number[]> | undefined,
  ) {
    const o = checkOptions(where, options, OPTIONS);
    const { seed, padding = 0, paddingMode = "zeros" } = o;
    const bias = checkBoolean(where, "bias", o.bias ?? true);
    const groups = checkChannels(where, inChannels, outChannels, o.groups ?? 1);
    const kernel = checkAxes(where, "kernelSize", kernelSize, axes, 1);
    const stride = checkAxes(where, "stride", o.stride ?? 1, axes, 1);
    const dilation = checkAxes(where, "dilation", o.dilation ?? 1, axes, 1);
    checkChoice(where, "paddingMode", paddingMode, PADDING_MODES);
    if (typeof padding === "string") checkChoice(where, "padding", padding, ["same", "valid"]);
    else checkAxes(where, "padding", padding, axes, 0);
    if (padding === "same" && stride.some((step) => step !== 1)) {
      throw wrongValue(where, `padding 'same' needs stride 1, got stride ${show(stride)}`);
    }
    super(where, [outChannels, inChannels / groups, ...kernel], outChannels, bias, seed);
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.kernelSize = kernel as unknown as Axes;
    this.options = Object.freeze({ stride, padding, dilation, groups, paddingMode }) as O;
  }
}

/** torch.nn.Conv2d. `weight` is (filters, channels / groups, kernel height, kernel width), `bias` (filters). */
export class Conv2d extends Convolution<readonly [number, number], Conv2dOptions> {
  /**
   * @param inChannels channels of the input
   * @param outChannels channels of the output, one for each filter
   * @param kernelSize [height, width], or one number for both
   * @param options stride 1, padding 0, dilation 1, groups 1, bias true, paddingMode 'zeros'
   * @throws TypeError for an argument of the wrong kind; RangeError for a wrong value, groups that do not divide both
   *   numbers of channels, and 'same' with a stride
   */
  constructor(inChannels: number, outChannels: number, kernelSize: Pair, options?: Conv2dModuleOptions) {
    super("nn.Conv2d", 2, inChannels, outChannels, kernelSize, options);
  }

  /**
   * @param input (N, inChannels, H, W), or without N
   * @returns (N, outChannels, H', W'), or without N
   * @throws as {@link conv2d}
   */
  override forward(input: TensorLike): Tensor {
    return conv2d(input, this.weight, this.bias, this.options);
  }
}

/** torch.nn.Conv1d. `weight` is (filters, channels / groups, kernel), `bias` (filters). */
export class Conv1d extends Convolution<readonly [number], Conv1dOptions> {
  /**
   * @param inChannels channels of the input
   * @param outChannels channels of the output, one for each filter
   * @param kernelSize length of the kernel
   * @param options stride 1, padding 0, dilation 1, groups 1, bias true, paddingMode 'zeros'
   * @throws as the constructor of {@link Conv2d}
   */
  constructor(inChannels: number, outChannels: number, kernelSize: Single, options?: Conv1dModuleOptions) {
    super("nn.Conv1d", 1, inChannels, outChannels, kernelSize, options);
  }

  /**
   * @param input (N, inChannels, L), or without N
   * @returns (N, outChannels, L'), or without N
   * @throws as {@link conv1d}
   */
  override forward(input: TensorLike): Tensor {
    return conv1d(input, this.weight, this.bias, this.options);
  }
}
