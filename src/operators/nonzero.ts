import { countOf } from "../check.ts";
import { elementBytes } from "../dtype.ts";
import type { Operator } from "../planning/operator.ts";
import { planned } from "../planning/planned.ts";
import { NonZero } from "../runtime/generated/tensors.ts";
import { TENSORS } from "../runtime/modules/tensors.ts";
import type { NoAttributes } from "./activation.ts";
import { DTYPE_CODES } from "./cast.ts";

/**
 * ONNX's NonZero: int64 places (axes, found) of the elements that are not zero, in their order, and how many are found (int32).
 * There is room for all.
 */
export const nonzeroOperator: Operator<NoAttributes> = {
  name: "nonzero",
  dtypes: "all",
  // those that do not exist are zeros
  beyond: () => 0,
  plan(_, operands) {
    const { dtype, shape } = operands[0]!;
    // a scalar is one element along one axis
    const lengths = shape.length === 0 ? [1] : shape;
    const count = countOf(lengths);
    return planned({
      types: [
        { dtype: "int64", shape: [lengths.length, count] },
        { dtype: "int32", shape: [] },
      ],
      counted: [{ result: 0, axis: 1, count: 1 }],
      kernel: "nonzero",
      flops: count,
      held: { params: NonZero.bytes, lengths: lengths.length * 4 },
      prepare(program, { inputs, outputs, held }) {
        program.i32(held.lengths, lengths.length).set(lengths);
        program.params(NonZero, held.params, {
          from: inputs[0]!,
          to: outputs[0]!,
          found: outputs[1]!,
          lengths: held.lengths,
          rank: lengths.length,
          count,
          dtype: DTYPE_CODES[dtype],
          size: elementBytes(dtype),
        });
        program.call(TENSORS, "nonzero", held.params, 1);
      },
    });
  },
};
