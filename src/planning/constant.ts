import { checkAxesCount, checkShape, countOf, show, wrongValue } from "../check.ts";
import type { DType, TensorData, Type } from "../dtype.ts";
import { elementsOf, numbersOf as numbersIn } from "../elements.ts";

/** A value that is known before anything runs. */
export interface Constant extends Type {
  readonly data: TensorData;
}

/** The elements as numbers; int64 beyond 2^53 are rounded. */
export const numbersOf = ({ dtype, data }: Constant): ArrayLike<number> => numbersIn(dtype, data);

/** A constant of numbers; for integers they are rounded towards zero and saturated. */
export const constantOf = (dtype: DType, shape: readonly number[], numbers: ArrayLike<number>): Constant => ({
  dtype,
  shape,
  data: elementsOf(dtype, numbers, "saturate"),
});

/** More than shape arithmetic needs. Without a bound a few bytes of a file could ask for all memory. */
const MOST_FOLDED = 2 ** 20;

/**
 * Checks a constant before it is computed in JavaScript.
 * @throws RangeError where it would be too large
 * @returns its number of elements
 */
export function checkFolded(where: string, shape: readonly number[]): number {
  checkAxesCount(where, shape.length);
  const count = countOf(checkShape(where, "shape", shape));
  if (count <= MOST_FOLDED) return count;
  throw wrongValue(where, `a constant must have at most ${MOST_FOLDED} elements, shape ${show(shape)} has ${count}`);
}
