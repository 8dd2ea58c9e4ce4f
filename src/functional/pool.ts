import {
  checkAxes,
  checkBoolean,
  checkList,
  checkOptions,
  checkSize,
  checkTensor,
  type Pair,
  show,
  type TensorLike,
  type Triple,
  wrongValue,
} from "../check.ts";
import type { AxisCount } from "../conv/call.ts";
import type { DType } from "../dtype.ts";
import {
  type AdaptivePoolAttributes,
  type AvgPoolAttributes,
  adaptiveAvgPool1dOperator,
  adaptiveAvgPool2dOperator,
  adaptiveAvgPool3dOperator,
  adaptiveMaxPool2dOperator,
  avgPool1dOperator,
  avgPool2dOperator,
  avgPool3dOperator,
  poolOf,
} from "../operators/pool.ts";
import { maxPoolIndicesOperator } from "../operators/pool-indices.ts";
import { apply, applyOne } from "../planning/evaluate.ts";
import type { Operator } from "../planning/operator.ts";
import type { Tensor } from "../tensor.ts";

/** A number, or an array of one. */
export type Single = number | readonly [number];

/** Options of {@link maxPool2d}, {@link maxPool1d} and {@link maxPool3d}. */
export interface MaxPoolOptions<N = Pair> {
  /** default: kernelSize */
  stride?: N;
  /** on both sides of each axis, of values that are never the largest; at most half of kernelSize; default 0 */
  padding?: N;
  /** default 1 */
  dilation?: N;
  /** whether a window that begins inside, or in the padding before, counts even if it ends outside; default false */
  ceilMode?: boolean;
  /** whether to return where the values were, too; default false */
  returnIndices?: boolean;
}

/**
 * The largest values, and where each was in its plane, counted row by row from its first element: the first of equal ones, as
 * {@link maxUnpool2d} takes them.
 */
export type ValuesAndPlaces = readonly [values: Tensor, indices: Tensor<"int64">];

/** {@link MaxPoolOptions} that ask for {@link ValuesAndPlaces}. */
export type WithIndices<N = Pair> = MaxPoolOptions<N> & { returnIndices: true };

/** Options of {@link avgPool1d}. */
export interface AvgPoolOptions<N = Pair> {
  /** default: kernelSize */
  stride?: N;
  /** zeros on both sides of each axis; at most half of kernelSize; default 0 */
  padding?: N;
  /** whether a window that begins inside, or in the padding before, counts even if it ends outside; default false */
  ceilMode?: boolean;
  /** whether the padding's zeros count in the mean; default true */
  countIncludePad?: boolean;
}

/** Options of {@link avgPool2d} and {@link avgPool3d}. */
export interface AvgPool2dOptions<N = Pair> extends AvgPoolOptions<N> {
  /** divides the sums, in place of the number of values in a window */
  divisorOverride?: number;
}

/**
 * The largest value of each window, NaN where there is one (torch.nn.functional.max_pool2d).
 *
 * @param input (N, C, H, W), or (C, H, W) without a batch; N may be 0
 * @param kernelSize [height, width] of the windows, or one number for both
 * @param options stride kernelSize, padding 0, dilation 1, ceilMode false, returnIndices false
 * @returns (N, C, H', W'), or (C, H', W'), where H' = floor((H + 2 padding - dilation (kernel - 1) - 1) / stride) + 1, or
 *   with ceilMode the ceiling, less 1 where the last window would begin after the input; with returnIndices [values, indices]
 * @throws TypeError for an argument of the wrong kind; RangeError for a wrong value or shape, a kernel larger than the
 *   padded input, padding of more than half the kernel
 */
