/** The argument of {@link lengthsFrom}. */
@unmanaged
export class Lengths {
  /** i32 */
  count: usize;
  /** i64 or i32 for each entry of the table */
  to: usize;
  /** i64 (entries, 4): factor, summand, least and most of each */
  table: usize;
  entries: i32;
  /** bytes of a number of the result: 4 or 8 */
  width: i32;
}

/**
 * Lengths that follow from the true length of an axis: so many times it, and some more, within limits.
 * Items are the lengths.
 */
export function lengthsFrom(params: Lengths, begin: i32, end: i32): void {
  const count = <i64>load<i32>(params.count);
  for (let i = begin; i < end; ++i) {
    const entry = params.table + ((<usize>i) << 5);
    const length = count * load<i64>(entry) + load<i64>(entry, 8);
    const limited = max(min(length, load<i64>(entry, 24)), load<i64>(entry, 16));
    if (params.width == 8) store<i64>(params.to + ((<usize>i) << 3), limited);
    else store<i32>(params.to + ((<usize>i) << 2), <i32>limited);
  }
}

/** The argument of {@link fillBeyond}. */
@unmanaged
export class Beyond {
  /** (outer, length, inner) */
  from: usize;
  /** may be where the tensor is */
  to: usize;
  /** i32: how many of the `length` exist */
  count: usize;
  /** an element */
  value: usize;
  length: i32;
  /** elements */
  inner: i32;
  /** bytes of an element: 1, 2, 4 or 8 */
  size: i32;
}

/**
 * A tensor with a number in all places that do not exist.
 * Items are positions of the axes before.
 */
export function fillBeyond(params: Beyond, begin: i32, end: i32): void {
  const size = <usize>params.size;
  const count = max(min(load<i32>(params.count), params.length), 0);
  const bytes = <usize>(params.length * params.inner) * size;
  const used = <usize>(count * params.inner) * size;
  for (let item = begin; item < end; ++item) {
    const to = params.to + <usize>item * bytes;
    if (params.from != params.to) memory.copy(to, params.from + <usize>item * bytes, used);
    for (let at = to + used; at < to + bytes; at += size) memory.copy(at, params.value, size);
  }
}
