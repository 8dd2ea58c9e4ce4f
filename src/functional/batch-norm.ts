import {
  checkEps,
  checkRecord,
  checkTensor,
  sameShape,
  settled,
  show,
  type TensorLike,
  type View,
  wrongValue,
} from "../check.ts";
import { batchNormOperator, normalisation } from "../operators/batch-norm.ts";
import { batchNormTrainingOperator } from "../operators/batch-norm-training.ts";
import { apply, applyOne } from "../planning/evaluate.ts";
import type { Tensor } from "../tensor.ts";

/** Options of {@link batchNorm}: tensors of shape (C). */
export interface BatchNormOptions {
  /** running mean; default that of the batch */
  mean?: TensorLike | null;
  /** running variance, given if and only if mean is */
  variance?: TensorLike | null;
  /** default 1 */
  weight?: TensorLike | null;
  /** default 0 */
  bias?: TensorLike | null;
  /** added to the variance; default 1e-5 */
  eps?: number;
}

/** Parameters and statistics of a batch normalisation in evaluation mode, each (C). */
export interface BatchNormStatistics extends BatchNormOptions {
  /** running mean */
  mean: TensorLike;
  /** running variance */
  variance: TensorLike;
}

/**
 * (input - mean) / sqrt(variance + eps) * weight + bias for each channel: torch.nn.functional.batch_norm in evaluation
 * mode, computed in float64 and rounded once. Without mean and variance it uses those of the batch, as torch does with
 * training=True; variance is the biased one.
 *
 * @param input (N, C, H, W), (N, C, L) or (N, C), or with mean also (C, H, W), which torch does not take: three axes are
 *   read like that if the first has as many values as mean and the second does not; N may be 0
 * @param options mean and variance those of the batch, weight 1, bias 0, eps 1e-5
 * @returns a tensor of the input's shape
 * @throws TypeError for an argument of the wrong kind, mean without variance or the reverse, an unknown option; RangeError
 *   where a tensor does not have one value for each channel, a batch has only one for each to take statistics of, eps is
 *   negative or not finite, or memory does not suffice
 */
export function batchNorm(input: TensorLike, options: BatchNormOptions = {}): Tensor {
  const checked = checkRecord("batchNorm", "options", options, MEMBERS);
  if (checked.mean == null && checked.variance == null) return byBatch(input, checked);
  // if no axis fits, the message is about (C, H, W)
  return normalised(input, checked as BatchNormStatistics, (channels, second) => second !== channels);
}

function byBatch(input: TensorLike, options: BatchNormOptions): Tensor {
  const where = "batchNorm";
  const x = checkTensor(where, "input", input);
  const { parameters, eps } = checkAffine(where, "", options);
  return apply(where, batchNormTrainingOperator, [x, ...parameters], { eps })[0]!;
}

/** As {@link batchNorm}, of images: three axes are (C, H, W). */
export function batchNormImages(input: TensorLike, statistics: BatchNormStatistics): Tensor {
  return normalised(input, statistics, () => true);
}

/** @param isImage whether three axes, of which the second has the given length, are (C, H, W) */
function normalised(
  input: TensorLike,
  statistics: BatchNormStatistics,
  isImage: (channels: number | undefined, second: number | undefined) => boolean,
): Tensor {
  const where = "batchNorm";
  const x = checkTensor(where, "input", input);
  const { parameters, eps } = checkStatistics(where, "", statistics);
  const unbatched = x.shape.length === 3 && isImage(parameters[0].shape[0], x.shape[1]);
  return applyOne(where, batchNormOperator, [x, ...parameters], { eps, unbatched });
}

const MEMBERS = ["mean", "variance", "weight", "bias", "eps"] as const;

/** mean, variance, weight and bias */
type Parameters = readonly [View, View, View | null, View | null];

function checkStatistics(
  where: string,
  prefix: string,
  { mean, variance, ...rest }: BatchNormStatistics,
): { readonly parameters: Parameters; readonly eps: number } {
  const checked = (name: string, value: unknown) => checkTensor(where, prefix + name, value);
  const running = [checked("mean", mean), checked("variance", variance)] as const;
  const { parameters, eps } = checkAffine(where, prefix, rest);
  return { parameters: [...running, ...parameters], eps };
}

/** weight, bias and eps */
function checkAffine(where: string, prefix: string, { weight, bias, eps = 1e-5 }: BatchNormOptions) {
  const given = (name: string, value: unknown) => (value == null ? null : checkTensor(where, prefix + name, value));
  const parameters = [given("weight", weight), given("bias", bias)] as const;
  return { parameters, eps: checkEps(where, `${prefix}eps`, eps) };
}

/**
 * The normalisation of the filters of a convolution as x * scale + shift.
 * @param argument name of the record, with which its members' names begin in messages
 * @param each what the tensors have one value for, as `filter of weight`
 */
export function affineOf(
  where: string,
  argument: string,
  statistics: BatchNormStatistics,
  filters: number,
  each: string,
): { readonly scale: Float64Array; readonly shift: Float64Array } {
  const record = checkRecord(where, argument, statistics, MEMBERS);
  const { parameters, eps } = checkStatistics(where, `${argument}.`, record);
  for (const [index, name] of ["mean", "variance", "weight", "bias"].entries()) {
    const parameter = parameters[index];
    if (!parameter || sameShape(parameter.shape, [filters])) continue;
    throw wrongValue(
      where,
      `${argument}.${name} must have shape [${filters}], one value for each ${each}, got ${show(parameter.shape)}`,
    );
  }
  for (const parameter of parameters) if (parameter !== null) settled(where, parameter);
  return normalisation(parameters, eps);
}
