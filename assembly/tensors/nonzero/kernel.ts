import * as DType from "../../codes/dtype";

/** The argument of {@link nonzero}. */
@unmanaged
export class NonZero {
  from: usize;
  /** i64 (rank, count) */
  to: usize;
  /** i32: how many are not zero */
  found: usize;
  /** length i32 of each axis of the tensor */
  lengths: usize;
  rank: i32;
  /** elements of the tensor, up to as many are not zero */
  count: i32;
  /** of the elements: see codes/dtype.ts */
  dtype: i32;
  /** bytes of an element: 1, 2, 4 or 8 */
  size: i32;
}

/**
 * Where a tensor is not zero: a row of places along each axis, in the order of the elements, and zeros after the last.
 * The only item is everything.
 */
export function nonzero(params: NonZero, begin: i32, end: i32): void {
  if (begin >= end) return;
  const rowBytes = (<usize>params.count) << 3;
  const last = params.to + <usize>(params.rank - 1) * rowBytes;
  const found = findIn(params, last);
  store<i32>(params.found, found);
  // the last row holds the numbers of the elements until its own turn
  let pitch = params.count;
  for (let axis = 0; axis < params.rank; ++axis) {
    const length = load<i32>(params.lengths + ((<usize>axis) << 2));
    const inner = pitch / length;
    const row = params.to + <usize>axis * rowBytes;
    placesAlong(row, last, found, pitch, inner);
    const used = (<usize>found) << 3;
    memory.fill(row + used, 0, rowBytes - used);
    pitch = inner;
  }
}

/** Places along one axis of elements by their numbers. */
function placesAlong(row: usize, numbers: usize, found: i32, pitch: i32, inner: i32): void {
  for (let i = 0; i < found; ++i, row += 8, numbers += 8) {
    const number = <i32>load<i64>(numbers);
    store<i64>(row, <i64>((number % pitch) / inner));
  }
}

/** Writes the numbers of the elements that are not zero, and returns how many there are. */
function findIn(params: NonZero, to: usize): i32 {
  switch (params.size) {
    case 1:
      return find<u8>(params, to, 0xff);
    case 2:
      // of float16, but for the sign
      return find<u16>(params, to, 0x7fff);
    case 4:
      return find<u32>(params, to, params.dtype == DType.FLOAT32 ? 0x7fffffff : 0xffffffff);
    default:
      return find<u64>(params, to, u64.MAX_VALUE);
  }
}

function find<T>(params: NonZero, to: usize, mask: T): i32 {
  const first = to;
  const count = params.count;
  let from = params.from;
  for (let i = 0; i < count; ++i, from += sizeof<T>()) {
    // most of a mask is zeros
    while (i + <i32>(8 / sizeof<T>()) <= count && load<u64>(from) == 0) {
      i += <i32>(8 / sizeof<T>());
      from += 8;
    }
    if (i >= count) break;
    if ((load<T>(from) & mask) == 0) continue;
    store<i64>(to, <i64>i);
    to += 8;
  }
  return <i32>((to - first) >> 3);
}
