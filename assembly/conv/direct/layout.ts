import { TILE_BYTES } from "../../blocking.ts";
import { tilesOf } from "../../quotient.ts";

/** Filters in a tile; there is a second one of four, for up to four filters and for seven or eight. */
export const DIRECT_MR: i32 = 6;
/** Stored positions in a tile. */
export const DIRECT_NR: i32 = 8;

/** Bytes of the weights and biases of one tile of filters. */
export function panelBytes(depth: u32, tileFilters: u32): u32 {
  return (depth + 1) * tileFilters * 4;
}

/** Bytes of one group's weights and biases. */
export function weightBytes(filters: u32, depth: u32, tileFilters: u32): u32 {
  return tilesOf(filters, tileFilters) * panelBytes(depth, tileFilters);
}

/** Where six zeros lie in the workspace: after the edge tile. */
export const ZEROS_AT: i32 = TILE_BYTES;
/** Where the band begins: on the next cache line. */
export const BAND_AT: i32 = TILE_BYTES + 64;

/** Bytes of the workspace, which ends in a band of `channels` channels. */
export function workspaceBytes(channels: u32, bandBytes: u32): u32 {
  return BAND_AT + channels * bandBytes;
}
