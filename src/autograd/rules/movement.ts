import { countOf } from "../../check.ts";
import { cat, narrow, permute, pixelShuffle, pixelUnshuffle, reshape } from "../../functional/movement.ts";
import { sum } from "../../functional/reduce.ts";
import { unfold } from "../../functional/unfold.ts";
import { accumulateOperator, adjointOf } from "../../operators/accumulate.ts";
import type { CopyingOperator } from "../../operators/copy.ts";
import { gatherElementsOperator, scatterElementsOperator } from "../../operators/elements.ts";
import { gatherOperator } from "../../operators/gather.ts";
import {
  catOperator,
  expandOperator,
  flattenOperator,
  pixelShuffleOperator,
  pixelUnshuffleOperator,
  reshapeOperator,
  splitOperator,
  tileOperator,
  transposeOperator,
} from "../../operators/movement.ts";
import { foldOperator } from "../../operators/windows.ts";
import { applyOne } from "../../planning/evaluate.ts";
import type { Operator } from "../../planning/operator.ts";
import { newData, Tensor } from "../../tensor.ts";
import { type Call, type Entry, type Rule, rule } from "../rule.ts";
import { sumTo } from "./support.ts";

const axisOf = (dim: number, rank: number) => (dim < 0 ? dim + rank : dim);

/** The gradient under the argument's shape. */
const viewing = (operator: Operator<never>): Entry =>
  rule(operator as Operator, [], (call, g) => [reshape(g, call.types[0]!.shape)]);

/** Of any operator that only moves elements: each is the sum of the gradients of what was copied from it. */
export const copyingRule = (operator: CopyingOperator): Rule => ({
  keeps: [],
  backward(call, gradient, gradients) {
    const types = call.types.map((type) => type!);
    const { copies } = operator.copiesOf(call.where, types, call.attributes);
    return types.map(({ shape }, input) => {
      if (!call.needs(input)) return null;
      const received = adjointOf(copies, input).filter((copy) => gradients[copy.input!] !== undefined);
      const operands = gradients.map((each) => each ?? gradient);
      return applyOne("backward", accumulateOperator, operands, { shape, copies: received });
    });
  },
});

function catBackward(call: Call<{ readonly dim: number }>, g: Tensor): readonly (Tensor | null)[] {
  const axis = axisOf(call.attributes.dim, g.rank);
  let begin = 0;
  return call.types.map((type, i) => {
    const length = type!.shape[axis]!;
    begin += length;
    return call.needs(i) ? narrow(g, axis, begin - length, length) : null;
  });
}

export const movementRules = (): readonly Entry[] => [
  viewing(reshapeOperator as Operator<never>),
  viewing(flattenOperator as Operator<never>),
  rule(transposeOperator, [], (call, g) => {
    const dims = call.attributes.dims.map((dim) => axisOf(dim, g.rank));
    return [
      permute(
        g,
        dims.map((_, axis) => dims.indexOf(axis)),
      ),
    ];
  }),
  rule(catOperator, [], catBackward),
  rule(splitOperator, [], (call, _gradient, gradients) => {
    const parts = call.results.map(({ shape }, i) => gradients[i] ?? Tensor.zeros(shape));
    return [cat(parts, call.attributes.dim)];
  }),
  rule(expandOperator, [], (call, g) => [sumTo(g, call.types[0]!.shape)]),
  rule(tileOperator, [], (call, g) => {
    const { shape } = call.types[0]!;
    const lead = g.rank - shape.length;
    const tiles = g.shape.flatMap((length, axis) => {
      const own = axis < lead ? 1 : shape[axis - lead]!;
      return [own === 0 ? 1 : length / own, own];
    });
    const dims = g.shape.map((_, axis) => 2 * axis);
    return [reshape(dims.length === 0 ? g : sum(reshape(g, tiles), { dim: dims }), shape)];
  }),
  rule(pixelShuffleOperator, [], (call, g) => [pixelUnshuffle(g, call.attributes.factor)]),
  rule(pixelUnshuffleOperator, [], (call, g) => [pixelShuffle(g, call.attributes.factor)]),
  rule(foldOperator, [], (call, g) => {
    const { kernelSize, stride, dilation, padding } = call.attributes;
    const pair = (values: readonly number[]) => [values[0]!, values[1]!] as const;
    return [unfold(g, pair(kernelSize), { stride: pair(stride), dilation: pair(dilation), padding: pair(padding) })];
  }),
  rule(gatherOperator, [1], (call, g) => {
    const { shape } = call.types[0]!;
    const axis = axisOf(call.attributes.dim, shape.length);
    const [length, inner] = [shape[axis]!, countOf(shape.slice(axis + 1))];
    const indices = Array.from(call.operand(1).data as ArrayLike<number | bigint>, Number);
    const result = newData("backward", shape);
    const outer = countOf(shape.slice(0, axis));
    for (let o = 0; o < outer; ++o) {
      for (const [i, index] of indices.entries()) {
        const to = (o * length + (index < 0 ? index + length : index)) * inner;
        const from = (o * indices.length + i) * inner;
        for (let k = 0; k < inner; ++k) result[to + k]! += g.data[from + k]!;
      }
    }
    return [new Tensor(result, shape), null];
  }),
  rule(gatherElementsOperator, [1], (call, g) => {
    const operands = [Tensor.zeros(call.types[0]!.shape), call.operand(1), g];
    const { dim } = call.attributes;
    return [applyOne("backward", scatterElementsOperator, operands, { dim, reduction: "add" }), null];
  }),
];
