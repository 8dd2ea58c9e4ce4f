import { checkTensor, type TensorLike, type View } from "../check.ts";
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
import { applyOne } from "../planning/evaluate.ts";
import type { Operator } from "../planning/operator.ts";
import type { Tensor } from "../tensor.ts";

/** An argument of an operation on two tensors: a number stands for every element. */
export type Arithmetic = TensorLike | number;

function combine(where: string, operator: Operator<NoAttributes>, a: Arithmetic, b: Arithmetic): Tensor {
  return applyOne(where, operator, [checkArithmetic(where, "a", a), checkArithmetic(where, "b", b)], {});
}

function checkArithmetic(where: string, name: string, value: Arithmetic): View {
  return typeof value === "number"
    ? { dtype: "float32", data: Float32Array.of(value), shape: [] }
    : checkTensor(where, name, value);
}

/**
 * a + b for each element (torch.add). Shapes broadcast: aligned at the last axis, an axis of length 1, or a missing one,
 * repeats.
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

/** a / b for each element (torch.div); otherwise as {@link add}. */
export function div(a: Arithmetic, b: Arithmetic): Tensor {
  return combine("div", divOperator, a, b);
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
