import { show, wrongValue } from "../../check.ts";
import type { DeferredAttributes } from "../../graph/graph.ts";
import { UNARY_OPERATORS } from "../../operators/activation.ts";
import { argmaxOperator, argminOperator } from "../../operators/argmax.ts";
import { cumsumOperator, WHOLE_OPERATORS, WHOLE_REDUCTIONS } from "../../operators/arithmetic.ts";
import { addOperator, divOperator, maximumOperator, mulOperator, subOperator } from "../../operators/binary.ts";
import { castOperator } from "../../operators/cast.ts";
import { reshapeOperator } from "../../operators/movement.ts";
import {
  amaxOperator,
  aminOperator,
  logSoftmaxOperator,
  meanOperator,
  type ReduceAttributes,
  softmaxOperator,
  sumOperator,
} from "../../operators/reduce.ts";
import type { Operator } from "../../planning/operator.ts";
import { deferred, type OnnxNode, type Translator } from "../translation.ts";
import { absolute } from "./elementwise.ts";
import { positions } from "./generate.ts";
import { compared } from "./logic.ts";
import { axesOf, flatShape, numbers } from "./movement.ts";
import { asFloat, listOf, shapeOf, sizeOf } from "./shapes.ts";

/** Before opset 13 it is over all axes from `axis` on, flattened to one. */
const normalized =
  (along: (node: OnnxNode, x: string, dim: number) => string): Translator =>
  (node) => {
    const x = node.input(0);
    const axis = node.attributes.int("axis", node.opset < 13 ? 1 : -1);
    if (node.opset >= 13 || axis === -1) return along(node, x, axis);
    const flat = node.add(reshapeOperator, [x], flatShape(axis));
    return reshapedAs(node, along(node, flat, 1), x);
  };

/** A value in the shape of another. */
const reshapedAs = (node: OnnxNode, value: string, other: string): string => {
  const shape = deferred([shapeOf(node, other)], (where, _, [lengths]) => ({ shape: listOf(where, lengths!) }));
  return node.add(reshapeOperator, [value], shape);
};

const softmax = (operator: typeof softmaxOperator): Translator =>
  normalized((node, x, dim) => node.add(operator, [x], { dim }));

/** 1 for the first of the greatest numbers along an axis, 0 for all others. */
const hardmax = /* @__PURE__ */ normalized((node, x, dim) => {
  const greatest = node.call(argmaxOperator, [x], { dim, keepdim: true, last: false }, "int64");
  return asFloat(node, compared(node, "eq", positions(node, x, dim), greatest));
});

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

/** A reduction of a value, over the axes that the node names. */
type Reduction = (node: OnnxNode, x: string, attributes: DeferredAttributes<ReduceAttributes>) => string;

/**
 * @param since the opset in which axes became an input
 * @param prepare applied to each number first
 * @param finish applied to each result
 */
const reduction =
  (since: number, reduce: Reduction, prepare: Step = (_, x) => x, finish: Step = (_, x) => x): Translator =>
  (node) => {
    const { attributes, isNothing } = reduced(node, since);
    const x = prepare(node, node.input(0));
    return finish(node, isNothing ? x : reduce(node, x, attributes));
  };

type Step = (node: OnnxNode, x: string) => string;

/** One operator for float32, another for whole numbers. */
const by =
  (float: Operator<ReduceAttributes>, whole: Operator<ReduceAttributes>): Reduction =>
  (node, x, attributes) =>
    node.add(node.isFloat(x) ? float : whole, [x], attributes);

const summed = /* @__PURE__ */ by(sumOperator, WHOLE_REDUCTIONS.sum);

/** The sum divided by the number of its terms, which the shapes tell; of whole numbers towards zero. */
const averaged: Reduction = (node, x, attributes) => {
  if (node.isFloat(x)) return node.add(meanOperator, [x], attributes);
  const sum = summed(node, x, attributes);
  const count = node.add(WHOLE_OPERATORS.div, [sizeOf(node, x), sizeOf(node, sum)], {});
  const to = node.dtypeOf(x);
  const divisor = to === "int64" ? count : node.call(castOperator, [count], { to }, to);
  return node.add(WHOLE_OPERATORS.div, [sum, divisor], {});
};

