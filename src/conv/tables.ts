import type { ConvGeometry } from "./geometry.ts";
import { sourceIndex } from "./padding.ts";

/** Rows of the padded image that the outputs read. */
export const rowCount = (g: ConvGeometry): number =>
  (g.outHeight - 1) * g.strideHeight + (g.kernelHeight - 1) * g.dilationHeight + 1;

/** Columns of the padded image that the outputs read. */
export const columnCount = (g: ConvGeometry): number =>
  (g.outWidth - 1) * g.strideWidth + (g.kernelWidth - 1) * g.dilationWidth + 1;

/** Writes the image row under each row of the padded image, -1 for zeros and for rows past those that are read. */
export function writeRows(g: ConvGeometry, to: Int32Array): void {
  const count = rowCount(g);
  for (let y = 0; y < to.length; ++y) to[y] = y < count ? sourceIndex(g.paddingMode, y - g.padTop, g.height) : -1;
}

/** Writes the image column under each column of the padded image, as {@link writeRows}. */
export function writeColumns(g: ConvGeometry, to: Int32Array): void {
  const count = columnCount(g);
  for (let x = 0; x < to.length; ++x) to[x] = x < count ? sourceIndex(g.paddingMode, x - g.padLeft, g.width) : -1;
}

/**
 * Visits the entries of the sparse matrix that a kernel is expanded to, row by row: its rows are output pixels, its
 * columns pixels of the image, its values the kernel's taps. Padding that repeats the image meets a column twice; the
 * column of a zero is -1.
 */
export function visitPattern(g: ConvGeometry, visit: (row: number, column: number, tap: number) => void): void {
  for (let y = 0; y < g.outHeight; ++y) {
    for (let x = 0; x < g.outWidth; ++x) {
      for (let r = 0; r < g.kernelHeight; ++r) {
        const row = sourceIndex(g.paddingMode, y * g.strideHeight + r * g.dilationHeight - g.padTop, g.height);
        for (let s = 0; s < g.kernelWidth; ++s) {
          const column = sourceIndex(g.paddingMode, x * g.strideWidth + s * g.dilationWidth - g.padLeft, g.width);
          const inside = row >= 0 && column >= 0;
          visit(y * g.outWidth + x, inside ? row * g.width + column : -1, r * g.kernelWidth + s);
        }
      }
    }
  }
}

/** Writes the pattern as the toeplitz kernel reads it: byte offsets of the column and of the tap. */
export function writePattern(g: ConvGeometry, to: Int32Array): void {
  let entry = 0;
  visitPattern(g, (_row, column, tap) => {
    to[entry++] = column < 0 ? -1 : column * 4;
    to[entry++] = tap * 4;
  });
}
