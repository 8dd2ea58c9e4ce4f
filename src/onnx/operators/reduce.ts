import { wrongType, wrongValue } from "../../check.ts";
import { UNARY_OPERATORS } from "../../operators/activation.ts";
import { argmaxOperator, argminOperator } from "../../operators/argmax.ts";
import { mulOperator } from "../../operators/binary.ts";
import { reshapeOperator } from "../../operators/movement.ts";
import {
  amaxOperator,
  aminOperator,
  logSoftmaxOperator,
  meanOperator,
  softmaxOperator,
  sumOperator,
} from "../../operators/reduce.ts";
import { deferred, type OnnxNode, type Translator } from "../translation.ts";
import { axesOf, flatShape, numbers } from "./movement.ts";
import { listOf, reduceIntegers, shapeOf } from "./shapes.ts";

/** Before opset 13 it is over all axes from `axis` on, flattened to one. */
const softmax =
  (operator: typeof softmaxOperator): Translator =>
  (node) => {
    const x = node.input(0);
    const axis = node.attributes.int("axis", node.opset < 13 ? 1 : -1);
    if (node.opset >= 13 || axis === -1) return node.add(operator, [x], { dim: axis });
    const flat = node.add(reshapeOperator, [x], flatShape(axis));
    const shape = deferred([shapeOf(node, x)], (where, _, [lengths]) => ({ shape: listOf(where, lengths!) }));
    return node.add(reshapeOperator, [node.add(operator, [flat], { dim: 1 })], shape);
  };

/** Which axes are reduced, when that is known. */
function reduced(node: OnnxNode, since: number) {
  const keepdim = node.attributes.flag("keepdims", true);
  const axes = numbers(node, "axes", since, 1);
  const unlessEmpty = node.opset >= since && node.attributes.flag("noop_with_empty_axes", false);
  const attributes = deferred(axes.parameters, (where, [input], parameters) => {
    const { shape } = input!;
    const given = axes.from(where, parameters) ?? [];
    if (given.length > 0) return { dims: axesOf(where, given, shape.length), keepdim };
    if (unlessEmpty) throw wrongValue(where, "axes that turn out empty only when compiling are not supported");
    return { dims: shape.map((_, axis) => axis), keepdim };
  });
  const [value] = axes.parameters;
  const isEmpty =
    value === undefined ? axes.from(node.where, []) === undefined : node.constantOf(value)?.data.length === 0;
  return { attributes, isNothing: unlessEmpty && isEmpty };
}

/**
 * @param since the opset in which axes became an input
 * @param prepare applied to each number first
 */
const reduction =
  (
    operator: typeof sumOperator,
    since: number,
    prepare: (node: OnnxNode, x: string) => string = (_, x) => x,
  ): Translator =>
  (node) => {
    const { attributes, isNothing } = reduced(node, since);
    const x = prepare(node, node.input(0));
    return isNothing ? x : node.add(operator, [x], attributes);
  };

/** As {@link reduction}, also in the arithmetic of shapes. */
const reductionOf =
  (
    operator: typeof sumOperator | undefined,
    since: number,
    first: number,
    combine: (a: number, b: number) => number,
  ): Translator =>
  (node) => {
    const x = node.input(0);
    if (operator !== undefined && node.isFloat(x)) return reduction(operator, since)(node);
    if (node.isFloat(x) || node.dtypeOf(x) === "bool") throw wrongType(node.where, "only integers are supported");
    const { attributes, isNothing } = reduced(node, since);
    return isNothing ? x : reduceIntegers(node, attributes, first, combine);
  };

const argExtreme =
  (operator: typeof argmaxOperator): Translator =>
  (node) => {
    const attributes = {
      dim: node.attributes.int("axis", 0),
      keepdim: node.attributes.flag("keepdims", true),
      last: node.opset >= 12 && node.attributes.flag("select_last_index", false),
    };
    return node.call(operator, [node.input(0)], attributes, "int64");
  };

const square = (node: OnnxNode, x: string) => node.add(mulOperator, [x, x], {});
const sumOfSquares = /* @__PURE__ */ reduction(sumOperator, 18, square);

export const reduceTranslators: Readonly<Record<string, Translator>> = {
  ArgMax: argExtreme(argmaxOperator),
  ArgMin: argExtreme(argminOperator),
  LogSoftmax: softmax(logSoftmaxOperator),
  ReduceL2: (node) => node.add(UNARY_OPERATORS.sqrt, [sumOfSquares(node) as string], {}),
  ReduceMax: reductionOf(amaxOperator, 18, -Infinity, Math.max),
  ReduceMean: reduction(meanOperator, 18),
  ReduceMin: reductionOf(aminOperator, 18, Infinity, Math.min),
  ReduceProd: reductionOf(undefined, 18, 1, (a, b) => a * b),
  ReduceSum: reductionOf(sumOperator, 13, 0, (a, b) => a + b),
  ReduceSumSquare: sumOfSquares,
  Softmax: softmax(softmaxOperator),
};
