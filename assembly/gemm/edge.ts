/** Copies the valid corner of a tile, so that the micro-kernels themselves never meet an edge. */
export function copyTile(
  from: usize,
  fromRowBytes: usize,
  to: usize,
  toRowBytes: usize,
  rows: i32,
  columns: i32,
): void {
  for (let row = 0; row < rows; ++row) {
    let at: usize = 0;
    for (const whole = (<usize>(columns & ~3)) << 2; at < whole; at += 16) v128.store(to + at, v128.load(from + at));
    for (const end = (<usize>columns) << 2; at < end; at += 4) store<f32>(to + at, load<f32>(from + at));
    from += fromRowBytes;
    to += toRowBytes;
  }
}
