import { checkInteger, checkNumber, type TensorLike, wrongValue } from "../check.ts";
import type { DType } from "../dtype.ts";
import { stridesOf } from "../operators/broadcast.ts";
import { axisOf } from "../operators/movement.ts";
import { stridedOperator } from "../operators/strided.ts";
import { applyOne } from "../planning/evaluate.ts";
import type { Tensor } from "../tensor.ts";
import { checkValues } from "./promotion.ts";

/**
 * All windows of `size` values along `dimension`, `step` apart: that axis becomes the number of windows, and a last
 * axis of length `size` is added (torch.Tensor.unfold, as a copy).
 *
 * @param input any shape
 * @param dimension axis; a negative one counts from the end
 * @param size values in a window
 * @param step distance between the beginnings of neighbouring windows
 * @throws TypeError for an argument that is not a number; RangeError for an axis that does not exist, a size larger than the
 *   axis, a step below 1
 */
export function unfoldDimension<D extends DType = "float32">(
  input: TensorLike | Tensor<D>,
  dimension: number,
  size: number,
  step: number,
): Tensor<D> {
  const where = "Tensor.unfold";
  const x = checkValues(where, "input", input);
  const axis = axisOf(where, "dimension", checkNumber(where, "dimension", dimension), x.shape.length);
  checkInteger(where, "size", size, 0);
  checkInteger(where, "step", step, 1);
  const length = x.shape[axis]!;
  if (size > length) throw wrongValue(where, `size must be at most the ${length} values of axis ${axis}, got ${size}`);
  const windows = Math.floor((length - size) / step) + 1;
  const strides = stridesOf(x.shape);
  const attributes = {
    shape: [...x.shape.with(axis, windows), size],
    strides: [...strides.with(axis, step * strides[axis]!), strides[axis]!],
    offset: 0,
  };
  return applyOne<typeof attributes, D>(where, stridedOperator, [x], attributes);
}
