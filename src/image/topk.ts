import { checkBoolean, checkInteger, checkNumber, checkOptions } from "../check.ts";
import type { DType } from "../dtype.ts";
import { type AnyTensor, checkValues } from "../functional/promotion.ts";
import { topkOperator } from "../operators/topk.ts";
import { apply } from "../planning/evaluate.ts";
import type { Tensor } from "../tensor.ts";

/** Options of {@link topk}. */
export interface TopKOptions {
  /** the axis that is searched; a negative one counts from the end; default -1 */
  dim?: number;
  /** whether the greatest are found, not the least; default true */
  largest?: boolean;
}

/**
 * The k greatest elements along an axis, in order, and where they are (torch.topk). Of equal ones the first comes first.
 *
 * @param input any shape and dtype
 * @param k how many
 * @param options dim -1, largest true
 * @returns values of the input's dtype, and their int64 indices; both as long as k along the axis
 * @throws TypeError, RangeError for more than there are, and for an axis that does not exist
 */
export function topk<D extends DType = "float32">(
  input: AnyTensor | Tensor<D>,
  k: number,
  options?: TopKOptions,
): { readonly values: Tensor<D>; readonly indices: Tensor<"int64"> } {
  const where = "topk";
  const x = checkValues(where, "input", input);
  const o = checkOptions(where, options, ["dim", "largest"]);
  const [values, indices] = apply(where, topkOperator, [x], {
    k: checkInteger(where, "k", k, 0),
    dim: checkNumber(where, "dim", o.dim ?? -1),
    largest: checkBoolean(where, "largest", o.largest ?? true),
  }) as readonly Tensor<DType>[];
  return { values: values as Tensor<D>, indices: indices as Tensor<"int64"> };
}
