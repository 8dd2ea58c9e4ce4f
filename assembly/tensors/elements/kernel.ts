import { combine } from "../combine";
import { indexOf, placeOf } from "../indices";

/** The argument of {@link gatherElements} and {@link scatterElements}. */
@unmanaged
export class Elements {
  /** gathering: the tensor; scattering: the tensor before */
  from: usize;
  /** i64 or i32, as many as rows times columns; negative ones count from the end */
  indices: usize;
  /** scattering: an element for each index; not read by gathering */
  updates: usize;
  /** gathering: an element for each index; scattering: the tensor, which may be where it was before */
  to: usize;
  /** i32 that becomes 1 if an index is out of range */
  fault: usize;
  /**
   * An entry for each axis of the indices, the outermost first:
   *
   *   count i32 | elements of the tensor from one index to the next i32, 0 along the axis that the indices count
   */
  axes: usize;
  rank: i32;
  /** of the tensor's axis that the indices count */
  length: i32;
  /** elements from one of this axis to the next */
  pitch: i32;
  /** bytes of an index: 4 or 8 */
  width: i32;
  /** bytes of an element: 1, 2, 4 or 8 */
  size: i32;
  /** scattering: the type of the elements, of codes/dtype.ts */
  dtype: i32;
  /** scattering: what becomes of the element in place, of codes/scatter.ts */
  reduction: i32;
  /** scattering: bytes of the tensor */
  bytes: i32;
}

// @ts-ignore: decorator
@inline
const AXIS_BYTES: usize = 8;

/**
 * The elements of a tensor that indices name along one axis.
 * Items are rows of the last axis of the indices.
 */
export function gatherElements(params: Elements, begin: i32, end: i32): void {
  switch (params.size) {
    case 1:
      return gatherBy<u8>(params, begin, end);
    case 2:
      return gatherBy<u16>(params, begin, end);
    case 4:
      return gatherBy<u32>(params, begin, end);
    default:
      gatherBy<u64>(params, begin, end);
  }
}

function gatherBy<T>(params: Elements, begin: i32, end: i32): void {
  const last = params.axes + <usize>(params.rank - 1) * AXIS_BYTES;
  const columns = load<i32>(last);
  const step = load<i32>(last, 4);
  const indices = params.indices;
  const pitch = params.pitch;
  for (let row = begin; row < end; ++row) {
    let element = elementOf(params, row);
    const first = row * columns;
    const to = params.to + <usize>first * sizeof<T>();
    for (let i = 0; i < columns; ++i, element += step) {
      const place = placeOf(indexOf(indices, params.width, first + i), params.length, params.fault);
      store<T>(to + <usize>i * sizeof<T>(), load<T>(params.from + <usize>(element + place * pitch) * sizeof<T>()));
    }
  }
}

/**
 * The tensor with elements replaced, or reduced with others, where indices name them along one axis: in their order, so that the
 * last of several for one place counts.
 * The only item is everything.
 */
export function scatterElements(params: Elements, begin: i32, end: i32): void {
  if (begin >= end) return;
  if (params.from != params.to) memory.copy(params.to, params.from, params.bytes);
  const last = params.axes + <usize>(params.rank - 1) * AXIS_BYTES;
  const columns = load<i32>(last);
  const step = load<i32>(last, 4);
  let rows = 1;
  for (let axis = params.axes; axis < last; axis += AXIS_BYTES) rows *= load<i32>(axis);
  let position = 0;
  for (let row = 0; row < rows; ++row) {
    let element = elementOf(params, row);
    for (let i = 0; i < columns; ++i, ++position, element += step) {
      const place = placeOf(indexOf(params.indices, params.width, position), params.length, params.fault);
      const to = params.to + <usize>(element + place * params.pitch) * <usize>params.size;
      combine(params.reduction, params.dtype, to, params.updates + <usize>position * <usize>params.size, 1);
    }
  }
}

/** The tensor's element for the first index of a row, if that index is 0. */
function elementOf(params: Elements, row: i32): i32 {
  let element = 0;
  for (let axis = params.axes + <usize>(params.rank - 1) * AXIS_BYTES; row > 0;) {
    axis -= AXIS_BYTES;
    const rest = row / load<i32>(axis);
    element += (row - rest * load<i32>(axis)) * load<i32>(axis, 4);
    row = rest;
  }
  return element;
}
