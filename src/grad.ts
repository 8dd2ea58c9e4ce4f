import {
  checkShape,
  checkTensor,
  countOf,
  sameShape,
  settled,
  show,
  type TensorLike,
  type View,
  wrongValue,
} from "./check.ts";
import { type ConvCall, convCall, transposeCall } from "./conv/call.ts";
import type { Axis, ConvGeometry } from "./conv/geometry.ts";
import type { PaddingMode } from "./conv/padding.ts";
import { foldAxes } from "./conv/volume.ts";
import { float32 } from "./dtype.ts";
import type { Conv2dOptions } from "./functional/conv.ts";
import type { ConvTranspose2dOptions } from "./functional/conv-transpose.ts";
import { accumulateOperator, adjointOf } from "./operators/accumulate.ts";
import {
  type GeometryAttributes,
  geometryOperator,
  inputGradientOperator,
  weightGradientOperator,
} from "./operators/conv.ts";
import { padOperator } from "./operators/pad.ts";
import type { Constant } from "./planning/constant.ts";
import { evaluate } from "./planning/evaluate.ts";
import type { Operator } from "./planning/operator.ts";
import { newData, Tensor } from "./tensor.ts";

/** Gradients of all arguments of a convolution. */
export interface ConvGradients {
  /** in the input's shape */
  readonly input: Tensor;
  /** in the weight's shape */
  readonly weight: Tensor;
  /** (filters) */
  readonly bias: Tensor;
}

/**
 * Gradient of {@link conv2d} with respect to its input (torch.nn.grad.conv2d_input).
 *
 * @param inputSize shape of the input, (N, C, H, W) or (C, H, W)
 * @param weight (filters, C / groups, kernel height, kernel width)
 * @param gradOutput gradient of the output, in the shape that conv2d returns
 * @param options those of the forward call, padding modes and 'same' included
 * @returns a tensor of shape inputSize
 * @throws as {@link conv2d}; RangeError for a gradient of another shape
 */
export function conv2dInput(
  inputSize: readonly number[],
  weight: TensorLike,
  gradOutput: TensorLike,
  options?: Conv2dOptions,
): Tensor {
  const where = "conv2dInput";
  const size = checkShape(where, "inputSize", inputSize);
  const w = checkTensor(where, "weight", weight);
  const g = checkTensor(where, "gradOutput", gradOutput);
  const names = { input: "inputSize", weight: "weight" };
  const call = convCall({ where, axes: 2, input: size, weight: w.shape, options, names });
  checkGradient(where, g, call);
  return inputGradient(where, call, size, w, g);
}

/**
 * Gradient of {@link conv2d} with respect to its weight (torch.nn.grad.conv2d_weight).
 *
 * @param input (N, C, H, W) or (C, H, W)
 * @param weightSize shape of the weight, (filters, C / groups, kernel height, kernel width)
 * @param gradOutput gradient of the output, in the shape that conv2d returns
 * @param options those of the forward call, padding modes and 'same' included
 * @returns a tensor of shape weightSize
 * @throws as {@link conv2d}; RangeError for a gradient of another shape
 */
export function conv2dWeight(
  input: TensorLike,
  weightSize: readonly number[],
  gradOutput: TensorLike,
  options?: Conv2dOptions,
): Tensor {
  const where = "conv2dWeight";
  const x = checkTensor(where, "input", input);
  const size = checkShape(where, "weightSize", weightSize);
  const g = checkTensor(where, "gradOutput", gradOutput);
  const names = { input: "input", weight: "weightSize" };
  const call = convCall({ where, axes: 2, input: x.shape, weight: size, options, names });
  checkGradient(where, g, call);
  return computed(where, weightGradientOperator, [x, g], call.geometry, size);
}

/**
 * Gradients of {@link conv2d} with respect to all its arguments, as torch.autograd computes them.
 *
 * @param input (N, C, H, W) or (C, H, W)
 * @param weight (filters, C / groups, kernel height, kernel width)
 * @param gradOutput gradient of the output, in the shape that conv2d returns
 * @param options those of the forward call, padding modes and 'same' included
 * @returns input and weight in their shapes, bias (filters)
 * @throws as {@link conv2d}; RangeError for a gradient of another shape
 */
export function conv2dBackward(
  input: TensorLike,
  weight: TensorLike,
  gradOutput: TensorLike,
  options?: Conv2dOptions,
): ConvGradients {
  const where = "conv2dBackward";
  const x = checkTensor(where, "input", input);
  const w = checkTensor(where, "weight", weight);
  const g = checkTensor(where, "gradOutput", gradOutput);
  const call = convCall({ where, axes: 2, input: x.shape, weight: w.shape, options });
  checkGradient(where, g, call);
  return {
    input: inputGradient(where, call, x.shape, w, g),
    weight: computed(where, weightGradientOperator, [x, g], call.geometry, w.shape),
    bias: biasGradient(where, g),
  };
}

