import { checkTensor, countOf, type Pair, type TensorLike, type View } from "../check.ts";
import { NO_EPILOGUE } from "../conv/epilogue.ts";
import { transposeConv } from "../conv/transpose.ts";
import { type ConvTransposeOptions, transposeCall } from "../conv/transpose-geometry.ts";
import { convTranspose1dOperator, convTranspose2dOperator } from "../operators/conv.ts";
import { applyOne, tracerOf } from "../operators/evaluate.ts";
import { newData, Tensor } from "../tensor.ts";

/** Options of {@link convTranspose2d}: a number for both axes, or [height, width]. */
export interface ConvTranspose2dOptions extends ConvTransposeOptions<Pair> {}

/** Options of {@link convTranspose1d}. */
export interface ConvTranspose1dOptions extends ConvTransposeOptions<number | readonly [number]> {}

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
 * @throws TypeError for an argument of the wrong kind; RangeError for a wrong value or shape, and where memory does not
 *   suffice
 */
export function convTranspose2d(
  input: TensorLike,
  weight: TensorLike,
  bias?: TensorLike | null,
  options?: ConvTranspose2dOptions,
): Tensor {
  return transpose("convTranspose2d", 2, input, weight, bias, options);
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
  return transpose("convTranspose1d", 1, input, weight, bias, options);
}

function transpose(
  where: string,
  axes: 1 | 2,
  input: TensorLike,
  weight: TensorLike,
  bias: TensorLike | null | undefined,
  options: ConvTransposeOptions | undefined,
): Tensor {
  const x: View = checkTensor(where, "input", input);
  const w = checkTensor(where, "weight", weight);
  const b = bias == null ? undefined : checkTensor(where, "bias", bias);
  if (tracerOf([x, w, b]) !== undefined) {
    const attributes = { options: options ?? {}, epilogue: NO_EPILOGUE };
    return applyOne(
      where,
      axes === 1 ? convTranspose1dOperator : convTranspose2dOperator,
      [x, w, b ?? null],
      attributes,
    );
  }
  const { geometry, outputShape } = transposeCall(where, axes, x.shape, w.shape, b?.shape, options);
  if (countOf(outputShape) === 0) return new Tensor(newData(where, outputShape), outputShape);
  return new Tensor(transposeConv(where, geometry, w.data, x.data, b?.data), outputShape);
}
