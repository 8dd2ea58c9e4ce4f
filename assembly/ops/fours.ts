/**
 * Items of a kernel along the middle axis of (outer, count, inner): for each of the outer ones, the inner ones in fours; the
 * last may be fewer.
 */
export function foursOf(inner: i32): i32 {
  return (inner + 3) >> 2;
}
