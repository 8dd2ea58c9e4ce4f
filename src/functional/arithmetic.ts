import { isIntegral } from "../dtype.ts";
import type { NoAttributes } from "../operators/activation.ts";
import {
  addOperator,
  divOperator,
  maximumOperator,
  minimumOperator,
  mulOperator,
  powOperator,
  subOperator,
} from "../operators/binary.ts";
import type { Constant } from "../planning/constant.ts";
import { applyOne } from "../planning/evaluate.ts";
import type { Operator } from "../planning/operator.ts";
import type { Tensor } from "../tensor.ts";
import { cast, checkPair, type Scalar } from "./promotion.ts";

/** An argument of an operation on two tensors: a number stands for every element. */
export type Arithmetic = Scalar;

function combine(where: string, operator: Operator<NoAttributes>, a: Arithmetic, b: Arithmetic): Tensor {
  const [x, y] = checkPair(where, a, b);
  return computedIn(where, operator, x, y);
}

/** float16 are computed in float32, as torch computes them on a CPU. */
function computedIn(where: string, operator: Operator<NoAttributes>, x: Constant, y: Constant): Tensor {
  if (x.dtype !== "float16") return applyOne(where, operator, [x, y], {});
  const wide = applyOne(where, operator, [cast(x, "float32"), cast(y, "float32")], {});
  return cast(wide, "float16") as Tensor;
}

/**
 * a + b for each element (torch.add). Shapes broadcast: aligned at the last axis, an axis of length 1, or a missing one,
 * repeats. Dtypes are promoted as in torch: a number changes the dtype only where its kind is higher, as 0.5 beside int64, and
 * a whole number counts as one of int64.
 *
 * @param a a tensor, or a number, which stands for every element
 * @param b like a
 * @returns a tensor of the shape to which both broadcast
 * @throws TypeError for an argument that is neither tensor nor number; RangeError for shapes that do not broadcast, and where memory
 *   does not suffice
 */
export function add(a: Arithmetic, b: Arithmetic): Tensor {
  return combine("add", addOperator, a, b);
}

/** a - b for each element (torch.sub); otherwise as {@link add}. */
export function sub(a: Arithmetic, b: Arithmetic): Tensor {
  return combine("sub", subOperator, a, b);
}

/** a * b for each element (torch.mul); otherwise as {@link add}. */
export function mul(a: Arithmetic, b: Arithmetic): Tensor {
  return combine("mul", mulOperator, a, b);
}

/** a / b for each element (torch.div), of whole numbers too as real ones; otherwise as {@link add}. */
export function div(a: Arithmetic, b: Arithmetic): Tensor {
  const where = "div";
  const [x, y] = checkPair(where, a, b);
  // torch divides whole numbers as real ones
  const real = (values: Constant) => (isIntegral(values.dtype) ? cast(values, "float32") : values);
  return computedIn(where, divOperator, real(x), real(y));
}

/** a to the power of b for each element (torch.pow); otherwise as {@link add}. */
export function pow(a: Arithmetic, b: Arithmetic): Tensor {
  return combine("pow", powOperator, a, b);
}

/** The smaller of a and b for each element, NaN where either is (torch.minimum); otherwise as {@link add}. */
export function minimum(a: Arithmetic, b: Arithmetic): Tensor {
  return combine("minimum", minimumOperator, a, b);
}

/** The larger of a and b for each element, NaN where either is (torch.maximum); otherwise as {@link add}. */
export function maximum(a: Arithmetic, b: Arithmetic): Tensor {
  return combine("maximum", maximumOperator, a, b);
}
