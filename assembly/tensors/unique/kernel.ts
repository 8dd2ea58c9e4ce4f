import * as DType from "../../codes/dtype";
import { pile, unpile } from "../heap";
import { orderOf } from "../keys";

/** The argument of {@link unique}. */
@unmanaged
export class Unique {
  /** (outer, count, inner) */
  from: usize;
  /** (outer, count, inner): the parts that differ, then zeros */
  to: usize;
  /** i64[count]: where each of them is found first */
  first: usize;
  /** i64[count]: which of them each part of the tensor is */
  inverse: usize;
  /** i64[count]: how often each of them is found */
  counts: usize;
  /** i32: how many there are */
  found: usize;
  /** u64[count]: the parts in order */
  sorted: usize;
  /** i32[count]: for each part the first one that is equal */
  leaders: usize;
  outer: i32;
  count: i32;
  inner: i32;
  /** of the elements: see codes/dtype.ts */
  dtype: i32;
  /** bytes of an element */
  size: i32;
  /** 1 for the parts in their order, 0 as they are found */
  inOrder: i32;
}

/**
 * The parts of a tensor along an axis that differ from each other.
 * The only item is everything.
 */
export function unique(params: Unique, begin: i32, end: i32): void {
  if (begin >= end) return;
  const count = params.count;
  const sorted = params.sorted;
  const leaders = params.leaders;
  const context = changetype<usize>(params);
  for (let i = 0; i < count; ++i) store<u64>(sorted + ((<usize>i) << 3), i);
  pile<Parts>(context, sorted, 8, count);
  unpile<Parts>(context, sorted, 8, count);
  for (let i = 0, leader = 0; i < count; ++i) {
    const part = <i32>load<u64>(sorted + ((<usize>i) << 3));
    if (i == 0 || compare(params, leader, part) != 0) leader = part;
    store<i32>(leaders + ((<usize>part) << 2), leader);
  }
  const bytes = (<usize>count) << 3;
  memory.fill(params.first, 0, bytes);
  memory.fill(params.counts, 0, bytes);
  memory.fill(params.to, 0, <usize>(params.outer * count * params.inner) * <usize>params.size);
  let found = 0;
  for (let i = 0; i < count; ++i) {
    const part = params.inOrder ? <i32>load<u64>(sorted + ((<usize>i) << 3)) : i;
    if (load<i32>(leaders + ((<usize>part) << 2)) != part) continue;
    store<i64>(params.first + ((<usize>found) << 3), part);
    // until the others ask for it
    store<i64>(params.inverse + ((<usize>part) << 3), found);
    copyPart(params, part, found);
    ++found;
  }
  store<i32>(params.found, found);
  for (let i = 0; i < count; ++i) {
    // a leader comes before the others that are equal
    const place = load<i64>(params.inverse + ((<usize>load<i32>(leaders + ((<usize>i) << 2))) << 3));
    store<i64>(params.inverse + ((<usize>i) << 3), place);
    const times = params.counts + ((<usize>place) << 3);
    store<i64>(times, load<i64>(times) + 1);
  }
}

function copyPart(params: Unique, part: i32, place: i32): void {
  const bytes = <usize>params.inner * <usize>params.size;
  const pitch = <usize>params.count * bytes;
  let from = params.from + <usize>part * bytes;
  let to = params.to + <usize>place * bytes;
  for (let i = 0; i < params.outer; ++i, from += pitch, to += pitch) memory.copy(to, from, bytes);
}

/** Parts by their number: the last is the least, and so comes last. */
class Parts {

  @inline isLess(context: usize, a: u64, b: u64): bool {
    const order = compare(changetype<Unique>(context), <i32>a, <i32>b);
    return order == 0 ? a > b : order > 0;
  }
}

/** By the first element that differs: -1, 0 or 1. */
function compare(params: Unique, a: i32, b: i32): i32 {
  const inner = params.inner;
  const size = <usize>params.size;
  for (let i = 0; i < params.outer; ++i) {
    let x = params.from + <usize>((i * params.count + a) * inner) * size;
    let y = params.from + <usize>((i * params.count + b) * inner) * size;
    for (let k = 0; k < inner; ++k, x += size, y += size) {
      const left = valueOf(params.dtype, x);
      const right = valueOf(params.dtype, y);
      if (left != right) return left < right ? -1 : 1;
    }
  }
  return 0;
}

// @ts-ignore: decorator
@inline
function valueOf(dtype: i32, at: usize): i64 {
  return dtype == DType.INT64 ? load<i64>(at) : <i64>orderOf(dtype, at);
}
