import type { ConvGeometry } from "./geometry.ts";
import { sourceIndex } from "./padding.ts";

/** Rows of the padded image that the outputs read. */
export const rowCount = (g: ConvGeometry): number =>
  (g.outHeight - 1) * g.strideHeight + (g.kernelHeight - 1) * g.dilationHeight + 1;

/** Columns of the padded image that the outputs read. */
export const columnCount = (g: ConvGeometry): number =>
  (g.outWidth - 1) * g.strideWidth + (g.kernelWidth - 1) * g.dilationWidth + 1;

/** Writes the image row under each row of the padded image, -1 for zeros. */
export function writeRows(g: ConvGeometry, to: Int32Array): void {
  for (let y = 0; y < to.length; ++y) to[y] = sourceIndex(g.paddingMode, y - g.padTop, g.height);
}

/** Writes the image column under each column of the padded image, -1 for zeros. */
export function writeColumns(g: ConvGeometry, to: Int32Array): void {
  for (let x = 0; x < to.length; ++x) to[x] = sourceIndex(g.paddingMode, x - g.padLeft, g.width);
}

/**
 * Visits the entries of the sparse matrix that a kernel is expanded to, row by row: its rows are output pixels, its
 * columns pixels of the image, its values the kernel's taps. Padding that repeats the image meets a column twice.
 */
export function visitPattern(g: ConvGeometry, visit: (row: number, column: number, tap: number) => void): void {
  const rows = new Int32Array(rowCount(g));
  const columns = new Int32Array(columnCount(g));
  writeRows(g, rows);
  writeColumns(g, columns);
  for (let y = 0; y < g.outHeight; ++y) {
    for (let x = 0; x < g.outWidth; ++x) {
      for (let r = 0; r < g.kernelHeight; ++r) {
        const row = rows[y * g.strideHeight + r * g.dilationHeight]!;
        if (row < 0) continue;
        for (let s = 0; s < g.kernelWidth; ++s) {
          const column = columns[x * g.strideWidth + s * g.dilationWidth]!;
          if (column >= 0) visit(y * g.outWidth + x, row * g.width + column, r * g.kernelWidth + s);
        }
      }
    }
  }
}

/** Writes the pattern as the toeplitz kernel reads it: row ends, then byte offsets of the column and of the tap. */
export function writePattern(g: ConvGeometry, to: Int32Array): void {
  const pixels = g.outHeight * g.outWidth;
  const ends = to.subarray(0, pixels + 1).fill(0);
  let entries = 0;
  visitPattern(g, (row, column, tap) => {
    to[pixels + 1 + 2 * entries] = column * 4;
    to[pixels + 2 + 2 * entries] = tap * 4;
    ends[row + 1] = ++entries;
  });
  // a window that lies wholly in zero padding has no entries
  for (let row = 1; row <= pixels; ++row) ends[row] = Math.max(ends[row]!, ends[row - 1]!);
}
