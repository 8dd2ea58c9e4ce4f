import { countOf, show, wrongValue } from "../check.ts";
import { float32 } from "../dtype.ts";
import type { Operator } from "../planning/operator.ts";
import { planned } from "../planning/planned.ts";
import { Determinant } from "../runtime/generated/recurrent.ts";
import { RECURRENT } from "../runtime/modules/recurrent.ts";
import type { NoAttributes } from "./activation.ts";

/** torch.linalg.det. Argument: (..., n, n). */
export const detOperator: Operator<NoAttributes> = {
  name: "det",
  plan(where, operands) {
    const { shape } = operands[0]!;
    const [rows, columns] = shape.slice(-2);
    if (rows === undefined || rows !== columns) {
      throw wrongValue(where, `input must be square matrices (..., n, n), got shape ${show(shape)}`);
    }
    const outer = shape.slice(0, -2);
    const matrices = countOf(outer);
    return planned({
      types: [float32(outer)],
      kernel: "determinant",
      flops: Math.round((2 / 3) * matrices * rows ** 3),
      held: { params: Determinant.bytes },
      workspace: { matrices: matrices * rows * rows * 8 },
      prepare(program, { inputs: [from], outputs: [to], held, workspace }) {
        program.params(Determinant, held.params, {
          from: from!,
          to: to!,
          workspace: workspace.matrices,
          size: rows,
        });
        program.call(RECURRENT, "determinant", held.params, matrices);
      },
    });
  },
};
