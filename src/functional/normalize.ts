import {
  checkEps,
  checkInteger,
  checkOptions,
  checkSize,
  checkTensor,
  sameShape,
  show,
  type TensorLike,
  type View,
  wrongValue,
} from "../check.ts";
import { groupNormOperator, instanceNormOperator, layerNormOperator } from "../operators/normalize.ts";
import { applyOne } from "../planning/evaluate.ts";
import type { Tensor } from "../tensor.ts";

/** Options of {@link instanceNorm}, {@link groupNorm} and {@link layerNorm}. */
export interface NormOptions {
  /** multiplies the normalised values; default 1 */
  weight?: TensorLike;
  /** added after that; default 0 */
  bias?: TensorLike;
  /** added to the variance; default 1e-5 */
  eps?: number;
}

function checkNorm(where: string, input: TensorLike, options: NormOptions | undefined) {
  const x = checkTensor(where, "input", input);
  const { weight, bias, eps = 1e-5 } = checkOptions(where, options, ["weight", "bias", "eps"]);
  const parameter = (name: string, value: TensorLike | undefined) =>
    value === undefined ? null : checkTensor(where, name, value);
  const operands: readonly [View, View | null, View | null] = [x, parameter("weight", weight), parameter("bias", bias)];
  return { operands, eps: checkEps(where, "eps", eps) };
}

/**
 * (x - mean) / sqrt(variance + eps) * weight + bias, with the mean and variance of each channel of each image
 * (torch.nn.functional.instance_norm without running statistics).
 *
 * @param input (N, C, H, W) or (N, C, L)
 * @param options weight and bias (C) each; eps 1e-5
 * @returns a tensor of the input's shape
 * @throws TypeError for an argument of the wrong kind; RangeError for a wrong shape, an eps that is negative or not
 *   finite, and when memory does not suffice
 */
export function instanceNorm(input: TensorLike, options?: NormOptions): Tensor {
  const where = "instanceNorm";
  const { operands, eps } = checkNorm(where, input, options);
  return applyOne(where, instanceNormOperator, operands, { eps });
}

/**
 * As {@link instanceNorm}, with the mean and variance of C / groups channels together (torch.nn.functional.group_norm).
 *
 * @param input (N, C, ...)
 * @param groups a divisor of C
 * @param options weight and bias (C) each; eps 1e-5
 */
export function groupNorm(input: TensorLike, groups: number, options?: NormOptions): Tensor {
  const where = "groupNorm";
  const { operands, eps } = checkNorm(where, input, options);
  return applyOne(where, groupNormOperator, operands, { groups: checkInteger(where, "groups", groups, 1), eps });
}

/**
 * As {@link instanceNorm}, with the mean and variance over the last axes (torch.nn.functional.layer_norm).
 *
 * @param input any shape that ends with normalizedShape
 * @param normalizedShape lengths of these axes, or that of the last one
 * @param options weight and bias in that shape; eps 1e-5
 */
export function layerNorm(
  input: TensorLike,
  normalizedShape: number | readonly number[],
  options?: NormOptions,
): Tensor {
  const where = "layerNorm";
  const { operands, eps } = checkNorm(where, input, options);
  const { shape } = operands[0];
  const lengths = checkSize(
    where,
    "normalizedShape",
    normalizedShape,
    Array.isArray(normalizedShape) ? normalizedShape.length : 1,
    0,
  );
  if (lengths.length === 0 || !sameShape(lengths, shape.slice(-lengths.length))) {
    throw wrongValue(
      where,
      `normalizedShape must be the lengths of input's last axes, got ${show(normalizedShape)} for shape ${show(shape)}`,
    );
  }
  return applyOne(where, layerNormOperator, operands, { axes: lengths.length, eps });
}
