import { convCall, type TransposeCall, transposeCall } from "../../conv/call.ts";
import { volumeOf } from "../../conv/volume.ts";
import { sum } from "../../functional/reduce.ts";
import { computed, inputGradient } from "../../grad.ts";
import {
  type ConvolutionOperator,
  conv1dOperator,
  conv2dOperator,
  conv3dOperator,
  convTranspose1dOperator,
  convTranspose2dOperator,
  convTranspose3dOperator,
  geometryOperator,
  type TransposingOperator,
  weightGradientOperator,
} from "../../operators/conv.ts";
import type { Tensor } from "../../tensor.ts";
import { type Entry, rule } from "../rule.ts";

/** Sums over batch and pixels. */
function biasGradient(g: Tensor, axes: number): Tensor {
  const pixels = Array.from({ length: axes }, (_, i) => -1 - i);
  return sum(g, { dim: g.rank === axes + 2 ? [0, ...pixels] : pixels });
}

const folded = <C extends TransposeCall>(call: C): C => (call.axes.length === 3 ? volumeOf(call) : call);

const convolution = (operator: ConvolutionOperator): Entry =>
  rule(operator, [0, 1], (call, g) => {
    const [x, w] = [call.types[0]!.shape, call.types[1]!.shape];
    const { axes } = operator;
    const checked = folded(convCall({ where: call.where, axes, input: x, weight: w, ...call.attributes }));
    return [
      call.needs(0) ? inputGradient("backward", checked, x, call.operand(1), g) : null,
      call.needs(1) ? computed("backward", weightGradientOperator, [call.operand(0), g], checked.geometry, w) : null,
      call.needs(2) ? biasGradient(g, axes) : null,
    ];
  });

/** The transpose of the transpose is the convolution itself, with input and output exchanged. */
const transposed = (operator: TransposingOperator): Entry =>
  rule(operator, [0, 1], (call, g) => {
    const [x, w] = [call.types[0]!.shape, call.types[1]!.shape];
    const { axes } = operator;
    const { geometry } = folded(transposeCall({ where: call.where, axes, input: x, weight: w, ...call.attributes }));
    return [
      call.needs(0) ? computed("backward", geometryOperator, [g, call.operand(1)], geometry, x) : null,
      call.needs(1) ? computed("backward", weightGradientOperator, [g, call.operand(0)], geometry, w) : null,
      call.needs(2) ? biasGradient(g, axes) : null,
    ];
  });

export const convRules = (): readonly Entry[] => [
  convolution(conv1dOperator),
  convolution(conv2dOperator),
  convolution(conv3dOperator),
  transposed(convTranspose1dOperator),
  transposed(convTranspose2dOperator),
  transposed(convTranspose3dOperator),
];
