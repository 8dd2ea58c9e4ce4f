import { checkShape, checkTensor, countOf, sameShape, show, type TensorLike, type View, wrongValue } from "./check.ts";
import { type ConvCall, type ConvGeometry, convCall } from "./conv/geometry.ts";
import { sourceIndex } from "./conv/padding.ts";
import { runConv } from "./conv/run.ts";
import { transposeConv } from "./conv/transpose.ts";
import { transposeCall } from "./conv/transpose-geometry.ts";
import { weightGradient } from "./conv/weight-gradient.ts";
import type { Conv2dOptions } from "./functional/conv.ts";
import type { ConvTranspose2dOptions } from "./functional/conv-transpose.ts";
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
  checkShape(where, "inputSize", inputSize);
  const w = checkTensor(where, "weight", weight);
  const g = checkTensor(where, "gradOutput", gradOutput);
  const names = { input: "inputSize", weight: "weight" };
  const call = convCall(where, 2, inputSize, w, undefined, options, names);
  checkGradient(where, g, call);
  return inputGradient(where, call, inputSize, w, g);
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
  checkShape(where, "weightSize", weightSize);
  const g = checkTensor(where, "gradOutput", gradOutput);
  const names = { input: "input", weight: "weightSize" };
  const call = convCall(where, 2, x.shape, { shape: weightSize }, undefined, options, names);
  checkGradient(where, g, call);
  return new Tensor(weightGradient(where, call.geometry, x.data, g.data), weightSize);
}

/**
 * Gradients of {@link conv2d} with respect to all its arguments, as torch.autograd gives them.
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
  const call = convCall(where, 2, x.shape, w, undefined, options);
  checkGradient(where, g, call);
  return {
    input: inputGradient(where, call, x.shape, w, g),
    weight: new Tensor(weightGradient(where, call.geometry, x.data, g.data), w.shape),
    bias: biasGradient(where, g),
  };
}

/**
 * Gradients of {@link convTranspose2d} with respect to all its arguments, as torch.autograd gives them.
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
  const { geometry, outputShape } = transposeCall(where, 2, x.shape, w.shape, undefined, options);
  checkGradient(where, g, { outputShape });
  // the transpose of the transpose is the convolution itself, with input and output exchanged
  return {
    input: new Tensor(forward(where, geometry, g, w), x.shape),
    weight: new Tensor(weightGradient(where, geometry, g.data, x.data), w.shape),
    bias: biasGradient(where, g),
  };
}

function forward(where: string, geometry: ConvGeometry, input: View, weight: View): Float32Array {
  if (geometry.batch === 0) return newData(where, [0]);
  return runConv(where, geometry, "auto", input.data, weight.data, undefined);
}

function checkGradient(where: string, { shape }: View, { outputShape }: Pick<ConvCall, "outputShape">): void {
  if (!sameShape(shape, outputShape)) {
    throw wrongValue(where, `gradOutput must have the output's shape ${show(outputShape)}, got ${show(shape)}`);
  }
}

function inputGradient(
  where: string,
  { geometry: g }: ConvCall,
  inputSize: readonly number[],
  weight: View,
  gradient: View,
): Tensor {
  if (countOf(inputSize) === 0) return new Tensor(newData(where, inputSize), inputSize);
  if (g.paddingMode === "zeros") {
    return new Tensor(transposeConv(where, g, weight.data, gradient.data, undefined), inputSize);
  }
  const padded = { ...g, height: g.height + g.padTop + g.padBottom, width: g.width + g.padLeft + g.padRight };
  const unpadded: ConvGeometry = { ...padded, padTop: 0, padBottom: 0, padLeft: 0, padRight: 0, paddingMode: "zeros" };
  return new Tensor(
    foldPadding(where, g, transposeConv(where, unpadded, weight.data, gradient.data, undefined)),
    inputSize,
  );
}

/** The adjoint of padding: what went to several places comes back as their sum. */
function foldPadding(where: string, g: ConvGeometry, gradient: Float32Array): Float32Array {
  const rows = Array.from({ length: g.height + g.padTop + g.padBottom }, (_, y) =>
    sourceIndex(g.paddingMode, y - g.padTop, g.height),
  );
  const columns = Array.from({ length: g.width + g.padLeft + g.padRight }, (_, x) =>
    sourceIndex(g.paddingMode, x - g.padLeft, g.width),
  );
  const planes = g.batch * g.groups * g.channels;
  const result = newData(where, [planes, g.height, g.width]);
  let from = 0;
  for (let plane = 0; plane < planes; ++plane) {
    for (const row of rows) {
      const to = (plane * g.height + row) * g.width;
      for (const column of columns) result[to + column]! += gradient[from++]!;
    }
  }
  return result;
}

/** Sums over batch and pixels, in float64 as torch's are in higher precision than their terms. */
function biasGradient(where: string, { data, shape }: View): Tensor {
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
