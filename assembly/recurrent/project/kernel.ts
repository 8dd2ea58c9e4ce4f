import { GEMM_MR, ROW_BYTES } from "../../blocking";
import { floats } from "../../floats";
import { gemm6x16, gemm6x8, wideVectors } from "../imports";
import { packedRowsBytes, PANEL, panelBytes } from "../layout";
import { multiplyRows } from "../rows";

/** The argument of {@link packRows} and {@link project}. */
@unmanaged
export class Projection {
  /** (rows, depth) */
  from: usize;
  /** whole blocks of six rows: six zeros, six ones, then six numbers for each column */
  packed: usize;
  /** panels of eight columns, a row of biases before `depth` rows */
  weights: usize;
  /** (rows, 8 * panels) */
  to: usize;
  rows: i32;
  depth: i32;
  /** an even number */
  panels: i32;
}

/** Puts rows into the order of a matrix product. Items are whole blocks of six rows. */
export function packRows(params: Projection, begin: i32, end: i32): void {
  const depth = params.depth;
  const pitch = floats(depth);
  let from = params.from + <usize>(begin * GEMM_MR) * pitch;
  let to = params.packed + <usize>begin * <usize>packedRowsBytes(1, depth);
  for (let item = begin; item < end; ++item, from += <usize>GEMM_MR * pitch) {
    v128.store(to, f32x4.splat(0));
    v128.store64_lane(to, f32x4.splat(0), 0, 16);
    v128.store(to, f32x4.splat(1), 24);
    v128.store64_lane(to, f32x4.splat(1), 0, 40);
    to += 48;
    for (let at = from; at < from + pitch; at += 4, to += 24) {
      store<f32>(to, load<f32>(at));
      store<f32>(to, load<f32>(at + pitch), 4);
      store<f32>(to, load<f32>(at + 2 * pitch), 8);
      store<f32>(to, load<f32>(at + 3 * pitch), 12);
      store<f32>(to, load<f32>(at + 4 * pitch), 16);
      store<f32>(to, load<f32>(at + 5 * pitch), 20);
    }
  }
}

/** Rows times packed weights, plus the biases of the columns. Items are pairs of panels. */
export function project(params: Projection, begin: i32, end: i32): void {
  const depth = params.depth;
  const blocks = params.rows / GEMM_MR;
  const pitch = floats(params.panels * PANEL);
  const panel = <usize>panelBytes(1, depth);
  const block = <usize>packedRowsBytes(1, depth);
  const rest = params.rows - blocks * GEMM_MR;
  const lastRows = params.from + floats(blocks * GEMM_MR) * <usize>depth;
  for (let item = begin; item < end; ++item) {
    const weights = params.weights + <usize>(2 * item) * panel;
    let a = params.packed;
    let c = params.to + floats(2 * item * PANEL);
    for (let i = 0; i < blocks; ++i, a += block, c += <usize>GEMM_MR * pitch) {
      if (wideVectors) {
        gemm6x16(depth + 1, a, a + 24, weights, panel, ROW_BYTES, c, pitch, true);
      } else {
        gemm6x8(depth + 1, a, weights, ROW_BYTES, c, pitch, true);
        gemm6x8(depth + 1, a, weights + panel, ROW_BYTES, c + 32, pitch, true);
      }
    }
    if (rest > 0) multiplyRows(lastRows, floats(depth), rest, depth, weights, 2, c, pitch);
  }
}
