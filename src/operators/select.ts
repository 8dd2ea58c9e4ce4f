import { countOf, wrongType } from "../check.ts";
import { elementBytes } from "../dtype.ts";
import { type Constant, numbersOf } from "../planning/constant.ts";
import { nothingBeyond, type Operator } from "../planning/operator.ts";
import { planned, plannedConstants } from "../planning/planned.ts";
import { Select } from "../runtime/generated/numbers.ts";
import { NUMBERS } from "../runtime/modules/numbers.ts";
import type { NoAttributes } from "./activation.ts";
import { rowItems } from "./binary.ts";
import { broadcastShape, eachBroadcast, mergedAxes } from "./broadcast.ts";
import { integerConstants, isSmall } from "./integers.ts";

const AXIS_FIELDS = 4;

/** torch.where: the element of a where the condition holds, else that of b. Arguments: condition (bool), a, b. */
export const whereOperator: Operator<NoAttributes> = {
  name: "where",
  beyond: nothingBeyond,
  dtypes: "all",
  plan(where, operands) {
    const [condition, a, b] = [operands[0]!, operands[1]!, operands[2]!];
    const { dtype } = a;
    if (condition.dtype !== "bool")
      throw wrongType(where, `the condition must hold bool, but holds ${condition.dtype}`);
    if (b.dtype !== dtype) throw wrongType(where, `both results must have one dtype, got ${dtype} and ${b.dtype}`);
    const shapes = [condition.shape, a.shape, b.shape];
    const shape = broadcastShape(where, broadcastShape(where, condition.shape, a.shape), b.shape);
    const constants = integerConstants(operands);
    if (constants !== undefined && isSmall(shape)) {
      return plannedConstants([selected(shape, shapes, constants)]);
    }
    const axes = mergedAxes(shape, shapes);
    const size = elementBytes(dtype);
    const words = axes.length * AXIS_FIELDS;
    return planned({
      types: [{ dtype, shape }],
      kernel: "select",
      flops: countOf(shape),
      held: { params: Select.bytes, axes: words * 4 },
      prepare(program, { inputs, outputs, held }) {
        const table = program.i32(held.axes, words);
        for (const [i, { count, steps }] of axes.entries()) {
          table.set([count, steps[0]!, steps[1]! * size, steps[2]! * size], i * AXIS_FIELDS);
        }
        program.params(Select, held.params, {
          condition: inputs[0]!,
          a: inputs[1]!,
          b: inputs[2]!,
          to: outputs[0]!,
          axes: held.axes,
          rank: axes.length,
          size,
        });
        program.call(NUMBERS, "select", held.params, rowItems(axes));
      },
    });
  },
};

function selected(
  shape: readonly number[],
  shapes: readonly (readonly number[])[],
  constants: readonly Constant[],
): Constant {
  const [condition, a, b] = constants as [Constant, Constant, Constant];
  const holds = numbersOf(condition);
  const data = new (a.data.constructor as Int32ArrayConstructor)(countOf(shape));
  eachBroadcast(shape, shapes, (index, [c, i, j]) => {
    data[index] = (holds[c!] === 0 ? b.data[j!] : a.data[i!]) as number;
  });
  return { dtype: a.dtype, shape, data };
}
