import { checkInteger, countOf, show, wrongValue } from "../check.ts";
import { byteLength, type DType, elementBytes } from "../dtype.ts";
import { type Constant, numbersOf } from "../planning/constant.ts";
import type { Operand, Operator } from "../planning/operator.ts";
import { planned } from "../planning/planned.ts";
import { Tuples } from "../runtime/generated/tensors.ts";
import { TENSORS } from "../runtime/modules/tensors.ts";
import type { BlockFields } from "../runtime/modules.ts";
import type { Pointer, ProgramWriter } from "../runtime/program.ts";
import { DTYPE_CODES } from "./cast.ts";
import { checkUpdates, type Reduction, reductionCode } from "./elements.ts";
import { indexWidth } from "./gather.ts";

interface TuplesAttributes {
  /** how many of the first axes are the same in input and indices */
  readonly batchDims: number;
}

/** Checks a tensor and tuples of indices: the last axis of `indices`. */
function tuplesOf(where: string, dtype: DType, input: readonly number[], indices: Operand, batchDims: number) {
  const width = indexWidth(where, indices);
  const { shape } = indices;
  const depth = shape.at(-1) ?? 0;
  checkInteger(where, "batchDims", batchDims, 0);
  const batch = input.slice(0, batchDims);
  const isBatch = batchDims < shape.length && batch.every((length, axis) => length === shape[axis]);
  if (!isBatch || depth < 1 || batchDims + depth > input.length) {
    throw wrongValue(
      where,
      `indices must have the first ${batchDims} axes of the input ${show(input)}, and tuples of up to ` +
        `${input.length - batchDims} indices as the last axis, got shape ${show(shape)}`,
    );
  }
  const lengths = input.slice(batchDims, batchDims + depth);
  const inner = input.slice(batchDims + depth);
  const message = `every index must lie within its axis of ${show(input)}, in which tuples name the axes from ${batchDims} on`;
  if (indices.data !== undefined) checkTuples(where, indices as Constant, lengths, message);
  else if (lengths.includes(0) && countOf(shape) > 0) throw wrongValue(where, `${message}, of which one is empty`);
  return {
    batch,
    rows: shape.slice(batchDims, -1),
    lengths,
    inner,
    message,
    fields: {
      count: countOf(shape.slice(batchDims, -1)),
      depth,
      inner: countOf(inner) * elementBytes(dtype),
      width,
      size: elementBytes(dtype),
      dtype: DTYPE_CODES[dtype],
      known: shape[0]!,
      row: countOf(shape.slice(1, -1)),
    },
  };
}

type TuplesOf = ReturnType<typeof tuplesOf>;

/** Bytes that a call holds. */
const heldBytes = ({ lengths }: TuplesOf) => ({ params: Tuples.bytes, lengths: lengths.length * 4, fault: 4 });

/** Writes the parameter block, and what it points to. */
function writeTuples(
  program: ProgramWriter,
  held: Readonly<Record<keyof ReturnType<typeof heldBytes>, Pointer>>,
  { lengths, message, fields }: TuplesOf,
  others: Omit<BlockFields<typeof Tuples>, keyof TuplesOf["fields"] | "fault" | "lengths">,
): void {
  program.fault(held.fault, message);
  program.i32(held.lengths, lengths.length).set(lengths);
  program.params(Tuples, held.params, { ...fields, fault: held.fault, lengths: held.lengths, ...others });
}

function checkTuples(where: string, indices: Constant, lengths: readonly number[], message: string): void {
  const numbers = Array.from(numbersOf(indices));
  const wrong = numbers.find((index, i) => {
    const length = lengths[i % lengths.length]!;
    return index < -length || index >= length;
  });
  if (wrong !== undefined) throw wrongValue(where, `${message}, got ${wrong}`);
}

/**
 * ONNX's GatherND: the parts that tuples of indices name. Arguments: input, indices (int64 or int32; negative ones count from
 * the end), and as the fourth, where only a run knows it, how many of the indices' first axis there are: the others' parts become zeros.
 */
export const gatherTuplesOperator: Operator<TuplesAttributes> = {
  name: "gatherND",
  dtypes: "all",
  counts: 2,
  beyond({ argument, axis, operands, attributes: { batchDims } }) {
    if (argument === 1)
      return axis === 0 && batchDims === 0 ? "count" : axis === operands[1]!.shape.length - 1 ? false : 0;
    return axis >= batchDims + operands[1]!.shape.at(-1)!;
  },
  plan(where, operands, { batchDims }) {
    const [input, indices, limit] = [operands[0]!, operands[1]!, operands[3]];
    const { dtype } = input;
    const tuples = tuplesOf(where, dtype, input.shape, indices, batchDims);
    const { batch, rows, lengths, inner, fields } = tuples;
    return planned({
      types: [{ dtype, shape: [...batch, ...rows, ...inner] }],
      kernel: "gatherTuples",
      flops: 0,
      held: heldBytes(tuples),
      prepare(program, { inputs, outputs, held }) {
        writeTuples(program, held, tuples, {
          from: inputs[0]!,
          indices: inputs[1]!,
          updates: 0,
          to: outputs[0]!,
          reduction: 0,
          bytes: byteLength({ dtype, shape: [...lengths, ...inner] }),
          limit: limit ? inputs[3]! : 0,
        });
        program.call(TENSORS, "gatherTuples", held.params, countOf(batch) * fields.count);
      },
    });
  },
};

/**
 * ONNX's ScatterND: the input with parts replaced, or reduced with others, where tuples of indices name them. Arguments: input,
 * indices (as of {@link gatherTuplesOperator}), updates, and as the fifth, where only a run knows it, how many of the first axis of indices and updates there are.
 */
export const scatterTuplesOperator: Operator<{ readonly reduction: Reduction }> = {
  name: "scatterND",
  dtypes: "all",
  counts: 3,
  beyond({ argument, axis, operands }) {
    const depth = operands[1]!.shape.at(-1)!;
    if (argument === 0) return axis >= depth;
    const rows = operands[1]!.shape.length - 1;
    return axis === 0 && rows > 0 ? argument === 2 || "count" : argument === 2 && axis >= rows;
  },
  inPlace: [0],
  plan(where, operands, { reduction }) {
    const [input, indices, updates, limit] = [operands[0]!, operands[1]!, operands[2]!, operands[4]];
    const { dtype, shape } = input;
    const tuples = tuplesOf(where, dtype, shape, indices, 0);
    const { rows, inner } = tuples;
    checkUpdates(where, input, updates, [...rows, ...inner]);
    return planned({
      types: [{ dtype, shape }],
      kernel: "scatterTuples",
      flops: reduction === "none" ? 0 : countOf(updates.shape),
      held: heldBytes(tuples),
      prepare(program, { inputs, outputs, held }) {
        writeTuples(program, held, tuples, {
          from: inputs[0]!,
          indices: inputs[1]!,
          updates: inputs[2]!,
          to: outputs[0]!,
          reduction: reductionCode(dtype, reduction),
          bytes: byteLength(input),
          limit: limit ? inputs[4]! : 0,
        });
        program.call(TENSORS, "scatterTuples", held.params, 1);
      },
    });
  },
};
