import {
  checkList,
  checkOptions,
  checkSize,
  checkTensor,
  countOf,
  type Pair,
  sameShape,
  show,
  type TensorLike,
  type Triple,
  wrongValue,
} from "../check.ts";
import type { AxisCount } from "../conv/call.ts";
import { scatterElementsOperator } from "../operators/elements.ts";
import { reshapeOperator } from "../operators/movement.ts";
import type { Constant } from "../planning/constant.ts";
import { applyOne } from "../planning/evaluate.ts";
import { Tensor } from "../tensor.ts";
import { checkWindow, type Single } from "./pool.ts";
import { type AnyTensor, checkValues } from "./promotion.ts";

/** Options of {@link maxUnpool2d}, {@link maxUnpool1d} and {@link maxUnpool3d}: those of the pool that is undone. */
export interface MaxUnpoolOptions<N = Pair> {
  /** default: kernelSize */
  stride?: N;
  /** default 0 */
  padding?: N;
  /** lengths of the result, where the pool left several possible; they may have batch and channels before them */
  outputSize?: readonly number[];
}

/**
 * Puts each value where a maximum was taken from, and zeros elsewhere (torch.nn.functional.max_unpool2d).
 *
 * @param input (N, C, H, W), or (C, H, W) without a batch: what {@link maxPool2d} returned
 * @param indices of the input's shape, int64: what it returned with returnIndices
 * @param kernelSize [height, width] of the windows, or one number for both
 * @param options stride kernelSize, padding 0, outputSize (H - 1) stride - 2 padding + kernel
 * @returns (N, C, H', W'), or (C, H', W')
 * @throws TypeError for an argument of the wrong kind; RangeError for a wrong value or shape, an outputSize that differs by a
 *   stride or more from its default, and an index outside of a plane
 */
export function maxUnpool2d(
  input: TensorLike,
  indices: AnyTensor,
  kernelSize: Pair,
  options?: MaxUnpoolOptions,
): Tensor {
  return unpool("maxUnpool2d", 2, input, indices, kernelSize, options);
}

/**
 * {@link maxUnpool2d} of signals (torch.nn.functional.max_unpool1d).
 *
 * @param input (N, C, L), or (C, L) without a batch
 * @param indices of the input's shape, int64
 * @param kernelSize length of the windows
 * @param options as {@link maxUnpool2d}'s
 * @returns (N, C, L'), or (C, L')
 * @throws as {@link maxUnpool2d}
 */
export function maxUnpool1d(
  input: TensorLike,
  indices: AnyTensor,
  kernelSize: Single,
  options?: MaxUnpoolOptions<Single>,
): Tensor {
  return unpool("maxUnpool1d", 1, input, indices, kernelSize, options);
}

/**
 * {@link maxUnpool2d} of volumes (torch.nn.functional.max_unpool3d).
 *
 * @param input (N, C, D, H, W), or (C, D, H, W) without a batch
 * @param indices of the input's shape, int64
 * @param kernelSize [depth, height, width] of the windows, or one number for all three
 * @param options as {@link maxUnpool2d}'s
 * @returns (N, C, D', H', W'), or (C, D', H', W')
 * @throws as {@link maxUnpool2d}
 */
export function maxUnpool3d(
  input: TensorLike,
  indices: AnyTensor,
  kernelSize: Triple,
  options?: MaxUnpoolOptions<Triple>,
): Tensor {
  return unpool("maxUnpool3d", 3, input, indices, kernelSize, options);
}

const FORMS = ["(N, C, L) or (C, L)", "(N, C, H, W) or (C, H, W)", "(N, C, D, H, W) or (C, D, H, W)"] as const;

function unpool(
  where: string,
  axes: AxisCount,
  input: TensorLike,
  indices: AnyTensor,
  kernelSize: unknown,
  options: MaxUnpoolOptions<unknown> | undefined,
): Tensor {
  const x = checkTensor(where, "input", input);
  const places = checkValues(where, "indices", indices);
  const o = checkOptions(where, options, ["stride", "padding", "outputSize"]);
  const { kernelSize: kernels, stride: strides, padding: paddings } = checkWindow(where, axes, kernelSize, o);
  const { shape } = x;
  if (shape.length !== axes + 1 && shape.length !== axes + 2) {
    throw wrongValue(where, `input must be ${FORMS[axes - 1]}, got shape ${show(shape)}`);
  }
  if (!sameShape(places.shape, shape)) {
    throw wrongValue(where, `indices must have the input's shape ${show(shape)}, got ${show(places.shape)}`);
  }
  const outer = shape.slice(0, -axes);
  const least = shape.slice(-axes).map((length, i) => (length - 1) * strides[i]! - 2 * paddings[i]! + kernels[i]!);
  const lengths = o.outputSize === undefined ? least : sizeOf(where, o.outputSize, outer, least, strides);
  const planes = countOf(outer);
  const flat = (tensor: Constant, length: number): Constant =>
    applyOne(where, reshapeOperator, [tensor], { shape: [planes, length] });
  const count = countOf(shape.slice(-axes));
  const nothing = Tensor.zeros([planes, countOf(lengths)]);
  const scattered = applyOne(where, scatterElementsOperator, [nothing, flat(places, count), flat(x, count)], {
    dim: 1,
    reduction: "none",
  });
  return applyOne(where, reshapeOperator, [scattered], { shape: [...outer, ...lengths] });
}

/** @throws RangeError for lengths that a pool with these strides does not lead to the input's from */
function sizeOf(
  where: string,
  given: unknown,
  outer: readonly number[],
  expected: readonly number[],
  strides: readonly number[],
): readonly number[] {
  const axes = expected.length;
  const list = checkList(where, "outputSize", given);
  const lengths = checkSize(where, "outputSize", list.length === axes + 2 ? list.slice(2) : list, axes, 1);
  const fault = lengths.findIndex((length, i) => Math.abs(length - expected[i]!) >= strides[i]!);
  if (fault < 0 && (list.length === axes || outer.every((length, i) => list[i + 2 - outer.length] === length))) {
    return lengths;
  }
  throw wrongValue(
    where,
    `outputSize must differ from ${show(expected)} by less than stride ${show(strides)}, got ${show(given)}`,
  );
}
