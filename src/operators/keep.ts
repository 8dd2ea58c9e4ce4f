import { byteLength } from "../dtype.ts";
import type { Operator } from "../planning/operator.ts";
import { planned } from "../planning/planned.ts";
import { Copy } from "../runtime/generated/kernels.ts";
import { KERNELS } from "../runtime/modules/kernels.ts";
import type { NoAttributes } from "./activation.ts";
import { AXIS_BYTES, copyItems, writeCopy } from "./copy.ts";

/** A copy that stays one: by it each of two branches puts its result in the same place. */
export const keepOperator: Operator<NoAttributes> = {
  name: "keep",
  dtypes: "all",
  plan(_where, operands) {
    const { dtype, shape } = operands[0]!;
    const run = [{ count: byteLength({ dtype, shape }), from: 1, to: 1 }];
    return planned({
      types: [{ dtype, shape }],
      kernel: "copy",
      flops: 0,
      held: { params: Copy.bytes, axes: AXIS_BYTES },
      prepare(program, { inputs, outputs, held }) {
        writeCopy(program, held.params, held.axes, run, { from: inputs[0]!, to: outputs[0]!, size: 1 });
        program.call(KERNELS, "copy", held.params, copyItems(run));
      },
    });
  },
};
