/** An index of 4 or 8 bytes. */
// @ts-ignore: decorator
@inline
export function indexOf(indices: usize, width: i32, position: i32): i64 {
  assert(width == 4 || width == 8);
  return width == 8
    ? load<i64>(indices + ((<usize>position) << 3))
    : <i64>load<i32>(indices + ((<usize>position) << 2));
}

/**
 * The place that an index means, counted from the end if it is negative. One out of range sets the word at `fault`, and is the
 * first or the last, so that nothing outside is read.
 */
// @ts-ignore: decorator
@inline
export function placeOf(index: i64, length: i32, fault: usize): i32 {
  if (index < 0) index += <i64>length;
  if (<u64>index >= <u64>length) {
    store<i32>(fault, 1);
    index = index < 0 ? 0 : <i64>max(length, 1) - 1;
  }
  assert(index >= 0 && (index < <i64>length || !length));
  return <i32>index;
}
