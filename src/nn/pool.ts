import { checkAxes, checkBoolean, checkOptions, type Pair, type TensorLike } from "../check.ts";
import {
  type AdaptiveSize,
  type AvgPool2dOptions,
  type AvgPoolOptions,
  adaptiveAvgPool1d,
  adaptiveAvgPool2d,
  adaptiveMaxPool2d,
  avgPool1d,
  avgPool2d,
  type MaxPoolOptions,
  maxPool1d,
  maxPool2d,
  type Single,
} from "../functional/pool.ts";
import type { Tensor } from "../tensor.ts";
import { Module } from "./module.ts";

/** torch.nn.MaxPool2d: the largest value of each window. */
export class MaxPool2d extends Module {
  /** [height, width], or one number for both */
  readonly kernelSize: Pair;
  /** what {@link forward} passes to maxPool2d */
  readonly options: Readonly<MaxPoolOptions>;

  /**
   * @param kernelSize [height, width], or one number for both
   * @param options stride kernelSize, padding 0, dilation 1, ceilMode false
   * @throws TypeError for an argument of the wrong kind; RangeError for a wrong value
   */
  constructor(kernelSize: Pair, options?: MaxPoolOptions) {
    super();
    const where = "nn.MaxPool2d";
    const o = checkOptions(where, options, ["stride", "padding", "dilation", "ceilMode"]);
    checkWindow(where, 2, kernelSize, o);
    checkAxes(where, "dilation", o.dilation ?? 1, 2, 1);
    this.kernelSize = kernelSize;
    this.options = Object.freeze({ ...o });
  }

  /**
   * @param input (N, C, H, W), or without N
   * @returns (N, C, H', W'), or without N
   * @throws as {@link maxPool2d}
   */
  override forward(input: TensorLike): Tensor {
    return maxPool2d(input, this.kernelSize, this.options);
  }
}

/** torch.nn.AvgPool2d: the mean of each window. */
export class AvgPool2d extends Module {
  /** [height, width], or one number for both */
  readonly kernelSize: Pair;
  /** what {@link forward} passes to avgPool2d */
  readonly options: Readonly<AvgPool2dOptions>;

  /**
   * @param kernelSize [height, width], or one number for both
   * @param options stride kernelSize, padding 0, ceilMode false, countIncludePad true, divisorOverride none
   * @throws TypeError for an argument of the wrong kind; RangeError for a wrong value
   */
  constructor(kernelSize: Pair, options?: AvgPool2dOptions) {
    super();
    const where = "nn.AvgPool2d";
    const known = ["stride", "padding", "ceilMode", "countIncludePad", "divisorOverride"] as const;
    const o = checkOptions(where, options, known);
    checkWindow(where, 2, kernelSize, o);
    this.kernelSize = kernelSize;
    this.options = Object.freeze({ ...o });
  }

  /**
   * @param input (N, C, H, W), or without N
   * @returns (N, C, H', W'), or without N
   * @throws as {@link avgPool2d}
   */
  override forward(input: TensorLike): Tensor {
    return avgPool2d(input, this.kernelSize, this.options);
  }
}

/** torch.nn.AdaptiveAvgPool2d: means of windows that together cover the image. */
export class AdaptiveAvgPool2d extends Module {
  /** height and width of the result; null keeps the input's */
  readonly outputSize: AdaptiveSize;

  /**
   * @param outputSize [height, width], or one number for both; null keeps the input's
   * @throws TypeError, RangeError for a wrong size
   */
  constructor(outputSize: AdaptiveSize) {
    super();
    this.outputSize = checkSize("nn.AdaptiveAvgPool2d", outputSize);
  }

  /**
   * @param input (N, C, H, W), or without N
   * @returns (N, C, ...outputSize), or without N
   * @throws as {@link adaptiveAvgPool2d}
   */
  override forward(input: TensorLike): Tensor {
    return adaptiveAvgPool2d(input, this.outputSize);
  }
}

/** torch.nn.AdaptiveMaxPool2d: the largest values of windows that together cover the image. */
export class AdaptiveMaxPool2d extends Module {
  /** height and width of the result; null keeps the input's */
  readonly outputSize: AdaptiveSize;

