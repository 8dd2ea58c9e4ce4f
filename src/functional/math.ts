import { checkNumber, checkOptions, show, wrongType } from "../check.ts";
import { isIntegral } from "../dtype.ts";
import { UNARY_OPERATORS } from "../operators/activation.ts";
import { ELEMENTARY } from "../operators/elementary.ts";
import { applyOne } from "../planning/evaluate.ts";
import type { Operator } from "../planning/operator.ts";
import type { Tensor } from "../tensor.ts";
import { mul } from "./arithmetic.ts";
import { type AnyTensor, asTensor, cast, checkValues } from "./promotion.ts";

/** A function of real numbers: whole numbers become float32, as in torch. */
function real<A extends object>(where: string, operator: Operator<A>, input: AnyTensor, attributes: A): Tensor {
  const x = checkValues(where, "input", input);
  const result = applyOne(where, operator, [cast(x, "float32")], attributes);
  return x.dtype === "float16" ? (cast(result, "float16") as Tensor) : result;
}

/** A function of numbers whose dtype stays. */
function same<A extends object>(where: string, operator: Operator<A>, input: AnyTensor, attributes: A): Tensor {
  const x = checkValues(where, "input", input);
  if (isIntegral(x.dtype)) return applyOne(where, operator, [x], attributes);
  return real(where, operator, input, attributes);
}

/** A rounding, which leaves whole numbers as they are. */
function rounded(where: string, operator: Operator, input: AnyTensor): Tensor {
  const x = checkValues(where, "input", input);
  return isIntegral(x.dtype) ? (asTensor(x) as Tensor) : real(where, operator, input, {});
}

/**
 * e^x for each element (torch.exp).
 *
 * @param input any shape; whole numbers become float32
 * @returns a tensor of the input's shape
 * @throws TypeError for an argument that is not a tensor, RangeError when memory does not suffice
 */
export const exp = (input: AnyTensor): Tensor => real("exp", UNARY_OPERATORS.exp, input, {});
/** The natural logarithm of each element (torch.log); otherwise as {@link exp}. */
export const log = (input: AnyTensor): Tensor => real("log", UNARY_OPERATORS.log, input, {});
/** The square root of each element (torch.sqrt); otherwise as {@link exp}. */
export const sqrt = (input: AnyTensor): Tensor => real("sqrt", UNARY_OPERATORS.sqrt, input, {});
/** The error function of each element (torch.erf); otherwise as {@link exp}. */
export const erf = (input: AnyTensor): Tensor => real("erf", UNARY_OPERATORS.erf, input, {});
/** 1 / x for each element (torch.reciprocal); otherwise as {@link exp}. */
export const reciprocal = (input: AnyTensor): Tensor => real("reciprocal", UNARY_OPERATORS.reciprocal, input, {});
/** |x| for each element (torch.abs), of the input's dtype; otherwise as {@link exp}. */
export const abs = (input: AnyTensor): Tensor => same("abs", UNARY_OPERATORS.abs, input, {});
/** -x for each element (torch.neg), of the input's dtype; otherwise as {@link exp}. */
export const neg = (input: AnyTensor): Tensor => same("neg", UNARY_OPERATORS.neg, input, {});
/** The nearest whole number, the even one of two, for each element (torch.round); otherwise as {@link exp}. */
export const round = (input: AnyTensor): Tensor => rounded("round", UNARY_OPERATORS.round, input);
/** The largest whole number that is not larger, for each element (torch.floor); otherwise as {@link exp}. */
export const floor = (input: AnyTensor): Tensor => rounded("floor", UNARY_OPERATORS.floor, input);
/** The smallest whole number that is not smaller, for each element (torch.ceil); otherwise as {@link exp}. */
export const ceil = (input: AnyTensor): Tensor => rounded("ceil", UNARY_OPERATORS.ceil, input);

/** Bounds of {@link clamp}. */
export interface ClampOptions {
  /** default: none */
  min?: number;
  /** default: none */
  max?: number;
}

/**
 * min(max(x, least), most) for each element (torch.clamp); NaN stays NaN.
 *
 * @param input any shape
 * @param min the least value, or both bounds by name
 * @param max the largest value
 * @returns a tensor of the input's shape and dtype
 * @throws TypeError for bounds that are not numbers, and where there are none
 */
export function clamp(input: AnyTensor, min?: number | ClampOptions | null, max?: number | null): Tensor {
  const where = "clamp";
  const given =
    typeof min === "object" && min !== null ? checkOptions(where, min, ["min", "max"]) : { min: min ?? undefined, max };
  const [least, most] = [given.min ?? undefined, given.max ?? undefined];
  if (least === undefined && most === undefined) throw wrongType(where, `needs min or max, got ${show(min)}`);
  const bounds = {
    min: least === undefined ? -Infinity : checkNumber(where, "min", least),
    max: most === undefined ? Infinity : checkNumber(where, "max", most),
  };
  return same(where, UNARY_OPERATORS.clamp, input, bounds);
}

/** x * x for each element (torch.square); otherwise as {@link exp}. */
export const square = (input: AnyTensor): Tensor => mul(input, input);
/** 1 / sqrt(x) for each element (torch.rsqrt); otherwise as {@link exp}. */
export const rsqrt = (input: AnyTensor): Tensor => reciprocal(sqrt(input));
/** The sine of each element (torch.sin); otherwise as {@link exp}. */
export const sin = (input: AnyTensor): Tensor => real("sin", ELEMENTARY.sin, input, {});
/** The cosine of each element (torch.cos); otherwise as {@link exp}. */
export const cos = (input: AnyTensor): Tensor => real("cos", ELEMENTARY.cos, input, {});
/** The tangent of each element (torch.tan); otherwise as {@link exp}. */
export const tan = (input: AnyTensor): Tensor => real("tan", ELEMENTARY.tan, input, {});
/** The inverse sine of each element (torch.asin); otherwise as {@link exp}. */
export const asin = (input: AnyTensor): Tensor => real("asin", ELEMENTARY.asin, input, {});
/** The inverse cosine of each element (torch.acos); otherwise as {@link exp}. */
export const acos = (input: AnyTensor): Tensor => real("acos", ELEMENTARY.acos, input, {});
/** The inverse tangent of each element (torch.atan); otherwise as {@link exp}. */
export const atan = (input: AnyTensor): Tensor => real("atan", ELEMENTARY.atan, input, {});
/** The hyperbolic sine of each element (torch.sinh); otherwise as {@link exp}. */
export const sinh = (input: AnyTensor): Tensor => real("sinh", ELEMENTARY.sinh, input, {});
/** The hyperbolic cosine of each element (torch.cosh); otherwise as {@link exp}. */
export const cosh = (input: AnyTensor): Tensor => real("cosh", ELEMENTARY.cosh, input, {});
/** The inverse hyperbolic sine of each element (torch.asinh); otherwise as {@link exp}. */
export const asinh = (input: AnyTensor): Tensor => real("asinh", ELEMENTARY.asinh, input, {});
/** The inverse hyperbolic cosine of each element (torch.acosh); otherwise as {@link exp}. */
export const acosh = (input: AnyTensor): Tensor => real("acosh", ELEMENTARY.acosh, input, {});
/** The inverse hyperbolic tangent of each element (torch.atanh); otherwise as {@link exp}. */
export const atanh = (input: AnyTensor): Tensor => real("atanh", ELEMENTARY.atanh, input, {});
