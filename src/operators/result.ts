import { countOf, show, wrongValue } from "../check.ts";
import { ADDRESS_SPACE } from "../runtime/heap.ts";

/**
 * Returns the shape of a result if linear memory can hold it: for operators whose results may have any size, before they
 * make tables as long as the result.
 */
export function checkResult(where: string, shape: readonly number[]): readonly number[] {
  const bytes = countOf(shape) * 4;
  if (bytes <= ADDRESS_SPACE) return shape;
  throw wrongValue(
    where,
    `a result of shape ${show(shape)} needs ${bytes} bytes, more than the ${ADDRESS_SPACE} that linear memory may have`,
  );
}
