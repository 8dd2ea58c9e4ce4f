/** Bytes of `count` numbers of four bytes each. */
// @ts-ignore: decorator
@inline
export function floats(count: i32): usize {
  return (<usize>count) << 2;
}
