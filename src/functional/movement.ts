import {
  checkInteger,
  checkList,
  checkNumber,
  checkTensor,
  isInteger,
  sameShape,
  show,
  type TensorLike,
  TRACED,
  wrongValue,
} from "../check.ts";
import type { DType } from "../dtype.ts";
import {
  axisOf,
  catOperator,
  expandOperator,
  flattenOperator,
  pixelShuffleOperator,
  pixelUnshuffleOperator,
  reshapeOperator,
  sliceOperator,
  splitOperator,
  tileOperator,
  transposeOperator,
} from "../operators/movement.ts";
import { apply, applyOne } from "../planning/evaluate.ts";
import type { Operator } from "../planning/operator.ts";
import { reshaped, type Tensor } from "../tensor.ts";
import { asTensor, checkValues } from "./promotion.ts";

/** A tensor of any dtype; the result has the same. */
type Of<D extends DType> = TensorLike | Tensor<D>;

function moved<A extends object, D extends DType>(
  where: string,
  operator: Operator<A>,
  input: Of<D>,
  attributes: A,
): Tensor<D> {
  return applyOne<A, D>(where, operator, [checkValues(where, "input", input)], attributes);
}

/** A list of whole numbers, as dims. */
const checkNumbers = (where: string, name: string, value: unknown): readonly number[] =>
  checkList(where, name, value).map((each) => checkNumber(where, name, each));

const rankOf = (where: string, input: unknown): number => checkValues(where, "input", input).shape.length;

/**
 * Tensors joined along an axis (torch.cat).
 *
 * @param tensors at least one; their shapes agree in all other axes
 * @param dim default 0; a negative one counts from the end
 * @returns a tensor as long along that axis as all of them together
 * @throws TypeError for an argument that is not an array of tensors; RangeError for an empty array, an axis that does not
 *   exist, shapes that differ in other axes
 */
export function cat<D extends DType = "float32">(tensors: readonly Of<D>[], dim = 0): Tensor<D> {
  const where = "cat";
  const views = checkList(where, "tensors", tensors, "tensors").map((tensor, i) =>
    checkValues(where, `tensors[${i}]`, tensor),
  );
  return applyOne<{ dim: number }, D>(where, catOperator, views, { dim: checkNumber(where, "dim", dim) });
}

/**
 * Tensors of one shape put beside each other along a new axis (torch.stack).
 *
 * @param tensors at least one; their shapes agree
 * @param dim the new axis; default 0; a negative one counts from the end of the result
 * @returns a tensor with one axis more
 * @throws as {@link cat}
 */
export function stack<D extends DType = "float32">(tensors: readonly Of<D>[], dim = 0): Tensor<D> {
  const where = "stack";
  const views = checkList(where, "tensors", tensors, "tensors").map((tensor, i) =>
    checkValues(where, `tensors[${i}]`, tensor),
  );
  for (const { shape } of views) {
    if (sameShape(shape, views[0]!.shape)) continue;
    throw wrongValue(where, `tensors must have one shape, got ${show(views[0]!.shape)} and ${show(shape)}`);
  }
  const rank = views[0]?.shape.length ?? 0;
  const axis = axisOf(where, "dim", checkNumber(where, "dim", dim), rank + 1);
  return cat(
    views.map((view) => unsqueeze(view as unknown as Tensor<D>, axis)),
    axis,
  );
}

/**
 * The axes in another order, as a copy (torch.permute).
 *
 * @param input any shape
 * @param dims for each axis of the result, an axis of the input
 * @returns axis i of the result is axis dims[i] of the input
 * @throws TypeError for dims that are not an array of numbers; RangeError where they do not name every axis once
 */
export function permute<D extends DType = "float32">(input: Of<D>, dims: readonly number[]): Tensor<D> {
  const where = "permute";
  return moved(where, transposeOperator, input, { dims: checkNumbers(where, "dims", dims) });
}

