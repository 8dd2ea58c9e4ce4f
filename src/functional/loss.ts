import {
  checkChoice,
  checkInteger,
  checkNumber,
  checkOptions,
  checkTensor,
  countOf,
  sameShape,
  show,
  type TensorLike,
  type View,
  wrongType,
  wrongValue,
} from "../check.ts";
import { isIntegral } from "../dtype.ts";
import { numbersOf } from "../elements.ts";
import { newData, Tensor } from "../tensor.ts";
import { logSoftmax, softplus } from "./activation.ts";
import { add, div, minimum, mul, sub } from "./arithmetic.ts";
import { abs, clamp, log, neg, square } from "./math.ts";
import { type AnyTensor, checkValues } from "./promotion.ts";
import { mean, sum } from "./reduce.ts";

/** What is done with the losses of a batch: their mean, their sum, or nothing. */
export type Reduction = "mean" | "sum" | "none";

/** Options of {@link mseLoss} and {@link l1Loss}. */
export interface LossOptions {
  /** default 'mean' */
  reduction?: Reduction;
}

/** Options of {@link smoothL1Loss}. */
export interface SmoothL1Options extends LossOptions {
  /** where the parabola becomes a line; default 1 */
  beta?: number;
}

/** Options of {@link huberLoss}. */
export interface HuberOptions extends LossOptions {
  /** where the parabola becomes a line; default 1 */
  delta?: number;
}

/** Options of {@link binaryCrossEntropy}. */
export interface BinaryOptions extends LossOptions {
  /** a factor for each loss, which repeats to the input's shape; default 1 */
  weight?: TensorLike;
}

/** Options of {@link bceWithLogits}. */
export interface BceOptions extends BinaryOptions {
  /** a factor for the losses of targets that are 1, which repeats to the input's shape; default 1 */
  posWeight?: TensorLike;
}

/** Options of {@link nllLoss}. */
export interface NllOptions extends LossOptions {
  /** (C): a factor for the losses of each class; default 1 */
  weight?: TensorLike;
  /** targets with this number do not count; default -100 */
  ignoreIndex?: number;
}

/** Options of {@link crossEntropy}. */
export interface CrossEntropyOptions extends NllOptions {
  /** share of a target that is spread over all classes; default 0 */
  labelSmoothing?: number;
}

const REDUCTIONS = ["mean", "sum", "none"] as const;

function reduced(where: string, losses: Tensor, reduction: Reduction = "mean"): Tensor {
  checkChoice(where, "reduction", reduction, REDUCTIONS);
  return reduction === "none" ? losses : reduction === "sum" ? sum(losses) : mean(losses);
}

function checkBoth(where: string, input: TensorLike, target: TensorLike): readonly [View, View] {
  const [x, y] = [checkTensor(where, "input", input), checkTensor(where, "target", target)];
  if (sameShape(x.shape, y.shape)) return [x, y];
  throw wrongValue(where, `target must have the input's shape ${show(x.shape)}, got ${show(y.shape)}`);
}

/**
 * Squared differences (torch.nn.functional.mse_loss).
 *
 * @param input any shape
 * @param target the same shape
 * @param options reduction 'mean'
 * @returns a number, or the input's shape for reduction 'none'
 * @throws TypeError for an argument of the wrong kind; RangeError for another shape
 */
export function mseLoss(input: TensorLike, target: TensorLike, options?: LossOptions): Tensor {
  const where = "mseLoss";
  const { reduction } = checkOptions(where, options, ["reduction"]);
  return reduced(where, square(sub(...checkBoth(where, input, target))), reduction);
}

/** Sizes of differences (torch.nn.functional.l1_loss); otherwise as {@link mseLoss}. */
export function l1Loss(input: TensorLike, target: TensorLike, options?: LossOptions): Tensor {
  const where = "l1Loss";
  const { reduction } = checkOptions(where, options, ["reduction"]);
  return reduced(where, abs(sub(...checkBoth(where, input, target))), reduction);
}

/**
 * Half the squared difference over beta where it is smaller than beta, its size less beta / 2 elsewhere
 * (torch.nn.functional.smooth_l1_loss); otherwise as {@link mseLoss}.
 */
export function smoothL1Loss(input: TensorLike, target: TensorLike, options?: SmoothL1Options): Tensor {
  const where = "smoothL1Loss";
  const { reduction, beta = 1 } = checkOptions(where, options, ["reduction", "beta"]);
  if (!(checkNumber(where, "beta", beta) >= 0)) throw wrongValue(where, `beta must not be negative, got ${beta}`);
  const size = abs(sub(...checkBoth(where, input, target)));
  if (beta === 0) return reduced(where, size, reduction);
  const near = minimum(size, beta);
  return reduced(where, mul(near, div(sub(size, mul(near, 0.5)), beta)), reduction);
}

/**
 * delta times {@link smoothL1Loss} with beta = delta (torch.nn.functional.huber_loss).
 *
 * @param input any shape
 * @param target the same shape
 * @param options reduction 'mean', delta 1
 * @returns a number, or the input's shape for reduction 'none'
 * @throws as {@link mseLoss}; RangeError for a delta that is not above 0
 */
