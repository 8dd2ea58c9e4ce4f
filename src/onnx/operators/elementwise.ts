import { show, wrongValue } from "../../check.ts";
import type { DType } from "../../dtype.ts";
import { geluOperator, UNARY_OPERATORS } from "../../operators/activation.ts";
import { WHOLE_OPERATORS } from "../../operators/arithmetic.ts";
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
import { castOperator } from "../../operators/cast.ts";
import { ELEMENTARY, type ElementaryAttributes } from "../../operators/elementary.ts";
import { type Constant, numbersOf } from "../../planning/constant.ts";
import { UNARY, type UnaryFunction } from "../../planning/epilogue.ts";
import type { Operator } from "../../planning/operator.ts";
import { deferred, type OnnxNode, type Translator } from "../translation.ts";
import { numberLike } from "./logic.ts";
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
      const x = node.input(0);
      const whole = WHOLE_UNARY[type];
      if (whole !== undefined && !node.isFloat(x)) return whole(node, x);
      const given = Object.entries(attributes).map(([attribute, value], i) => [
        numbers[i]!,
        node.attributes.float(attribute, value),
      ]);
      return node.add(operator, [x], Object.fromEntries(given));
    };
  }
  return translators;
}

/** An operation for each kind of numbers. */
interface Arithmetic {
  readonly float: Binary;
  readonly whole: Binary;
}

const ADD: Arithmetic = { float: addOperator, whole: WHOLE_OPERATORS.add };
const SUB: Arithmetic = { float: subOperator, whole: WHOLE_OPERATORS.sub };
const MUL: Arithmetic = { float: mulOperator, whole: WHOLE_OPERATORS.mul };
const DIV: Arithmetic = { float: divOperator, whole: WHOLE_OPERATORS.div };
const POW: Arithmetic = { float: powOperator, whole: WHOLE_OPERATORS.pow };
const MIN: Arithmetic = { float: minimumOperator, whole: WHOLE_OPERATORS.minimum };
const MAX: Arithmetic = { float: maximumOperator, whole: WHOLE_OPERATORS.maximum };

const two = (node: OnnxNode, { float, whole }: Arithmetic, a: string, b: string): string =>
  node.add(node.isFloat(a) ? float : whole, [a, b], {});

const negative = (node: OnnxNode, x: string): string => two(node, SUB, numberLike(node, x, 0), x);
const isUnsigned = (node: OnnxNode, x: string): boolean => ["uint8", "bool"].includes(node.dtypeOf(x));

/** The size of each number. */
export function absolute(node: OnnxNode, x: string): string {
  if (node.isFloat(x)) return node.add(UNARY_OPERATORS.abs, [x], {});
  return isUnsigned(node, x) ? x : two(node, MAX, x, negative(node, x));
}

const clamped = (node: OnnxNode, x: string, min: string, max: string): string => {
  const above = min === "" ? x : two(node, MAX, x, min);
  return max === "" ? above : two(node, MIN, above, max);
};

/** Functions of whole numbers, in terms of operations on two. */
const WHOLE_UNARY: Readonly<Record<string, (node: OnnxNode, x: string) => string>> = {
  Abs: absolute,
  Neg: negative,
  Relu: (node, x) => two(node, MAX, x, numberLike(node, x, 0)),
  Sign: (node, x) => clamped(node, x, isUnsigned(node, x) ? "" : numberLike(node, x, -1), numberLike(node, x, 1)),
};

const clip: Translator = (node) => {
  const x = node.input(0);
  if (node.opset < 11) {
    const { attributes } = node;
    return node.add(UNARY_OPERATORS.clamp, [x], {
      min: attributes.float("min", -Infinity),
      max: attributes.float("max", Infinity),
    });
  }
  const [min, max] = [node.optional(1), node.optional(2)];
  const isKnown = [min, max].every((bound) => bound === "" || node.isConstant(bound));
  if (!isKnown || !node.isFloat(x)) return clamped(node, x, min, max);
  const attributes = deferred([min, max], (where, _, [least, most]) => ({
    min: boundOf(where, least!, -Infinity),
    max: boundOf(where, most!, Infinity),
  }));
  return node.add(UNARY_OPERATORS.clamp, [x], attributes);
};

