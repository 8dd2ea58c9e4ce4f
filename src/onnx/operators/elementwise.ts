import { show, wrongValue } from "../../check.ts";
import { NO_EPILOGUE } from "../../conv/epilogue.ts";
import {
  absOperator,
  ceilOperator,
  clampOperator,
  eluOperator,
  erfOperator,
  expOperator,
  floorOperator,
  geluOperator,
  hardsigmoidOperator,
  hardswishOperator,
  leakyReluOperator,
  logOperator,
  mishOperator,
  negOperator,
  reciprocalOperator,
  reluOperator,
  roundOperator,
  sigmoidOperator,
  softplusOperator,
  sqrtOperator,
  tanhOperator,
} from "../../operators/activation.ts";
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
import type { Constant } from "../../operators/operator.ts";
import { deferred, type OnnxNode, type Translator } from "../translation.ts";
import { asFloat } from "./shapes.ts";

const PLAIN = { epilogue: NO_EPILOGUE };

type Plain = typeof reluOperator;
type Binary = typeof addOperator;

const plain =
  (operator: Plain): Translator =>
  (node) =>
    node.add(operator, [node.input(0)], {});

const clip: Translator = (node) => {
  const x = node.input(0);
  if (node.opset < 11) {
    const { attributes } = node;
    return node.add(clampOperator, [x], {
      min: attributes.float("min", -Infinity),
      max: attributes.float("max", Infinity),
    });
  }
  const bounds = [node.optional(1), node.optional(2)];
  const attributes = deferred(bounds, (where, _, [min, max]) => ({
    min: boundOf(where, min!, -Infinity),
    max: boundOf(where, max!, Infinity),
  }));
  return node.add(clampOperator, [x], attributes);
};

function boundOf(where: string, bound: Constant | null, none: number): number {
  if (bound === null) return none;
  if (bound.data.length !== 1) throw wrongValue(where, `bounds must be single numbers, got shape ${show(bound.shape)}`);
  return bound.data[0]!;
}

const two = (node: OnnxNode, operator: Binary, a: string, b: string): string => node.add(operator, [a, b], PLAIN);

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
  return length === 1 ? total : two(node, mulOperator, total, node.constant(Float32Array.of(1 / length), []));
};

export const elementwiseTranslators: Readonly<Record<string, Translator>> = {
  Abs: plain(absOperator),
  Add: binary(addOperator),
  Ceil: plain(ceilOperator),
  Clip: clip,
  Div: binary(divOperator),
  Elu: (node) => node.add(eluOperator, [node.input(0)], { alpha: node.attributes.float("alpha", 1) }),
  Erf: plain(erfOperator),
  Exp: plain(expOperator),
  Floor: plain(floorOperator),
  Gelu: (node) =>
    node.add(geluOperator, [node.input(0)], { approximate: node.attributes.choice("approximate", ["none", "tanh"]) }),
  HardSigmoid: (node) =>
    node.add(hardsigmoidOperator, [node.input(0)], {
      alpha: node.attributes.float("alpha", 0.2),
      beta: node.attributes.float("beta", 0.5),
    }),
  HardSwish: plain(hardswishOperator),
  LeakyRelu: (node) =>
    node.add(leakyReluOperator, [node.input(0)], { negativeSlope: node.attributes.float("alpha", 0.01) }),
  Log: plain(logOperator),
  Max: many(maximumOperator),
  Mean: mean,
  Min: many(minimumOperator),
  Mish: plain(mishOperator),
  Mul: binary(mulOperator),
  Neg: plain(negOperator),
  Pow: pow,
  PRelu: binary(preluOperator),
  Reciprocal: plain(reciprocalOperator),
  Relu: plain(reluOperator),
  Round: plain(roundOperator),
  Sigmoid: plain(sigmoidOperator),
  Softplus: plain(softplusOperator),
  Sqrt: plain(sqrtOperator),
  Sub: binary(subOperator),
  Sum: sum,
  Tanh: plain(tanhOperator),
};
