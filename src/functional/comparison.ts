import { castOperator } from "../operators/cast.ts";
import { type Comparison, comparisonOperator } from "../operators/compare.ts";
import { applyOne } from "../planning/evaluate.ts";
import type { Tensor } from "../tensor.ts";
import { type AnyTensor, cast, checkPair, checkValues, type Scalar } from "./promotion.ts";

function compare(comparison: Comparison, a: Scalar, b: Scalar): Tensor<"bool"> {
  const [x, y] = checkPair(comparison, a, b).map((values) =>
    values.dtype === "float16" ? cast(values, "float32") : values,
  );
  return applyOne<object, "bool">(comparison, comparisonOperator(comparison), [x!, y!], {});
}

/**
 * Whether a = b for each pair of elements (torch.eq); shapes and dtypes as in {@link add}.
 *
 * @param a a tensor, or a number, which stands for every element
 * @param b like a
 * @returns a bool tensor of the shape to which both broadcast
 * @throws as {@link add}
 */
export const eq = (a: Scalar, b: Scalar): Tensor<"bool"> => compare("eq", a, b);
/** Whether a is not b (torch.ne); otherwise as {@link eq}. */
export const ne = (a: Scalar, b: Scalar): Tensor<"bool"> => logicalNot(compare("eq", a, b));
/** Whether a < b (torch.lt); otherwise as {@link eq}. */
export const lt = (a: Scalar, b: Scalar): Tensor<"bool"> => compare("lt", a, b);
/** Whether a <= b (torch.le); otherwise as {@link eq}. */
export const le = (a: Scalar, b: Scalar): Tensor<"bool"> => compare("le", a, b);
/** Whether a > b (torch.gt); otherwise as {@link eq}. */
export const gt = (a: Scalar, b: Scalar): Tensor<"bool"> => compare("gt", a, b);
/** Whether a >= b (torch.ge); otherwise as {@link eq}. */
export const ge = (a: Scalar, b: Scalar): Tensor<"bool"> => compare("ge", a, b);

/**
 * Whether an element is 0 (torch.logical_not).
 *
 * @param input any shape and dtype
 * @returns a bool tensor of the input's shape
 * @throws TypeError for an argument that is not a tensor
 */
export function logicalNot(input: AnyTensor): Tensor<"bool"> {
  const where = "logicalNot";
  const x = checkValues(where, "input", input);
  return compare("eq", applyOne(where, castOperator, [x], { to: "bool" }), 0);
}
