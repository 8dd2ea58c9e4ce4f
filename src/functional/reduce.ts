import { checkBoolean, checkNumber, checkOptions, show, wrongType, wrongValue } from "../check.ts";
import { isIntegral } from "../dtype.ts";
import { type ArgMaxAttributes, argmaxOperator, argminOperator } from "../operators/argmax.ts";
import { cumsumOperator, WHOLE_REDUCTIONS } from "../operators/arithmetic.ts";
import { axisOf } from "../operators/movement.ts";
import { amaxOperator, aminOperator, meanOperator, type ReduceAttributes, sumOperator } from "../operators/reduce.ts";
import type { Constant } from "../planning/constant.ts";
import { applyOne } from "../planning/evaluate.ts";
import type { Operator } from "../planning/operator.ts";
import type { Tensor } from "../tensor.ts";
import { div, maximum, minimum, mul, pow, sub } from "./arithmetic.ts";
import { ne } from "./comparison.ts";
import { abs, sqrt } from "./math.ts";
import { reshape } from "./movement.ts";
import { type AnyTensor, asTensor, cast, checkFloats, checkValues } from "./promotion.ts";

/** Options of {@link sum} and other reductions. */
export interface ReduceOptions {
  /** axes; negative ones count from the end; default: all */
  dim?: number | readonly number[];
  /** whether the axes stay, with length 1; default false */
  keepdim?: boolean;
}

/** Axes of a reduction, or its options: `sum(x, 1)` is `sum(x, { dim: 1 })`. */
export type Reduced<O = ReduceOptions> = number | readonly number[] | O;

interface Axes {
  /** checked, from 0, all where none were given */
  readonly dims: readonly number[];
  readonly keepdim: boolean;
  /** whether axes were given */
  readonly given: boolean;
}

function checkReduced<O extends ReduceOptions>(
  where: string,
  rank: number,
  reduced: Reduced<O> | undefined,
  more: readonly (keyof O & string)[] = [],
): Axes & { readonly options: O } {
  const isDim = typeof reduced === "number" || Array.isArray(reduced);
  const options = checkOptions(where, (isDim ? { dim: reduced } : reduced) as O | undefined, [
    "dim",
    "keepdim",
    ...more,
  ]);
  const { dim, keepdim = false } = options;
  const list: readonly unknown[] = dim === undefined ? [] : Array.isArray(dim) ? dim : [dim];
  const axes = Array.from(list, (each) => axisOf(where, "dim", checkNumber(where, "dim", each), Math.max(rank, 1)));
  if (new Set(axes).size !== axes.length) throw wrongValue(where, `dim must name each axis once, got ${show(dim)}`);
  // torch reads an empty list as all axes, and lets tensors without axes have one
  const dims = axes.length === 0 || rank === 0 ? Array.from({ length: rank }, (_, axis) => axis) : axes;
  return { dims, keepdim: checkBoolean(where, "keepdim", keepdim), given: axes.length > 0, options };
}

function reduceBy(where: string, operator: Operator<ReduceAttributes>, x: Constant, { dims, keepdim }: Axes): Tensor {
  // an empty list would mean all axes, and there are none
  if (dims.length === 0) return asTensor(x) as Tensor;
  return applyOne(where, operator, [x], { dims, keepdim });
}

/** As `reduceBy`, of float16 in float32. */
function reduceReal(where: string, operator: Operator<ReduceAttributes>, x: Constant, axes: Axes): Tensor {
  return cast(reduceBy(where, operator, cast(x, "float32"), axes), x.dtype) as Tensor;
}

/** As `reduceReal`, by an operator of whole numbers where there are such. */
const extremes = (where: "amax" | "amin", real: Operator<ReduceAttributes>, x: Constant, axes: Axes): Tensor =>
  isIntegral(x.dtype) ? reduceBy(where, WHOLE_REDUCTIONS[where], x, axes) : reduceReal(where, real, x, axes);

/**
 * Sums (torch.sum), added up in float64 and rounded once; of whole numbers exactly.
 *
 * @param input any shape
 * @param dim the axes that are summed, or options: dim (default all axes), keepdim false
 * @returns a tensor without these axes; int64 for whole numbers and truth values
 * @throws TypeError for an argument of the wrong kind; RangeError for an axis that does not exist or is named twice
 */
export function sum(input: AnyTensor, dim?: Reduced): Tensor {
  const where = "sum";
  const x = checkValues(where, "input", input);
  const axes = checkReduced(where, x.shape.length, dim);
  if (!isIntegral(x.dtype)) return reduceReal(where, sumOperator, x, axes);
  return reduceBy(where, WHOLE_REDUCTIONS.sum, cast(x, "int64"), axes);
}

