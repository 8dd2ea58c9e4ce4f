import { type Axis, type ConvGeometry, extentOf } from "./geometry.ts";
import { type PaddingMode, sourceIndex } from "./padding.ts";

/** Writes the index in the image of each value of a padded axis, -1 for zeros and for values that no window reads. */
export function writeSources(axis: Axis, mode: PaddingMode, to: Int32Array): void {
  if (axis.folded !== undefined) {
    axis.folded.writeSources(mode, to);
    return;
  }
  const count = extentOf(axis);
  for (let i = 0; i < to.length; ++i) to[i] = i < count ? sourceIndex(mode, i - axis.before, axis.length) : -1;
}

/**
 * Visits the entries of the sparse matrix that a kernel is expanded to, row by row: its rows are output pixels, its
 * columns pixels of the image, its values the kernel's taps. Padding that repeats the image meets a column twice; the
 * column of a zero is -1.
 */
export function visitPattern(
  { y, x, paddingMode }: ConvGeometry,
  visit: (row: number, column: number, tap: number) => void,
): void {
  const sourceOf = (axis: Axis, output: number, tap: number) =>
    sourceIndex(paddingMode, output * axis.stride + tap * axis.dilation - axis.before, axis.length);
  for (let i = 0; i < y.out; ++i) {
    for (let j = 0; j < x.out; ++j) {
      for (let r = 0; r < y.kernel; ++r) {
        const row = sourceOf(y, i, r);
        for (let s = 0; s < x.kernel; ++s) {
          const column = sourceOf(x, j, s);
          visit(i * x.out + j, row < 0 || column < 0 ? -1 : row * x.length + column, r * x.kernel + s);
        }
      }
    }
  }
}
