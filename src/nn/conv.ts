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
import { type Conv2dOptions, conv2d } from "../functional/conv.ts";
import type { Tensor } from "../tensor.ts";
import { checkChannels, WeightAndBias } from "./parameters.ts";

/** Options of {@link Conv2d}. */
export interface Conv2dModuleOptions {
  /** step of the window; default 1 */
  stride?: Pair;
  /** values added on both sides of each axis, or 'same' (output as large as the input), or 'valid' (none); default 0 */
  padding?: Pair | "same" | "valid";
  /** distance between the taps of the kernel; default 1 */
  dilation?: Pair;
  /** blocks of channels that are convolved separately; default 1 */
  groups?: number;
  /** whether there is a bias; default true */
  bias?: boolean;
  /** what the padding holds; default 'zeros' */
  paddingMode?: PaddingMode;
  /** makes the initial values repeatable */
  seed?: number;
}

/** torch.nn.Conv2d. `weight` is (filters, channels / groups, kernel height, kernel width), `bias` (filters). */
export class Conv2d extends WeightAndBias {
  readonly inChannels: number;
  readonly outChannels: number;
  /** [height, width] */
  readonly kernelSize: readonly [number, number];
  /** what {@link forward} passes to conv2d */
  readonly options: Readonly<Conv2dOptions>;

  /**
   * @param inChannels channels of the input
   * @param outChannels channels of the output, one for each filter
   * @param kernelSize [height, width], or one number for both
   * @param options stride 1, padding 0, dilation 1, groups 1, bias true, paddingMode 'zeros'
   * @throws TypeError for an argument of the wrong kind; RangeError for a wrong value, groups that do not divide both
   *   numbers of channels, and 'same' with a stride
   */
  constructor(inChannels: number, outChannels: number, kernelSize: Pair, options?: Conv2dModuleOptions) {
    const where = "nn.Conv2d";
    const known = ["stride", "padding", "dilation", "groups", "bias", "paddingMode", "seed"] as const;
    const o = checkOptions(where, options, known);
    const { seed, padding = 0, paddingMode = "zeros" } = o;
    const bias = checkBoolean(where, "bias", o.bias ?? true);
    const groups = checkChannels(where, inChannels, outChannels, o.groups ?? 1);
    const kernel = checkAxes(where, "kernelSize", kernelSize, 2, 1) as [number, number];
    const stride = checkAxes(where, "stride", o.stride ?? 1, 2, 1) as [number, number];
    const dilation = checkAxes(where, "dilation", o.dilation ?? 1, 2, 1) as [number, number];
    checkChoice(where, "paddingMode", paddingMode, PADDING_MODES);
    if (typeof padding === "string") checkChoice(where, "padding", padding, ["same", "valid"]);
    else checkAxes(where, "padding", padding, 2, 0);
    if (padding === "same" && (stride[0] !== 1 || stride[1] !== 1)) {
      throw wrongValue(where, `padding 'same' needs stride 1, got stride ${show(stride)}`);
    }
    super(where, [outChannels, inChannels / groups, ...kernel], outChannels, bias, seed);
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.kernelSize = kernel;
    this.options = Object.freeze({ stride, padding, dilation, groups, paddingMode });
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
