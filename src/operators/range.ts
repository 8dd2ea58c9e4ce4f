import { countOf, show, wrongType, wrongValue } from "../check.ts";
import { type Constant, checkFolded, constantOf, numbersOf } from "../planning/constant.ts";
import type { Operand, Operator } from "../planning/operator.ts";
import { type Planned, planned, plannedConstants } from "../planning/planned.ts";
import { Range } from "../runtime/generated/tensors.ts";
import { TENSORS } from "../runtime/modules/tensors.ts";
import type { NoAttributes } from "./activation.ts";
import { DTYPE_CODES } from "./cast.ts";

/** The most numbers where only a run knows how many there are: nothing else bounds them. */
const MOST_COMPUTED = 2 ** 16;

/**
 * torch.arange: numbers from a start on, at equal distances, before a limit. Arguments: start, limit and step, float32, int64 or
 * int32, of one element each. Results: the numbers and, where arguments are computed, how many there are (int32).
 */
export const rangeOperator: Operator<NoAttributes> = {
  name: "range",
  dtypes: ["float32", "int64", "int32"],
  plan(where, operands) {
    const all = operands as readonly Operand[];
    const [{ dtype }] = all as [Operand];
    for (const operand of all) {
      if (operand.dtype !== dtype)
        throw wrongType(where, `needs numbers of one type, got ${dtype} and ${operand.dtype}`);
      if (countOf(operand.shape) !== 1)
        throw wrongValue(where, `needs single numbers, got shape ${show(operand.shape)}`);
    }
    return all.every(({ data }) => data !== undefined) ? known(where, all as readonly Constant[]) : computed(all[0]!);
  },
};

function known(where: string, all: readonly Constant[]): Planned {
  const [start, limit, step] = all.map((each) => numbersOf(each)[0]) as [number, number, number];
  const count = Math.max(Math.ceil((limit - start) / step), 0);
  if (!Number.isFinite(count)) throw wrongValue(where, `a range from ${start} to ${limit} by ${step} never ends`);
  checkFolded(where, [count]);
  const numbers = new Float64Array(count).map((_, i) => start + i * step);
  return plannedConstants([constantOf(all[0]!.dtype, [count], numbers), constantOf("int32", [], [count])]);
}

function computed({ dtype }: Operand): Planned {
  return planned({
    types: [
      { dtype, shape: [MOST_COMPUTED] },
      { dtype: "int32", shape: [] },
    ],
    counted: [{ result: 0, axis: 0, count: 1 }],
    kernel: "range",
    flops: MOST_COMPUTED,
    held: { params: Range.bytes, fault: 4 },
    prepare(program, { inputs, outputs, held }) {
      program.fault(held.fault, `a range that depends on data may have ${MOST_COMPUTED} numbers at most, and must end`);
      program.params(Range, held.params, {
        start: inputs[0]!,
        limit: inputs[1]!,
        step: inputs[2]!,
        to: outputs[0]!,
        found: outputs[1]!,
        fault: held.fault,
        room: MOST_COMPUTED,
        dtype: DTYPE_CODES[dtype],
      });
      program.call(TENSORS, "range", held.params, 1);
    },
  });
}
