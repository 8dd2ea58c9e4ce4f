import { GEMM_MR, GEMM_NR, TILE_BYTES } from "../../blocking.ts";
import { roundUp, tilesOf } from "../../quotient.ts";

/**
 * A 1x1 kernel with at most this many filters, or on at most this many pixels, is multiplied without packing the image:
 * packing would serve too few products, or the planes lie close together anyway.
 */
export const IN_PLACE_FILTERS: i32 = 64;
export const IN_PLACE_PIXELS: i32 = 256;

/** Bytes in an entry of the implicit im2col's tap table: a code, eight offsets and eight masks, padded to 16. */
export const TAP_BYTES: i32 = 80;

/** Bytes of one panel of weights with its biases. */
export function panelBytes(depth: u32): u32 {
  return (depth + 1) * (GEMM_MR * 4);
}

/** Bytes of one group's panels. */
export function weightBytes(filters: u32, depth: u32): u32 {
  return tilesOf(filters, GEMM_MR) * panelBytes(depth);
}

/** Where six zeros lie in the workspace: after the edge tile. */
export const ZEROS_AT: i32 = TILE_BYTES;

/** Where the tap table begins in the workspace: after the zeros. */
export const TABLE_AT: i32 = TILE_BYTES + 32;

/** Where the packed block begins in the workspace: on a cache line after the tap table. */
export function blockAt(taps: u32, blockDepth: u32): u32 {
  return roundUp(TABLE_AT + (taps < blockDepth ? taps : blockDepth) * TAP_BYTES, 64);
}

/** Bytes of the workspace: the last part is the packed block f32[blockPixels / 8][blockDepth][8]. */
export function workspaceBytes(taps: u32, blockDepth: u32, blockPixels: u32): u32 {
  return blockAt(taps, blockDepth) + tilesOf(blockPixels, GEMM_NR) * GEMM_NR * blockDepth * 4;
}
