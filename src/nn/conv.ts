import {
  checkAxes,
  checkBoolean,
  checkChoice,
  checkOptions,
  checkSize,
  type Pair,
  show,
  type TensorLike,
  type Triple,
  wrongValue,
} from "../check.ts";
import { PADDING_MODES, type PaddingMode } from "../conv/padding.ts";
import {
  type Conv1dOptions,
  type Conv2dOptions,
  type Conv3dOptions,
  conv1d,
  conv2d,
  conv3d,
} from "../functional/conv.ts";
import { pad } from "../functional/pad.ts";
import type { Single } from "../functional/pool.ts";
import type { Tensor } from "../tensor.ts";
import { checkChannels, WeightAndBias } from "./parameters.ts";

/** Options of {@link Conv2d}; of {@link Conv1d} and {@link Conv3d} with one number or three in place of two. */
interface ConvModuleOptions<N> {
  /** step of the window; default 1 */
  stride?: N;
  /**
   * values added on both sides of each axis, or 'same' (output as large as the input), or 'valid' (none); negative numbers crop,
   * in other modes than 'zeros'; default 0
   */
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
/** Options of {@link Conv3d}. */
export interface Conv3dModuleOptions extends ConvModuleOptions<Triple> {}

const OPTIONS = ["stride", "padding", "dilation", "groups", "bias", "paddingMode", "seed"] as const;

/** What convolutions over any number of axes have in common. */
abstract class Convolution<Axes extends readonly number[], O extends object> extends WeightAndBias {
  readonly inChannels: number;
  readonly outChannels: number;
  /** one length for each axis */
  readonly kernelSize: Axes;
  /** what {@link forward} passes to the function */
  readonly options: Readonly<O>;
  /** padding of which some is negative, as {@link pad} takes it: the input is cropped first */
  readonly #crop: readonly number[] | null;

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
    const kernel = checkSize(where, "kernelSize", kernelSize, axes, 1);
    const stride = checkAxes(where, "stride", o.stride ?? 1, axes, 1);
    const dilation = checkAxes(where, "dilation", o.dilation ?? 1, axes, 1);
    checkChoice(where, "paddingMode", paddingMode, PADDING_MODES);
    let crop: readonly number[] | null = null;
    if (typeof padding === "string") checkChoice(where, "padding", padding, ["same", "valid"]);
    else {
      const amounts = checkAxes(where, "padding", padding, axes, paddingMode === "zeros" ? 0 : LEAST_PADDING);
      if (amounts.some((amount) => amount < 0)) crop = amounts.toReversed().flatMap((amount) => [amount, amount]);
    }
    if (padding === "same" && stride.some((step) => step !== 1)) {
      throw wrongValue(where, `padding 'same' needs stride 1, got stride ${show(stride)}`);
    }
    super(where, [outChannels, inChannels / groups, ...kernel], outChannels, bias, seed);
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.kernelSize = kernel as unknown as Axes;
    this.options = Object.freeze({ stride, padding, dilation, groups, paddingMode }) as O;
    this.#crop = crop;
  }

  /** The input and the options for the function. */
  protected prepared(input: TensorLike): readonly [TensorLike, Readonly<O>] {
    if (this.#crop === null) return [input, this.options];
    const { paddingMode: mode } = this.options as unknown as { paddingMode: Exclude<PaddingMode, "zeros"> };
    return [pad(input, this.#crop, { mode }), { ...this.options, padding: 0 }];
  }
}

const LEAST_PADDING = -0x80000000;

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
    const [x, options] = this.prepared(input);
    return conv2d(x, this.weight, this.bias, options);
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
    const [x, options] = this.prepared(input);
    return conv1d(x, this.weight, this.bias, options);
  }
}

/** torch.nn.Conv3d. `weight` is (filters, channels / groups, kernel depth, kernel height, kernel width), `bias` (filters). */
export class Conv3d extends Convolution<readonly [number, number, number], Conv3dOptions> {
  /**
   * @param inChannels channels of the input
   * @param outChannels channels of the output, one for each filter
   * @param kernelSize [depth, height, width], or one number for all three
   * @param options stride 1, padding 0, dilation 1, groups 1, bias true, paddingMode 'zeros'
   * @throws as the constructor of {@link Conv2d}
   */
  constructor(inChannels: number, outChannels: number, kernelSize: Triple, options?: Conv3dModuleOptions) {
    super("nn.Conv3d", 3, inChannels, outChannels, kernelSize, options);
  }

  /**
   * @param input (N, inChannels, D, H, W), or without N
   * @returns (N, outChannels, D', H', W'), or without N
   * @throws as {@link conv3d}
   */
  override forward(input: TensorLike): Tensor {
    const [x, options] = this.prepared(input);
    return conv3d(x, this.weight, this.bias, options);
  }
}
