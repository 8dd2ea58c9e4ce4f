import * as DType from "../../codes/dtype";
import { Plain, raise, sink, unpile } from "../heap";
import { keyOf, placeOfKey } from "../keys";

/** The argument of {@link topk}. */
@unmanaged
export class TopK {
  /** (outer, count, inner) */
  from: usize;
  /** (outer, k, inner) */
  values: usize;
  /** i64 (outer, k, inner) */
  indices: usize;
  /** of the elements: see codes/dtype.ts */
  dtype: i32;
  /** bytes of an element: 1, 2, 4 or 8 */
  size: i32;
  count: i32;
  inner: i32;
  k: i32;
  /** 1 for the least elements in place of the greatest */
  least: i32;
}

/**
 * The k greatest or least elements along an axis, in their order, and where they are. Of equal ones the first comes first; NaN
 * counts as the greatest of all. The k indices are a heap until they are found.
 * Items are the positions of all other axes.
 */
export function topk(params: TopK, begin: i32, end: i32): void {
  const inner = params.inner;
  const pitch = (<usize>inner) << 3;
  for (let item = begin; item < end; ++item) {
    const outer = item / inner;
    const column = item - outer * inner;
    const first = outer * params.count * inner + column;
    const to = outer * params.k * inner + column;
    const heap = params.indices + ((<usize>to) << 3);
    if (params.dtype == DType.INT64) {
      searchLongs(params, first, heap, pitch);
      for (let i = 0; i < params.k; ++i) {
        const at = heap + <usize>i * pitch;
        const element = load<u64>(at);
        store<i64>(params.values + ((<usize>(to + i * inner)) << 3), load<i64>(params.from + ((<usize>element) << 3)));
        store<i64>(at, (<i64>element - first) / inner);
      }
      continue;
    }
    const size = <usize>params.size;
    const from = params.from + <usize>first * size;
    const step = <usize>inner * size;
    if (params.dtype == DType.FLOAT32 && inner == 1) searchFloats(params, from, heap);
    else searchKeys(params, from, step, heap, pitch);
    const values = params.values + <usize>to * size;
    for (let i = 0; i < params.k; ++i) {
      const at = heap + <usize>i * pitch;
      const place = placeOfKey(load<u64>(at));
      copyElement(values + <usize>i * step, from + <usize>place * step, params.size);
      store<i64>(at, <i64>place);
    }
  }
}

/** Keys of any elements of up to four bytes, the greatest first. */
function searchKeys(params: TopK, from: usize, step: usize, heap: usize, pitch: usize): void {
  const k = params.k;
  const least = params.least != 0;
  for (let i = 0; i < k; ++i, from += step) {
    store<u64>(heap + <usize>i * pitch, keyOf(params.dtype, from, i, least));
    raise<Plain>(0, heap, pitch, i + 1);
  }
  for (let i = k; i < params.count; ++i, from += step) {
    const key = keyOf(params.dtype, from, i, least);
    if (key > load<u64>(heap)) sink<Plain>(0, heap, pitch, k, 0, key);
  }
  unpile<Plain>(0, heap, pitch, k);
}

/** As {@link searchKeys}, of adjacent floats: four are compared with the least one found at a time. */
function searchFloats(params: TopK, from: usize, heap: usize): void {
  const k = params.k;
  const count = params.count;
  const least = params.least != 0;
  // of negated numbers, the least are the greatest
  const sign = f32x4.splat(least ? -1 : 1);
  let i = 0;
  for (; i < k; ++i) {
    store<u64>(heap + ((<usize>i) << 3), keyOf(DType.FLOAT32, from + ((<usize>i) << 2), i, least));
    raise<Plain>(0, heap, 8, i + 1);
  }
  while (i < count) {
    const bound = f32x4.mul(v128.load32_splat(from + ((<usize>placeOfKey(load<u64>(heap))) << 2)), sign);
    i = passed(from, i, count, sign, bound);
    const end = min(i + 4, count);
    for (; i < end; ++i) {
      const key = keyOf(DType.FLOAT32, from + ((<usize>i) << 2), i, least);
      if (key > load<u64>(heap)) sink<Plain>(0, heap, 8, k, 0, key);
    }
  }
  unpile<Plain>(0, heap, 8, k);
}

/** Where, from `i` on, four elements begin of which one is greater than the bound or NaN; near the end, where fewer than four are left. */
function passed(from: usize, i: i32, count: i32, sign: v128, bound: v128): i32 {
  for (; i + 4 <= count; i += 4) {
    const x = f32x4.mul(v128.load(from + ((<usize>i) << 2)), sign);
    if (!i32x4.all_true(f32x4.le(x, bound))) break;
  }
  return i;
}

/** Elements by their number in the whole tensor. */
function searchLongs(params: TopK, first: i32, heap: usize, pitch: usize): void {
  const context = changetype<usize>(params);
  const k = params.k;
  for (let i = 0; i < params.count; ++i, first += params.inner) {
    if (i < k) {
      store<u64>(heap + <usize>i * pitch, first);
      raise<Longs>(context, heap, pitch, i + 1);
    } else if (changetype<Longs>(0).isLess(context, load<u64>(heap), first)) {
      sink<Longs>(context, heap, pitch, k, 0, first);
    }
  }
  unpile<Longs>(context, heap, pitch, k);
}

/** int64 elements by their number; of equal ones the first is the greatest. */
class Longs {

  @inline isLess(context: usize, a: u64, b: u64): bool {
    const params = changetype<TopK>(context);
    const x = load<i64>(params.from + ((<usize>a) << 3));
    const y = load<i64>(params.from + ((<usize>b) << 3));
    return x == y ? a > b : params.least ? x > y : x < y;
  }
}

function copyElement(to: usize, from: usize, size: i32): void {
  if (size == 4) store<u32>(to, load<u32>(from));
  else if (size == 2) store<u16>(to, load<u16>(from));
  else store<u8>(to, load<u8>(from));
}
