import {
  checkAxes,
  checkBoolean,
  checkList,
  checkOptions,
  checkTensor,
  type Pair,
  show,
  type TensorLike,
  wrongValue,
} from "../check.ts";
import {
  adaptiveAvgPool1dOperator,
  adaptiveAvgPool2dOperator,
  adaptiveMaxPool2dOperator,
  avgPool1dOperator,
  avgPool2dOperator,
  maxPool1dOperator,
  maxPool2dOperator,
} from "../operators/pool.ts";
import { applyOne } from "../planning/evaluate.ts";
import type { Tensor } from "../tensor.ts";

/** A number, or an array of one. */
export type Single = number | readonly [number];

/** Options of {@link maxPool2d} and {@link maxPool1d}. */
export interface MaxPoolOptions<N = Pair> {
  /** default: kernelSize */
  stride?: N;
  /** on both sides of each axis, of values that are never the largest; at most half of kernelSize; default 0 */
  padding?: N;
  /** default 1 */
  dilation?: N;
  /** whether a window that begins inside, or in the padding before, counts even if it ends outside; default false */
  ceilMode?: boolean;
}

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

/** Options of {@link avgPool2d}. */
export interface AvgPool2dOptions extends AvgPoolOptions {
  /** divides the sums, in place of the number of values in a window */
  divisorOverride?: number;
}

/**
 * The largest value of each window, NaN where there is one (torch.nn.functional.max_pool2d).
 *
 * @param input (N, C, H, W), or (C, H, W) without a batch; N may be 0
 * @param kernelSize [height, width] of the windows, or one number for both
 * @param options stride kernelSize, padding 0, dilation 1, ceilMode false
 * @returns (N, C, H', W'), or (C, H', W'), where H' = floor((H + 2 padding - dilation (kernel - 1) - 1) / stride) + 1, or
 *   with ceilMode the ceiling, less 1 where the last window would begin after the input
 * @throws TypeError for an argument of the wrong kind; RangeError for a wrong value or shape, a kernel larger than the
 *   padded input, padding of more than half the kernel
 */
export function maxPool2d(input: TensorLike, kernelSize: Pair, options?: MaxPoolOptions): Tensor {
  const where = "maxPool2d";
  const x = checkTensor(where, "input", input);
  return applyOne(where, maxPool2dOperator, [x], maxAttributes(where, 2, kernelSize, options));
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
export function maxPool1d(input: TensorLike, kernelSize: Single, options?: MaxPoolOptions<Single>): Tensor {
  const where = "maxPool1d";
  const x = checkTensor(where, "input", input);
  return applyOne(where, maxPool1dOperator, [x], maxAttributes(where, 1, kernelSize, options));
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
  const where = "avgPool2d";
  const x = checkTensor(where, "input", input);
  const o = checkOptions(where, options, [...AVG_OPTIONS, "divisorOverride"]);
  const { divisorOverride } = o;
  return applyOne(where, avgPool2dOperator, [x], { ...avgAttributes(where, 2, kernelSize, o), divisorOverride });
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
  const where = "adaptiveAvgPool2d";
  const x = checkTensor(where, "input", input);
  return applyOne(where, adaptiveAvgPool2dOperator, [x], { outputSize: adaptiveSize(where, outputSize) });
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
  const size = checkAxes(where, "outputSize", outputSize, 1, 1);
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
  const where = "adaptiveMaxPool2d";
  const x = checkTensor(where, "input", input);
  return applyOne(where, adaptiveMaxPool2dOperator, [x], { outputSize: adaptiveSize(where, outputSize) });
}

/** Lengths of a result; null keeps the input's. */
export type AdaptiveSize = number | readonly [number | null, number | null];

function adaptiveSize(where: string, size: unknown): readonly (number | null)[] {
  if (!Array.isArray(size)) return checkAxes(where, "outputSize", size, 2, 1);
  const given = checkList(where, "outputSize", size);
  const lengths = checkAxes(
    where,
    "outputSize",
    given.map((each) => (each === null && given.length === 2 ? 1 : each)),
    2,
    1,
  );
  return lengths.map((length, i) => (given[i] === null ? null : length));
}

const MAX_OPTIONS = ["stride", "padding", "dilation", "ceilMode"] as const;
const AVG_OPTIONS = ["stride", "padding", "ceilMode", "countIncludePad"] as const;

function maxAttributes(where: string, axes: 1 | 2, kernelSize: unknown, options: MaxPoolOptions<unknown> | undefined) {
  const o = checkOptions(where, options, MAX_OPTIONS);
  return {
    ...windowAttributes(where, axes, kernelSize, o),
    dilation: checkAxes(where, "dilation", o.dilation ?? 1, axes, 1),
  };
}

function avgAttributes(where: string, axes: 1 | 2, kernelSize: unknown, o: AvgPoolOptions<unknown>) {
  return {
    ...windowAttributes(where, axes, kernelSize, o),
    countIncludePad: checkBoolean(where, "countIncludePad", o.countIncludePad ?? true),
  };
}

function windowAttributes(where: string, axes: 1 | 2, size: unknown, o: MaxPoolOptions<unknown>) {
  const kernelSize = checkAxes(where, "kernelSize", size, axes, 1);
  const stride = checkAxes(where, "stride", o.stride ?? kernelSize, axes, 1);
  const padding = checkAxes(where, "padding", o.padding ?? 0, axes, 0);
  if (padding.some((pad, i) => pad > kernelSize[i]! / 2)) {
    throw wrongValue(
      where,
      `padding must be at most half of kernelSize, got padding ${show(padding)} and kernelSize ${show(kernelSize)}`,
    );
  }
  const ceilMode = checkBoolean(where, "ceilMode", o.ceilMode ?? false);
  return { kernelSize, stride, padding: [...padding, ...padding], ceilMode };
}
