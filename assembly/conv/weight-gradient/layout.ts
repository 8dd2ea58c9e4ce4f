import { COLUMN_BYTES, GEMM_MR, ROW_BYTES, TILE_BYTES } from "../../blocking.ts";
import { roundUp, tilesOf } from "../../quotient.ts";

/** Channels whose bands are in memory at a time: eight, so that their taps fill whole tiles. */
export const GRADIENT_CHANNELS: i32 = 8;

/** Pixels of a band, in whole vectors: those past the last row have zero gradient too. */
export function pixelsOf(rows: u32, pitch: u32): u32 {
  return roundUp(rows * pitch, 4);
}

/** Bytes of the gradient of a band, in panels of six filters. */
export function gradientBytes(filters: u32, pixels: u32): u32 {
  return tilesOf(filters, GEMM_MR) * pixels * COLUMN_BYTES;
}

/** Where the gradient begins in the workspace: after an edge tile and the band. */
export function gradientAt(channelBytes: u32): u32 {
  return TILE_BYTES + GRADIENT_CHANNELS * channelBytes;
}

/** Bytes of the workspace. */
export function workspaceBytes(filters: u32, pixels: u32, channelBytes: u32): u32 {
  return gradientAt(channelBytes) + gradientBytes(filters, pixels) + pixels * ROW_BYTES;
}
