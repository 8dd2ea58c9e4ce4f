import { checkTensor, type Pair, type TensorLike, type Triple } from "../check.ts";
import type { ConvOptions } from "../conv/call.ts";
import { type ConvolutionOperator, conv1dOperator, conv2dOperator, conv3dOperator } from "../operators/conv.ts";
import { applyOne } from "../planning/evaluate.ts";
import type { Tensor } from "../tensor.ts";

/** Options of {@link conv2d}: a number for both axes, or [height, width]. */
export interface Conv2dOptions extends ConvOptions<Pair> {}

/** Options of {@link conv1d}. */
export interface Conv1dOptions extends ConvOptions<number | readonly [number]> {}

/** Options of {@link conv3d}: a number for all three axes, or [depth, height, width]. */
export interface Conv3dOptions extends ConvOptions<Triple> {}

/**
 * 2D cross-correlation, as torch.nn.functional.conv2d, with the padding modes of torch.nn.Conv2d.
 *
 * @param input (N, C, H, W), or (C, H, W) without a batch; N may be 0
 * @param weight (filters, C / groups, kernel height, kernel width)
 * @param bias (filters), or nothing
 * @param options stride 1, padding 0, dilation 1, groups 1, paddingMode 'zeros', algorithm 'auto'
 * @returns (N, filters, H', W'), or (filters, H', W'), where
 *   H' = floor((H + padding - dilation * (kernel height - 1) - 1) / stride) + 1 and padding is that of both sides
 * @throws TypeError for an argument of the wrong kind; RangeError for a wrong value or shape, for an algorithm that
 *   cannot serve the options, and when memory does not suffice
 */
export function conv2d(
  input: TensorLike,
  weight: TensorLike,
  bias?: TensorLike | null,
  options?: Conv2dOptions,
): Tensor {
  return convolve("conv2d", conv2dOperator, input, weight, bias, options);
}

/**
 * 1D cross-correlation, as torch.nn.functional.conv1d.
 *
 * @param input (N, C, L), or (C, L) without a batch; N may be 0
 * @param weight (filters, C / groups, kernel)
 * @param bias (filters), or nothing
 * @param options as {@link conv2d}'s, with one number for the axis
 * @returns (N, filters, L'), or (filters, L')
 * @throws as {@link conv2d}
 */
export function conv1d(
  input: TensorLike,
  weight: TensorLike,
  bias?: TensorLike | null,
  options?: Conv1dOptions,
): Tensor {
  return convolve("conv1d", conv1dOperator, input, weight, bias, options);
}

/**
 * 3D cross-correlation, as torch.nn.functional.conv3d, with the padding modes of torch.nn.Conv3d.
 *
 * @param input (N, C, D, H, W), or (C, D, H, W) without a batch; N may be 0
 * @param weight (filters, C / groups, kernel depth, kernel height, kernel width)
 * @param bias (filters), or nothing
 * @param options as {@link conv2d}'s, with a number for all three axes, or [depth, height, width]; of the algorithms 'direct' and
 *   'im2col' serve
 * @returns (N, filters, D', H', W'), or (filters, D', H', W')
 * @throws as {@link conv2d}
 */
export function conv3d(
  input: TensorLike,
  weight: TensorLike,
  bias?: TensorLike | null,
  options?: Conv3dOptions,
): Tensor {
  return convolve("conv3d", conv3dOperator, input, weight, bias, options);
}

function convolve(
  where: string,
  operator: ConvolutionOperator,
  input: TensorLike,
  weight: TensorLike,
  bias: TensorLike | null | undefined,
  options: ConvOptions | undefined,
): Tensor {
  const x = checkTensor(where, "input", input);
  const w = checkTensor(where, "weight", weight);
  const b = bias == null ? null : checkTensor(where, "bias", bias);
  return applyOne(where, operator, [x, w, b], { options: options === undefined ? {} : options });
}
