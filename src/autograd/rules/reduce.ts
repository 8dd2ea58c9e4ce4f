import { countOf } from "../../check.ts";
import { div, mul, sub } from "../../functional/arithmetic.ts";
import { eq } from "../../functional/comparison.ts";
import { exp } from "../../functional/math.ts";
import { expand, reshape } from "../../functional/movement.ts";
import { sum } from "../../functional/reduce.ts";
import { cumsumOperator } from "../../operators/arithmetic.ts";
import {
  amaxOperator,
  aminOperator,
  logSoftmaxOperator,
  meanOperator,
  type ReduceAttributes,
  softmaxOperator,
  sumOperator,
} from "../../operators/reduce.ts";
import { applyOne } from "../../planning/evaluate.ts";
import type { Operator } from "../../planning/operator.ts";
import type { Tensor } from "../../tensor.ts";
import { type Call, type Entry, rule } from "../rule.ts";
import { ones } from "./support.ts";

/** The shape of a reduction's result, with its axes kept. */
function keptShape({ types, attributes: { dims } }: Call<ReduceAttributes>): readonly number[] {
  const { shape } = types[0]!;
  const axes = new Set(dims.map((dim) => (dim < 0 ? dim + shape.length : dim)));
  return shape.map((length, axis) => (axes.size === 0 || axes.has(axis) ? 1 : length));
}

const repeated = (call: Call<ReduceAttributes>, values: Tensor): Tensor =>
  expand(reshape(values, keptShape(call)), call.types[0]!.shape);

/** All that are the extreme share the gradient, as in torch.amax. */
const extreme = (operator: Operator<ReduceAttributes>): Entry =>
  rule(operator, [0, "result"], (call, g) => {
    const kept = keptShape(call);
    const found = ones(eq(call.operand(0), reshape(call.result(), kept)));
    const dims = kept.flatMap((length, axis) => (length === 1 ? [axis] : []));
    const share = div(reshape(g, kept), dims.length === 0 ? found : sum(found, { dim: dims, keepdim: true }));
    return [mul(found, share)];
  });

export const reduceRules = (): readonly Entry[] => [
  rule(sumOperator, [], (call, g) => [repeated(call, g)]),
  rule(meanOperator, [], (call, g) => {
    const count = countOf(call.types[0]!.shape) / Math.max(countOf(call.results[0]!.shape), 1);
    return [repeated(call, div(g, count))];
  }),
  rule(cumsumOperator, [], (call, g) => [
    applyOne("backward", cumsumOperator, [g], { ...call.attributes, reverse: !call.attributes.reverse }),
  ]),
  extreme(amaxOperator),
  extreme(aminOperator),
  rule(softmaxOperator, ["result"], (call, g) => {
    const [y, { dim }] = [call.result(), call.attributes];
    const weighted = mul(g, y);
    return [sub(weighted, mul(y, sum(weighted, { dim, keepdim: true })))];
  }),
  rule(logSoftmaxOperator, ["result"], (call, g) => {
    const { dim } = call.attributes;
    return [sub(g, mul(exp(call.result()), sum(g, { dim, keepdim: true })))];
  }),
];
