import { foursOf } from "../../assembly/ops/fours.ts";
import { countOf, show, wrongValue } from "../check.ts";
import { isOther, type Operator } from "../planning/operator.ts";
import { planned } from "../planning/planned.ts";
import { ArgMax } from "../runtime/generated/tensors.ts";
import { TENSORS } from "../runtime/modules/tensors.ts";
import { DTYPE_CODES } from "./cast.ts";
import { axisOf } from "./movement.ts";
import { passAlong } from "./reduce.ts";

/** Attributes of {@link argmaxOperator} and {@link argminOperator}. */
export interface ArgMaxAttributes {
  /** axis that is searched; a negative one counts from the end */
  readonly dim: number;
  /** whether the axis stays, with length 1 */
  readonly keepdim: boolean;
  /** whether the last one of equal elements counts, rather than the first */
  readonly last: boolean;
}

/** int64 indices along an axis. */
function searching(name: string, least: number): Operator<ArgMaxAttributes> {
  return {
    name,
    beyond: (asked) => isOther(asked, asked.attributes.dim) || (least ? Infinity : -Infinity),
    dtypes: ["float32", "int64", "int32", "uint8", "int8"],
    plan(where, operands, { dim, keepdim, last }) {
      const { dtype, shape } = operands[0]!;
      const axis = axisOf(where, "dim", dim, shape.length);
      const { outer, count, inner } = passAlong(shape, axis);
      if (count === 0) throw wrongValue(where, `input must have values along axis ${axis}, got shape ${show(shape)}`);
      return planned({
        types: [
          { dtype: "int64", shape: [...shape.slice(0, axis), ...(keepdim ? [1] : []), ...shape.slice(axis + 1)] },
        ],
        kernel: "argmax",
        flops: countOf(shape),
        held: { params: ArgMax.bytes },
        prepare(program, { inputs, outputs, held: { params } }) {
          program.params(ArgMax, params, {
            from: inputs[0]!,
            to: outputs[0]!,
            dtype: DTYPE_CODES[dtype],
            count,
            inner,
            least,
            last: Number(last),
          });
          program.call(TENSORS, "argmax", params, outer * foursOf(inner));
        },
      });
    },
  };
}

/** torch.argmax along an axis; a NaN counts only where it comes first, as in onnxruntime */
export const argmaxOperator = /* @__PURE__ */ searching("argmax", 0);
/** torch.argmin along an axis; otherwise as {@link argmaxOperator} */
export const argminOperator = /* @__PURE__ */ searching("argmin", 1);
