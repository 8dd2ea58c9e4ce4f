import { sigmoid, sign, softplus, tanh } from "../../functional/activation.ts";
import { add, div, mul, pow, sub } from "../../functional/arithmetic.ts";
import { eq, ge, gt, le, lt } from "../../functional/comparison.ts";
import { where } from "../../functional/indexing.ts";
import { abs, clamp, cos, cosh, exp, log, neg, reciprocal, rsqrt, sin, sinh, square } from "../../functional/math.ts";
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
import { castOperator } from "../../operators/cast.ts";
import { ELEMENTARY } from "../../operators/elementary.ts";
import { whereOperator } from "../../operators/select.ts";
import type { Constant } from "../../planning/constant.ts";
import { applyOne } from "../../planning/evaluate.ts";
import type { Operator } from "../../planning/operator.ts";
import { Tensor } from "../../tensor.ts";
import { type Call, type Entry, type Rule, rule } from "../rule.ts";
import { ones, sumTo } from "./support.ts";

type Numbers = Readonly<Record<string, number>>;

/** A function of one number, by the gradient's factor. */
const unary = (
  operator: Operator<never>,
  keeps: 0 | "result",
  factor: (x: Tensor, numbers: Numbers) => Tensor,
): Entry =>
  rule(operator as Operator, [keeps], (call, g) => [
    mul(g, factor(keeps === 0 ? call.operand(0) : call.result(), call.attributes as Numbers)),
  ]);

/** A function that is constant almost everywhere. */
const flat = (operator: Operator<never>): Entry =>
  rule(operator as Operator, [], (_call, g) => [Tensor.zeros(g.shape)]);

/** An operation on two numbers: each argument's gradient, before it is summed over repetitions. */
const binary = (
  operator: Operator,
  keeps: Rule["keeps"],
  of: (call: Call, g: Tensor) => readonly [() => Tensor, () => Tensor],
): Entry =>
  rule(operator, keeps, (call, g) =>
    of(call, g).map((gradient, i) => (call.needs(i) ? sumTo(gradient(), call.types[i]!.shape) : null)),
  );

/** Of equal numbers each has half of the gradient, as in torch. */
const extreme = (operator: Operator, wins: typeof gt): Entry =>
  binary(operator, [0, 1], (call, g) => {
    const [a, b] = [call.operand(0), call.operand(1)];
    const share = (x: Tensor, y: Tensor) => mul(g, add(ones(wins(x, y)), mul(ones(eq(x, y)), 0.5)));
    return [() => share(a, b), () => share(b, a)];
  });

const SQRT_HALF = Math.SQRT1_2;
const NORMAL_DENSITY = 1 / Math.sqrt(2 * Math.PI);
const GELU_SCALE = Math.sqrt(2 / Math.PI);
const GELU_CUBE = 0.044715;

const erfOf = (x: Tensor) => applyOne("backward", UNARY_OPERATORS.erf, [x], {});
/** e^(-x²/2) / sqrt(2 pi) */
const density = (x: Tensor) => mul(exp(mul(square(x), -0.5)), NORMAL_DENSITY);

const gelu = (x: Tensor) => add(mul(add(erfOf(mul(x, SQRT_HALF)), 1), 0.5), mul(x, density(x)));

function geluTanh(x: Tensor): Tensor {
  const squared = square(x);
  const t = tanh(mul(mul(x, add(mul(squared, GELU_CUBE), 1)), GELU_SCALE));
  const inner = mul(add(mul(squared, 3 * GELU_CUBE), 1), GELU_SCALE);
  return mul(add(add(t, 1), mul(mul(x, sub(1, square(t))), inner)), 0.5);
}

function silu(x: Tensor): Tensor {
  const s = sigmoid(x);
  return mul(s, add(mul(x, sub(1, s)), 1));
}

function mish(x: Tensor): Tensor {
  const t = tanh(softplus(x));
  return add(t, mul(mul(x, sigmoid(x)), sub(1, square(t))));
}

const inside = (x: Tensor, least: number, most: number) => mul(ones(gt(x, least)), ones(lt(x, most)));
/** 1 above zero, alpha e^(x rate) below */
const bent = (x: Tensor, alpha: number, rate = 1) => {
  const above = ones(gt(x, 0));
  return add(above, mul(sub(1, above), mul(exp(mul(clamp(x, null, 0), rate)), alpha)));
};
/** slope below zero, 1 above */
const slopes = (x: Tensor, slope: number) => add(mul(ones(gt(x, 0)), 1 - slope), slope);

const U = UNARY_OPERATORS;
const E = ELEMENTARY;

