import { checkChoice, checkNumber, checkOptions, checkTensor, show, type TensorLike, wrongValue } from "../check.ts";
import { geluOperator, UNARY_OPERATORS } from "../operators/activation.ts";
import { preluOperator } from "../operators/binary.ts";
import { ELEMENTARY } from "../operators/elementary.ts";
import { reshapeOperator } from "../operators/movement.ts";
import { logSoftmaxOperator, type SoftmaxAttributes, softmaxOperator } from "../operators/reduce.ts";
import { applyOne } from "../planning/evaluate.ts";
import type { Operator } from "../planning/operator.ts";
import type { Tensor } from "../tensor.ts";

/** Options of {@link gelu}. */
export interface GeluOptions {
  /** 'none' is x times the normal distribution function; 'tanh' approximates it by a hyperbolic tangent; default 'none' */
  approximate?: "none" | "tanh";
}

/** Options of {@link softmax} and {@link logSoftmax}. */
export interface SoftmaxOptions {
  /** axis along which the results add up to 1; a negative one counts from the end */
  dim: number;
}

function each<A extends object>(where: string, operator: Operator<A>, input: TensorLike, attributes: A): Tensor {
  return applyOne(where, operator, [checkTensor(where, "input", input)], attributes);
}

/**
 * max(x, 0) for each element (torch.nn.functional.relu); NaN stays NaN.
 *
 * @param input any shape
 * @returns a tensor of the input's shape
 * @throws TypeError for an argument that is not a tensor, RangeError when memory does not suffice
 */
export function relu(input: TensorLike): Tensor {
  return each("relu", UNARY_OPERATORS.relu, input, {});
}

/** min(max(x, 0), 6) for each element (torch.nn.functional.relu6); otherwise as {@link relu}. */
export function relu6(input: TensorLike): Tensor {
  return each("relu6", UNARY_OPERATORS.relu6, input, {});
}

/**
 * x for x >= 0, negativeSlope * x below, for each element (torch.nn.functional.leaky_relu).
 *
 * @param negativeSlope default 0.01
 * @throws as {@link relu}; TypeError for a slope that is not a number
 */
export function leakyRelu(input: TensorLike, negativeSlope = 0.01): Tensor {
  const where = "leakyRelu";
  return each(where, UNARY_OPERATORS.leakyRelu, input, {
    negativeSlope: checkNumber(where, "negativeSlope", negativeSlope),
  });
}

/**
 * x for x >= 0, a slope times x below, for each element (torch.nn.functional.prelu).
 *
 * @param input (N, C, ...), or any shape where there is one slope
 * @param weight (1), or (C) for a slope of each channel
 * @returns a tensor of the input's shape
 * @throws TypeError for an argument that is not a tensor, RangeError for another number of slopes and when memory does not suffice
 */
export function prelu(input: TensorLike, weight: TensorLike): Tensor {
  const where = "prelu";
  const x = checkTensor(where, "input", input);
  const slopes = checkTensor(where, "weight", weight);
  const [count] = slopes.shape;
  if (slopes.shape.length !== 1 || (count !== 1 && count !== x.shape[1])) {
    throw wrongValue(
      where,
      `weight must have shape [1], or one value for each channel of input ${show(x.shape)}, got ${show(slopes.shape)}`,
    );
  }
  const shape = count === 1 ? [1] : [count!, ...x.shape.slice(2).fill(1)];
  const repeating = applyOne(where, reshapeOperator, [slopes], { shape });
  return applyOne(where, preluOperator, [x, repeating], {});
}

/**
 * x for x >= 0, alpha * (e^x - 1) below, for each element (torch.nn.functional.elu).
 *
 * @param alpha default 1
 * @throws as {@link relu}; TypeError for an alpha that is not a number
 */
export function elu(input: TensorLike, alpha = 1): Tensor {
  return each("elu", UNARY_OPERATORS.elu, input, { alpha: checkNumber("elu", "alpha", alpha) });
}

/** scale * elu(x, alpha) with the constants that keep mean and variance (torch.nn.functional.selu); otherwise as {@link relu}. */
export function selu(input: TensorLike): Tensor {
  return each("selu", ELEMENTARY.selu, input, { alpha: 1.6732632423543772, beta: 1.0507009873554805 });
}

/**
 * x for x >= 0, alpha * (e^(x / alpha) - 1) below, for each element (torch.nn.functional.celu).
 *
 * @param alpha default 1
 * @throws as {@link relu}; TypeError for an alpha that is not a number, RangeError for 0
 */
export function celu(input: TensorLike, alpha = 1): Tensor {
  if (checkNumber("celu", "alpha", alpha) === 0) throw wrongValue("celu", "alpha must not be 0");
  return each("celu", ELEMENTARY.celu, input, { alpha });
}

/**
 * min(max(x, minVal), maxVal) for each element (torch.nn.functional.hardtanh).
 *
 * @param minVal default -1
 * @param maxVal default 1
 * @throws as {@link relu}; TypeError for bounds that are not numbers, RangeError where the first is not the smaller one
 */
