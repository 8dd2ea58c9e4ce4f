import { checkAxes, checkBoolean, checkOptions, checkSize, type Pair, type TensorLike, type Triple } from "../check.ts";
import type { AxisCount } from "../conv/call.ts";
import {
  type AdaptiveSize,
  type AdaptiveSize3d,
  AVG_OPTIONS,
  type AvgPool2dOptions,
  type AvgPoolOptions,
  adaptiveAvgPool1d,
  adaptiveAvgPool2d,
  adaptiveAvgPool3d,
  adaptiveMaxPool2d,
  adaptiveSize,
  avgPool1d,
  avgPool2d,
  avgPool3d,
  checkWindow,
  MAX_OPTIONS,
  type MaxPoolOptions,
  maxPool1d,
  maxPool2d,
  maxPool3d,
  type Single,
  type ValuesAndPlaces,
} from "../functional/pool.ts";
import type { AnyTensor } from "../functional/promotion.ts";
import { type MaxUnpoolOptions, maxUnpool1d, maxUnpool2d, maxUnpool3d } from "../functional/unpool.ts";
import type { Tensor } from "../tensor.ts";
import { Module, type Output } from "./module.ts";

/** What a pool with or without returnIndices returns. */
export type Pooled<I extends boolean> = I extends true ? ValuesAndPlaces : Tensor;

/** Windows of one size. */
abstract class Windowed<N, O extends object, R extends Output> extends Module<R> {
  /** lengths of a window, or one number for all */
  readonly kernelSize: N;
  /** what {@link forward} passes to the function */
  readonly options: Readonly<O>;

  constructor(kernelSize: N, options: O) {
    super();
    this.kernelSize = kernelSize;
    this.options = Object.freeze(options);
  }
}

/** torch.nn.MaxPool2d: the largest value of each window. */
export class MaxPool2d<I extends boolean = false> extends Windowed<Pair, MaxPoolOptions, Pooled<I>> {
  /**
   * @param kernelSize [height, width], or one number for both
   * @param options stride kernelSize, padding 0, dilation 1, ceilMode false, returnIndices false
   * @throws TypeError for an argument of the wrong kind; RangeError for a wrong value
   */
  constructor(kernelSize: Pair, options?: MaxPoolOptions & { returnIndices?: I }) {
    super(kernelSize, maxOptions("nn.MaxPool2d", 2, kernelSize, options));
  }

  /**
   * @param input (N, C, H, W), or without N
   * @returns (N, C, H', W'), or without N; with returnIndices [values, indices]
   * @throws as {@link maxPool2d}
   */
  override forward(input: TensorLike): Pooled<I> {
    return maxPool2d(input, this.kernelSize, this.options) as Pooled<I>;
  }
}

/** torch.nn.MaxPool3d: the largest value of each window. */
export class MaxPool3d<I extends boolean = false> extends Windowed<Triple, MaxPoolOptions<Triple>, Pooled<I>> {
  /**
   * @param kernelSize [depth, height, width], or one number for all three
   * @param options stride kernelSize, padding 0, dilation 1, ceilMode false, returnIndices false
   * @throws TypeError for an argument of the wrong kind; RangeError for a wrong value
   */
  constructor(kernelSize: Triple, options?: MaxPoolOptions<Triple> & { returnIndices?: I }) {
    super(kernelSize, maxOptions("nn.MaxPool3d", 3, kernelSize, options));
  }

  /**
   * @param input (N, C, D, H, W), or without N
   * @returns (N, C, D', H', W'), or without N; with returnIndices [values, indices]
   * @throws as {@link maxPool3d}
   */
  override forward(input: TensorLike): Pooled<I> {
    return maxPool3d(input, this.kernelSize, this.options) as Pooled<I>;
  }
}

/** torch.nn.MaxUnpool2d: values at the places that MaxPool2d took them from, zeros elsewhere. */
export class MaxUnpool2d extends Windowed<Pair, MaxUnpoolOptions, Tensor> {
  /**
   * @param kernelSize [height, width] of the pool, or one number for both
   * @param options stride kernelSize, padding 0
   * @throws TypeError for an argument of the wrong kind; RangeError for a wrong value
   */
  constructor(kernelSize: Pair, options?: Omit<MaxUnpoolOptions, "outputSize">) {
    super(kernelSize, unpoolOptions("nn.MaxUnpool2d", 2, kernelSize, options));
  }

