/** The fewest elements in an item of a copy along one or two axes, unless it is the last. */
const ITEM: i32 = 4096;

/** Positions of the outermost of one or two axes that an item takes: whole tiles of a matrix that is transposed. */
export function copyRows(columns: i32): i32 {
  const rows = ((ITEM / columns) | 0) & ~3;
  return rows < 4 ? 4 : rows;
}
