import { countOf, wrongValue } from "../check.ts";
import { DIRECT_MR, DIRECT_NR, GEMM_MR, GEMM_NR, TAP_BYTES } from "../runtime/generated/abi.ts";
import type { Kernels } from "../runtime/loader.ts";
import { type Algorithm, type ConvGeometry, flopsOf } from "./geometry.ts";

type KernelName = Exclude<keyof Kernels, "gemm6x8">;

/** What will be done, and the memory that it takes. A pure function of the geometry: see {@link planConv}. */
export interface ConvPlan {
  readonly geometry: ConvGeometry;
  readonly algorithm: Exclude<Algorithm, "auto">;
  /** why this algorithm */
  readonly reason: string;
  readonly kernel: KernelName;
  /** puts the weights into the kernel's order; null where it reads torch's own */
  readonly pack: KernelName | null;
  readonly blockDepth: number;
  readonly blockPixels: number;
  readonly packedBytes: number;
  readonly workspaceBytes: number;
  readonly flops: number;
}

/**
 * Blocks that are packed at a time. A panel of 384 x 8 floats (12 KB) and one of 384 x 6 weights (9 KB) stay in a 32 KB
 * L1 cache while they are multiplied; a block of 384 x 192 (288 KB) stays in L2 while all filters pass over it.
 */
const GEMM_DEPTH = 384;
const GEMM_PIXELS = 192;
/** Rows under the current output row, which the direct kernel reads again for each four filters: half of a small L2. */
const RING_BYTES = 128 * 1024;

const tiles = (count: number, tile: number) => Math.ceil(count / tile);

/** Chooses the algorithm and sizes its memory. */
export function planConv(where: string, geometry: ConvGeometry, algorithm: Algorithm): ConvPlan {
  if (geometry.height * geometry.width * 4 > 0x7fffffff) {
    throw wrongValue(where, `input has ${geometry.height} x ${geometry.width} values a channel, more than 2 GiB`);
  }
  if (algorithm !== "auto") return PLANNERS[algorithm](where, geometry, "asked for");
  // a tile of six filters is mostly empty for fewer than four, and packing costs as much as the product
  if (geometry.filters < DIRECT_MR)
    return direct(where, geometry, "fewer filters a group than a tile of the product has");
  return im2col(where, geometry, "a matrix product serves every geometry");
}

type Planner = (where: string, geometry: ConvGeometry, reason: string) => ConvPlan;

const im2col: Planner = (_where, g, reason) => {
  const taps = g.kernelHeight * g.kernelWidth;
  const depth = g.channels * taps;
  // equal blocks: a short last one would pay the start of every tile for little work
  const blockDepth = Math.ceil(depth / tiles(depth, GEMM_DEPTH));
  const blockPixels = Math.min(GEMM_PIXELS, tiles(g.outHeight * g.outWidth, GEMM_NR) * GEMM_NR);
  const table = Math.min(taps, blockDepth) * TAP_BYTES;
  return {
    geometry: g,
    algorithm: "im2col",
    reason,
    kernel: "convGemm",
    pack: "packGemm",
    blockDepth,
    blockPixels,
    packedBytes: g.groups * tiles(g.filters, GEMM_MR) * GEMM_MR * (depth + 1) * 4,
    workspaceBytes: GEMM_MR * GEMM_NR * 4 + table + blockDepth * blockPixels * 4,
    flops: flopsOf(g),
  };
};

const direct: Planner = (_where, g, reason) => {
  const taps = g.kernelHeight * g.kernelWidth;
  const phase =
    tiles(g.outWidth, DIRECT_NR) * DIRECT_NR + Math.floor(((g.kernelWidth - 1) * g.dilationWidth) / g.strideWidth);
  const channelBytes = ((g.kernelHeight - 1) * g.dilationHeight + 1) * g.strideWidth * phase * 4;
  const blockDepth = Math.min(Math.max(Math.floor(RING_BYTES / channelBytes), 1), g.channels);
  return {
    geometry: g,
    algorithm: "direct",
    reason,
    kernel: "convDirect",
    pack: "packDirect",
    blockDepth,
    blockPixels: DIRECT_NR,
    packedBytes: g.groups * tiles(g.filters, DIRECT_MR) * DIRECT_MR * (g.channels * taps + 1) * 4,
    workspaceBytes: DIRECT_MR * DIRECT_NR * 4 + tiles(taps, 4) * 16 + blockDepth * channelBytes,
    flops: flopsOf(g),
  };
};

const toeplitz: Planner = (_where, g, reason) => ({
  geometry: g,
  algorithm: "toeplitz",
  reason,
  kernel: "convToeplitz",
  pack: null,
  blockDepth: 0,
  blockPixels: 0,
  packedBytes: patternLength(g) * 4,
  workspaceBytes: 0,
  flops: flopsOf(g),
});

const PLANNERS: Record<Exclude<Algorithm, "auto">, Planner> = { direct, im2col, toeplitz };

/** Numbers in the sparse matrix's pattern: row ends, then two for each entry that may not be zero. */
export function patternLength(g: ConvGeometry): number {
  const pixels = g.outHeight * g.outWidth;
  return pixels + 1 + 2 * countOf([pixels, g.kernelHeight, g.kernelWidth]);
}
