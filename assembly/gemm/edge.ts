/** Copies the valid corner of a tile, so that the micro-kernel itself never meets an edge. */
export function copyTile(
  from: usize,
  fromRowBytes: usize,
  to: usize,
  toRowBytes: usize,
  rows: i32,
  columns: i32,
): void {
  for (let row = 0; row < rows; ++row) {
    for (let at: usize = 0, end = (<usize>columns) << 2; at < end; at += 4) store<f32>(to + at, load<f32>(from + at));
    from += fromRowBytes;
    to += toRowBytes;
  }
}