export function maxPool2d(input: TensorLike, kernelSize: Pair, options: WithIndices): ValuesAndPlaces;
export function maxPool2d(
  input: TensorLike,
  kernelSize: Pair,
  options?: MaxPoolOptions & { returnIndices?: false },
): Tensor;
export function maxPool2d(input: TensorLike, kernelSize: Pair, options?: MaxPoolOptions): Tensor | ValuesAndPlaces;
export function maxPool2d(input: TensorLike, kernelSize: Pair, options?: MaxPoolOptions): Tensor | ValuesAndPlaces {
  return largest("maxPool2d", 2, input, kernelSize, options);
}

/**
 * The largest value of each window (torch.nn.functional.max_pool1d).
 *
 * @param input (N, C, L), or (C, L) without a batch; N may be 0
 * @param kernelSize length of the windows
 * @param options as {@link maxPool2d}'s
 * @returns (N, C, L'), or (C, L'), where L' is as H' of {@link maxPool2d}
 * @throws as {@link maxPool2d}
 */
export function maxPool1d(input: TensorLike, kernelSize: Single, options: WithIndices<Single>): ValuesAndPlaces;
export function maxPool1d(
  input: TensorLike,
  kernelSize: Single,
  options?: MaxPoolOptions<Single> & { returnIndices?: false },
): Tensor;
export function maxPool1d(
  input: TensorLike,
  kernelSize: Single,
  options?: MaxPoolOptions<Single>,
): Tensor | ValuesAndPlaces;
export function maxPool1d(
  input: TensorLike,
  kernelSize: Single,
  options?: MaxPoolOptions<Single>,
): Tensor | ValuesAndPlaces {
  return largest("maxPool1d", 1, input, kernelSize, options);
}

/**
 * The largest value of each window (torch.nn.functional.max_pool3d).
 *
 * @param input (N, C, D, H, W), or (C, D, H, W) without a batch; N may be 0
 * @param kernelSize [depth, height, width] of the windows, or one number for all three
 * @param options as {@link maxPool2d}'s
 * @returns (N, C, D', H', W'), or (C, D', H', W'), as {@link maxPool2d}
 * @throws as {@link maxPool2d}
 */
export function maxPool3d(input: TensorLike, kernelSize: Triple, options: WithIndices<Triple>): ValuesAndPlaces;
export function maxPool3d(
  input: TensorLike,
  kernelSize: Triple,
  options?: MaxPoolOptions<Triple> & { returnIndices?: false },
): Tensor;
export function maxPool3d(
  input: TensorLike,
  kernelSize: Triple,
  options?: MaxPoolOptions<Triple>,
): Tensor | ValuesAndPlaces;
export function maxPool3d(
  input: TensorLike,
  kernelSize: Triple,
  options?: MaxPoolOptions<Triple>,
): Tensor | ValuesAndPlaces {
  return largest("maxPool3d", 3, input, kernelSize, options);
}

/**
 * The mean of each window (torch.nn.functional.avg_pool2d).
 *
 * @param input (N, C, H, W), or (C, H, W) without a batch; N may be 0
 * @param kernelSize [height, width] of the windows, or one number for both
 * @param options stride kernelSize, padding 0, ceilMode false, countIncludePad true, divisorOverride none
 * @returns (N, C, H', W'), or (C, H', W'), as {@link maxPool2d}
 * @throws as {@link maxPool2d}; RangeError for a divisorOverride below 1
 */
export function avgPool2d(input: TensorLike, kernelSize: Pair, options?: AvgPool2dOptions): Tensor {
  return meanOf("avgPool2d", 2, avgPool2dOperator, input, kernelSize, options);
}

/**
 * The mean of each window (torch.nn.functional.avg_pool3d).
 *
 * @param input (N, C, D, H, W), or (C, D, H, W) without a batch; N may be 0
 * @param kernelSize [depth, height, width] of the windows, or one number for all three
 * @param options as {@link avgPool2d}'s
 * @returns (N, C, D', H', W'), or (C, D', H', W'), as {@link maxPool2d}
 * @throws as {@link avgPool2d}
 */
export function avgPool3d(input: TensorLike, kernelSize: Triple, options?: AvgPool2dOptions<Triple>): Tensor {
  return meanOf("avgPool3d", 3, avgPool3dOperator, input, kernelSize, options);
}