export function hardtanh(input: TensorLike, minVal = -1, maxVal = 1): Tensor {
  const where = "hardtanh";
  const bounds = { min: checkNumber(where, "minVal", minVal), max: checkNumber(where, "maxVal", maxVal) };
  if (!(minVal < maxVal)) throw wrongValue(where, `minVal must be less than maxVal, got ${minVal} and ${maxVal}`);
  return each(where, UNARY_OPERATORS.clamp, input, bounds);
}

/** x / (1 + |x|) for each element (torch.nn.functional.softsign); otherwise as {@link relu}. */
export function softsign(input: TensorLike): Tensor {
  return each("softsign", ELEMENTARY.softsign, input, {});
}

/**
 * x where |x| > lambd, else 0, for each element (torch.nn.functional.hardshrink).
 *
 * @param lambd default 0.5
 * @throws as {@link relu}; TypeError, RangeError for a lambd that is not a number from 0
 */
export function hardshrink(input: TensorLike, lambd = 0.5): Tensor {
  return shrink("hardshrink", input, lambd, 0);
}

/** x less lambd where x > lambd, x plus lambd where x < -lambd, else 0 (torch.nn.functional.softshrink); otherwise as {@link hardshrink}. */
export function softshrink(input: TensorLike, lambd = 0.5): Tensor {
  return shrink("softshrink", input, lambd, lambd);
}

function shrink(where: string, input: TensorLike, lambd: number, beta: number): Tensor {
  if (!(checkNumber(where, "lambd", lambd) >= 0)) throw wrongValue(where, `lambd must not be negative, got ${lambd}`);
  return each(where, ELEMENTARY.shrink, input, { alpha: lambd, beta });
}

/** 1 / (1 + e^-x) for each element (torch.sigmoid); otherwise as {@link relu}. */
export function sigmoid(input: TensorLike): Tensor {
  return each("sigmoid", UNARY_OPERATORS.sigmoid, input, {});
}

/** x * sigmoid(x) for each element, also known as swish (torch.nn.functional.silu); otherwise as {@link relu}. */
export function silu(input: TensorLike): Tensor {
  return each("silu", UNARY_OPERATORS.silu, input, {});
}

/** x * min(max(x + 3, 0), 6) / 6 for each element (torch.nn.functional.hardswish); otherwise as {@link relu}. */
export function hardswish(input: TensorLike): Tensor {
  return each("hardswish", UNARY_OPERATORS.hardswish, input, {});
}

/** min(max(x / 6 + 1/2, 0), 1) for each element (torch.nn.functional.hardsigmoid); otherwise as {@link relu}. */
export function hardsigmoid(input: TensorLike): Tensor {
  return each("hardsigmoid", UNARY_OPERATORS.hardsigmoid, input, { alpha: 1 / 6, beta: 1 / 2 });
}

/**
 * x times the normal distribution function of x for each element (torch.nn.functional.gelu).
 *
 * @param options approximate 'none'
 * @throws as {@link relu}; TypeError or RangeError for an option that is not known
 */
export function gelu(input: TensorLike, options?: GeluOptions): Tensor {
  const where = "gelu";
  const { approximate = "none" } = checkOptions(where, options, ["approximate"]);
  return each(where, geluOperator, input, {
    approximate: checkChoice(where, "approximate", approximate, ["none", "tanh"]),
  });
}

/** The hyperbolic tangent of each element (torch.tanh); otherwise as {@link relu}. */
export function tanh(input: TensorLike): Tensor {
  return each("tanh", UNARY_OPERATORS.tanh, input, {});
}

/** ln(1 + e^x) for each element (torch.nn.functional.softplus); otherwise as {@link relu}. */
export function softplus(input: TensorLike): Tensor {
  return each("softplus", UNARY_OPERATORS.softplus, input, {});
}

/** x * tanh(softplus(x)) for each element (torch.nn.functional.mish); otherwise as {@link relu}. */
export function mish(input: TensorLike): Tensor {
  return each("mish", UNARY_OPERATORS.mish, input, {});
}

/**
 * -1 for each element below zero, 1 for each above, 0 for zeros (torch.sign); otherwise as {@link relu}. NaN stays NaN, as in
 * onnxruntime and NumPy; torch makes it 0.
 */
export function sign(input: TensorLike): Tensor {
  return each("sign", UNARY_OPERATORS.sign, input, {});
}

/**
 * e^x of each element, divided by the sum of them along an axis (torch.softmax).
 *
 * @param input any shape of one axis or more
 * @param options dim
 * @returns a tensor of the input's shape
 * @throws TypeError for an argument of the wrong kind, RangeError for an axis that does not exist and when memory does not
 *   suffice
 */
export function softmax(input: TensorLike, options: SoftmaxOptions): Tensor {
  return along("softmax", softmaxOperator, input, options);
}

/** The logarithm of softmax, without computing that first (torch.log_softmax); otherwise as {@link softmax}. */
export function logSoftmax(input: TensorLike, options: SoftmaxOptions): Tensor {
  return along("logSoftmax", logSoftmaxOperator, input, options);
}

function along(
  where: string,
  operator: Operator<SoftmaxAttributes>,
  input: TensorLike,
  options: SoftmaxOptions,
): Tensor {
  const x = checkTensor(where, "input", input);
  const { dim } = checkOptions(where, options, ["dim"]);
  return applyOne(where, operator, [x], { dim: checkNumber(where, "dim", dim) });
}
