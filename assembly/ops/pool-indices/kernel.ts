/** The argument of {@link maxPoolIndices}. */
@unmanaged
export class MaxPoolIndices {
  /** (planes, depth, height, width) */
  from: usize;
  /** (planes, outDepth, outHeight, outWidth) */
  values: usize;
  /** i64, of the shape of the values */
  indices: usize;
  /** for each slice of the output: the window's first slice i32, number of slices i32; an image is one slice */
  slices: usize;
  /** for each row of the output, likewise */
  rows: usize;
  /** for each column of the output, likewise */
  columns: usize;
  depth: i32;
  height: i32;
  width: i32;
  outDepth: i32;
  outHeight: i32;
  outWidth: i32;
  /** slices from one of a window to the next */
  sliceStep: i32;
  /** rows from one of a window to the next */
  rowStep: i32;
  /** columns from one of a window to the next */
  columnStep: i32;
  /** what an index grows by from one slice, row and column to the next */
  sliceIndex: i32;
  rowIndex: i32;
  columnIndex: i32;
  /** what it grows by from plane to plane */
  planeIndex: i32;
}

/**
 * The largest value of each window, or its first NaN, and where it is: the first of equal ones. A window without elements has
 * -Infinity and -1. Items are planes x outDepth x outHeight.
 */
export function maxPoolIndices(params: MaxPoolIndices, begin: i32, end: i32): void {
  const outWidth = params.outWidth;
  const outHeight = params.outHeight;
  const outDepth = params.outDepth;
  let values = params.values + ((<usize>begin * outWidth) << 2);
  let indices = params.indices + ((<usize>begin * outWidth) << 3);
  for (let item = begin; item < end; ++item) {
    const slice = item / outHeight;
    const plane = slice / outDepth;
    const slices = params.slices + ((<usize>(slice - plane * outDepth)) << 3);
    const rows = params.rows + ((<usize>(item - slice * outHeight)) << 3);
    for (let column = 0; column < outWidth; ++column, values += 4, indices += 8) {
      ofWindow(params, plane, slices, rows, params.columns + ((<usize>column) << 3), values, indices);
    }
  }
}

// @ts-ignore: decorator
@inline
function ofWindow(
  params: MaxPoolIndices,
  plane: i32,
  slices: usize,
  rows: usize,
  columns: usize,
  values: usize,
  indices: usize,
): void {
  const height = params.height;
  const width = params.width;
  const from = params.from + ((<usize>plane * <usize>(params.depth * height * width)) << 2);
  const left = load<i32>(columns);
  const count = load<i32>(columns, 4);
  const step = (<usize>params.columnStep) << 2;
  let most: f32 = -Infinity;
  let found: i64 = -1;
  let z = load<i32>(slices);
  for (let k = load<i32>(slices, 4); k > 0; --k, z += params.sliceStep) {
    let y = load<i32>(rows);
    for (let i = load<i32>(rows, 4); i > 0; --i, y += params.rowStep) {
      let at = from + ((<usize>((z * height + y) * width + left)) << 2);
      let index = z * params.sliceIndex + y * params.rowIndex + left * params.columnIndex;
      for (let j = count; j > 0; --j, at += step, index += params.columnStep * params.columnIndex) {
        const value = load<f32>(at);
        if (value > most || found < 0 || (value != value && most == most)) {
          most = value;
          found = index;
        }
      }
    }
  }
  store<f32>(values, most);
  store<i64>(indices, found < 0 ? -1 : <i64>plane * params.planeIndex + found);
}
