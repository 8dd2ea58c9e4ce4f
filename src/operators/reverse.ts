import { countOf, show, wrongType, wrongValue } from "../check.ts";
import { elementBytes } from "../dtype.ts";
import type { Operator } from "../planning/operator.ts";
import { planned } from "../planning/planned.ts";
import { Reverse } from "../runtime/generated/tensors.ts";
import { TENSORS } from "../runtime/modules/tensors.ts";

/**
 * ONNX's ReverseSequence: the first elements of each sequence in reverse order. Arguments: input, whose first two axes are the
 * sequences and their elements, and for each sequence how many elements (int64).
 */
export const reverseSequenceOperator: Operator<{
  /** axis along which sequences run, 0 or 1; the other one counts them */
  readonly timeDim: number;
}> = {
  name: "reverseSequence",
  dtypes: "all",
  plan(where, operands, { timeDim }) {
    const [input, lengths] = [operands[0]!, operands[1]!];
    const { dtype, shape } = input;
    if (shape.length < 2) throw wrongValue(where, `input must have two axes or more, got shape ${show(shape)}`);
    if (lengths.dtype !== "int64") throw wrongType(where, `lengths must hold int64, but hold ${lengths.dtype}`);
    const [rows, columns, ...inner] = shape as [number, number, ...number[]];
    const [count, length] = timeDim === 0 ? [columns, rows] : [rows, columns];
    if (lengths.shape.length !== 1 || lengths.shape[0] !== count) {
      throw wrongValue(where, `lengths must have shape [${count}], got ${show(lengths.shape)}`);
    }
    return planned({
      types: [{ dtype, shape }],
      kernel: "reverseSequence",
      flops: 0,
      held: { params: Reverse.bytes, fault: 4 },
      prepare(program, { inputs, outputs, held }) {
        program.fault(held.fault, `every length of a sequence must be from 0 to ${length}`);
        program.params(Reverse, held.params, {
          from: inputs[0]!,
          lengths: inputs[1]!,
          to: outputs[0]!,
          fault: held.fault,
          rows,
          columns,
          inner: countOf(inner) * elementBytes(dtype),
          down: Number(timeDim === 0),
        });
        program.call(TENSORS, "reverseSequence", held.params, rows * columns);
      },
    });
  },
};
