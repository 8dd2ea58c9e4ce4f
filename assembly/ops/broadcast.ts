import { BLOCK, blocksOf } from "./blocks";

/** An entry of the axes of two tensors that broadcast: count i32 | a i32 | b i32, see ops/binary. */
// @ts-ignore: decorator
@inline
export const AXIS_BYTES: usize = 12;

/**
 * Walks the rows of the innermost axis that hold the items from `begin` to `end`; an item is a block of a row, so rows of up
 * to BLOCK elements are items as a whole. Calls `v.row` for the part of each row that is among them, at most `v.most` blocks
 * at a time, and `v.end` for results that lie in a row, as soon as they are a block or more.
 */
// @ts-ignore: decorator
@inline
export function eachRow<V>(v: V, a: usize, b: usize, axes: usize, rank: i32, begin: i32, end: i32): void {
  assert(rank > 0 && !(axes & 3));
  const inner = axes + <usize>(rank - 1) * AXIS_BYTES;
  const count = load<i32>(inner);
  const aStep = <usize>load<i32>(inner, 4);
  const bStep = <usize>load<i32>(inner, 8);
  const blocks = blocksOf(count);
  const most = v.most;
  // rows along the axis outside the innermost, and their distances
  const outer = inner - AXIS_BYTES;
  const rows = rank > 1 ? load<i32>(outer) : 1;
  const aOuter = rank > 1 ? <usize>load<i32>(outer, 4) : 0;
  const bOuter = rank > 1 ? <usize>load<i32>(outer, 8) : 0;
  let row = begin / blocks;
  let block = begin - row * blocks;
  let index = <usize>row * <usize>count + <usize>(block * BLOCK);
  let left = end - begin;
  let pending = 0;
  while (left > 0) {
    let rest = row / rows;
    let position = row - rest * rows;
    let aRow = a + <usize>position * aOuter;
    let bRow = b + <usize>position * bOuter;
    for (let axis = outer - AXIS_BYTES; rest > 0; axis -= AXIS_BYTES) {
      const length = load<i32>(axis);
      const next = rest / length;
      const at = <usize>(rest - next * length);
      aRow += at * <usize>load<i32>(axis, 4);
      bRow += at * <usize>load<i32>(axis, 8);
      rest = next;
    }
    while (position < rows && left > 0) {
      const taken = min(min(blocks - block, left), most);
      const first = block * BLOCK;
      const length = min(taken * BLOCK, count - first);
      v.row(aRow + <usize>first * aStep, aStep, bRow + <usize>first * bStep, bStep, index, length);
      index += length;
      pending += length;
      if (pending >= BLOCK) {
        v.end(index - pending, pending);
        pending = 0;
      }
      left -= taken;
      block += taken;
      if (block < blocks) continue;
      block = 0;
      ++row;
      ++position;
      aRow += aOuter;
      bRow += bOuter;
    }
  }
  if (pending > 0) v.end(index - pending, pending);
}