/**
 * Gradients of {@link convTranspose2d} with respect to all its arguments, as torch.autograd computes them.
 *
 * @param input (N, C, H, W) or (C, H, W)
 * @param weight (C, filters / groups, kernel height, kernel width)
 * @param gradOutput gradient of the output, in the shape that convTranspose2d returns
 * @param options those of the forward call
 * @returns input and weight in their shapes, bias (filters)
 * @throws as {@link convTranspose2d}; RangeError for a gradient of another shape
 */
export function convTranspose2dBackward(
  input: TensorLike,
  weight: TensorLike,
  gradOutput: TensorLike,
  options?: ConvTranspose2dOptions,
): ConvGradients {
  const where = "convTranspose2dBackward";
  const x = checkTensor(where, "input", input);
  const w = checkTensor(where, "weight", weight);
  const g = checkTensor(where, "gradOutput", gradOutput);
  const { geometry, outputShape } = transposeCall({ where, axes: 2, input: x.shape, weight: w.shape, options });
  checkGradient(where, g, { outputShape });
  // the transpose of the transpose is the convolution itself, with input and output exchanged
  return {
    input: computed(where, geometryOperator, [g, w], geometry, x.shape),
    weight: computed(where, weightGradientOperator, [g, x], geometry, w.shape),
    bias: biasGradient(where, g),
  };
}

/** A convolution of a geometry, or a gradient of one, now. */
export function computed(
  where: string,
  operator: Operator<GeometryAttributes>,
  operands: readonly Constant[],
  geometry: ConvGeometry,
  shape: readonly number[],
): Tensor {
  return evaluate(where, operator, operands, { geometry, shape })[0]!;
}

function checkGradient(where: string, { shape }: View, { outputShape }: Pick<ConvCall, "outputShape">): void {
  if (!sameShape(shape, outputShape)) {
    throw wrongValue(where, `gradOutput must have the output's shape ${show(outputShape)}, got ${show(shape)}`);
  }
}

/** The gradient of a checked convolution with respect to its input. */
export function inputGradient(
  where: string,
  { geometry: g }: ConvCall,
  inputSize: readonly number[],
  weight: Constant,
  gradient: Constant,
): Tensor {
  if (g.paddingMode === "zeros") return computed(where, inputGradientOperator, [gradient, weight], g, inputSize);
  const { y, x } = g;
  const axes = y.folded ? [y.folded.outer, y.folded.inner, x] : [y, x];
  const rows = y.folded ? foldAxes(paddedAxis(y.folded.outer), paddedAxis(y.folded.inner)) : paddedAxis(y);
  const unpadded: ConvGeometry = { ...g, y: rows, x: paddedAxis(x), paddingMode: "zeros" };
  const planes = [g.batch, g.groups * g.channels];
  if (countOf(inputSize) === 0) return new Tensor(newData(where, inputSize), inputSize);
  const shape = [...planes, ...axes.map((axis) => paddedAxis(axis).length)];
  const padded = computed(where, inputGradientOperator, [gradient, weight], unpadded, shape);
  return new Tensor(foldPadding(where, planes, axes, g.paddingMode, padded).data, inputSize);
}

/** The axis of an image that is already padded. */
const paddedAxis = (axis: Axis): Axis => ({
  ...axis,
  length: axis.length + axis.before + axis.after,
  before: 0,
  after: 0,
});

/** The adjoint of padding: a value that went to several places comes back as their sum. */
function foldPadding(
  where: string,
  planes: readonly number[],
  axes: readonly Axis[],
  paddingMode: PaddingMode,
  gradient: Tensor,
): Tensor {
  const shape = [...planes, ...axes.map(({ length }) => length)];
  const padding = axes.toReversed().flatMap(({ before, after }) => [before, after]);
  const mode = paddingMode === "zeros" ? "constant" : paddingMode;
  const { copies } = padOperator.copiesOf(where, [float32(shape)], { padding, mode, value: 0 });
  return evaluate(where, accumulateOperator, [gradient], { shape, copies: adjointOf(copies, 0) })[0]!;
}

/** Sums over batch and pixels, in float64: torch's have higher precision than their terms, too. */
function biasGradient(where: string, gradient: View): Tensor {
  const { data, shape } = settled(where, gradient);
  const [filters, height, width] = shape.slice(-3) as [number, number, number];
  const sums = new Float64Array(filters);
  const size = height * width;
  for (let plane = 0; plane * size < data.length; ++plane) {
    let sum = 0;
    for (let i = plane * size; i < (plane + 1) * size; ++i) sum += data[i]!;
    sums[plane % filters]! += sum;
  }
  const result = newData(where, [filters]);
  result.set(sums);
  return new Tensor(result, [filters]);
}