/**
 * Means (torch.mean); otherwise as {@link sum}.
 * @throws TypeError for whole numbers, whose mean torch does not take either
 */
export function mean(input: AnyTensor, dim?: Reduced): Tensor {
  const where = "mean";
  const x = checkValues(where, "input", input);
  if (isIntegral(x.dtype))
    throw wrongType(where, `input must be float32 or float16, got ${x.dtype}; convert it by to("float32")`);
  return reduceReal(where, meanOperator, x, checkReduced(where, x.shape.length, dim));
}

/** The largest values (torch.amax), NaN where one is; otherwise as {@link sum}. RangeError where there are no values. */
export function amax(input: AnyTensor, dim?: Reduced): Tensor {
  const x = checkValues("amax", "input", input);
  return extremes("amax", amaxOperator, x, checkReduced("amax", x.shape.length, dim));
}

/** The smallest values (torch.amin); otherwise as {@link amax}. */
export function amin(input: AnyTensor, dim?: Reduced): Tensor {
  const x = checkValues("amin", "input", input);
  return extremes("amin", aminOperator, x, checkReduced("amin", x.shape.length, dim));
}

/** One axis, or options with one. */
export type Along = number | { dim?: number; keepdim?: boolean };

function search(where: string, operator: Operator<ArgMaxAttributes>, input: AnyTensor, dim?: Along): Tensor<"int64"> {
  const x = checkValues(where, "input", input);
  const { dims, keepdim, given } = checkReduced(where, x.shape.length, dim as Reduced | undefined);
  const values = x.dtype === "float16" || x.dtype === "bool" ? cast(x, "float32") : x;
  if (given && dims.length > 1) throw wrongType(where, `dim must be one axis, got ${show(dim)}`);
  const flat = !given || x.shape.length === 0;
  const found = applyOne<ArgMaxAttributes, "int64">(
    where,
    operator,
    [flat ? reshape(values as Tensor, [-1]) : values],
    {
      dim: flat ? 0 : dims[0]!,
      keepdim: keepdim && !flat,
      last: false,
    },
  );
  return flat && keepdim ? found.reshape(x.shape.map(() => 1)) : found;
}

/**
 * Places of the largest values along an axis (torch.argmax).
 *
 * @param input any shape
 * @param dim the axis, or options: dim (default: the place in the flattened tensor), keepdim false
 * @returns int64 indices, the first of equal ones
 * @throws as {@link sum}; RangeError where there are no values
 */
export const argmax = (input: AnyTensor, dim?: Along): Tensor<"int64"> => search("argmax", argmaxOperator, input, dim);
/** Places of the smallest values along an axis (torch.argmin); otherwise as {@link argmax}. */
export const argmin = (input: AnyTensor, dim?: Along): Tensor<"int64"> => search("argmin", argminOperator, input, dim);

/** Values with their places along an axis. */
export interface ValuesAndIndices {
  readonly values: Tensor;
  readonly indices: Tensor<"int64">;
}

/** The largest value of all (torch.max); otherwise as {@link amax}. */
export function max(input: AnyTensor): Tensor;
/** The largest values along an axis and their places; otherwise as {@link argmax}. */
export function max(input: AnyTensor, dim: Along): ValuesAndIndices;
/**
 * As {@link maximum}.
 * @param input any shape
 * @param other a tensor whose shape broadcasts with the input's
 */
export function max(input: AnyTensor, other: AnyTensor): Tensor;
export function max(input: AnyTensor, second?: Along | AnyTensor): Tensor | ValuesAndIndices {
  if (second === undefined) return amax(input);
  if (isTensorLike(second)) return maximum(input, second);
  return { values: amax(input, second), indices: argmax(input, second) };
}

/** The smallest value of all (torch.min); otherwise as {@link amin}. */
export function min(input: AnyTensor): Tensor;
/** The smallest values along an axis and their places; otherwise as {@link argmin}. */
export function min(input: AnyTensor, dim: Along): ValuesAndIndices;
/**
 * As {@link minimum}.
 * @param input any shape
 * @param other a tensor whose shape broadcasts with the input's
 */
export function min(input: AnyTensor, other: AnyTensor): Tensor;
export function min(input: AnyTensor, second?: Along | AnyTensor): Tensor | ValuesAndIndices {
  if (second === undefined) return amin(input);
  if (isTensorLike(second)) return minimum(input, second);
  return { values: amin(input, second), indices: argmin(input, second) };
}

const isTensorLike = (value: Along | AnyTensor): value is AnyTensor => typeof value === "object" && "data" in value;

