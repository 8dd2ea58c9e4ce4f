import { countOf, show, wrongType, wrongValue } from "../check.ts";
import { elementBytes } from "../dtype.ts";
import { type Constant, numbersOf } from "../planning/constant.ts";
import { isOther, type Operand, type Operands, type Operator } from "../planning/operator.ts";
import { planned, plannedConstants } from "../planning/planned.ts";
import { Gather } from "../runtime/generated/tensors.ts";
import { TENSORS } from "../runtime/modules/tensors.ts";
import { integerConstants, isSmall } from "./integers.ts";
import { axisOf } from "./movement.ts";

/** Attributes of {@link gatherOperator}. */
export interface GatherAttributes {
  /** axis that the indices count; a negative one counts from the end */
  readonly dim: number;
}

/**
 * ONNX's Gather, and with indices of one axis torch.index_select: the parts of an axis that indices name, arranged in the
 * indices' shape. Arguments: input, indices (int64 or int32; negative ones count from the end), and where only a run knows it, how
 * long the axis is and how many of the indices' first axis there are: the parts for the others become zeros.
 */
export const gatherOperator: Operator<GatherAttributes> = {
  name: "gather",
  dtypes: "all",
  counts: 2,
  beyond(asked) {
    if (asked.argument === 1) return asked.axis === 0 ? "count" : 0;
    return isOther(asked, asked.attributes.dim) || "count";
  },
  plan(where, operands, { dim }) {
    const [input, indices, inputCount, indexCount] = operands as [Operand, Operand, ...(Operand | null | undefined)[]];
    const { dtype } = input;
    const width = indexWidth(where, indices);
    const axis = axisOf(where, "dim", dim, input.shape.length);
    const length = input.shape[axis]!;
    const count = countOf(indices.shape);
    const before = input.shape.slice(0, axis);
    const after = input.shape.slice(axis + 1);
    const message = checkIndices(where, indices, length, axis);
    const type = { dtype, shape: [...before, ...indices.shape, ...after] };
    const sizes = { outer: countOf(before), length, count, inner: countOf(after) };
    const constants = constantsOf(operands);
    if (constants !== undefined && isSmall(type.shape)) {
      return plannedConstants([{ ...type, data: gathered(constants, sizes) }]);
    }
    return planned({
      types: [type],
      kernel: "gather",
      flops: 0,
      held: { params: Gather.bytes, fault: 4 },
      prepare(program, { inputs, outputs, held }) {
        program.fault(held.fault, message);
        program.params(Gather, held.params, {
          from: inputs[0]!,
          indices: inputs[1]!,
          to: outputs[0]!,
          fault: held.fault,
          length,
          count,
          inner: sizes.inner * elementBytes(dtype),
          width,
          limit: indexCount ? inputs[3]! : 0,
          known: indices.shape[0] ?? 1,
          row: countOf(indices.shape.slice(1)),
          existing: inputCount ? inputs[2]! : 0,
        });
        program.call(TENSORS, "gather", held.params, sizes.outer * count);
      },
    });
  },
};

const constantsOf = (operands: Operands) => integerConstants(operands) as readonly [Constant, Constant] | undefined;

/**
 * Bytes of an index.
 * @throws TypeError for indices of another dtype than int64 and int32
 */
export function indexWidth(where: string, { dtype }: Operand): number {
  if (dtype === "int64" || dtype === "int32") return elementBytes(dtype);
  throw wrongType(where, `indices must hold int64 or int32, but hold ${dtype}`);
}

/**
 * Returns the message for indices out of range.
 * @throws RangeError for those that are out of range whatever a run computes
 */
export function checkIndices(where: string, indices: Operand, length: number, axis: number): string {
  const message = `every index must be from ${-length} to ${length - 1} for the ${length} values of axis ${axis}`;
  const count = countOf(indices.shape);
  if (length === 0 && count > 0) throw wrongValue(where, `${message}, got ${count} of them`);
  if (indices.data === undefined) return message;
  const wrong = Array.from(numbersOf(indices as Constant)).find((index) => index < -length || index >= length);
  if (wrong !== undefined) throw wrongValue(where, `${message}, got ${show(wrong)}`);
  return message;
}

function gathered(
  [input, indices]: readonly [Constant, Constant],
  { outer, length, count, inner }: Readonly<Record<"outer" | "length" | "count" | "inner", number>>,
): Constant["data"] {
  const numbers = numbersOf(indices);
  const data = new (input.data.constructor as Int32ArrayConstructor)(outer * count * inner);
  const source = input.data as Int32Array;
  for (let o = 0, to = 0; o < outer; ++o) {
    for (let i = 0; i < count; ++i, to += inner) {
      const from = (o * length + numbers[i]! + (numbers[i]! < 0 ? length : 0)) * inner;
      data.set(source.subarray(from, from + inner), to);
    }
  }
  return data;
}
