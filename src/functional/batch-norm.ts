import { checkTensor, sameShape, show, type TensorLike, type View, wrongType, wrongValue } from "../check.ts";
import { newData, Tensor } from "../tensor.ts";
import { checkImages } from "./pad.ts";

/** What a batch normalisation in evaluation mode knows of its channels, each (C). */
export interface BatchNormStatistics {
  /** running mean */
  mean: TensorLike;
  /** running variance */
  variance: TensorLike;
  /** default 1 */
  weight?: TensorLike | null;
  /** default 0 */
  bias?: TensorLike | null;
  /** added to the variance; default 1e-5 */
  eps?: number;
}

/**
 * (input - mean) / sqrt(variance + eps) * weight + bias for each channel: torch.nn.functional.batch_norm in evaluation
 * mode. Computed in float64, rounded once.
 *
 * @param input (N, C, H, W), or (C, H, W) without a batch (torch would read three axes as (N, C, L)); N may be 0
 * @param options mean and variance; weight 1, bias 0, eps 1e-5
 * @returns a tensor of the input's shape
 * @throws TypeError for an argument of the wrong kind, a missing mean or variance, an unknown option; RangeError where a
 *   tensor has not one value for each channel, or eps is negative or not finite
 */
export function batchNorm(input: TensorLike, options: BatchNormStatistics): Tensor {
  const where = "batchNorm";
  const x = checkTensor(where, "input", input);
  const { batch, channels, height, width } = checkImages(where, x.shape);
  const { scale, shift } = affineOf(where, "options", "", options, channels, "channel of input");
  const data = newData(where, x.shape);
  const pixels = height * width;
  for (let plane = 0; plane < batch * channels; ++plane) {
    const factor = scale[plane % channels]!;
    const summand = shift[plane % channels]!;
    const end = (plane + 1) * pixels;
    for (let i = plane * pixels; i < end; ++i) data[i] = x.data[i]! * factor + summand;
  }
  return new Tensor(data, x.shape);
}

/**
 * The normalisation as x * scale + shift.
 * @param argument name of the record, `prefix` that of its members in messages
 * @param each what the tensors have one value for, as `channel of input`
 */
export function affineOf(
  where: string,
  argument: string,
  prefix: string,
  statistics: BatchNormStatistics,
  channels: number,
  each: string,
): { scale: Float64Array; shift: Float64Array } {
  const known = ["mean", "variance", "weight", "bias", "eps"] as const;
  const { mean, variance, weight, bias, eps = 1e-5 } = checkRecord(where, argument, statistics, known);
  const checked = (name: string, value: unknown): View => {
    const view = checkTensor(where, prefix + name, value);
    if (sameShape(view.shape, [channels])) return view;
    throw wrongValue(
      where,
      `${prefix}${name} must have shape [${channels}], one value for each ${each}, got ${show(view.shape)}`,
    );
  };
  const m = checked("mean", mean).data;
  const v = checked("variance", variance).data;
  const w = weight == null ? undefined : checked("weight", weight).data;
  const b = bias == null ? undefined : checked("bias", bias).data;
  checkEps(where, `${prefix}eps`, eps);
  const scale = Float64Array.from(v, (value, c) => (w?.[c] ?? 1) / Math.sqrt(value + eps));
  return { scale, shift: scale.map((factor, c) => (b?.[c] ?? 0) - m[c]! * factor) };
}

export function checkEps(where: string, name: string, eps: unknown): number {
  if (typeof eps !== "number") throw wrongType(where, `${name} must be a number, got ${show(eps)}`);
  if (!(eps >= 0 && eps < Infinity)) throw wrongValue(where, `${name} must be finite and from 0, got ${show(eps)}`);
  return eps;
}

/** A record argument, whose misspelt members would otherwise be ignored; unlike an option, a tensor in it may be null. */
export function checkRecord<T extends object>(
  where: string,
  name: string,
  value: T,
  known: readonly (keyof T & string)[],
): T {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw wrongType(where, `${name} must be an object with ${known.join(", ")}, got ${show(value)}`);
  }
  for (const key of Object.keys(value)) {
    if ((known as readonly string[]).includes(key)) continue;
    throw wrongType(where, `${name} has the unknown member ${show(key)} (known: ${known.join(", ")})`);
  }
  return value;
}