  /**
   * @param outputSize [height, width], or one number for both; null keeps the input's
   * @throws TypeError, RangeError for a wrong size
   */
  constructor(outputSize: AdaptiveSize) {
    super();
    this.outputSize = checkSize("nn.AdaptiveMaxPool2d", outputSize);
  }

  /**
   * @param input (N, C, H, W), or without N
   * @returns (N, C, ...outputSize), or without N
   * @throws as {@link adaptiveMaxPool2d}
   */
  override forward(input: TensorLike): Tensor {
    return adaptiveMaxPool2d(input, this.outputSize);
  }
}

/** torch.nn.MaxPool1d: the largest value of each window. */
export class MaxPool1d extends Module {
  /** length of the windows */
  readonly kernelSize: Single;
  /** what {@link forward} passes to maxPool1d */
  readonly options: Readonly<MaxPoolOptions<Single>>;

  /**
   * @param kernelSize length of the windows
   * @param options stride kernelSize, padding 0, dilation 1, ceilMode false
   * @throws as the constructor of {@link MaxPool2d}
   */
  constructor(kernelSize: Single, options?: MaxPoolOptions<Single>) {
    super();
    const where = "nn.MaxPool1d";
    const o = checkOptions(where, options, ["stride", "padding", "dilation", "ceilMode"]);
    checkWindow(where, 1, kernelSize, o);
    checkAxes(where, "dilation", o.dilation ?? 1, 1, 1);
    this.kernelSize = kernelSize;
    this.options = Object.freeze({ ...o });
  }

  /**
   * @param input (N, C, L), or without N
   * @returns (N, C, L'), or without N
   * @throws as {@link maxPool1d}
   */
  override forward(input: TensorLike): Tensor {
    return maxPool1d(input, this.kernelSize, this.options);
  }
}

/** torch.nn.AvgPool1d: the mean of each window. */
export class AvgPool1d extends Module {
  /** length of the windows */
  readonly kernelSize: Single;
  /** what {@link forward} passes to avgPool1d */
  readonly options: Readonly<AvgPoolOptions<Single>>;

  /**
   * @param kernelSize length of the windows
   * @param options stride kernelSize, padding 0, ceilMode false, countIncludePad true
   * @throws as the constructor of {@link AvgPool2d}
   */
  constructor(kernelSize: Single, options?: AvgPoolOptions<Single>) {
    super();
    const where = "nn.AvgPool1d";
    const o = checkOptions(where, options, ["stride", "padding", "ceilMode", "countIncludePad"]);
    checkWindow(where, 1, kernelSize, o);
    this.kernelSize = kernelSize;
    this.options = Object.freeze({ ...o });
  }

  /**
   * @param input (N, C, L), or without N
   * @returns (N, C, L'), or without N
   * @throws as {@link avgPool1d}
   */
  override forward(input: TensorLike): Tensor {
    return avgPool1d(input, this.kernelSize, this.options);
  }
}

/** torch.nn.AdaptiveAvgPool1d: means of windows that together cover the signal. */
export class AdaptiveAvgPool1d extends Module {
  /** length of the result */
  readonly outputSize: Single;

  /**
   * @param outputSize length of the result
   * @throws TypeError, RangeError for a wrong size
   */
  constructor(outputSize: Single) {
    super();
    checkAxes("nn.AdaptiveAvgPool1d", "outputSize", outputSize, 1, 1);
    this.outputSize = outputSize;
  }

  /**
   * @param input (N, C, L), or without N
   * @returns (N, C, outputSize), or without N
   * @throws as {@link adaptiveAvgPool1d}
   */
  override forward(input: TensorLike): Tensor {
    return adaptiveAvgPool1d(input, this.outputSize);
  }
}

function checkWindow(
  where: string,
  axes: number,
  kernelSize: unknown,
  { stride = 1, padding = 0, ceilMode = false }: { stride?: unknown; padding?: unknown; ceilMode?: boolean },
): void {
  checkAxes(where, "kernelSize", kernelSize, axes, 1);
  checkAxes(where, "stride", stride, axes, 1);
  checkAxes(where, "padding", padding, axes, 0);
  checkBoolean(where, "ceilMode", ceilMode);
}

function checkSize(where: string, size: AdaptiveSize): AdaptiveSize {
  const lengths = Array.isArray(size) ? size.map((length) => length ?? 1) : size;
  checkAxes(where, "outputSize", lengths, 2, 1);
  return size;
}