/**
 * Two axes exchanged, as a copy (torch.transpose).
 *
 * @param input any shape
 * @param dim0 one axis; a negative one counts from the end
 * @param dim1 the other
 * @returns the values in another order
 * @throws TypeError for axes that are not numbers, RangeError for those that do not exist
 */
export function transpose<D extends DType = "float32">(input: Of<D>, dim0: number, dim1: number): Tensor<D> {
  const where = "transpose";
  const rank = rankOf(where, input);
  const [a, b] = [
    axisOf(where, "dim0", checkNumber(where, "dim0", dim0), rank),
    axisOf(where, "dim1", checkNumber(where, "dim1", dim1), rank),
  ];
  const dims = Array.from({ length: rank }, (_, axis) => (axis === a ? b : axis === b ? a : axis));
  return moved(where, transposeOperator, input, { dims });
}

/**
 * The transpose of a matrix (torch.t); a tensor of fewer axes stays as it is.
 * @param input a tensor of at most 2 axes
 * @returns a copy
 * @throws RangeError for more than 2 axes
 */
export function t<D extends DType = "float32">(input: Of<D>): Tensor<D> {
  const rank = rankOf("t", input);
  if (rank > 2) throw wrongValue("t", `input must have at most 2 axes, got ${rank}; use transpose`);
  return moved("t", transposeOperator, input, {
    dims: rank === 2 ? [1, 0] : Array.from({ length: rank }, (_, i) => i),
  });
}

/**
 * The same values under another shape (torch.reshape); the data is shared.
 *
 * @param input any shape
 * @param shape one length may be -1 and is then inferred
 * @returns a tensor of that shape
 * @throws TypeError for a shape of the wrong kind, RangeError where the number of elements would change
 */
export function reshape<D extends DType = "float32">(input: Of<D>, shape: readonly number[]): Tensor<D> {
  return viewed("reshape", input, shape);
}

/** A reshape, whose data is shared where nothing traces the tensor. */
export function viewed<D extends DType>(where: string, input: Of<D>, shape: readonly number[]): Tensor<D> {
  const x = checkValues(where, "input", input);
  if (!(TRACED in x)) return reshaped(where, asTensor(x) as Tensor<D>, shape);
  return applyOne<{ shape: readonly number[] }, D>(where, reshapeOperator, [x], { shape });
}

/**
 * Without an axis of length 1, or without all of them (torch.squeeze).
 *
 * @param input any shape
 * @param dim the axis, which stays if it is longer; default: all of length 1
 * @returns the values under another shape
 * @throws TypeError, RangeError for an axis that does not exist
 */
export function squeeze<D extends DType = "float32">(input: Of<D>, dim?: number): Tensor<D> {
  const where = "squeeze";
  const { shape } = checkValues(where, "input", input);
  const axis =
    dim === undefined ? undefined : axisOf(where, "dim", checkNumber(where, "dim", dim), Math.max(shape.length, 1));
  return viewed(
    where,
    input,
    shape.filter((length, i) => length !== 1 || (axis !== undefined && axis !== i)),
  );
}

/**
 * With a new axis of length 1 (torch.unsqueeze).
 *
 * @param input any shape
 * @param dim where the axis is in the result; a negative one counts from the result's end
 * @returns the values under another shape
 * @throws TypeError, RangeError for a place that does not exist
 */
export function unsqueeze<D extends DType = "float32">(input: Of<D>, dim: number): Tensor<D> {
  const where = "unsqueeze";
  const { shape } = checkValues(where, "input", input);
  return viewed(
    where,
    input,
    shape.toSpliced(axisOf(where, "dim", checkNumber(where, "dim", dim), shape.length + 1), 0, 1),
  );
}

/**
 * Axes of length 1 repeated, and axes added before the others, as a copy (torch.Tensor.expand).
 *
 * @param input any shape
 * @param shape lengths of the result; -1 keeps an axis
 * @returns a copy
 * @throws TypeError for a shape of the wrong kind, RangeError where an axis that is not 1 would change
 */
