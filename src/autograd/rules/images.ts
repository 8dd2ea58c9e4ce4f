import { wrongType } from "../../check.ts";
import { matmul } from "../../functional/linear.ts";
import { transpose } from "../../functional/movement.ts";
import { gatherElementsOperator, scatterElementsOperator } from "../../operators/elements.ts";
import {
  adaptiveAvgPool1dOperator,
  adaptiveAvgPool2dOperator,
  adaptiveAvgPool3dOperator,
  adaptiveMaxPool2dOperator,
  avgPool1dOperator,
  avgPool2dOperator,
  avgPool3dOperator,
  maxPool1dOperator,
  maxPool2dOperator,
  maxPool3dOperator,
  type PoolingOperator,
  poolOf,
} from "../../operators/pool.ts";
import { poolGradientOperator } from "../../operators/pool-gradient.ts";
import { maxPoolIndicesOperator } from "../../operators/pool-indices.ts";
import { resampleMatrices, resampleOperator } from "../../operators/resample.ts";
import { applyOne } from "../../planning/evaluate.ts";
import { Tensor } from "../../tensor.ts";
import { type Entry, rule } from "../rule.ts";

/** What a mean was of does not matter: a maximum's place does. */
const pool = <A extends object>(operator: PoolingOperator<A>): Entry => {
  const plain = operator as unknown as PoolingOperator;
  const maxima = operator.kernel === "maxPool";
  return rule<A>(operator, maxima ? [0] : [], (call, g) => {
    const input = maxima ? call.operand(0) : Tensor.zeros(call.types[0]!.shape);
    return [applyOne("backward", poolGradientOperator, [g, input], { pool: plain, attributes: call.attributes })];
  });
};

export const imageRules = (): readonly Entry[] => [
  pool(maxPool1dOperator),
  pool(maxPool2dOperator),
  pool(maxPool3dOperator),
  pool(adaptiveMaxPool2dOperator),
  pool(avgPool1dOperator),
  pool(avgPool2dOperator),
  pool(avgPool3dOperator),
  pool(adaptiveAvgPool1dOperator),
  pool(adaptiveAvgPool2dOperator),
  pool(adaptiveAvgPool3dOperator),
  rule(maxPoolIndicesOperator, [0], (call, g) => {
    const { attributes } = call;
    const pool = poolOf(attributes) as unknown as PoolingOperator;
    return [applyOne("backward", poolGradientOperator, [g, call.operand(0)], { pool, attributes })];
  }),
  // what max-unpooling scatters
  rule(scatterElementsOperator, [1], (call, g) => {
    const { dim, reduction } = call.attributes;
    if (reduction !== "none")
      throw wrongType("backward", `scatterElements with reduction '${reduction}' has no gradient`);
    const places = call.operand(1);
    const given = call.types[2]!.shape;
    return [
      call.needs(0)
        ? applyOne("backward", scatterElementsOperator, [g, places, Tensor.zeros(given)], { dim, reduction })
        : null,
      null,
      call.needs(2) ? applyOne("backward", gatherElementsOperator, [g, places], { dim }) : null,
    ];
  }),
  rule(resampleOperator, [], (call, g) => {
    const { shape } = call.types[0]!;
    return [
      resampleMatrices(shape, call.attributes).reduce(
        (gradient, { axis, out, data }) =>
          transpose(matmul(transpose(gradient, axis, -1), new Tensor(data, [out, shape[axis]!])), axis, -1),
        g,
      ),
    ];
  }),
];
