import { checkTensor, show, type TensorLike, wrongValue } from "../check.ts";
import { linearOperator, matmulOperator } from "../operators/linear.ts";
import { applyOne } from "../planning/evaluate.ts";
import type { Tensor } from "../tensor.ts";

/**
 * input times the transpose of weight, plus bias (torch.nn.functional.linear).
 *
 * @param input (..., in)
 * @param weight (out, in)
 * @param bias (out), or nothing
 * @returns (..., out)
 * @throws TypeError for an argument of the wrong kind, RangeError for shapes that do not fit and when memory does not
 *   suffice
 */
export function linear(input: TensorLike, weight: TensorLike, bias?: TensorLike | null): Tensor {
  const where = "linear";
  const operands = [
    checkTensor(where, "input", input),
    checkTensor(where, "weight", weight),
    bias == null ? null : checkTensor(where, "bias", bias),
  ];
  return applyOne(where, linearOperator, operands, {});
}

/**
 * Matrix product (torch.matmul): leading axes broadcast, a tensor of one axis is a row on the left and a column on the
 * right.
 *
 * @param a (..., m, k) or (k)
 * @param b (..., k, n) or (k)
 * @returns (..., m, n), without m or n for a tensor of one axis
 * @throws TypeError for an argument of the wrong kind, RangeError for shapes that do not fit and when memory does not
 *   suffice
 */
export function matmul(a: TensorLike, b: TensorLike): Tensor {
  const where = "matmul";
  return applyOne(where, matmulOperator, [checkTensor(where, "a", a), checkTensor(where, "b", b)], {});
}

/**
 * The matrix product of each pair of a batch (torch.bmm).
 *
 * @param a (N, m, k)
 * @param b (N, k, n)
 * @returns (N, m, n)
 * @throws as {@link matmul}; RangeError for other numbers of axes, and batches that differ
 */
export function bmm(a: TensorLike, b: TensorLike): Tensor {
  const where = "bmm";
  const [x, y] = [checkTensor(where, "a", a), checkTensor(where, "b", b)];
  if (x.shape.length !== 3 || y.shape.length !== 3 || x.shape[0] !== y.shape[0]) {
    throw wrongValue(where, `needs (N, m, k) and (N, k, n), got shapes ${show(x.shape)} and ${show(y.shape)}`);
  }
  return applyOne(where, matmulOperator, [x, y], {});
}
