import * as Code from "../../assembly/codes/comparison.ts";
import { countOf, wrongType } from "../check.ts";
import { elementBytes } from "../dtype.ts";
import type { Constant } from "../planning/constant.ts";
import { nothingBeyond, type Operator } from "../planning/operator.ts";
import { planned, plannedConstants } from "../planning/planned.ts";
import { Compare } from "../runtime/generated/tensors.ts";
import { TENSORS } from "../runtime/modules/tensors.ts";
import type { NoAttributes } from "./activation.ts";
import { pairOf, rowItems } from "./binary.ts";
import { axesBytes, broadcastAxes, broadcastShape, eachBroadcast, writeAxes } from "./broadcast.ts";
import { DTYPE_CODES } from "./cast.ts";
import { integerConstants, isSmall, WITH_INTEGERS } from "./integers.ts";

/** @param exchanged whether the kernel is given b and a */
function comparing(
  name: string,
  comparison: number,
  exchanged: boolean,
  holds: (a: number | bigint, b: number | bigint) => boolean,
): Operator<NoAttributes> {
  return {
    name,
    beyond: nothingBeyond,
    dtypes: WITH_INTEGERS,
    plan(where, operands) {
      const pair = pairOf(operands);
      const [a, b] = exchanged ? pair.toReversed() : pair;
      const { dtype } = pair[0];
      if (pair[1].dtype !== dtype) {
        throw wrongType(where, `arguments must have one dtype, got ${dtype} and ${pair[1].dtype}`);
      }
      const shape = broadcastShape(where, pair[0].shape, pair[1].shape);
      const constants = integerConstants(operands);
      if (constants !== undefined && isSmall(shape)) return plannedConstants([compared(shape, constants, holds)]);
      const axes = broadcastAxes(shape, a!.shape, b!.shape);
      return planned({
        types: [{ dtype: "bool", shape }],
        kernel: "compare",
        flops: countOf(shape),
        held: { params: Compare.bytes, axes: axesBytes(axes) },
        prepare(program, { inputs, outputs, held }) {
          writeAxes(axes, elementBytes(dtype), program.i32(held.axes, axesBytes(axes) / 4));
          program.params(Compare, held.params, {
            a: inputs[exchanged ? 1 : 0]!,
            b: inputs[exchanged ? 0 : 1]!,
            to: outputs[0]!,
            axes: held.axes,
            rank: axes.length,
            comparison,
            dtype: DTYPE_CODES[dtype],
          });
          program.call(TENSORS, "compare", held.params, rowItems(axes));
        },
      });
    },
  };
}

function compared(
  shape: readonly number[],
  constants: readonly Constant[],
  holds: (a: number | bigint, b: number | bigint) => boolean,
): Constant {
  const [a, b] = constants as [Constant, Constant];
  const results = new Uint8Array(countOf(shape));
  eachBroadcast(shape, [a.shape, b.shape], (index, [i, j]) => {
    results[index] = Number(holds(a.data[i!]!, b.data[j!]!));
  });
  return { dtype: "bool", shape, data: results };
}

const COMPARISONS = {
  /** torch.eq */
  eq: /* @__PURE__ */ comparing("eq", Code.EQUAL, false, (a, b) => a === b),
  /** torch.ne */
  ne: /* @__PURE__ */ comparing("ne", Code.NOT_EQUAL, false, (a, b) => a !== b),
  /** torch.lt */
  lt: /* @__PURE__ */ comparing("lt", Code.LESS, false, (a, b) => a < b),
  /** torch.le */
  le: /* @__PURE__ */ comparing("le", Code.LESS_OR_EQUAL, false, (a, b) => a <= b),
  /** torch.gt */
  gt: /* @__PURE__ */ comparing("gt", Code.LESS, true, (a, b) => a > b),
  /** torch.ge */
  ge: /* @__PURE__ */ comparing("ge", Code.LESS_OR_EQUAL, true, (a, b) => a >= b),
};

/** A comparison, by torch's name. */
export type Comparison = keyof typeof COMPARISONS;

/** The comparison of each pair of elements of two tensors whose shapes broadcast. */
export const comparisonOperator = (comparison: Comparison): Operator<NoAttributes> => COMPARISONS[comparison];
