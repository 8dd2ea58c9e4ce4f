import { matmul } from "../../functional/linear.ts";
import { transpose } from "../../functional/movement.ts";
import {
  adaptiveAvgPool1dOperator,
  adaptiveAvgPool2dOperator,
  adaptiveMaxPool2dOperator,
  avgPool1dOperator,
  avgPool2dOperator,
  maxPool1dOperator,
  maxPool2dOperator,
  type PoolingOperator,
} from "../../operators/pool.ts";
import { poolGradientOperator } from "../../operators/pool-gradient.ts";
import { interpolateOperator, interpolationMatrices } from "../../operators/resize.ts";
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
  pool(adaptiveMaxPool2dOperator),
  pool(avgPool1dOperator),
  pool(avgPool2dOperator),
  pool(adaptiveAvgPool1dOperator),
  pool(adaptiveAvgPool2dOperator),
  rule(interpolateOperator, [], (call, g) => {
    const { shape } = call.types[0]!;
    const [rows, columns] = interpolationMatrices(shape, call.attributes).map((data, i) => {
      const length = shape.at(i - 2)!;
      return new Tensor(data, [data.length / length, length]);
    }) as [Tensor, Tensor];
    return [matmul(matmul(transpose(rows, 0, 1), g), columns)];
  }),
];
