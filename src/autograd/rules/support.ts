import { sameShape } from "../../check.ts";
import { reshape } from "../../functional/movement.ts";
import { sum } from "../../functional/reduce.ts";
import { castOperator } from "../../operators/cast.ts";
import type { Constant } from "../../planning/constant.ts";
import { applyOne } from "../../planning/evaluate.ts";
import type { Tensor } from "../../tensor.ts";

/** The gradient of a tensor that was repeated to the gradient's shape: sums over the repetitions. */
export function sumTo(gradient: Tensor, shape: readonly number[]): Tensor {
  if (sameShape(gradient.shape, shape)) return gradient;
  const lead = gradient.rank - shape.length;
  const dims = gradient.shape.flatMap((length, axis) =>
    axis < lead || (shape[axis - lead] === 1 && length !== 1) ? [axis] : [],
  );
  return reshape(dims.length === 0 ? gradient : sum(gradient, { dim: dims }), shape);
}

/** 1 where a bool is true, 0 elsewhere. */
export const ones = (mask: Tensor<"bool">): Tensor =>
  applyOne("backward", castOperator, [mask as Constant], { to: "float32" });
