/** Bytes of `count` numbers of four bytes each. */
// @ts-ignore: decorator
@inline
export function floats(count: i32): usize {
  // not from 0: a distance may be one backwards
  assert(count >= -(1 << 29) && count < 1 << 30);
  return (<usize>count) << 2;
}
