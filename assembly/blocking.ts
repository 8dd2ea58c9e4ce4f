/**
 * The register tiles, shared with the planner (the build copies these constants to TypeScript).
 *
 * x86-64 leaves 15 vector registers to WebAssembly: 6 x 8 = 12 accumulators + 2 of pixels + 1 of weights fill them.
 */

/** Filters in a GEMM tile. */
export const GEMM_MR: i32 = 6;
/** Pixels in a GEMM tile. */
export const GEMM_NR: i32 = 8;
/**
 * A 1x1 kernel of at most so many filters, or on so many pixels, is multiplied without packing: packing would serve too few
 * products, or the planes lie close together anyway.
 */
export const IN_PLACE_FILTERS: i32 = 64;
export const IN_PLACE_PIXELS: i32 = 256;
/** Filters in a tile of the direct kernel; it has a second one of four, for up to four filters and for seven or eight. */
export const DIRECT_MR: i32 = 6;
/** Stored positions in a tile of the direct kernel. */
export const DIRECT_NR: i32 = 8;
/** Channels that the depthwise kernel computes side by side. */
export const DEPTHWISE_CHANNELS: i32 = 4;
/** Output rows that the depthwise 3x3 kernel computes together, for stride 1 and for stride 2. */
export const DEPTHWISE_ROWS: i32 = 4;
export const DEPTHWISE_ROWS_BY_2: i32 = 2;
/** Bytes in an entry of a band's table of column phases. */
export const PHASE_BYTES: usize = 16;
/** Bytes in an entry of the implicit im2col's tap table: a code, eight offsets and eight masks, padded to 16. */
export const TAP_BYTES: i32 = 80;
/** Points of a Winograd tile, 6 x 6, for F(4x4, 3x3) and F(2x2, 5x5) alike. */
export const WINOGRAD_POINTS: usize = 36;
/** Bytes for one patch of four tiles and its transformed columns; filters and inverse need less. */
export const WINOGRAD_SCRATCH: usize = 960;
/** Bytes between the points of a transformed block. */
export const WINOGRAD_SKEW: usize = 64;
/** Channels whose bands the weight gradient holds at a time: eight, so that their taps fill whole tiles. */
export const GRADIENT_CHANNELS: i32 = 8;
