import * as Code from "../../assembly/codes/elementary.ts";
import { blocksOf } from "../../assembly/ops/blocks.ts";
import { countOf } from "../check.ts";
import { nothingBeyond, type Operator } from "../planning/operator.ts";
import { planned } from "../planning/planned.ts";
import { ElementaryMap } from "../runtime/generated/numbers.ts";
import { NUMBERS } from "../runtime/modules/numbers.ts";

/** Numbers of a function; each says what they mean. */
export interface ElementaryAttributes {
  readonly alpha?: number;
  readonly beta?: number;
}

function elementary(name: string, code: number): Operator<ElementaryAttributes> {
  return {
    name,
    beyond: nothingBeyond,
    plan(_where, operands, { alpha = 0, beta = 0 }) {
      const { dtype, shape } = operands[0]!;
      const count = countOf(shape);
      return planned({
        types: [{ dtype, shape }],
        kernel: "elementary",
        flops: count,
        held: { params: ElementaryMap.bytes },
        prepare(program, { inputs, outputs, held: { params } }) {
          program.params(ElementaryMap, params, { from: inputs[0]!, to: outputs[0]!, count, code, alpha, beta });
          program.call(NUMBERS, "elementary", params, blocksOf(count));
        },
      });
    },
    inPlace: [0],
  };
}

/** Functions of one number that end no other call, by torch's names. */
export const ELEMENTARY = {
  sin: /* @__PURE__ */ elementary("sin", Code.SIN),
  cos: /* @__PURE__ */ elementary("cos", Code.COS),
  tan: /* @__PURE__ */ elementary("tan", Code.TAN),
  asin: /* @__PURE__ */ elementary("asin", Code.ASIN),
  acos: /* @__PURE__ */ elementary("acos", Code.ACOS),
  atan: /* @__PURE__ */ elementary("atan", Code.ATAN),
  sinh: /* @__PURE__ */ elementary("sinh", Code.SINH),
  cosh: /* @__PURE__ */ elementary("cosh", Code.COSH),
  asinh: /* @__PURE__ */ elementary("asinh", Code.ASINH),
  acosh: /* @__PURE__ */ elementary("acosh", Code.ACOSH),
  atanh: /* @__PURE__ */ elementary("atanh", Code.ATANH),
  softsign: /* @__PURE__ */ elementary("softsign", Code.SOFTSIGN),
  /** beta times: x, or alpha (e^x - 1) below zero */
  selu: /* @__PURE__ */ elementary("selu", Code.SELU),
  /** alpha (e^(x / alpha) - 1) below zero */
  celu: /* @__PURE__ */ elementary("celu", Code.CELU),
  /** x above alpha, else 0 */
  thresholdedRelu: /* @__PURE__ */ elementary("thresholdedRelu", Code.THRESHOLDED_RELU),
  /** x - beta above alpha, x + beta below -alpha, else 0 */
  shrink: /* @__PURE__ */ elementary("shrink", Code.SHRINK),
};
