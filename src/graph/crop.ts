import { countOf } from "../check.ts";
import { arrayOf, type DType, type TensorData } from "../dtype.ts";

/** The first items along each axis: of the axes of `whole` as many as `shape` says. */
export function cropped(
  dtype: DType,
  data: TensorData,
  whole: readonly number[],
  shape: readonly number[],
): TensorData {
  const result = new (arrayOf(dtype))(countOf(shape));
  cropInto(result as Float32Array, data as Float32Array, shape, whole);
  return result;
}

function cropInto(target: Float32Array, source: Float32Array, to: readonly number[], from: readonly number[]): void {
  const [length, ...inner] = to;
  if (length === undefined || inner.length === 0) {
    target.set(source.subarray(0, target.length));
    return;
  }
  const [rest, own, whole] = [from.slice(1), countOf(inner), countOf(from.slice(1))];
  for (let i = 0; i < length; ++i) {
    cropInto(target.subarray(i * own, (i + 1) * own), source.subarray(i * whole, (i + 1) * whole), inner, rest);
  }
}