/** Options of {@link variance} and {@link std}. */
export interface VarianceOptions extends ReduceOptions {
  /** whether sums of squares are divided by one less than the number of values; default true */
  unbiased?: boolean;
}

/**
 * Mean squared distances from the mean (torch.var).
 *
 * @param input any shape
 * @param dim the axes, or options: dim (default all axes), unbiased true, keepdim false
 * @returns a tensor without these axes; NaN where an unbiased variance has a single value
 * @throws as {@link mean}
 */
export function variance(input: AnyTensor, dim?: Reduced<VarianceOptions>): Tensor {
  return varianceAs("var", input, dim);
}

function varianceAs(where: string, input: AnyTensor, dim: Reduced<VarianceOptions> | undefined): Tensor {
  const x = checkValues(where, "input", input);
  const { dims, keepdim, options } = checkReduced(where, x.shape.length, dim, ["unbiased"]);
  const unbiased = checkBoolean(where, "unbiased", options.unbiased ?? true);
  const count = dims.reduce((product, axis) => product * x.shape[axis]!, 1);
  const values = x as Tensor;
  const distance = sub(values, mean(values, { dim: dims, keepdim: true }));
  const squares = sum(mul(distance, distance), { dim: dims, keepdim });
  return div(squares, Math.max(count - Number(unbiased), 0));
}

/** The square roots of variances (torch.std); otherwise as {@link variance}. */
export function std(input: AnyTensor, dim?: Reduced<VarianceOptions>): Tensor {
  return sqrt(varianceAs("std", input, dim));
}

/** Options of {@link norm}. */
export interface VectorNormOptions extends ReduceOptions {
  /** exponent; Infinity for the largest size; default 2 */
  p?: number;
}

/**
 * (sum of |x|^p)^(1/p) (torch.norm).
 *
 * @param input any shape
 * @param options p 2, or options: p, dim (default all axes), keepdim false
 * @returns a tensor without these axes
 * @throws as {@link sum}; TypeError for a p that is not a number
 */
export function norm(input: AnyTensor, options?: number | VectorNormOptions): Tensor {
  const where = "norm";
  const x = checkFloats(where, "input", input) as Tensor;
  const given = typeof options === "number" ? { p: options } : options;
  const { dims, keepdim, options: o } = checkReduced(where, x.shape.length, given, ["p"]);
  const p = checkNumber(where, "p", o.p ?? 2);
  const reduced = { dim: dims, keepdim };
  if (p === 2) return sqrt(sum(mul(x, x), reduced));
  const sizes = abs(x);
  if (p === 1) return sum(sizes, reduced);
  if (p === Infinity) return amax(sizes, reduced);
  if (p === -Infinity) return amin(sizes, reduced);
  if (p === 0) return sum(ne(x, 0).to("float32"), reduced);
  return pow(sum(pow(sizes, p), reduced), 1 / p);
}

/** Whether every element is other than 0 (torch.all), along all axes or some; otherwise as {@link sum}. */
export function all(input: AnyTensor, dim?: Reduced): Tensor<"bool"> {
  const truths = checkValues("all", "input", ne(input, 0));
  const axes = checkReduced("all", truths.shape.length, dim);
  return cast(productOf("all", truths, axes), "bool") as unknown as Tensor<"bool">;
}

const productOf = (where: string, truths: Constant, axes: Axes): Tensor =>
  reduceBy(where, aminOperator, cast(truths, "float32"), axes);

/** Whether any element is other than 0 (torch.any), along all axes or some; otherwise as {@link sum}. */
export function any(input: AnyTensor, dim?: Reduced): Tensor<"bool"> {
  const truths = ne(input, 0);
  const axes = checkReduced("any", truths.shape.length, dim);
  return cast(reduceBy("any", amaxOperator, cast(truths, "float32"), axes), "bool") as unknown as Tensor<"bool">;
}

/**
 * Sums of each element and those before it along an axis (torch.cumsum).
 *
 * @param input any shape
 * @param dim the axis
 * @returns a tensor of the input's shape; int64 for whole numbers and truth values
 * @throws TypeError for an argument of the wrong kind, RangeError for an axis that does not exist
 */
export function cumsum(input: AnyTensor, dim: number): Tensor {
  const where = "cumsum";
  const x = checkValues(where, "input", input);
  const axis = axisOf(where, "dim", checkNumber(where, "dim", dim), Math.max(x.shape.length, 1));
  const values = cast(x, isIntegral(x.dtype) ? "int64" : "float32");
  if (x.shape.length === 0) return asTensor(values) as Tensor;
  const sums = applyOne(where, cumsumOperator, [values], { dim: axis, reverse: false, exclusive: false });
  return x.dtype === "float16" ? (cast(sums, "float16") as Tensor) : sums;
}
