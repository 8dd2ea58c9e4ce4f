import { combine } from "../combine";
import { indexOf, placeOf } from "../indices";

/** The argument of {@link gatherTuples} and {@link scatterTuples}. */
@unmanaged
export class Tuples {
  /** gathering: (batch, lengths of the indexed axes, inner); scattering: the tensor before */
  from: usize;
  /** i64 or i32 (batch, count, depth); negative ones count from the end */
  indices: usize;
  /** scattering: (count, inner); not read by gathering */
  updates: usize;
  /** gathering: (batch, count, inner); scattering: the tensor, which may be where it was before */
  to: usize;
  /** i32 that becomes 1 if an index is out of range */
  fault: usize;
  /** length i32 of each of the `depth` axes that a tuple names */
  lengths: usize;
  /** tuples of a batch */
  count: i32;
  depth: i32;
  /** bytes of the part for a tuple */
  inner: i32;
  /** bytes of an index: 4 or 8 */
  width: i32;
  /** bytes of an element */
  size: i32;
  /** scattering: the type of the elements, of codes/dtype.ts */
  dtype: i32;
  /** scattering: what becomes of the elements in place, of codes/scatter.ts */
  reduction: i32;
  /** bytes of the tensor; gathering: of a batch of it */
  bytes: i32;
  /** i32, or 0: how many of each `known` rows of tuples exist; the other rows' parts become zeros, and their indices are not read */
  limit: usize;
  known: i32;
  /** tuples of such a row */
  row: i32;
}

/**
 * The parts of a tensor that tuples of indices name.
 * Items are the tuples.
 */
export function gatherTuples(params: Tuples, begin: i32, end: i32): void {
  const inner = <usize>params.inner;
  let to = params.to + <usize>begin * inner;
  for (let tuple = begin; tuple < end; ++tuple, to += inner) {
    if (!isGiven(params, tuple)) {
      memory.fill(to, 0, inner);
      continue;
    }
    const batch = tuple / params.count;
    copyPart(to, params.from + <usize>batch * <usize>params.bytes + <usize>partOf(params, tuple) * inner, inner);
  }
}

/**
 * The tensor with parts replaced, or reduced with others, where tuples of indices name them: in their order, so that the last of
 * several for one place counts.
 * The only item is everything.
 */
export function scatterTuples(params: Tuples, begin: i32, end: i32): void {
  if (begin >= end) return;
  if (params.from != params.to) memory.copy(params.to, params.from, params.bytes);
  const inner = <usize>params.inner;
  const count = params.inner / params.size;
  for (let tuple = 0; tuple < params.count; ++tuple) {
    if (!isGiven(params, tuple)) continue;
    const to = params.to + <usize>partOf(params, tuple) * inner;
    const from = params.updates + <usize>tuple * inner;
    if (params.reduction == 0) copyPart(to, from, inner);
    else combine(params.reduction, params.dtype, to, from, count);
  }
}

// @ts-ignore: decorator
@inline
function isGiven(params: Tuples, tuple: i32): bool {
  if (!params.limit) return true;
  return (tuple / params.row) % params.known < load<i32>(params.limit);
}

/** The part of its batch that a tuple names. */
// @ts-ignore: decorator
@inline
function partOf(params: Tuples, tuple: i32): i32 {
  let part = 0;
  for (let i = 0; i < params.depth; ++i) {
    const length = load<i32>(params.lengths + ((<usize>i) << 2));
    part =
      part * length + placeOf(indexOf(params.indices, params.width, tuple * params.depth + i), length, params.fault);
  }
  return part;
}

// @ts-ignore: decorator
@inline
function copyPart(to: usize, from: usize, bytes: usize): void {
  if (bytes == 4) store<u32>(to, load<u32>(from));
  else memory.copy(to, from, bytes);
}
