import * as Dots from "../../codes/dots";
import { tilesOf } from "../../quotient";
import { scratchOf } from "../../ops/scratch";
import { dots, flipOf, wayOf, zeroOf } from "../dot";
import { finishEight, sizeOfResult } from "../finish";
import { depthOf, flagsAt, headBytes, packedRowsBytes, panelBytes, TILE_COLUMNS, TILE_ROWS } from "../layout";
import { tileOfActivations, widenImage, widenWeights } from "../tile";

/** The argument of {@link packByteRows}. */
@unmanaged
export class ByteRows {
  /** matrices of bytes */
  from: usize;
  to: usize;
  rows: i32;
  depth: i32;
  /** bytes from one matrix, row, and number of a row to the next */
  matrixBytes: i32;
  rowBytes: i32;
  depthBytes: i32;
  /** whether the bytes have a sign */
  signed: i32;
}

/**
 * Puts rows of activations into blocks of four: for each four along the summed axis, four bytes of each row. Items are
 * matrices x blocks.
 */
export function packByteRows(params: ByteRows, begin: i32, end: i32): void {
  const blocks = tilesOf(params.rows, TILE_ROWS);
  const depth = params.depth;
  const flip = flipOf(params.signed);
  const flips = flip * 0x01010101;
  for (let item = begin; item < end; ++item) {
    const matrix = item / blocks;
    const first = (item - matrix * blocks) * TILE_ROWS;
    const to = params.to + <usize>item * <usize>packedRowsBytes(TILE_ROWS, depth);
    for (let i = 0; i < TILE_ROWS; ++i) {
      let at = to + <usize>i * 4;
      if (first + i >= params.rows) {
        for (let k = 0; k < depth; k += 4, at += 16) store<u32>(at, 0);
        continue;
      }
      let from = params.from + <usize>matrix * params.matrixBytes + <usize>(first + i) * params.rowBytes;
      let k = depth;
      if (params.depthBytes == 1) for (; k >= 4; k -= 4, from += 4, at += 16) store<u32>(at, load<u32>(from) ^ flips);
      for (; k > 0; k -= 4, at += 16) {
        let four: u32 = 0;
        for (let j = 0; j < min(k, 4); ++j, from += params.depthBytes) {
          four |= ((<u32>load<u8>(from)) ^ (<u32>flip)) << (8 * j);
        }
        store<u32>(at, four);
      }
    }
  }
}

/** The argument of {@link multiplyBytes}. */
@unmanaged
export class ByteProduct {
  /** matrices of rows, packed */
  rows: usize;
  /** matrices of columns: panels of {@link packBytes}, eight columns each */
  weights: usize;
  /** f32 for each column, whole panels, or 0 where sums are the results */
  scales: usize;
  /** the zero point of the rows, a byte, or 0 for none */
  zero: usize;
  /** (products, m, n) */
  to: usize;
  /** for each product: which matrix of rows and which of columns, i32 each */
  products: usize;
  workspace: usize;
  m: i32;
  depth: i32;
  n: i32;
  /** whether the rows have a sign */
  signed: i32;
  /** see codes/quantised.ts */
  kind: i32;
  /** of the results */
  outZero: i32;
  /** limits of a result before the zero point is added */
  least: f32;
  most: f32;
}

/** Products of matrices of bytes (m, depth) and (depth, n), whose sums are exact. Items are products x panels of columns. */
export function multiplyBytes(product: ByteProduct, begin: i32, end: i32): void {
  const panels = <i32>tilesOf(product.n, TILE_COLUMNS);
  const depth = product.depth;
  const bytes = <usize>panelBytes(TILE_COLUMNS, depth);
  const tile = scratchOf(product.workspace);
  const wide = tile + 128;
  const steps = (<i32>depthOf(depth)) >> 2;
  for (let item = begin; item < end; ++item) {
    const index = item / panels;
    const panel = item - index * panels;
    const entry = product.products + <usize>index * 8;
    const rows = product.rows + <usize>load<i32>(entry) * <usize>packedRowsBytes(product.m, depth);
    const head = product.weights + <usize>(load<i32>(entry, 4) * panels + panel) * bytes;
    const weights = head + <usize>headBytes(TILE_COLUMNS);
    const flags = load<i32>(head + <usize>flagsAt(TILE_COLUMNS));
    const column = panel * TILE_COLUMNS;
    const to = product.to + <usize>(index * product.m * product.n + column) * sizeOfResult(product.kind);
    const way = wayOf(flags);
    if (way == Dots.SIXTEEN) {
      widenWeights(weights, head + 2 * TILE_COLUMNS * 4, wide, steps, 2);
      multiplyPanel(product, way, head, 2 * steps, rows, wide, tile, wide + <usize>steps * 64, column, to);
    } else multiplyPanel(product, way, head, steps, rows, weights, tile, 0, column, to);
  }
}

/** @param wideRows where four rows are widened to 16 bits, or 0 for bytes */
function multiplyPanel(
  product: ByteProduct,
  way: i32,
  head: usize,
  steps: i32,
  rows: usize,
  weights: usize,
  tile: usize,
  wideRows: usize,
  column: i32,
  to: usize,
): void {
  const zero = i32x4.splat(zeroOf(product.zero, product.signed));
  const low = i32x4.sub(v128.load(head), i32x4.mul(zero, v128.load(head, 32)));
  const high = i32x4.sub(v128.load(head, 16), i32x4.mul(zero, v128.load(head, 48)));
  const scales = product.scales + ((<usize>column) << 2);
  const lowScale = product.scales ? v128.load(scales) : low;
  const highScale = product.scales ? v128.load(scales, 16) : high;
  const pitch = <usize>product.n * sizeOfResult(product.kind);
  const blockBytes = <usize>packedRowsBytes(TILE_ROWS, product.depth);
  const count = min(product.n - column, TILE_COLUMNS);
  for (let row = 0; row < product.m; row += TILE_ROWS, rows += blockBytes) {
    if (wideRows) {
      widenImage(rows, wideRows, steps >> 1, 1, dots == Dots.SIGNED);
      tileOfActivations(way, steps, wideRows, weights, tile);
    } else tileOfActivations(way, steps, rows, weights, tile);
    for (let i = 0; i < min(product.m - row, TILE_ROWS); ++i, to += pitch) {
      const sums = tile + <usize>i * 32;
      const a = i32x4.add(v128.load(sums), low);
      const b = i32x4.add(v128.load(sums, 16), high);
      finishEight(product.kind, product.outZero, product.least, product.most, a, b, lowScale, highScale, to, count);
    }
  }
}