export function expand<D extends DType = "float32">(input: Of<D>, shape: readonly number[]): Tensor<D> {
  const where = "expand";
  const own = checkValues(where, "input", input).shape;
  const list = checkNumbers(where, "shape", shape);
  const lead = list.length - own.length;
  const wanted = list.map((length, i) => (length === -1 ? own[i - lead] : length));
  if (
    lead < 0 ||
    wanted.some((length, i) => length === undefined || (i >= lead && own[i - lead] !== 1 && own[i - lead] !== length))
  ) {
    throw wrongValue(where, `shape ${show(shape)} does not repeat axes of length 1 of input ${show(own)}`);
  }
  return moved(where, expandOperator, input, { shape: wanted as number[] });
}

/**
 * The whole repeated along each axis (torch.Tensor.repeat).
 *
 * @param input any shape
 * @param repeats how often, for each axis of the result; at least as many as input has axes
 * @returns a copy
 * @throws TypeError, RangeError for fewer repeats than axes, or negative ones
 */
export function repeat<D extends DType = "float32">(input: Of<D>, repeats: readonly number[]): Tensor<D> {
  const where = "repeat";
  const rank = rankOf(where, input);
  const list = checkNumbers(where, "repeats", repeats);
  if (list.length < rank) throw wrongValue(where, `repeats must have at least ${rank} numbers, got ${show(repeats)}`);
  return moved(where, tileOperator, input, { repeats: list });
}

/**
 * Axes reversed (torch.flip).
 *
 * @param input any shape
 * @param dims the axes
 * @returns a copy
 * @throws TypeError, RangeError for an axis that does not exist or is named twice
 */
export function flip<D extends DType = "float32">(input: Of<D>, dims: number | readonly number[]): Tensor<D> {
  const where = "flip";
  const list = typeof dims === "number" ? [dims] : checkNumbers(where, "dims", dims);
  return moved(where, sliceOperator, input, {
    starts: list.map(() => -1),
    ends: list.map(() => -Infinity),
    steps: list.map(() => -1),
    dims: list,
  });
}

/**
 * A part of an axis (torch.narrow).
 *
 * @param input any shape
 * @param dim the axis
 * @param start first place; a negative one counts from the end
 * @param length number of places
 * @returns a copy, as long as that along the axis
 * @throws TypeError, RangeError for a part that is not inside
 */
export function narrow<D extends DType = "float32">(
  input: Of<D>,
  dim: number,
  start: number,
  length: number,
): Tensor<D> {
  const where = "narrow";
  const { shape } = checkValues(where, "input", input);
  const axis = axisOf(where, "dim", checkNumber(where, "dim", dim), shape.length);
  const count = shape[axis]!;
  checkNumber(where, "start", start);
  checkInteger(where, "length", length, 0);
  const first = start < 0 ? start + count : start;
  if (!isInteger(start) || first < 0 || first + length > count) {
    throw wrongValue(where, `start and length must be inside the ${count} of axis ${axis}, got ${start} and ${length}`);
  }
  return moved(where, sliceOperator, input, { starts: [first], ends: [first + length], steps: [1], dims: [axis] });
}

/**
 * One place of an axis, which is then gone (torch.select).
 *
 * @param input any shape
 * @param dim the axis
 * @param index the place; a negative one counts from the end
 * @returns a copy
 * @throws TypeError, RangeError for a place that does not exist
 */
export function select<D extends DType = "float32">(input: Of<D>, dim: number, index: number): Tensor<D> {
  const where = "select";
  const { shape } = checkValues(where, "input", input);
  const axis = axisOf(where, "dim", checkNumber(where, "dim", dim), shape.length);
  const at = axisOf(where, "index", checkNumber(where, "index", index), shape[axis]!);
  const part = moved(where, sliceOperator, input, { starts: [at], ends: [at + 1], steps: [1], dims: [axis] });
  return viewed(where, part, shape.toSpliced(axis, 1));
}

