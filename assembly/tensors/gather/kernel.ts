import { indexOf, placeOf } from "../indices";

/** The argument of {@link gather}. */
@unmanaged
export class Gather {
  /** (outer, length, inner) */
  from: usize;
  /** i64[count] or i32[count]; negative ones count from the end */
  indices: usize;
  /** (outer, count, inner) */
  to: usize;
  /** i32 that becomes 1 if an index is out of range */
  fault: usize;
  length: i32;
  count: i32;
  /** bytes of the part for one index */
  inner: i32;
  /** bytes of an index: 4 or 8 */
  width: i32;
  /** i32, or 0: how many of each `known` parts of a row exist; the others become zeros, and their indices are not read */
  limit: usize;
  known: i32;
  /** indices of such a part */
  row: i32;
  /** i32, or 0: how much of `length` exists */
  existing: usize;
}

/**
 * The parts of an axis that indices name. An index out of range takes the first or the last part, so that nothing outside is
 * read.
 * Items are the parts of the result.
 */
export function gather(params: Gather, begin: i32, end: i32): void {
  switch (params.inner) {
    case 1:
      return gatherBy<u8>(params, begin, end);
    case 2:
      return gatherBy<u16>(params, begin, end);
    case 4:
      return gatherBy<u32>(params, begin, end);
    case 8:
      return gatherBy<u64>(params, begin, end);
    default:
      gatherBy<v128>(params, begin, end);
  }
}

/** Parts of one element, or, where T is v128, of any size. */
function gatherBy<T>(params: Gather, begin: i32, end: i32): void {
  const count = params.count;
  const inner = <usize>params.inner;
  const length = params.existing ? load<i32>(params.existing) : params.length;
  let outer = begin / count;
  let position = begin - outer * count;
  let from = params.from + <usize>outer * <usize>params.length * inner;
  let to = params.to + <usize>begin * inner;
  for (let item = begin; item < end; ++item, to += inner) {
    if (params.limit && (position / params.row) % params.known >= load<i32>(params.limit)) memory.fill(to, 0, inner);
    else {
      const index = indexOf(params.indices, params.width, position);
      const part = from + <usize>placeOf(index, length, params.fault) * inner;
      if (sizeof<T>() == 16) memory.copy(to, part, inner);
      else store<T>(to, load<T>(part));
    }
    if (++position < count) continue;
    position = 0;
    from += <usize>params.length * inner;
  }
}
