import type { DType, TensorData, Type } from "../dtype.ts";
import { elementsOf, numbersOf as numbersIn } from "../elements.ts";

/** A value that is known before anything runs. */
export interface Constant extends Type {
  readonly data: TensorData;
}

/** The elements as numbers; int64 beyond 2^53 are rounded. */
export const numbersOf = ({ dtype, data }: Constant): ArrayLike<number> => numbersIn(dtype, data);

/** A constant of numbers; for integers they are rounded towards zero, and the nearest is taken of those that there are. */
export const constantOf = (dtype: DType, shape: readonly number[], numbers: ArrayLike<number>): Constant => ({
  dtype,
  shape,
  data: elementsOf(dtype, numbers, "saturate"),
});
