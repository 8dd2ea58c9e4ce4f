import { countOf, show, wrongValue } from "../check.ts";
import { ADDRESS_SPACE } from "../runtime/heap.ts";

/**
 * The shape of a result, unless no memory can hold it: for operators whose results may be of any size, before tables as
 * long as the result are made.
 */
export function checkResult(where: string, shape: readonly number[]): readonly number[] {
  const bytes = countOf(shape) * 4;
  if (bytes <= ADDRESS_SPACE) return shape;
  throw wrongValue(
    where,
    `a result of shape ${show(shape)} needs ${bytes} bytes, more than the ${ADDRESS_SPACE} that linear memory may have`,
  );
}
