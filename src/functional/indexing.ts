import { checkNumber, isInteger, show, type TensorLike, wrongType, wrongValue } from "../check.ts";
import type { DType } from "../dtype.ts";
import { gatherElementsOperator } from "../operators/elements.ts";
import { gatherOperator } from "../operators/gather.ts";
import { axisOf, sliceOperator } from "../operators/movement.ts";
import { whereOperator } from "../operators/select.ts";
import type { Constant } from "../planning/constant.ts";
import { applyOne } from "../planning/evaluate.ts";
import { Tensor } from "../tensor.ts";
import { reshape } from "./movement.ts";
import { type AnyTensor, checkPair, checkValues, type Scalar } from "./promotion.ts";

/** start, end, step of a slice, as Python's start:end:step; a missing one, or null, is left out there. */
export type Slice = readonly (number | null | undefined)[];

/**
 * What {@link at} takes for an axis: a number takes one place of it, `[start, end, step]` a part (`[]` all of it), a tensor of
 * whole numbers these places, one of bool those that are true; `null` puts a new axis there, and `'...'` stands for all axes
 * that are not named.
 */
export type Index = number | Slice | null | "..." | Tensor<DType>;

/**
 * Indexing and slicing, as Python's x[...]: `at(x, 0, [1, null], "...", -1)` is x[0, 1:, ..., -1]. The result is a copy.
 *
 * @param input any shape
 * @param indices for the axes in order; axes after the last one are taken whole
 * @returns a tensor without the axes of which one place was taken
 * @throws TypeError for an index of the wrong kind; RangeError for a place that does not exist, more indices than axes, a step below
 *   1, as in torch
 */
export function at<D extends DType = "float32">(
  input: TensorLike | Tensor<D>,
  ...indices: readonly Index[]
): Tensor<D> {
  const where = "at";
  const x = checkValues(where, "input", input);
  const axes = indexedAxes(where, x.shape, indices);
  const taken: Taken[] = [];
  const shape: number[] = [];
  const selections: { axis: number; places: Tensor<DType> }[] = [];
  for (const { index, axis } of axes) {
    if (index === null) shape.push(1);
    else if (index instanceof Tensor) {
      selections.push({ axis: shape.length, places: index });
      shape.push(x.shape[axis]!);
    } else {
      const part = takenOf(where, axis, x.shape[axis]!, index);
      if (part.start !== 0 || part.step !== 1 || part.count !== x.shape[axis]) taken.push({ ...part, axis });
      if (typeof index !== "number") shape.push(part.count);
    }
  }
  const part: Constant =
    taken.length === 0
      ? x
      : applyOne(where, sliceOperator, [x], {
          dims: taken.map(({ axis }) => axis),
          starts: taken.map(({ start }) => start),
          ends: taken.map(({ start, step, count }) => start + step * count),
          steps: taken.map(({ step }) => step),
        });
  const result = reshape(part as Tensor<D>, shape);
  if (selections.length > 1) throw wrongType(where, `takes at most one tensor as an index, got ${selections.length}`);
  const [selection] = selections;
  return selection === undefined ? result : placesOf(where, result, selection.axis, selection.places);
}

interface Taken {
  readonly axis: number;
  readonly start: number;
  readonly step: number;
  readonly count: number;
}

/** Each index with its axis, of which null has none. */
function indexedAxes(where: string, shape: readonly number[], indices: readonly Index[]) {
  const named = indices.filter((index) => index !== null && index !== "...").length;
  const rest = shape.length - named;
  if (rest < 0) throw wrongValue(where, `${named} indices are too many for the ${shape.length} axes of ${show(shape)}`);
  const dots = indices.filter((index) => index === "...").length;
  if (dots > 1) throw wrongValue(where, "at most one index can be '...'");
  const list: readonly Index[] = dots === 0 ? [...indices, "..."] : indices;
  let axis = 0;
  return list.flatMap((index): { index: Exclude<Index, "...">; axis: number }[] => {
    if (index === null) return [{ index, axis: -1 }];
    if (index !== "...") return [{ index, axis: axis++ }];
    return Array.from({ length: rest }, () => ({ index: [], axis: axis++ }));
  });
}

