import { countOf, show, wrongValue } from "../check.ts";
import { elementBytes } from "../dtype.ts";
import type { Operator } from "../planning/operator.ts";
import { planned } from "../planning/planned.ts";
import { Unique } from "../runtime/generated/tensors.ts";
import { TENSORS } from "../runtime/modules/tensors.ts";
import { DTYPE_CODES } from "./cast.ts";
import { axisOf } from "./movement.ts";
import { passAlong } from "./reduce.ts";

interface UniqueAttributes {
  /** the axis of which parts are compared; null for all elements */
  readonly dim: number | null;
  /** whether they come in their order, not as they are found */
  readonly sorted: boolean;
}

/**
 * torch.unique: the parts of a tensor that differ; int64 places where each is found first, which of them each part is, and how
 * often each is found; and how many there are (int32). There is room for all.
 */
export const uniqueOperator: Operator<UniqueAttributes> = {
  name: "unique",
  dtypes: "all",
  plan(where, operands, { dim, sorted }) {
    const { dtype, shape } = operands[0]!;
    const axis = dim === null ? 0 : axisOf(where, "dim", dim, shape.length);
    const seen = dim === null ? [countOf(shape)] : shape;
    if (countOf(seen) === 0) throw wrongValue(where, `input must have elements, got shape ${show(shape)}`);
    const { outer, count, inner } = passAlong(seen, axis);
    return planned({
      types: [
        { dtype, shape: seen },
        { dtype: "int64", shape: [count] },
        { dtype: "int64", shape: [count] },
        { dtype: "int64", shape: [count] },
        { dtype: "int32", shape: [] },
      ],
      counted: [
        { result: 0, axis, count: 4 },
        { result: 1, axis: 0, count: 4 },
        { result: 3, axis: 0, count: 4 },
      ],
      kernel: "unique",
      flops: countOf(seen),
      held: { params: Unique.bytes },
      workspace: { sorted: count * 8, leaders: count * 4 },
      prepare(program, { inputs, outputs, held: { params }, workspace }) {
        program.params(Unique, params, {
          from: inputs[0]!,
          to: outputs[0]!,
          first: outputs[1]!,
          inverse: outputs[2]!,
          counts: outputs[3]!,
          found: outputs[4]!,
          ...workspace,
          outer,
          count,
          inner,
          dtype: DTYPE_CODES[dtype],
          size: elementBytes(dtype),
          inOrder: Number(sorted),
        });
        program.call(TENSORS, "unique", params, 1);
      },
    });
  },
};