function boundOf(where: string, bound: Constant | null, none: number): number {
  if (bound === null) return none;
  if (bound.data.length !== 1) throw wrongValue(where, `bounds must be single numbers, got shape ${show(bound.shape)}`);
  return numbersOf(bound)[0]!;
}

const binary =
  (operation: Arithmetic): Translator =>
  (node) =>
    two(node, operation, node.input(0), node.input(1));

/** A value in a type; floats become integers towards zero. */
const as = (node: OnnxNode, value: string, to: DType): string =>
  node.dtypeOf(value) === to ? value : node.call(castOperator, [value], { to }, to);

/** The result has the type of the base. */
const pow: Translator = (node) => {
  const [base, exponent] = [node.input(0), node.input(1)];
  const dtype = node.dtypeOf(base);
  if (!node.isFloat(exponent)) return two(node, POW, base, as(node, exponent, dtype));
  return as(node, two(node, POW, asFloat(node, base), exponent), dtype);
};

const mod: Translator = (node) => {
  const operator = node.attributes.flag("fmod", false) ? WHOLE_OPERATORS.fmod : WHOLE_OPERATORS.remainder;
  return node.add(operator, [node.input(0), node.input(1)], {});
};

/** Any number of arguments, combined two at a time. */
const many =
  (operation: Arithmetic): Translator =>
  (node) =>
    node.all().reduce((result, value) => two(node, operation, result, value));

const sum = /* @__PURE__ */ many(ADD);

const mean: Translator = (node) => {
  const total = sum(node) as string;
  const { length } = node.inputs;
  return length === 1 ? total : two(node, MUL, total, node.number(1 / length));
};

/** A function of one number that ends no other call, of attributes that stand for its numbers. */
const elementary =
  (operator: (typeof ELEMENTARY)["sin"], numbers: (node: OnnxNode) => ElementaryAttributes = () => ({})): Translator =>
  (node) =>
    node.add(operator, [node.input(0)], numbers(node));

const celuNumbers = (node: OnnxNode): ElementaryAttributes => {
  const alpha = node.attributes.float("alpha", 1);
  if (!(alpha > 0)) throw wrongValue(node.where, `alpha must be above 0, got ${alpha}`);
  return { alpha };
};

export const elementwiseTranslators: Readonly<Record<string, Translator>> = {
  .../* @__PURE__ */ unary(),
  Acos: elementary(ELEMENTARY.acos),
  Acosh: elementary(ELEMENTARY.acosh),
  Add: binary(ADD),
  Asin: elementary(ELEMENTARY.asin),
  Asinh: elementary(ELEMENTARY.asinh),
  Atan: elementary(ELEMENTARY.atan),
  Atanh: elementary(ELEMENTARY.atanh),
  Celu: elementary(ELEMENTARY.celu, celuNumbers),
  Clip: clip,
  Cos: elementary(ELEMENTARY.cos),
  Cosh: elementary(ELEMENTARY.cosh),
  Div: binary(DIV),
  Gelu: (node) =>
    node.add(geluOperator, [node.input(0)], { approximate: node.attributes.choice("approximate", ["none", "tanh"]) }),
  Max: many(MAX),
  Mean: mean,
  Min: many(MIN),
  Mod: mod,
  Mul: binary(MUL),
  Pow: pow,
  PRelu: (node) => node.add(preluOperator, [node.input(0), node.input(1)], {}),
  Selu: elementary(ELEMENTARY.selu, ({ attributes }) => ({
    alpha: attributes.float("alpha", 1.6732631921768188),
    beta: attributes.float("gamma", 1.0507010221481323),
  })),
  Shrink: elementary(ELEMENTARY.shrink, ({ attributes }) => ({
    alpha: attributes.float("lambd", 0.5),
    beta: attributes.float("bias", 0),
  })),
  Sin: elementary(ELEMENTARY.sin),
  Sinh: elementary(ELEMENTARY.sinh),
  Softsign: elementary(ELEMENTARY.softsign),
  Sub: binary(SUB),
  Sum: sum,
  Tan: elementary(ELEMENTARY.tan),
  ThresholdedRelu: elementary(ELEMENTARY.thresholdedRelu, ({ attributes }) => ({
    alpha: attributes.float("alpha", 1),
  })),
};
