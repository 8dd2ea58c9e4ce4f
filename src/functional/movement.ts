import { checkInteger, checkNumber, checkTensor, show, type TensorLike, wrongType } from "../check.ts";
import {
  catOperator,
  flattenOperator,
  pixelShuffleOperator,
  pixelUnshuffleOperator,
  transposeOperator,
} from "../operators/movement.ts";
import { applyOne } from "../planning/evaluate.ts";
import type { Tensor } from "../tensor.ts";

/**
 * Tensors joined along an axis (torch.cat).
 *
 * @param tensors at least one; their shapes agree in all other axes
 * @param dim default 0; a negative one counts from the end
 * @returns a tensor as long along that axis as all of them together
 * @throws TypeError for an argument that is not an array of tensors; RangeError for an empty array, an axis that does not
 *   exist, shapes that differ in other axes
 */
export function cat(tensors: readonly TensorLike[], dim = 0): Tensor {
  const where = "cat";
  if (!Array.isArray(tensors)) throw wrongType(where, `tensors must be an array of tensors, got ${show(tensors)}`);
  const views = Array.from(tensors, (tensor, i) => checkTensor(where, `tensors[${i}]`, tensor));
  return applyOne(where, catOperator, views, { dim: checkNumber(where, "dim", dim) });
}

/**
 * The axes in another order, as a copy (torch.permute).
 *
 * @param input any shape
 * @param dims for each axis of the result, an axis of the input
 * @returns axis i of the result is axis dims[i] of the input
 * @throws TypeError for dims that are not an array of numbers; RangeError where they do not name every axis once
 */
export function permute(input: TensorLike, dims: readonly number[]): Tensor {
  const where = "permute";
  const x = checkTensor(where, "input", input);
  if (!Array.isArray(dims)) throw wrongType(where, `dims must be an array of axes, got ${show(dims)}`);
  return applyOne(where, transposeOperator, [x], { dims: Array.from(dims, (dim) => checkNumber(where, "dims", dim)) });
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
export function flatten(input: TensorLike, startDim = 0, endDim = -1): Tensor {
  const where = "flatten";
  const x = checkTensor(where, "input", input);
  const attributes = {
    startDim: checkNumber(where, "startDim", startDim),
    endDim: checkNumber(where, "endDim", endDim),
  };
  return applyOne(where, flattenOperator, [x], attributes);
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