/**
 * The mean of each window (torch.nn.functional.avg_pool1d).
 *
 * @param input (N, C, L), or (C, L) without a batch; N may be 0
 * @param kernelSize length of the windows
 * @param options stride kernelSize, padding 0, ceilMode false, countIncludePad true
 * @returns (N, C, L'), or (C, L'), where L' is as H' of {@link maxPool2d}
 * @throws as {@link maxPool2d}
 */
export function avgPool1d(input: TensorLike, kernelSize: Single, options?: AvgPoolOptions<Single>): Tensor {
  const where = "avgPool1d";
  const x = checkTensor(where, "input", input);
  const o = checkOptions(where, options, AVG_OPTIONS);
  return applyOne(where, avgPool1dOperator, [x], avgAttributes(where, 1, kernelSize, o));
}

/**
 * Means of windows that together cover the image (torch.nn.functional.adaptive_avg_pool2d): output o of n covers the rows
 * from floor(o H / n) to ceil((o + 1) H / n), columns likewise.
 *
 * @param input (N, C, H, W), or (C, H, W) without a batch; N may be 0
 * @param outputSize a number, or [height, width], where null keeps the input's
 * @returns (N, C, height, width), or (C, height, width)
 * @throws TypeError, RangeError for a wrong size
 */
export function adaptiveAvgPool2d(input: TensorLike, outputSize: AdaptiveSize): Tensor {
  return adaptive("adaptiveAvgPool2d", adaptiveAvgPool2dOperator, 2, input, outputSize);
}

/**
 * Means of windows that together cover the signal (torch.nn.functional.adaptive_avg_pool1d), as {@link adaptiveAvgPool2d}.
 *
 * @param input (N, C, L), or (C, L) without a batch; N may be 0
 * @param outputSize number of windows
 * @returns (N, C, outputSize), or (C, outputSize)
 * @throws TypeError, RangeError for a wrong size
 */
export function adaptiveAvgPool1d(input: TensorLike, outputSize: Single): Tensor {
  const where = "adaptiveAvgPool1d";
  const x = checkTensor(where, "input", input);
  const size = checkSize(where, "outputSize", outputSize, 1, 1);
  return applyOne(where, adaptiveAvgPool1dOperator, [x], { outputSize: size });
}

/**
 * The largest values of the windows of {@link adaptiveAvgPool2d} (torch.nn.functional.adaptive_max_pool2d).
 *
 * @param input (N, C, H, W), or (C, H, W) without a batch; N may be 0
 * @param outputSize a number, or [height, width], where null keeps the input's
 * @returns (N, C, height, width), or (C, height, width)
 * @throws TypeError, RangeError for a wrong size
 */
export function adaptiveMaxPool2d(input: TensorLike, outputSize: AdaptiveSize): Tensor {
  return adaptive("adaptiveMaxPool2d", adaptiveMaxPool2dOperator, 2, input, outputSize);
}

/**
 * Means of windows that together cover the volume (torch.nn.functional.adaptive_avg_pool3d), as {@link adaptiveAvgPool2d}.
 *
 * @param input (N, C, D, H, W), or (C, D, H, W) without a batch; N may be 0
 * @param outputSize a number, or [depth, height, width], where null keeps the input's
 * @returns (N, C, depth, height, width), or (C, depth, height, width)
 * @throws TypeError, RangeError for a wrong size
 */
export function adaptiveAvgPool3d(input: TensorLike, outputSize: AdaptiveSize3d): Tensor {
  return adaptive("adaptiveAvgPool3d", adaptiveAvgPool3dOperator, 3, input, outputSize);
}

/** Lengths of a result; null keeps the input's. */
export type AdaptiveSize = number | readonly [number | null, number | null];

/** Lengths of a result over three axes; null keeps the input's. */
export type AdaptiveSize3d = number | readonly [number | null, number | null, number | null];

