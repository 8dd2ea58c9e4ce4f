import * as Code from "../../assembly/codes/reduction.ts";
import { foursOf } from "../../assembly/ops/fours.ts";
import { countOf, show, wrongValue } from "../check.ts";
import { isOther, type Operator } from "../planning/operator.ts";
import { planned } from "../planning/planned.ts";
import { Reduce, Softmax } from "../runtime/generated/operators.ts";
import { wholeLines } from "../runtime/layout.ts";
import { OPERATORS } from "../runtime/modules/operators.ts";
import { axisOf } from "./movement.ts";

/** Attributes of softmax and its logarithm. */
export interface SoftmaxAttributes {
  /** axis along which the results add up to 1; a negative one counts from the end */
  readonly dim: number;
}

/** Attributes of a reduction. */
export interface ReduceAttributes {
  /** axes; negative ones count from the end, an empty list means all */
  readonly dims: readonly number[];
  /** whether the axes stay, with length 1 */
  readonly keepdim: boolean;
}

/** A shape about an axis, or a run of axes. As a call of the kernel: (outer, count, inner) to (outer, inner). */
export interface Pass {
  readonly outer: number;
  readonly count: number;
  readonly inner: number;
}

/** All of a shape along one axis. */
export const passAlong = (shape: readonly number[], axis: number): Pass => ({
  outer: countOf(shape.slice(0, axis)),
  count: shape[axis]!,
  inner: countOf(shape.slice(axis + 1)),
});

function softmaxes(name: string, logarithm: number): Operator<SoftmaxAttributes> {
  return {
    name,
    beyond: (asked) => isOther(asked, asked.attributes.dim) || -Infinity,
    plan(where, operands, { dim }) {
      const { dtype, shape } = operands[0]!;
      const { outer, count, inner } = passAlong(shape, axisOf(where, "dim", dim, shape.length));
      return planned({
        types: [{ dtype, shape }],
        kernel: "softmax",
        flops: 5 * countOf(shape),
        held: { params: Softmax.bytes },
        prepare(program, { inputs, outputs, held: { params } }) {
          program.params(Softmax, params, { from: inputs[0]!, to: outputs[0]!, count, inner, logarithm });
          program.call(OPERATORS, "softmax", params, outer * foursOf(inner));
        },
      });
    },
    inPlace: [0],
  };
}

export function reducedAxes(where: string, dims: readonly number[], rank: number): ReadonlySet<number> {
  if (dims.length === 0) return new Set(Array(rank).keys());
  const axes = new Set(dims.map((dim) => axisOf(where, "dims", dim, rank)));
  if (axes.size !== dims.length) throw wrongValue(where, `dims must name each axis once, got ${show(dims)}`);
  return axes;
}

/** The runs of adjacent reduced axes, from the last to the first: each pass takes the results of the previous one. */
export function passesOf(shape: readonly number[], axes: ReadonlySet<number>): readonly Pass[] {
  if (countOf(shape) === 0) {
    // an empty sum still has results
    return [{ outer: countOf(shape.filter((_, axis) => !axes.has(axis))), count: 0, inner: 1 }];
  }
  const passes: Pass[] = [];
  let inner = 1;
  for (let axis = shape.length - 1; axis >= 0; --axis) {
    if (!axes.has(axis)) {
      inner *= shape[axis]!;
      continue;
    }
    let first = axis;
    while (axes.has(first - 1)) --first;
    const count = countOf(shape.slice(first, axis + 1));
    if (count > 1) passes.push({ outer: countOf(shape.slice(0, first)), count, inner });
    axis = first;
  }
  // with nothing to reduce it is a copy
  return passes.length === 0 ? [{ outer: countOf(shape), count: 1, inner: 1 }] : passes;
}

/** What the reductions leave as it is; of a mean the number of values counts too. */
const NEUTRAL: Readonly<Record<string, number>> = { sum: 0, amax: -Infinity, amin: Infinity };

/** @param empty whether there is a result if there are no values */
function reducing(name: string, reduction: number, mean: boolean, empty: boolean): Operator<ReduceAttributes> {
  return {
    name,
    beyond(asked) {
      const { dims } = asked.attributes;
      return (dims.length > 0 && dims.every((dim) => isOther(asked, dim))) || (NEUTRAL[name] ?? false);
    },
    plan(where, operands, { dims, keepdim }) {
      const { dtype, shape } = operands[0]!;
      const axes = reducedAxes(where, dims, shape.length);
      if (!empty && shape.some((length, axis) => length === 0 && axes.has(axis))) {
        throw wrongValue(
          where,
          `input must have values along the reduced axes, got shape ${show(shape)} and dims ${show(dims)}`,
        );
      }
      const kept = shape.map((length, axis) => (axes.has(axis) ? 1 : length));
      const passes = passesOf(shape, axes);
      const divisor = mean ? countOf(shape.filter((_, axis) => axes.has(axis))) : 1;
      const last = passes.length - 1;
      // results of a pass, which the next one reads, alternate between two places
      const left = passes.slice(0, -1).map(({ outer, inner }) => outer * inner * 4);
      return planned({
        types: [{ dtype, shape: keepdim ? kept : kept.filter((_, axis) => !axes.has(axis)) }],
        kernel: "reduce",
        flops: countOf(shape),
        calls: passes.length,
        held: { params: passes.length * wholeLines(Reduce.bytes) },
        workspace: { even: left[0] ?? 0, odd: left[1] ?? 0 },
        prepare(program, { inputs, outputs, held, workspace: { even, odd } }) {
          let from = inputs[0]!;
          for (const [i, { outer, count, inner }] of passes.entries()) {
            const params = held.params + i * wholeLines(Reduce.bytes);
            const to = i === last ? outputs[0]! : i % 2 === 0 ? even : odd;
            const by = i === last ? divisor : 1;
            program.params(Reduce, params, { from, to, reduction, count, inner, divisor: by });
            program.call(OPERATORS, "reduce", params, outer * foursOf(inner));
            from = to;
          }
        },
      });
    },
  };
}

/** torch.softmax */
export const softmaxOperator = /* @__PURE__ */ softmaxes("softmax", 0);
/** torch.log_softmax */
export const logSoftmaxOperator = /* @__PURE__ */ softmaxes("logSoftmax", 1);
/** torch.mean */
export const meanOperator = /* @__PURE__ */ reducing("mean", Code.SUM, true, true);
/** torch.sum */
export const sumOperator = /* @__PURE__ */ reducing("sum", Code.SUM, false, true);
/** torch.amax: NaN where any number is */
export const amaxOperator = /* @__PURE__ */ reducing("amax", Code.MAXIMUM, false, false);
/** torch.amin: NaN where any number is */
export const aminOperator = /* @__PURE__ */ reducing("amin", Code.MINIMUM, false, false);
