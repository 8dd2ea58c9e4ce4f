import { wrongType } from "../../check.ts";
import { UNARY_OPERATORS } from "../../operators/activation.ts";
import { WHOLE_OPERATORS } from "../../operators/arithmetic.ts";
import { type Comparison, comparisonOperator } from "../../operators/compare.ts";
import { whereOperator } from "../../operators/select.ts";
import { constantOf } from "../../planning/constant.ts";
import type { OnnxNode, Translator } from "../translation.ts";

/*
 * Comparisons, truth values and bits.
 */

/** A number of a value's type that is not in the file. */
export const numberLike = (node: OnnxNode, value: string, number: number): string =>
  node.constant(constantOf(node.dtypeOf(value), [], [number]));

const two = (node: OnnxNode): [string, string] => [node.input(0), node.input(1)];

export const compared = (node: OnnxNode, kind: Comparison, a: string, b: string): string =>
  node.call(comparisonOperator(kind), [a, b], {}, "bool");

const comparison =
  (kind: Comparison): Translator =>
  (node) =>
    compared(node, kind, ...two(node));

/** An operation on bits, which is one on truth values where these are its type. */
const bits =
  (operator: (typeof WHOLE_OPERATORS)["bitwiseAnd"]): Translator =>
  (node) =>
    node.add(operator, two(node), {});

const inverted: Translator = (node) => {
  const x = node.input(0);
  // all bits of an integer, but only the lowest of a truth value
  const dtype = node.dtypeOf(x);
  const ones = dtype === "bool" ? 1 : dtype === "uint8" ? 255 : -1;
  return node.add(WHOLE_OPERATORS.bitwiseXor, [x, numberLike(node, x, ones)], {});
};

const shift: Translator = (node) => {
  const isLeft = node.attributes.choice("direction", ["LEFT", "RIGHT"]) === "LEFT";
  return node.add(isLeft ? WHOLE_OPERATORS.shiftLeft : WHOLE_OPERATORS.shiftRight, two(node), {});
};

const isInf: Translator = (node) => {
  const [below, above] = [node.attributes.flag("detect_negative", true), node.attributes.flag("detect_positive", true)];
  const x = node.input(0);
  const equals = (value: string, infinity: number) => compared(node, "eq", value, node.number(infinity));
  if (below && above) return equals(node.add(UNARY_OPERATORS.abs, [x], {}), Infinity);
  if (below || above) return equals(x, above ? Infinity : -Infinity);
  // nothing is both
  return compared(node, "lt", x, x);
};

const where: Translator = (node) => {
  const [condition, a, b] = [node.input(0), node.input(1), node.input(2)];
  const dtype = node.dtypeOf(a);
  if (node.dtypeOf(b) !== dtype) {
    throw wrongType(node.where, `cannot choose between ${dtype} and ${node.dtypeOf(b)}`);
  }
  return node.call(whereOperator, [condition, a, b], {}, dtype);
};

export const logicTranslators: Readonly<Record<string, Translator>> = {
  And: bits(WHOLE_OPERATORS.bitwiseAnd),
  BitShift: shift,
  BitwiseAnd: bits(WHOLE_OPERATORS.bitwiseAnd),
  BitwiseNot: inverted,
  BitwiseOr: bits(WHOLE_OPERATORS.bitwiseOr),
  BitwiseXor: bits(WHOLE_OPERATORS.bitwiseXor),
  Equal: comparison("eq"),
  Greater: comparison("gt"),
  GreaterOrEqual: comparison("ge"),
  IsInf: isInf,
  IsNaN: (node) => compared(node, "ne", node.input(0), node.input(0)),
  Less: comparison("lt"),
  LessOrEqual: comparison("le"),
  Not: inverted,
  Or: bits(WHOLE_OPERATORS.bitwiseOr),
  Where: where,
  Xor: bits(WHOLE_OPERATORS.bitwiseXor),
};
