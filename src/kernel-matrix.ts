import {
  checkOptions,
  checkSize,
  checkTensor,
  type Pair,
  settled,
  show,
  type TensorLike,
  wrongType,
  wrongValue,
} from "./check.ts";
import { convCall } from "./conv/call.ts";
import { pixelsOf } from "./conv/geometry.ts";
import { visitPattern } from "./conv/tables.ts";
import { newData, Tensor } from "./tensor.ts";

/** Options of {@link kernelMatrix}. */
export interface KernelMatrixOptions {
  /** default 1 */
  stride?: Pair;
  /** zeros on both sides of each axis, or 'same' or 'valid'; default 0 */
  padding?: Pair | "same" | "valid";
  /** default 1 */
  dilation?: Pair;
}

/**
 * The kernel expanded to the matrix whose product with the flattened image is the convolution. Its transpose is the
 * transposed convolution. conv2d's algorithm 'toeplitz' multiplies by this matrix without storing its zeros.
 *
 * @param kernel (kernel height, kernel width)
 * @param inputSize [H, W] of the image, or one number for both
 * @param options stride 1, padding 0, dilation 1
 * @returns (H' * W', H * W), a doubly blocked Toeplitz matrix for stride 1
 * @throws as {@link conv2d}
 */
export function kernelMatrix(kernel: TensorLike, inputSize: Pair, options?: KernelMatrixOptions): Tensor {
  const where = "kernelMatrix";
  const k = checkTensor(where, "kernel", kernel);
  if (k.shape.length !== 2) {
    throw wrongValue(where, `kernel must be (kernel height, kernel width), got shape ${show(k.shape)}`);
  }
  if (typeof inputSize !== "number" && !Array.isArray(inputSize)) {
    throw wrongType(where, `inputSize must be a number or [height, width], got ${show(inputSize)}`);
  }
  const [height, width] = checkSize(where, "inputSize", inputSize, 2, 1) as [number, number];
  const o = checkOptions(where, options, ["stride", "padding", "dilation"]);
  const sizes = { input: [1, height, width], weight: [1, 1, ...k.shape] };
  const { geometry } = convCall({ where, axes: 2, ...sizes, options: o });
  const columns = height * width;
  const shape = [pixelsOf(geometry), columns];
  const data = newData(where, shape);
  settled(where, k);
  visitPattern(geometry, (row, column, tap) => {
    if (column >= 0) data[row * columns + column]! += k.data[tap]!;
  });
  return new Tensor(data, shape);
}
