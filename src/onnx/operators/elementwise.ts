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
import { deferred, type Translator } from "../translation.ts";
import { asFloat, integers } from "./shapes.ts";

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

/** @param onIntegers what it does in the arithmetic of shapes */
const binary =
  (operator: Binary, onIntegers: (a: number, b: number) => number): Translator =>
  (node) => {
    const inputs = [node.input(0), node.input(1)];
    if (inputs.every((value) => node.kindOf(value) === "integer")) {
      return integers(node, inputs, ([a, b]) => onIntegers(a!, b!));
    }
    return node.add(operator, inputs, { epilogue: NO_EPILOGUE });
  };

const pow: Translator = (node) => {
  const [base, exponent] = [node.input(0), node.input(1)];
  if (!node.isFloat(base)) return integers(node, [base, exponent], ([a, b]) => Math.trunc(a! ** b!));
  return node.add(powOperator, [base, asFloat(node, exponent)], { epilogue: NO_EPILOGUE });
};

/** Of integers only; the sign is the divisor's. */
const mod: Translator = (node) => {
  const towardsZero = node.attributes.flag("fmod", false);
  const remainder = ([a, b]: readonly number[]) => (towardsZero ? a! % b! : a! - b! * Math.floor(a! / b!));
  return integers(node, [node.input(0), node.input(1)], remainder);
};

/** Any number of arguments, two at a time. */
const many =
  (operator: Binary, onIntegers: (...values: number[]) => number): Translator =>
  (node) => {
    const inputs = node.all();
    if (!inputs.some((value) => node.isFloat(value))) return integers(node, inputs, (values) => onIntegers(...values));
    return inputs.reduce((sum, value) => node.add(operator, [sum, value], { epilogue: NO_EPILOGUE }));
  };

const sum = /* @__PURE__ */ many(addOperator, (...values) => values.reduce((a, b) => a + b));

const mean: Translator = (node) => {
  const total = sum(node) as string;
  const count = node.all().length;
  if (count === 1) return total;
  return node.add(mulOperator, [total, node.constant(Float32Array.of(1 / count), [])], { epilogue: NO_EPILOGUE });
};

export const elementwiseTranslators: Readonly<Record<string, Translator>> = {
  Abs: plain(absOperator),
  Add: binary(addOperator, (a, b) => a + b),
  Ceil: plain(ceilOperator),
  Clip: clip,
  // as C divides integers
  Div: binary(divOperator, (a, b) => Math.trunc(a / b)),
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
  Max: many(maximumOperator, Math.max),
  Mean: mean,
  Min: many(minimumOperator, Math.min),
  Mish: plain(mishOperator),
  Mod: mod,
  Mul: binary(mulOperator, (a, b) => a * b),
  Neg: plain(negOperator),
  Pow: pow,
  PRelu: (node) => node.add(preluOperator, [node.input(0), node.input(1)], { epilogue: NO_EPILOGUE }),
  Reciprocal: plain(reciprocalOperator),
  Relu: plain(reluOperator),
  Round: plain(roundOperator),
  Sigmoid: plain(sigmoidOperator),
  Softplus: plain(softplusOperator),
  Sqrt: plain(sqrtOperator),
  Sub: binary(subOperator, (a, b) => a - b),
  Sum: sum,
  Tanh: plain(tanhOperator),
};