/** A function of float32; whole numbers become whole numbers again. */
const real =
  (operator: (typeof UNARY_OPERATORS)["sqrt"]): Step =>
  (node, x) => {
    const to = node.dtypeOf(x);
    const result = node.add(operator, [asFloat(node, x)], {});
    return to === "float32" ? result : node.call(castOperator, [result], { to }, to);
  };

const LARGEST = 3.4028234663852886e38;

/** The greatest number is taken out, so that no power overflows; infinite ones are left to the powers. */
const logSumExp: Reduction = (node, x, attributes) => {
  const { parameters, resolve } = attributes;
  const kept = deferred(parameters, (...given) => ({ ...resolve(...given), keepdim: true }));
  const greatest = node.add(amaxOperator, [x], kept);
  const bound = node.add(UNARY_OPERATORS.clamp, [greatest], { min: -LARGEST, max: LARGEST });
  const powers = node.add(UNARY_OPERATORS.exp, [node.add(subOperator, [x, bound], {})], {});
  const logarithm = node.add(UNARY_OPERATORS.log, [node.add(sumOperator, [powers], attributes)], {});
  return node.add(addOperator, [logarithm, reshapedAs(node, bound, logarithm)], {});
};

const realLogSumExp: Reduction = (node, x, attributes) => {
  const to = node.dtypeOf(x);
  const result = logSumExp(node, asFloat(node, x), attributes);
  return to === "float32" ? result : node.call(castOperator, [result], { to }, to);
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

const square: Step = (node, x) => node.add(node.isFloat(x) ? mulOperator : WHOLE_OPERATORS.mul, [x, x], {});
const root = /* @__PURE__ */ real(UNARY_OPERATORS.sqrt);
const logarithm = /* @__PURE__ */ real(UNARY_OPERATORS.log);

const cumSum: Translator = (node) => {
  const { attributes } = node;
  const [exclusive, reverse] = [attributes.flag("exclusive", false), attributes.flag("reverse", false)];
  const along = deferred([node.input(1)], (where, _, [axis]) => {
    const [dim, more] = listOf(where, axis!);
    if (dim === undefined || more !== undefined) {
      throw wrongValue(where, `axis must be one number, got ${show(listOf(where, axis!))}`);
    }
    return { dim, exclusive, reverse };
  });
  return node.add(cumsumOperator, [node.input(0)], along);
};

/** The least number above 0: what is 0 everywhere stays 0. */
const LEAST = 2 ** -149;

const lpNormalization: Translator = (node) => {
  const { attributes, where } = node;
  const [axis, p] = [attributes.int("axis", -1), attributes.int("p", 2)];
  if (p !== 1 && p !== 2) throw wrongValue(where, `p must be 1 or 2, got ${p}`);
  const x = node.input(0);
  const sum = node.add(sumOperator, [p === 1 ? absolute(node, x) : square(node, x)], { dims: [axis], keepdim: true });
  const norm = p === 1 ? sum : root(node, sum);
  return node.add(divOperator, [x, node.add(maximumOperator, [norm, node.number(LEAST)], {})], {});
};

export const reduceTranslators: Readonly<Record<string, Translator>> = {
  ArgMax: argExtreme(argmaxOperator),
  ArgMin: argExtreme(argminOperator),
  CumSum: cumSum,
  Hardmax: hardmax,
  LogSoftmax: softmax(logSoftmaxOperator),
  LpNormalization: lpNormalization,
  ReduceL1: reduction(18, summed, absolute),
  ReduceL2: reduction(18, summed, square, root),
  ReduceLogSum: reduction(18, summed, undefined, logarithm),
  ReduceLogSumExp: reduction(18, realLogSumExp),
  ReduceMax: reduction(18, by(amaxOperator, WHOLE_REDUCTIONS.amax)),
  ReduceMean: reduction(18, averaged),
  ReduceMin: reduction(18, by(aminOperator, WHOLE_REDUCTIONS.amin)),
  ReduceProd: reduction(18, by(WHOLE_REDUCTIONS.prod, WHOLE_REDUCTIONS.prod)),
  ReduceSum: reduction(13, summed),
  ReduceSumSquare: reduction(18, summed, square),
  Softmax: softmax(softmaxOperator),
};