export const elementwiseRules = (): readonly Entry[] => [
  binary(addOperator, [], (_call, g) => [() => g, () => g]),
  binary(subOperator, [], (_call, g) => [() => g, () => neg(g)]),
  binary(mulOperator, [0, 1], (call, g) => [() => mul(g, call.operand(1)), () => mul(g, call.operand(0))]),
  binary(divOperator, [0, 1], (call, g) => [
    () => div(g, call.operand(1)),
    () => neg(div(mul(g, call.operand(0)), square(call.operand(1)))),
  ]),
  binary(powOperator, [0, 1, "result"], (call, g) => [
    () => {
      const [x, p] = [call.operand(0), call.operand(1)];
      // x^0 is constant, even where x^-1 is infinite
      const slope = mul(p, pow(x, sub(p, 1)));
      return mul(g, p.size === 1 && p.item() === 0 ? mul(slope, 0) : slope);
    },
    () => mul(g, mul(call.result(), log(call.operand(0)))),
  ]),
  extreme(minimumOperator, lt),
  extreme(maximumOperator, gt),
  binary(preluOperator, [0, 1], (call, g) => {
    const [x, slope] = [call.operand(0), call.operand(1)];
    const above = ones(gt(x, 0));
    return [() => mul(g, add(above, mul(sub(1, above), slope))), () => mul(g, clamp(x, null, 0))];
  }),
  unary(U.relu, "result", sign),
  unary(U.relu6, 0, (x) => inside(x, 0, 6)),
  unary(U.clamp, 0, (x, { min, max }) => mul(ones(ge(x, min!)), ones(le(x, max!)))),
  unary(U.leakyRelu, 0, (x, { negativeSlope }) => slopes(x, negativeSlope!)),
  unary(U.elu, 0, (x, { alpha }) => bent(x, alpha!)),
  unary(U.silu, 0, silu),
  // as torch, up to the bounds
  unary(U.hardswish, 0, (x) => add(mul(inside(x, -3, 3), add(mul(x, 1 / 3), 0.5)), ones(ge(x, 3)))),
  unary(U.hardsigmoid, 0, (x, { alpha = 1 / 6, beta = 0.5 }) => mul(inside(add(mul(x, alpha), beta), 0, 1), alpha)),
  unary(U.sigmoid, "result", (y) => mul(y, sub(1, y))),
  unary(U.tanh, "result", (y) => sub(1, square(y))),
  unary(U.gelu, 0, gelu),
  unary(U.geluTanh, 0, geluTanh),
  rule(geluOperator, [0], (call, g) => [
    mul(g, (call.attributes.approximate === "tanh" ? geluTanh : gelu)(call.operand(0))),
  ]),
  unary(U.softplus, 0, sigmoid),
  unary(U.mish, 0, mish),
  unary(U.exp, "result", (y) => y),
  unary(U.log, 0, (x) => reciprocal(x)),
  unary(U.sqrt, "result", (y) => div(0.5, y)),
  unary(U.abs, 0, sign),
  rule(U.neg, [], (_call, g) => [neg(g)]),
  unary(U.reciprocal, "result", (y) => neg(square(y))),
  unary(U.erf, 0, (x) => mul(exp(neg(square(x))), 2 / Math.sqrt(Math.PI))),
  unary(E.sin, 0, cos),
  unary(E.cos, 0, (x) => neg(sin(x))),
  unary(E.tan, "result", (y) => add(square(y), 1)),
  unary(E.asin, 0, (x) => rsqrt(sub(1, square(x)))),
  unary(E.acos, 0, (x) => neg(rsqrt(sub(1, square(x))))),
  unary(E.atan, 0, (x) => reciprocal(add(square(x), 1))),
  unary(E.sinh, 0, cosh),
  unary(E.cosh, 0, sinh),
  unary(E.asinh, 0, (x) => rsqrt(add(square(x), 1))),
  unary(E.acosh, 0, (x) => rsqrt(sub(square(x), 1))),
  unary(E.atanh, 0, (x) => reciprocal(sub(1, square(x)))),
  unary(E.softsign, 0, (x) => reciprocal(square(add(abs(x), 1)))),
  unary(E.selu, 0, (x, { alpha, beta }) => mul(bent(x, alpha!), beta!)),
  unary(E.celu, 0, (x, { alpha }) => bent(x, 1, 1 / alpha!)),
  unary(E.shrink, 0, (x, { alpha }) => ones(gt(abs(x), alpha!))),
  rule(whereOperator, [0], (call, g) => {
    const condition = call.operand(0);
    return [
      null,
      call.needs(1) ? sumTo(where(condition, g, 0), call.types[1]!.shape) : null,
      call.needs(2) ? sumTo(where(condition, 0, g), call.types[2]!.shape) : null,
    ];
  }),
  flat(U.floor),
  flat(U.ceil),
  flat(U.round),
  flat(U.sign),
  rule(castOperator, [], (call, g) => [
    applyOne("backward", castOperator, [g as Constant], { to: call.types[0]!.dtype }),
  ]),
];
