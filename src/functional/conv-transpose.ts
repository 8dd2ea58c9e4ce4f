import { checkTensor, type Pair, type TensorLike, type Triple } from "../check.ts";
import type { ConvTransposeOptions } from "../conv/call.ts";
import {
  convTranspose1dOperator,
  convTranspose2dOperator,
  convTranspose3dOperator,
  type TransposingOperator,
} from "../operators/conv.ts";
import { applyOne } from "../planning/evaluate.ts";
import type { Tensor } from "../tensor.ts";

/** Options of {@link convTranspose2d}: a number for both axes, or [height, width]. */
export interface ConvTranspose2dOptions extends ConvTransposeOptions<Pair> {}

/** Options of {@link convTranspose1d}. */
export interface ConvTranspose1dOptions extends ConvTransposeOptions<number | readonly [number]> {}

/** Options of {@link convTranspose3d}: a number for all three axes, or [depth, height, width]. */
export interface ConvTranspose3dOptions extends ConvTransposeOptions<Triple> {}

/**
 * 2D transposed convolution, as torch.nn.functional.conv_transpose2d: the gradient of conv2d with respect to its input,
 * and the product with the transpose of {@link kernelMatrix}.
 *
 * @param input (N, C, H, W), or (C, H, W) without a batch; N may be 0
 * @param weight (C, filters / groups, kernel height, kernel width)
 * @param bias (filters), or nothing
 * @param options stride 1, padding 0, outputPadding 0, groups 1, dilation 1
 * @returns (N, filters, H', W'), or (filters, H', W'), where
 *   H' = (H - 1) * stride - 2 * padding + dilation * (kernel height - 1) + outputPadding + 1
 * @throws TypeError for an argument of the wrong kind; RangeError for a wrong value or shape, and when memory does not
 *   suffice
 */
export function convTranspose2d(
  input: TensorLike,
  weight: TensorLike,
  bias?: TensorLike | null,
  options?: ConvTranspose2dOptions,
): Tensor {
  return transpose("convTranspose2d", convTranspose2dOperator, input, weight, bias, options);
}

/**
 * 1D transposed convolution, as torch.nn.functional.conv_transpose1d.
 *
 * @param input (N, C, L), or (C, L) without a batch; N may be 0
 * @param weight (C, filters / groups, kernel)
 * @param bias (filters), or nothing
 * @param options as {@link convTranspose2d}'s, with one number for the axis
 * @returns (N, filters, L'), or (filters, L')
 * @throws as {@link convTranspose2d}
 */
export function convTranspose1d(
  input: TensorLike,
  weight: TensorLike,
  bias?: TensorLike | null,
  options?: ConvTranspose1dOptions,
): Tensor {
  return transpose("convTranspose1d", convTranspose1dOperator, input, weight, bias, options);
}

/**
 * 3D transposed convolution, as torch.nn.functional.conv_transpose3d.
 *
 * @param input (N, C, D, H, W), or (C, D, H, W) without a batch; N may be 0
 * @param weight (C, filters / groups, kernel depth, kernel height, kernel width)
 * @param bias (filters), or nothing
 * @param options as {@link convTranspose2d}'s, with a number for all three axes, or [depth, height, width]
 * @returns (N, filters, D', H', W'), or (filters, D', H', W')
 * @throws as {@link convTranspose2d}
 */
export function convTranspose3d(
  input: TensorLike,
  weight: TensorLike,
  bias?: TensorLike | null,
  options?: ConvTranspose3dOptions,
): Tensor {
  return transpose("convTranspose3d", convTranspose3dOperator, input, weight, bias, options);
}

function transpose(
  where: string,
  operator: TransposingOperator,
  input: TensorLike,
  weight: TensorLike,
  bias: TensorLike | null | undefined,
  options: ConvTransposeOptions | undefined,
): Tensor {
  const x = checkTensor(where, "input", input);
  const w = checkTensor(where, "weight", weight);
  const b = bias == null ? null : checkTensor(where, "bias", bias);
  return applyOne(where, operator, [x, w, b], { options: options === undefined ? {} : options });
}
