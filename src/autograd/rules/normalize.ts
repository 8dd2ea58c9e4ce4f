import { countOf } from "../../check.ts";
import { add, mul, sub } from "../../functional/arithmetic.ts";
import { rsqrt, square } from "../../functional/math.ts";
import { reshape } from "../../functional/movement.ts";
import { mean } from "../../functional/reduce.ts";
import { batchNormOperator } from "../../operators/batch-norm.ts";
import { batchNormGradientOperator, batchNormTrainingOperator } from "../../operators/batch-norm-training.ts";
import { groupNormOperator, instanceNormOperator, layerNormOperator } from "../../operators/normalize.ts";
import { apply } from "../../planning/evaluate.ts";
import type { Tensor } from "../../tensor.ts";
import { type Call, type Entry, rule } from "../rule.ts";
import { sumTo } from "./support.ts";

/** A gradient of zero, for results that statistics are read from. */
const nothing = (g: Tensor | undefined, like: Tensor): Tensor => g ?? mul(like, 0);

/**
 * Of rows that were scaled to mean 0 and variance 1, then weighted.
 * @param rows shape in which the normalised numbers are one axis, the last
 * @param each shape of weight and bias beside the input
 */
function normalisedGradients(
  call: Call<{ readonly eps: number }>,
  g: Tensor,
  rows: readonly number[],
  each: readonly number[],
): readonly (Tensor | null)[] {
  const { shape } = call.types[0]!;
  const x = reshape(call.operand(0), rows);
  const last = { dim: -1, keepdim: true };
  const distance = sub(x, mean(x, last));
  const inverse = rsqrt(add(mean(square(distance), last), call.attributes.eps));
  const normal = mul(distance, inverse);
  const weighted = call.types[1] ? mul(g, reshape(call.operand(1), each)) : g;
  const w = reshape(weighted, rows);
  const ofRows = mul(inverse, sub(sub(w, mean(w, last)), mul(normal, mean(mul(w, normal), last))));
  const toEach = (values: Tensor, index: number) =>
    call.needs(index) ? reshape(sumTo(values, each), call.types[index]!.shape) : null;
  return [call.needs(0) ? reshape(ofRows, shape) : null, toEach(mul(g, reshape(normal, shape)), 1), toEach(g, 2)];
}

/** (1, C, 1, ...) */
const channelShape = (shape: readonly number[], axis = 1) => shape.map((length, i) => (i === axis ? length : 1));

export const normalizeRules = (): readonly Entry[] => [
  rule(batchNormTrainingOperator, [0, 1], (call, _g, gradients) => {
    const weight = call.types[1] ? call.operand(1) : null;
    const x = call.operand(0);
    return [...apply("backward", batchNormGradientOperator, [nothing(gradients[0], x), x, weight], call.attributes)];
  }),
  rule(batchNormOperator, [0, 1, 2, 3], (call, g) => {
    const { eps, unbatched } = call.attributes;
    const each = channelShape(call.types[0]!.shape, unbatched ? 0 : 1);
    const inverse = rsqrt(add(call.operand(2), eps));
    const scale = call.types[3] ? mul(inverse, call.operand(3)) : inverse;
    const toEach = (values: Tensor) => reshape(sumTo(values, each), call.types[2]!.shape);
    const normal = () => mul(sub(call.operand(0), reshape(call.operand(1), each)), reshape(inverse, each));
    return [
      call.needs(0) ? mul(g, reshape(scale, each)) : null,
      null,
      null,
      call.needs(3) ? toEach(mul(g, normal())) : null,
      call.needs(4) ? toEach(g) : null,
    ];
  }),
  rule(instanceNormOperator, [0, 1], (call, g) => {
    const { shape } = call.types[0]!;
    return normalisedGradients(call, g, [...shape.slice(0, 2), countOf(shape.slice(2))], channelShape(shape));
  }),
  rule(groupNormOperator, [0, 1], (call, g) => {
    const { shape } = call.types[0]!;
    const { groups } = call.attributes;
    return normalisedGradients(call, g, [shape[0]!, groups, countOf(shape.slice(1)) / groups], channelShape(shape));
  }),
  rule(layerNormOperator, [0, 1], (call, g) => {
    const { shape } = call.types[0]!;
    const { axes } = call.attributes;
    const rows = [...shape.slice(0, -axes), countOf(shape.slice(-axes))];
    return normalisedGradients(
      call,
      g,
      rows,
      shape.map((length, i) => (i < shape.length - axes ? 1 : length)),
    );
  }),
];