function adaptive(
  where: string,
  operator: Operator<AdaptivePoolAttributes>,
  axes: 2 | 3,
  input: TensorLike,
  outputSize: unknown,
): Tensor {
  const x = checkTensor(where, "input", input);
  return applyOne(where, operator, [x], { outputSize: adaptiveSize(where, axes, outputSize) });
}

/** A length for each axis, null for one that keeps the input's. @throws TypeError, RangeError */
export function adaptiveSize(where: string, axes: number, size: unknown): readonly (number | null)[] {
  const given = Array.isArray(size) ? checkList(where, "outputSize", size) : Array(axes).fill(size);
  const known = given.map((each) => (each === null ? 1 : each));
  const lengths = checkSize(where, "outputSize", Array.isArray(size) ? known : size, axes, 1);
  return lengths.map((length, i) => (given[i] === null ? null : length));
}

export const MAX_OPTIONS = ["stride", "padding", "dilation", "ceilMode", "returnIndices"] as const;
export const AVG_OPTIONS = ["stride", "padding", "ceilMode", "countIncludePad"] as const;

function largest(
  where: string,
  axes: AxisCount,
  input: TensorLike,
  kernelSize: unknown,
  options: MaxPoolOptions<unknown> | undefined,
): Tensor | ValuesAndPlaces {
  const x = checkTensor(where, "input", input);
  const o = checkOptions(where, options, MAX_OPTIONS);
  const attributes = {
    ...windowAttributes(where, axes, kernelSize, o),
    dilation: checkAxes(where, "dilation", o.dilation ?? 1, axes, 1),
  };
  if (!checkBoolean(where, "returnIndices", o.returnIndices ?? false)) {
    return applyOne(where, poolOf(attributes), [x], attributes);
  }
  const results = apply(where, maxPoolIndicesOperator, [x], { ...attributes, numbering: "plane" });
  return results as readonly Tensor<DType>[] as ValuesAndPlaces;
}

function meanOf(
  where: string,
  axes: AxisCount,
  operator: Operator<AvgPoolAttributes>,
  input: TensorLike,
  kernelSize: unknown,
  options: AvgPool2dOptions<unknown> | undefined,
): Tensor {
  const x = checkTensor(where, "input", input);
  const o = checkOptions(where, options, [...AVG_OPTIONS, "divisorOverride"]);
  const { divisorOverride } = o;
  return applyOne(where, operator, [x], { ...avgAttributes(where, axes, kernelSize, o), divisorOverride });
}

function avgAttributes(where: string, axes: AxisCount, kernelSize: unknown, o: AvgPoolOptions<unknown>) {
  return {
    ...windowAttributes(where, axes, kernelSize, o),
    countIncludePad: checkBoolean(where, "countIncludePad", o.countIncludePad ?? true),
  };
}

/** What every window has: lengths, steps and padding of each axis. @throws TypeError, RangeError */
export function checkWindow(where: string, axes: AxisCount, size: unknown, o: MaxPoolOptions<unknown>) {
  const kernelSize = checkAxes(where, "kernelSize", size, axes, 1);
  return {
    kernelSize,
    stride: checkAxes(where, "stride", o.stride ?? kernelSize, axes, 1),
    padding: checkAxes(where, "padding", o.padding ?? 0, axes, 0),
    ceilMode: checkBoolean(where, "ceilMode", o.ceilMode ?? false),
  };
}

function windowAttributes(where: string, axes: AxisCount, size: unknown, o: MaxPoolOptions<unknown>) {
  const { padding, ...others } = checkWindow(where, axes, size, o);
  const { kernelSize } = others;
  if (padding.some((pad, i) => pad > kernelSize[i]! / 2)) {
    throw wrongValue(
      where,
      `padding must be at most half of kernelSize, got padding ${show(padding)} and kernelSize ${show(kernelSize)}`,
    );
  }
  return { ...others, padding: [...padding, ...padding] };
}