  /**
   * @param input (N, C, H, W), or without N
   * @param indices of the same shape, int64
   * @param outputSize lengths of the result, where the pool left several possible
   * @returns (N, C, H', W'), or without N
   * @throws as {@link maxUnpool2d}
   */
  override forward(input: TensorLike, indices?: AnyTensor, outputSize?: readonly number[]): Tensor {
    return maxUnpool2d(input, indices!, this.kernelSize, sized(this.options, outputSize));
  }
}

/** torch.nn.MaxUnpool3d: values at the places that MaxPool3d took them from, zeros elsewhere. */
export class MaxUnpool3d extends Windowed<Triple, MaxUnpoolOptions<Triple>, Tensor> {
  /**
   * @param kernelSize [depth, height, width] of the pool, or one number for all three
   * @param options stride kernelSize, padding 0
   * @throws TypeError for an argument of the wrong kind; RangeError for a wrong value
   */
  constructor(kernelSize: Triple, options?: Omit<MaxUnpoolOptions<Triple>, "outputSize">) {
    super(kernelSize, unpoolOptions("nn.MaxUnpool3d", 3, kernelSize, options));
  }

  /**
   * @param input (N, C, D, H, W), or without N
   * @param indices of the same shape, int64
   * @param outputSize lengths of the result, where the pool left several possible
   * @returns (N, C, D', H', W'), or without N
   * @throws as {@link maxUnpool3d}
   */
  override forward(input: TensorLike, indices?: AnyTensor, outputSize?: readonly number[]): Tensor {
    return maxUnpool3d(input, indices!, this.kernelSize, sized(this.options, outputSize));
  }
}