export function huberLoss(input: TensorLike, target: TensorLike, options?: HuberOptions): Tensor {
  const where = "huberLoss";
  const { reduction, delta = 1 } = checkOptions(where, options, ["reduction", "delta"]);
  if (!(checkNumber(where, "delta", delta) > 0)) throw wrongValue(where, `delta must be above 0, got ${delta}`);
  const size = abs(sub(...checkBoth(where, input, target)));
  const near = minimum(size, delta);
  return reduced(where, mul(near, sub(size, mul(near, 0.5))), reduction);
}

/** Losses times factors that repeat to their shape. */
function weighted(where: string, losses: Tensor, weight: TensorLike | undefined): Tensor {
  if (weight === undefined) return losses;
  const product = mul(losses, checkTensor(where, "weight", weight));
  if (sameShape(product.shape, losses.shape)) return product;
  throw wrongValue(where, `weight must repeat to the input's shape ${show(losses.shape)}, got ${show(weight)}`);
}

/** torch's least logarithm in binary_cross_entropy, which keeps losses finite */
const LEAST_LOGARITHM = -100;

/**
 * Binary cross entropy (torch.nn.functional.binary_cross_entropy).
 *
 * @param input any shape: probabilities, from 0 to 1
 * @param target the same shape: probabilities
 * @param options reduction 'mean', weight
 * @returns a number, or the input's shape for reduction 'none'
 * @throws as {@link mseLoss}
 */
export function binaryCrossEntropy(input: TensorLike, target: TensorLike, options?: BinaryOptions): Tensor {
  const where = "binaryCrossEntropy";
  const { reduction, weight } = checkOptions(where, options, ["reduction", "weight"]);
  const [x, y] = checkBoth(where, input, target);
  const logarithm = (p: View | Tensor) => clamp(log(p), LEAST_LOGARITHM);
  const losses = neg(add(mul(y, logarithm(x)), mul(sub(1, y), logarithm(sub(1, x)))));
  return reduced(where, weighted(where, losses, weight), reduction);
}

/**
 * Binary cross entropy of the sigmoid of the input (torch.nn.functional.binary_cross_entropy_with_logits).
 *
 * @param input any shape: logits
 * @param target the same shape: probabilities
 * @param options reduction 'mean', weight, posWeight
 * @returns a number, or the input's shape for reduction 'none'
 * @throws as {@link mseLoss}
 */
export function bceWithLogits(input: TensorLike, target: TensorLike, options?: BceOptions): Tensor {
  const where = "bceWithLogits";
  const { reduction, weight, posWeight } = checkOptions(where, options, ["reduction", "weight", "posWeight"]);
  const [x, y] = checkBoth(where, input, target);
  // of a target of 1 softplus(-x), of one of 0 softplus(x), which is x more
  const losses =
    posWeight === undefined
      ? sub(softplus(x), mul(x, y))
      : add(mul(sub(1, y), x), mul(softplus(neg(x)), positives(where, y, posWeight)));
  return reduced(where, weighted(where, losses, weight), reduction);
}

/** 1 + (posWeight - 1) target */
function positives(where: string, target: View, posWeight: TensorLike): Tensor {
  const factors = add(mul(target, sub(checkTensor(where, "posWeight", posWeight), 1)), 1);
  if (sameShape(factors.shape, target.shape)) return factors;
  throw wrongValue(where, `posWeight must repeat to the input's shape ${show(target.shape)}`);
}

/** Targets as weights of classes: (N, C, ...) with the class's factor at each target, 0 elsewhere. */
function spread(
  where: string,
  shape: readonly number[],
  target: AnyTensor,
  { weight, ignoreIndex = -100 }: NllOptions,
) {
  checkInteger(where, "ignoreIndex", ignoreIndex, -(2 ** 31));
  const axis = shape.length === 1 ? 0 : 1;
  if (shape.length === 0) throw wrongValue(where, "input must be (C), (N, C) or (N, C, ...), got a single number");
  const classes = shape[axis]!;
  const expected = shape.toSpliced(axis, 1);
  const values = checkValues(where, "target", target);
  if (!isIntegral(values.dtype)) throw wrongType(where, `target must hold whole numbers, but holds ${values.dtype}`);
  if (!sameShape(values.shape, expected)) {
    throw wrongValue(
      where,
      `target must have shape ${show(expected)} for input ${show(shape)}, got ${show(values.shape)}`,
    );
  }
  const factors = weight === undefined ? undefined : checkTensor(where, "weight", weight);
  if (factors !== undefined && !sameShape(factors.shape, [classes])) {
    throw wrongValue(where, `weight must have shape [${classes}], got ${show(factors.shape)}`);
  }
  const data = newData(where, shape);
  const inner = countOf(shape.slice(axis + 1));
  const numbers = numbersOf(values.dtype, values.data);
  let total = 0;
  for (let i = 0; i < numbers.length; ++i) {
    const index = numbers[i]!;
    if (index === ignoreIndex) continue;
    if (!(index >= 0 && index < classes)) {
      throw wrongValue(where, `target must hold classes from 0 to ${classes - 1}, got ${index}`);
    }
    const factor = factors?.data[index] ?? 1;
    data[(Math.floor(i / inner) * classes + index) * inner + (i % inner)] = factor;
    total += factor;
  }
  return { weights: new Tensor(data, shape), total, axis };
}

