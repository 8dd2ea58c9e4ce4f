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
  let outer = begin / count;
  let position = begin - outer * count;
  let from = params.from + <usize>outer * <usize>params.length * inner;
  let to = params.to + <usize>begin * inner;
  for (let item = begin; item < end; ++item, to += inner) {
    const part = from + <usize>indexAt(params, position) * inner;
    if (sizeof<T>() == 16) memory.copy(to, part, inner);
    else store<T>(to, load<T>(part));
    if (++position < count) continue;
    position = 0;
    from += <usize>params.length * inner;
  }
}

// @ts-ignore: decorator
@inline
function indexAt(params: Gather, position: i32): i32 {
  const length = <i64>params.length;
  let index =
    params.width == 8
      ? load<i64>(params.indices + ((<usize>position) << 3))
      : <i64>load<i32>(params.indices + ((<usize>position) << 2));
  if (index < 0) index += length;
  if (<u64>index >= <u64>length) {
    store<i32>(params.fault, 1);
    index = index < 0 ? 0 : length - 1;
  }
  return <i32>index;
}
