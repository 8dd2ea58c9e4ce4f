import { GEMM_MR, GEMM_NR } from "../../blocking.ts";
import { roundUp, tilesOf } from "../../quotient.ts";

/** Points of a tile, 6 x 6, for F(4x4, 3x3) and F(2x2, 5x5) alike. */
export const WINOGRAD_POINTS: i32 = 36;
/**
 * Bytes for one patch of four tiles and its transformed columns, or for the four rows of a transformed-back strip, the strip
 * and its residual; filters need less.
 */
export const WINOGRAD_SCRATCH: i32 = 960;
/** Bytes between the points of a transformed block: a multiple of 4 KB would put all of them in the same sets of the L1 cache. */
export const WINOGRAD_SKEW: i32 = 64;

/** Outputs on a side of a tile. */
export function tileSideOf(kernel: i32): i32 {
  return 7 - kernel;
}

/** Tiles along an axis of one grid; the last grids may need fewer, but get as many. */
export function axisTiles(out: u32, side: u32, dilation: u32): u32 {
  return tilesOf(out, side * dilation);
}

/** Floats in a row of transformed tiles: whole register tiles, and room for three lanes past the last tile. */
export function pitchOf(count: u32): u32 {
  const whole = roundUp(count, GEMM_NR);
  const lanes = roundUp(count + 3, 4);
  return whole > lanes ? whole : lanes;
}

/** Bytes of one panel of transformed filters at one point: six zeros, then six filters of each channel. */
export function panelBytes(channels: u32): u32 {
  return (channels + 1) * (GEMM_MR * 4);
}

/** Bytes of all panels of a group at one point. */
export function pointBytes(filters: u32, channels: u32): u32 {
  return tilesOf(filters, GEMM_MR) * panelBytes(channels);
}

/** Bytes of a group's transformed filters and its biases. */
export function weightBytes(filters: u32, channels: u32): u32 {
  return WINOGRAD_POINTS * pointBytes(filters, channels) + filters * 4;
}

/** Bytes of one point of a block: `rows` channels or filters, `pitch` floats apart. */
export function blockPointBytes(rows: u32, pitch: u32): u32 {
  return rows * pitch * 4 + WINOGRAD_SKEW;
}

/** Bytes of the workspace. */
export function workspaceBytes(channels: u32, blockDepth: u32, pitch: u32): u32 {
  return WINOGRAD_SCRATCH + WINOGRAD_POINTS * (blockPointBytes(channels, pitch) + blockPointBytes(blockDepth, pitch));
}
