/**
 * The register tile of matrix products, shared with the planner.
 *
 * x86-64 leaves 15 vector registers to WebAssembly: 6 x 8 = 12 accumulators + 2 of pixels + 1 of weights fill them.
 */

/** Filters in a tile. */
export const GEMM_MR: i32 = 6;
/** Pixels in a tile. */
export const GEMM_NR: i32 = 8;
/** Bytes of a column of a panel of weights: six floats. */
export const COLUMN_BYTES: i32 = 24;
/** Bytes of a row of a panel of pixels: eight floats. */
export const ROW_BYTES: i32 = 32;
/** Bytes of a tile of results that is computed outside the output, at its edges: f32[6][8], or twice as much. */
export const TILE_BYTES: i32 = 384;
