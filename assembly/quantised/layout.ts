import { roundUp, tilesOf } from "../quotient.ts";

/** Rows of a tile of a product: those whose numbers are repeated. */
export const TILE_ROWS: i32 = 4;
/** Columns of a tile of a product: those that are multiplied together. */
export const TILE_COLUMNS: i32 = 8;
/** Pixels that a depthwise kernel computes together. */
export const RUN: i32 = 16;

/** Numbers of a panel along the summed axis: whole fours. */
export function depthOf(depth: u32): u32 {
  return roundUp(depth, 4);
}

/** Bytes before the weights of a panel of `tile` filters: biases, sums of weights and zero points, i32 each, and flags. */
export function headBytes(tile: u32): u32 {
  return tile * 12 + (tile == 1 ? 4 : 16);
}

/** Where the flags of a panel lie. */
export function flagsAt(tile: u32): u32 {
  return tile * 12;
}

/** Bytes of a panel of `tile` filters. */
export function panelBytes(tile: u32, depth: u32): u32 {
  return headBytes(tile) + tile * depthOf(depth);
}

/** Bytes of all panels of a group. */
export function weightBytes(tile: u32, filters: u32, depth: u32): u32 {
  return tilesOf(filters, tile) * panelBytes(tile, depth);
}

/** Flag of a panel without zero points: its bytes are its weights. */
export const PLAIN: i32 = 1;
/** Flag of a panel of which two weights that are added first never leave 16 bits when multiplied with bytes. */
export const SAFE: i32 = 2;

/** Bytes that loads may read beyond what they need. */
export const SLACK: i32 = 16;

/**
 * The workspace of a convolution:
 *
 *   band | image in panels, bytes | the same, 16 bits | weights of a panel, 16 bits | tile i32[4][8] | results of four filters
 */
export function imageAt(bandBytes: u32): u32 {
  return roundUp(bandBytes + SLACK, 64);
}

export function wideImageAt(bandBytes: u32, depth: u32, pixels: u32): u32 {
  return imageAt(bandBytes) + roundUp(depthOf(depth) * pixels, 64);
}

export function wideWeightsAt(bandBytes: u32, depth: u32, pixels: u32): u32 {
  return wideImageAt(bandBytes, depth, pixels) + roundUp(2 * depthOf(depth) * pixels, 64);
}

export function tileAt(bandBytes: u32, depth: u32, pixels: u32): u32 {
  return wideWeightsAt(bandBytes, depth, pixels) + roundUp(2 * depthOf(depth) * TILE_ROWS, 64);
}

export function resultsAt(bandBytes: u32, depth: u32, pixels: u32): u32 {
  return tileAt(bandBytes, depth, pixels) + 128;
}

/** @param size bytes of a result */
export function convWorkspace(bandBytes: u32, depth: u32, pixels: u32, size: u32): u32 {
  return resultsAt(bandBytes, depth, pixels) + TILE_ROWS * roundUp(pixels, TILE_COLUMNS) * size;
}

/** Bytes of rows that are packed for a product: blocks of four rows. */
export function packedRowsBytes(rows: u32, depth: u32): u32 {
  return roundUp(rows, TILE_ROWS) * depthOf(depth);
}

/** The workspace of an item of a product: tile i32[4][8] | a panel of weights, 16 bits | four rows, 16 bits. */
export function productWorkspace(depth: u32): u32 {
  return 128 + roundUp(2 * depthOf(depth) * TILE_COLUMNS, 64) + 2 * depthOf(depth) * TILE_ROWS;
}

/** Where the workspace of a depthwise convolution has its weights: pairs of 16 bits after the band. */
export function depthwiseWorkspace(bandBytes: u32, taps: u32, pixels: u32, size: u32): u32 {
  return imageAt(bandBytes) + roundUp(2 * depthOf(taps), 64) + roundUp(pixels, RUN) * size;
}
