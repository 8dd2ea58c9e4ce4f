import * as Code from "../../assembly/codes/dtype.ts";
import { blocksOf } from "../../assembly/ops/blocks.ts";
import { checkChoice, countOf } from "../check.ts";
import { DTYPES, type DType } from "../dtype.ts";
import { converted } from "../elements.ts";
import { nothingBeyond, type Operator } from "../planning/operator.ts";
import { planned, plannedConstants, plannedParts } from "../planning/planned.ts";
import { Cast } from "../runtime/generated/tensors.ts";
import { TENSORS } from "../runtime/modules/tensors.ts";
import { integerConstants } from "./integers.ts";

/** The kernels' codes of dtypes. */
export const DTYPE_CODES: Readonly<Record<DType, number>> = {
  float32: Code.FLOAT32,
  float16: Code.FLOAT16,
  int64: Code.INT64,
  int32: Code.INT32,
  uint8: Code.UINT8,
  int8: Code.INT8,
  bool: Code.BOOL,
};

/**
 * torch.Tensor.to, ONNX's Cast. A float becomes an integer by its whole part, limited to the integer's range, and 0 for
 * NaN; an integer becomes another by its lowest bits, as in torch.
 */
export const castOperator: Operator<{ readonly to: DType }> = {
  name: "cast",
  beyond: nothingBeyond,
  dtypes: "all",
  plan(where, operands, { to }) {
    checkChoice(where, "to", to, DTYPES);
    const { shape, dtype: from } = operands[0]!;
    const type = { dtype: to, shape };
    if (from === to) return plannedParts([type], [0]);
    const constants = integerConstants(operands);
    if (constants !== undefined) {
      return plannedConstants([{ ...type, data: converted(from, constants[0]!.data, to) }]);
    }
    const count = countOf(shape);
    return planned({
      types: [type],
      kernel: "cast",
      flops: 0,
      held: { params: Cast.bytes },
      prepare(program, { inputs, outputs, held: { params } }) {
        program.params(Cast, params, {
          from: inputs[0]!,
          to: outputs[0]!,
          count,
          source: DTYPE_CODES[from],
          target: DTYPE_CODES[to],
        });
        program.call(TENSORS, "cast", params, blocksOf(count));
      },
    });
  },
};
