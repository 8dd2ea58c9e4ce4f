import { show, wrongValue } from "../../check.ts";
import { geluOperator, UNARY_OPERATORS } from "../../operators/activation.ts";
import {
  addOperator,
  divOperator,
  maximumOperator,
  minimumOperator,
  mulOperator,
  powOperator,
  preluOperator,
  subOperator,
} from "../../operators/binary.ts";
import { type Constant, numbersOf } from "../../planning/constant.ts";
import { UNARY, type UnaryFunction } from "../../planning/epilogue.ts";
import type { Operator } from "../../planning/operator.ts";
import { deferred, type OnnxNode, type Translator } from "../translation.ts";
import { asFloat } from "./shapes.ts";

type Binary = typeof addOperator;

/** Functions of one number that have an ONNX operator of the same arguments. */
function unary(): Readonly<Record<string, Translator>> {
  const translators: Record<string, Translator> = {};
  for (const [name, { onnx, numbers = [] }] of Object.entries<UnaryFunction>(UNARY)) {
    if (onnx === undefined) continue;
    const [type, attributes = {}] = onnx;
    const operator = UNARY_OPERATORS[name as keyof typeof UNARY] as Operator<Record<string, number>>;
    translators[type] = (node) => {
      const given = Object.entries(attributes).map(([attribute, value], i) => [
        numbers[i]!,
        node.attributes.float(attribute, value),
      ]);
      return node.add(operator, [node.input(0)], Object.fromEntries(given));
    };
  }
  return translators;
}

const clip: Translator = (node) => {
  const x = node.input(0);
  if (node.opset < 11) {
    const { attributes } = node;
    return node.add(UNARY_OPERATORS.clamp, [x], {
      min: attributes.float("min", -Infinity),
      max: attributes.float("max", Infinity),
    });
  }
  const bounds = [node.optional(1), node.optional(2)];
  const attributes = deferred(bounds, (where, _, [min, max]) => ({
    min: boundOf(where, min!, -Infinity),
    max: boundOf(where, max!, Infinity),
  }));
  return node.add(UNARY_OPERATORS.clamp, [x], attributes);
};

function boundOf(where: string, bound: Constant | null, none: number): number {
  if (bound === null) return none;
  if (bound.data.length !== 1) throw wrongValue(where, `bounds must be single numbers, got shape ${show(bound.shape)}`);
  return numbersOf(bound)[0]!;
}

const two = (node: OnnxNode, operator: Binary, a: string, b: string): string => node.add(operator, [a, b], {});

const binary =
  (operator: Binary): Translator =>
  (node) =>
    two(node, operator, node.input(0), node.input(1));

const pow: Translator = (node) => {
  const [base, exponent] = [node.input(0), node.input(1)];
  return two(node, powOperator, base, node.isFloat(base) ? asFloat(node, exponent) : exponent);
};

/** Any number of arguments, combined two at a time. */
const many =
  (operator: Binary): Translator =>
  (node) =>
    node.all().reduce((result, value) => two(node, operator, result, value));

const sum = /* @__PURE__ */ many(addOperator);

const mean: Translator = (node) => {
  const total = sum(node) as string;
  const { length } = node.inputs;
  return length === 1 ? total : two(node, mulOperator, total, node.number(1 / length));
};

export const elementwiseTranslators: Readonly<Record<string, Translator>> = {
  .../* @__PURE__ */ unary(),
  Add: binary(addOperator),
  Clip: clip,
  Div: binary(divOperator),
  Gelu: (node) =>
    node.add(geluOperator, [node.input(0)], { approximate: node.attributes.choice("approximate", ["none", "tanh"]) }),
  Max: many(maximumOperator),
  Mean: mean,
  Min: many(minimumOperator),
  Mul: binary(mulOperator),
  Pow: pow,
  PRelu: binary(preluOperator),
  Sub: binary(subOperator),
  Sum: sum,
};