/**
 * Parts of an axis (torch.split).
 *
 * @param input any shape
 * @param size places in each part, of which the last may be shorter, or the sizes of all of them
 * @param dim the axis; default 0
 * @returns copies that together are the input
 * @throws TypeError, RangeError for a size below 1, or sizes that do not add up to the axis
 */
export function split<D extends DType = "float32">(
  input: Of<D>,
  size: number | readonly number[],
  dim = 0,
): Tensor<D>[] {
  return splitAs("split", input, size, dim);
}

function splitAs<D extends DType>(
  where: string,
  input: Of<D>,
  size: number | readonly number[],
  dim: number,
): Tensor<D>[] {
  const x = checkValues(where, "input", input);
  const axis = axisOf(where, "dim", checkNumber(where, "dim", dim), x.shape.length);
  const length = x.shape[axis]!;
  let sizes: readonly number[];
  if (typeof size === "number") {
    checkInteger(where, "size", size, 1);
    const parts = Math.max(Math.ceil(length / size), 1);
    sizes = Array.from({ length: parts }, (_, i) => Math.min(size, length - i * size));
  } else sizes = checkNumbers(where, "size", size);
  return [...apply(where, splitOperator, [x], { sizes, dim: axis })] as unknown as Tensor<D>[];
}

/**
 * At most so many parts of an axis, all as long as the first but the last (torch.chunk); otherwise as {@link split}.
 *
 * @param chunks the most parts
 */
export function chunk<D extends DType = "float32">(input: Of<D>, chunks: number, dim = 0): Tensor<D>[] {
  const where = "chunk";
  checkInteger(where, "chunks", chunks, 1);
  const { shape } = checkValues(where, "input", input);
  const axis = axisOf(where, "dim", checkNumber(where, "dim", dim), shape.length);
  return splitAs(where, input, Math.max(Math.ceil(shape[axis]! / chunks), 1), axis);
}

/**
 * Joins the axes from startDim to endDim into one (torch.flatten).
 *
 * @param input any shape
 * @param startDim first of the axes; default 0; a negative one counts from the end
 * @param endDim last of the axes; default -1
 * @returns the same values with fewer axes
 * @throws TypeError for an axis that is not a number; RangeError for one that does not exist
 */
export function flatten<D extends DType = "float32">(input: Of<D>, startDim = 0, endDim = -1): Tensor<D> {
  const where = "flatten";
  const attributes = {
    startDim: checkNumber(where, "startDim", startDim),
    endDim: checkNumber(where, "endDim", endDim),
  };
  return moved(where, flattenOperator, input, attributes);
}

/**
 * (..., C * r * r, H, W) as (..., C, H * r, W * r): the channels of a pixel become r rows of r pixels (torch.pixel_shuffle).
 *
 * @param input (..., C * r * r, H, W)
 * @param upscaleFactor r
 * @returns (..., C, H * r, W * r)
 * @throws TypeError, RangeError for a factor below 1, or where r * r does not divide the channels
 */
export function pixelShuffle(input: TensorLike, upscaleFactor: number): Tensor {
  const where = "pixelShuffle";
  const x = checkTensor(where, "input", input);
  const factor = checkInteger(where, "upscaleFactor", upscaleFactor, 1);
  return applyOne(where, pixelShuffleOperator, [x], { factor });
}

/**
 * (..., C, H * r, W * r) as (..., C * r * r, H, W): the inverse of {@link pixelShuffle} (torch.pixel_unshuffle).
 *
 * @param input (..., C, H * r, W * r)
 * @param downscaleFactor r
 * @returns (..., C * r * r, H, W)
 * @throws TypeError, RangeError for a factor below 1, or where r does not divide height and width
 */
export function pixelUnshuffle(input: TensorLike, downscaleFactor: number): Tensor {
  const where = "pixelUnshuffle";
  const x = checkTensor(where, "input", input);
  const factor = checkInteger(where, "downscaleFactor", downscaleFactor, 1);
  return applyOne(where, pixelUnshuffleOperator, [x], { factor });
}
