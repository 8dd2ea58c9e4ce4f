import { checkInteger, countOf, show, wrongValue } from "../check.ts";
import { elementBytes } from "../dtype.ts";
import { isOther, type Operator } from "../planning/operator.ts";
import { planned } from "../planning/planned.ts";
import { TopK } from "../runtime/generated/tensors.ts";
import { TENSORS } from "../runtime/modules/tensors.ts";
import { DTYPE_CODES } from "./cast.ts";
import { axisOf } from "./movement.ts";
import { passAlong } from "./reduce.ts";

/** Attributes of {@link topkOperator}. */
export interface TopKAttributes {
  readonly k: number;
  /** axis that is searched; a negative one counts from the end */
  readonly dim: number;
  /** whether the greatest are found, not the least */
  readonly largest: boolean;
}

/**
 * torch.topk: the k greatest or least elements along an axis, in order, and int64 indices of them. Of equal elements the first
 * comes first, as in onnxruntime.
 */
export const topkOperator: Operator<TopKAttributes> = {
  name: "topk",
  dtypes: "all",
  beyond: (asked) => isOther(asked, asked.attributes.dim) || (asked.attributes.largest ? -Infinity : Infinity),
  alike: (one, other) => one.dim === other.dim && one.largest === other.largest,
  plan(where, operands, { k, dim, largest }) {
    const { dtype, shape } = operands[0]!;
    const axis = axisOf(where, "dim", dim, shape.length);
    const { outer, count, inner } = passAlong(shape, axis);
    checkInteger(where, "k", k, 0);
    if (k > count)
      throw wrongValue(where, `k must be at most the ${count} of axis ${axis} of ${show(shape)}, got ${k}`);
    const found = shape.with(axis, k);
    return planned({
      types: [
        { dtype, shape: found },
        { dtype: "int64", shape: found },
      ],
      kernel: "topk",
      flops: countOf(shape),
      held: { params: TopK.bytes },
      prepare(program, { inputs, outputs, held: { params } }) {
        program.params(TopK, params, {
          from: inputs[0]!,
          values: outputs[0]!,
          indices: outputs[1]!,
          dtype: DTYPE_CODES[dtype],
          size: elementBytes(dtype),
          count,
          inner,
          k,
          least: Number(!largest),
        });
        program.call(TENSORS, "topk", params, outer * inner);
      },
    });
  },
};
