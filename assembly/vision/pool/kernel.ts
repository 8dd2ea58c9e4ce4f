/** The argument of {@link maxPoolIndices}. */
@unmanaged
export class MaxPoolIndices {
  /** (planes, height, width) */
  from: usize;
  /** (planes, outHeight, outWidth) */
  values: usize;
  /** i64, of the shape of the values */
  indices: usize;
  /** for each row of the output: the window's first row i32, number of rows i32 */
  rows: usize;
  /** for each column of the output, likewise */
  columns: usize;
  height: i32;
  width: i32;
  outHeight: i32;
  outWidth: i32;
  /** rows from one of a window to the next */
  rowStep: i32;
  /** columns from one of a window to the next */
  columnStep: i32;
  /** 1: indices count down the columns of a plane; 0: along its rows */
  byColumns: i32;
}

/**
 * The largest value of each window, or its first NaN, and where it is among all elements: the first of equal ones. A window
 * without elements has -Infinity and -1. Items are planes x outHeight.
 */
export function maxPoolIndices(params: MaxPoolIndices, begin: i32, end: i32): void {
  const outWidth = params.outWidth;
  const size = params.height * params.width;
  let plane = begin / params.outHeight;
  let row = begin - plane * params.outHeight;
  let values = params.values + ((<usize>begin * outWidth) << 2);
  let indices = params.indices + ((<usize>begin * outWidth) << 3);
  for (let item = begin; item < end; ++item) {
    const rows = params.rows + ((<usize>row) << 3);
    const base = plane * size;
    for (let column = 0; column < outWidth; ++column, values += 4, indices += 8) {
      ofWindow(params, base, rows, params.columns + ((<usize>column) << 3), values, indices);
    }
    if (++row == params.outHeight) {
      row = 0;
      ++plane;
    }
  }
}

// @ts-ignore: decorator
@inline
function ofWindow(params: MaxPoolIndices, base: i32, rows: usize, columns: usize, values: usize, indices: usize): void {
  const from = params.from + ((<usize>base) << 2);
  const width = params.width;
  const left = load<i32>(columns);
  const count = load<i32>(columns, 4);
  let most: f32 = -Infinity;
  let foundY = -1;
  let foundX = 0;
  let y = load<i32>(rows);
  for (let i = load<i32>(rows, 4); i > 0; --i, y += params.rowStep) {
    const line = from + ((<usize>(y * width)) << 2);
    let x = left;
    for (let j = count; j > 0; --j, x += params.columnStep) {
      const value = load<f32>(line + ((<usize>x) << 2));
      if (value > most || foundY < 0 || (value != value && most == most)) {
        most = value;
        foundY = y;
        foundX = x;
      }
    }
  }
  store<f32>(values, most);
  const place = params.byColumns ? foundX * params.height + foundY : foundY * width + foundX;
  store<i64>(indices, foundY < 0 ? -1 : base + place);
}