/**
 * Negative logarithms of the probabilities of the targets (torch.nn.functional.nll_loss). A mean is weighted by the classes'
 * factors.
 *
 * @param input (N, C), (C) or (N, C, ...): logarithms of probabilities
 * @param target (N), () or (N, ...): classes, int64, int32 or uint8
 * @param options reduction 'mean', weight, ignoreIndex -100
 * @returns a number, or the target's shape for reduction 'none'
 * @throws TypeError for an argument of the wrong kind; RangeError for another shape, and a class that does not exist
 */
export function nllLoss(input: TensorLike, target: AnyTensor, options?: NllOptions): Tensor {
  const where = "nllLoss";
  const o = checkOptions(where, options, ["reduction", "weight", "ignoreIndex"]);
  return picked(where, checkTensor(where, "input", input), target, o);
}

function picked(where: string, logarithms: View | Tensor, target: AnyTensor, options: NllOptions): Tensor {
  const reduction = checkChoice(where, "reduction", options.reduction ?? "mean", REDUCTIONS);
  const { weights, total, axis } = spread(where, logarithms.shape, target, options);
  const losses = neg(sum(mul(logarithms, weights), { dim: axis }));
  if (reduction === "none") return losses;
  return reduction === "sum" ? sum(losses) : div(sum(losses), total);
}

/**
 * {@link nllLoss} of the logarithms of the softmax (torch.nn.functional.cross_entropy).
 *
 * @param input (N, C), (C) or (N, C, ...): logits
 * @param target classes as for {@link nllLoss}, or probabilities in the input's shape
 * @param options reduction 'mean', weight, ignoreIndex -100, labelSmoothing 0
 * @returns a number, or losses in the target's shape for reduction 'none'
 * @throws as {@link nllLoss}; RangeError for a labelSmoothing that is not from 0 to 1
 */
export function crossEntropy(input: TensorLike, target: AnyTensor, options?: CrossEntropyOptions): Tensor {
  const where = "crossEntropy";
  const o = checkOptions(where, options, ["reduction", "weight", "ignoreIndex", "labelSmoothing"]);
  const smoothing = checkNumber(where, "labelSmoothing", o.labelSmoothing ?? 0);
  if (!(smoothing >= 0 && smoothing <= 1)) {
    throw wrongValue(where, `labelSmoothing must be from 0 to 1, got ${smoothing}`);
  }
  const x = checkTensor(where, "input", input);
  const axis = x.shape.length === 1 ? 0 : 1;
  const classes = x.shape[axis] ?? 0;
  const logarithms = logSoftmax(x, { dim: axis });
  const values = checkValues(where, "target", target);
  if (!isIntegral(values.dtype)) return byProbability(where, logarithms, values as Tensor, o, smoothing, axis);
  const hard = picked(where, logarithms, target, o);
  if (smoothing === 0) return hard;
  // the smooth part: a loss for every class, weighted by its own factor, where the target counts
  const { weights, total } = spread(where, x.shape, target, { ignoreIndex: o.ignoreIndex ?? -100 });
  const counted = sum(weights, { dim: axis, keepdim: true });
  const factors = o.weight === undefined ? logarithms : mul(logarithms, shaped(o.weight, x.shape, axis));
  const losses = div(neg(sum(mul(factors, counted), { dim: axis })), classes);
  const divisor = o.weight === undefined ? total : spread(where, x.shape, target, o).total;
  const smooth = o.reduction === "none" ? losses : div(sum(losses), o.reduction === "sum" ? 1 : divisor);
  return add(mul(hard, 1 - smoothing), mul(smooth, smoothing));
}

const shaped = (weight: TensorLike, shape: readonly number[], axis: number): Tensor =>
  new Tensor(
    weight.data,
    shape.map((length, i) => (i === axis ? length : 1)),
  );

function byProbability(
  where: string,
  logarithms: Tensor,
  target: Tensor,
  { weight, reduction = "mean" }: CrossEntropyOptions,
  smoothing: number,
  axis: number,
): Tensor {
  if (!sameShape(target.shape, logarithms.shape)) {
    throw wrongValue(
      where,
      `probabilities must have the input's shape ${show(logarithms.shape)}, got ${show(target.shape)}`,
    );
  }
  checkChoice(where, "reduction", reduction, REDUCTIONS);
  const classes = logarithms.shape[axis]!;
  const soft = smoothing === 0 ? target : add(mul(target, 1 - smoothing), smoothing / classes);
  const weighted = weight === undefined ? logarithms : mul(logarithms, shaped(weight, logarithms.shape, axis));
  const losses = neg(sum(mul(weighted, soft), { dim: axis }));
  if (reduction === "none") return losses;
  return reduction === "sum" ? sum(losses) : div(sum(losses), losses.size);
}