function takenOf(where: string, axis: number, length: number, index: unknown): Taken {
  if (typeof index === "number") {
    if (!isInteger(index) || index < -length || index >= length) {
      throw wrongValue(where, `index ${index} is out of bounds for axis ${axis} with size ${length}`);
    }
    return { axis, start: index < 0 ? index + length : index, step: 1, count: 1 };
  }
  if (!Array.isArray(index)) {
    throw wrongType(
      where,
      `index ${axis} must be a number, [start, end, step], null, "..." or a tensor, got ${show(index)}`,
    );
  }
  if (index.length > 3) throw wrongValue(where, `a slice must be [start, end, step], got ${show(index)}`);
  const [start, end, step] = Array.from({ length: 3 }, (_, i): number | undefined => {
    const value: unknown = index[i];
    if (value === null || value === undefined) return undefined;
    if (typeof value !== "number") throw wrongType(where, `a slice must hold numbers or null, got ${show(index)}`);
    if (!isInteger(value)) throw wrongValue(where, `a slice must hold whole numbers, got ${show(index)}`);
    return value;
  });
  if (step !== undefined && step < 1)
    throw wrongValue(where, `the step of a slice must be at least 1, got ${show(index)}`);
  const bound = (value: number) => Math.min(Math.max(value < 0 ? value + length : value, 0), length);
  const [first, last] = [bound(start ?? 0), bound(end ?? length)];
  return { axis, start: first, step: step ?? 1, count: Math.max(Math.ceil((last - first) / (step ?? 1)), 0) };
}

/** The places of an axis that a tensor names. */
function placesOf<D extends DType>(where: string, input: Tensor<D>, axis: number, places: Tensor<DType>): Tensor<D> {
  let indices: Constant = places;
  if (places.dtype === "bool") {
    if (places.rank !== 1 || places.size !== input.shape[axis]) {
      throw wrongValue(
        where,
        `a bool index must have the ${input.shape[axis]} values of its axis, got shape ${show(places.shape)}`,
      );
    }
    indices = new Tensor(
      Int32Array.from([...(places.data as Uint8Array).keys()].filter((i) => places.data[i] !== 0)),
      [(places.data as Uint8Array).reduce((sum, each) => sum + each, 0)],
      "int32",
    );
  }
  return applyOne<{ dim: number }, D>(where, gatherOperator, [input as Constant, indices], { dim: axis });
}

/**
 * The places of an axis that indices name (torch.index_select).
 *
 * @param input any shape
 * @param dim the axis
 * @param index (n), int64 or int32; negative ones count from the end, unlike in torch
 * @returns a tensor of length n along the axis
 * @throws TypeError for an index of the wrong dtype, RangeError for places that do not exist
 */
export function indexSelect<D extends DType = "float32">(
  input: TensorLike | Tensor<D>,
  dim: number,
  index: AnyTensor,
): Tensor<D> {
  const where = "indexSelect";
  const x = checkValues(where, "input", input);
  const axis = axisOf(where, "dim", dim, x.shape.length);
  const places = checkValues(where, "index", index);
  if (places.shape.length > 1) throw wrongValue(where, `index must have one axis, got shape ${show(places.shape)}`);
  return applyOne<{ dim: number }, D>(where, gatherOperator, [x, places], { dim: axis });
}

/**
 * The elements that indices name along an axis (torch.gather): result[i][j] = input[index[i][j]][j] for dim 0.
 *
 * @param input any shape
 * @param dim the axis
 * @param index as many axes as the input, none longer but `dim`; int64 or int32; negative ones count from the end, unlike in torch
 * @returns a tensor of the index's shape
 * @throws TypeError for an index of the wrong dtype, RangeError for another shape and for places that do not exist
 */
export function gather<D extends DType = "float32">(
  input: TensorLike | Tensor<D>,
  dim: number,
  index: AnyTensor,
): Tensor<D> {
  const where = "gather";
  const [x, places] = [checkValues(where, "input", input), checkValues(where, "index", index)];
  return applyOne<{ dim: number }, D>(where, gatherElementsOperator, [x, places], { dim });
}

/**
 * a where the condition holds, b elsewhere (torch.where). Shapes broadcast, dtypes are promoted, as for {@link add}.
 *
 * @param condition bool
 * @param a a tensor, or a number, which stands for every element
 * @param b like a
 * @returns a tensor of the shape to which all three broadcast
 * @throws TypeError for a condition that is not bool, and as {@link add}
 */
export function where(condition: AnyTensor, a: Scalar, b: Scalar): Tensor {
  const holds = checkValues("where", "condition", condition);
  return applyOne("where", whereOperator, [holds, ...checkPair("where", a, b)], {});
}

/**
 * The input with a number where a mask holds (torch.masked_fill), of the input's dtype; otherwise as {@link where}.
 *
 * @param input any shape
 * @param mask bool
 * @param value a number
 */
export function maskedFill(input: AnyTensor, mask: AnyTensor, value: number): Tensor {
  const x = checkValues("maskedFill", "input", input);
  const filler = new Tensor([checkNumber("maskedFill", "value", value)], []).to(x.dtype);
  return applyOne("maskedFill", whereOperator, [checkValues("maskedFill", "mask", mask), filler as Constant, x], {});
}