/** torch.nn.AvgPool2d: the mean of each window. */
export class AvgPool2d extends Windowed<Pair, AvgPool2dOptions, Tensor> {
  /**
   * @param kernelSize [height, width], or one number for both
   * @param options stride kernelSize, padding 0, ceilMode false, countIncludePad true, divisorOverride none
   * @throws TypeError for an argument of the wrong kind; RangeError for a wrong value
   */
  constructor(kernelSize: Pair, options?: AvgPool2dOptions) {
    super(kernelSize, meanOptions("nn.AvgPool2d", 2, kernelSize, options));
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

/** torch.nn.AvgPool3d: the mean of each window. */
export class AvgPool3d extends Windowed<Triple, AvgPool2dOptions<Triple>, Tensor> {
  /**
   * @param kernelSize [depth, height, width], or one number for all three
   * @param options stride kernelSize, padding 0, ceilMode false, countIncludePad true, divisorOverride none
   * @throws TypeError for an argument of the wrong kind; RangeError for a wrong value
   */
  constructor(kernelSize: Triple, options?: AvgPool2dOptions<Triple>) {
    super(kernelSize, meanOptions("nn.AvgPool3d", 3, kernelSize, options));
  }

  /**
   * @param input (N, C, D, H, W), or without N
   * @returns (N, C, D', H', W'), or without N
   * @throws as {@link avgPool3d}
   */
  override forward(input: TensorLike): Tensor {
    return avgPool3d(input, this.kernelSize, this.options);
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
    this.outputSize = checkOutput("nn.AdaptiveAvgPool2d", 2, outputSize);
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

/** torch.nn.AdaptiveAvgPool3d: means of windows that together cover the volume. */
export class AdaptiveAvgPool3d extends Module {
  /** depth, height and width of the result; null keeps the input's */
  readonly outputSize: AdaptiveSize3d;

  /**
   * @param outputSize [depth, height, width], or one number for all three; null keeps the input's
   * @throws TypeError, RangeError for a wrong size
   */
  constructor(outputSize: AdaptiveSize3d) {
    super();
    this.outputSize = checkOutput("nn.AdaptiveAvgPool3d", 3, outputSize);
  }

  /**
   * @param input (N, C, D, H, W), or without N
   * @returns (N, C, ...outputSize), or without N
   * @throws as {@link adaptiveAvgPool3d}
   */
  override forward(input: TensorLike): Tensor {
    return adaptiveAvgPool3d(input, this.outputSize);
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
    this.outputSize = checkOutput("nn.AdaptiveMaxPool2d", 2, outputSize);
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
export class MaxPool1d<I extends boolean = false> extends Windowed<Single, MaxPoolOptions<Single>, Pooled<I>> {
  /**
   * @param kernelSize length of the windows
   * @param options stride kernelSize, padding 0, dilation 1, ceilMode false, returnIndices false
   * @throws as the constructor of {@link MaxPool2d}
   */
  constructor(kernelSize: Single, options?: MaxPoolOptions<Single> & { returnIndices?: I }) {
    super(kernelSize, maxOptions("nn.MaxPool1d", 1, kernelSize, options));
  }

  /**
   * @param input (N, C, L), or without N
   * @returns (N, C, L'), or without N; with returnIndices [values, indices]
   * @throws as {@link maxPool1d}
   */
  override forward(input: TensorLike): Pooled<I> {
    return maxPool1d(input, this.kernelSize, this.options) as Pooled<I>;
  }
}

/** torch.nn.MaxUnpool1d: values at the places that MaxPool1d took them from, zeros elsewhere. */
export class MaxUnpool1d extends Windowed<Single, MaxUnpoolOptions<Single>, Tensor> {
  /**
   * @param kernelSize length of the pool's windows
   * @param options stride kernelSize, padding 0
   * @throws as the constructor of {@link MaxUnpool2d}
   */
  constructor(kernelSize: Single, options?: Omit<MaxUnpoolOptions<Single>, "outputSize">) {
    super(kernelSize, unpoolOptions("nn.MaxUnpool1d", 1, kernelSize, options));
  }

  /**
   * @param input (N, C, L), or without N
   * @param indices of the same shape, int64
   * @param outputSize length of the result, where the pool left several possible
   * @returns (N, C, L'), or without N
   * @throws as {@link maxUnpool1d}
   */
  override forward(input: TensorLike, indices?: AnyTensor, outputSize?: readonly number[]): Tensor {
    return maxUnpool1d(input, indices!, this.kernelSize, sized(this.options, outputSize));
  }
}

/** torch.nn.AvgPool1d: the mean of each window. */
export class AvgPool1d extends Windowed<Single, AvgPoolOptions<Single>, Tensor> {
  /**
   * @param kernelSize length of the windows
   * @param options stride kernelSize, padding 0, ceilMode false, countIncludePad true
   * @throws as the constructor of {@link AvgPool2d}
   */
  constructor(kernelSize: Single, options?: AvgPoolOptions<Single>) {
    super(kernelSize, checkedOptions("nn.AvgPool1d", 1, kernelSize, options, AVG_OPTIONS));
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
    checkSize("nn.AdaptiveAvgPool1d", "outputSize", outputSize, 1, 1);
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

function maxOptions<N>(where: string, axes: AxisCount, kernelSize: N, options: MaxPoolOptions<N> | undefined) {
  const o = checkedOptions(where, axes, kernelSize, options, MAX_OPTIONS);
  checkAxes(where, "dilation", o.dilation ?? 1, axes, 1);
  checkBoolean(where, "returnIndices", o.returnIndices ?? false);
  return o;
}

const meanOptions = <N>(where: string, axes: AxisCount, kernelSize: N, options: AvgPool2dOptions<N> | undefined) =>
  checkedOptions(where, axes, kernelSize, options, [...AVG_OPTIONS, "divisorOverride"]);

const unpoolOptions = <N>(where: string, axes: AxisCount, kernelSize: N, options: MaxUnpoolOptions<N> | undefined) =>
  checkedOptions(where, axes, kernelSize, options, ["stride", "padding"]);

const sized = <N>(options: MaxUnpoolOptions<N>, outputSize: readonly number[] | undefined): MaxUnpoolOptions<N> =>
  outputSize === undefined ? options : { ...options, outputSize };

function checkedOptions<O extends { stride?: unknown; padding?: unknown; ceilMode?: boolean }>(
  where: string,
  axes: AxisCount,
  kernelSize: unknown,
  options: O | undefined,
  known: readonly (keyof O & string)[],
): O {
  const o = checkOptions(where, options, known);
  checkWindow(where, axes, kernelSize, o);
  return o;
}

function checkOutput<S>(where: string, axes: 2 | 3, size: S): S {
  adaptiveSize(where, axes, size);
  return size;
}
