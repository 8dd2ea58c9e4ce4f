import { countOf, wrongValue } from "../check.ts";
import {
  DEPTHWISE_CHANNELS,
  DEPTHWISE_ROWS,
  DEPTHWISE_ROWS_BY_2,
  DIRECT_MR,
  DIRECT_NR,
  GEMM_MR,
  GEMM_NR,
  PHASE_BYTES,
  TAP_BYTES,
  WINOGRAD_POINTS,
  WINOGRAD_SCRATCH,
  WINOGRAD_SKEW,
} from "../runtime/generated/abi.ts";
import type { KernelName } from "../runtime/loader.ts";
import { directCost, im2colCost, type Uses, winogradCost } from "./cost.ts";
import { type Algorithm, type ConvGeometry, flopsOf } from "./geometry.ts";
import { type LiveTaps, withoutDeadTaps } from "./live-taps.ts";
import { columnCount, rowCount } from "./tables.ts";

/** What will be done, and the memory that it takes. A pure function of the geometry: see {@link planConv}. */
export interface ConvPlan {
  /** without the taps that only meet zeros */
  readonly geometry: ConvGeometry;
  /** where the taps that are left stand in the weights; null for all of them */
  readonly live: LiveTaps | null;
  readonly algorithm: Exclude<Algorithm, "auto">;
  /** why this algorithm */
  readonly reason: string;
  readonly kernel: KernelName;
  /** puts the weights into the kernel's order; null where it reads torch's own */
  readonly pack: KernelName | null;
  readonly blockDepth: number;
  readonly blockPixels: number;
  /** filters in a tile of the direct kernel */
  readonly tileFilters: number;
  readonly packedBytes: number;
  readonly workspaceBytes: number;
  /** scratch that packing needs */
  readonly packWorkspaceBytes: number;
  /** lengths of the row and column tables */
  readonly rows: number;
  readonly cols: number;
  readonly flops: number;
  /** expected time, for comparison only: see cost.ts */
  readonly cost: number;
}

/**
 * Blocks that are packed at a time. A panel of 384 x 8 floats (12 KB) and one of 384 x 6 weights (9 KB) stay in a 32 KB
 * L1 cache while they are multiplied; a block of 384 x 192 (288 KB) stays in L2 while all filters pass over it.
 */
const GEMM_DEPTH = 384;
const GEMM_PIXELS = 192;
/** More pixels than that gain nothing where the depth is small. */
const GEMM_MOST_PIXELS = 1024;
/** A band of the image, which the direct kernel reads again for each six or four filters: part of a small L2. */
const BAND_BYTES = 128 * 1024;
/** A band of four channels, which is read at once: a small L1. */
const DEPTHWISE_BAND_BYTES = 32 * 1024;
/** Outputs of the depthwise 3x3 kernel between two finishing passes: half of a small L1. */
const DEPTHWISE_OUTPUT_BYTES = 16 * 1024;

/** Most that 'auto' spends: a dilated or strided band keeps rows that no tap reads, and may grow without bound. */
const AUTO_WORKSPACE_BYTES = 16 << 20;

const tiles = (count: number, tile: number) => Math.ceil(count / tile);

/**
 * Chooses the algorithm and sizes its memory.
 *
 * @param uses whether the weights are packed for one call or for many
 * @throws RangeError for an algorithm that cannot serve the geometry
 */
export function planConv(where: string, geometry: ConvGeometry, algorithm: Algorithm, uses: Uses): ConvPlan {
  if (geometry.height * geometry.width * 4 > 0x7fffffff) {
    throw wrongValue(where, `input has ${geometry.height} x ${geometry.width} values a channel, more than 2 GiB`);
  }
  // whoever asks for Winograd's transforms asks for those of the whole kernel
  const cropped = algorithm === "winograd" ? undefined : withoutDeadTaps(geometry);
  if (cropped === undefined) return choose(where, geometry, algorithm, uses);
  const plan = choose(where, cropped.geometry, algorithm, uses);
  const reason = algorithm === "auto" ? `${plan.reason}, without the taps that only meet zeros` : plan.reason;
  return { ...plan, live: cropped.live, flops: flopsOf(geometry), reason };
}

/** The plan for a kernel of which every outer tap counts. */
function choose(where: string, geometry: ConvGeometry, algorithm: Algorithm, uses: Uses): ConvPlan {
  if (algorithm !== "auto") {
    const fault = algorithm === "winograd" ? winogradFault(geometry) : undefined;
    if (fault !== undefined) throw wrongValue(where, `algorithm 'winograd' ${fault}`);
    return { ...PLANNERS[algorithm](geometry, uses), reason: "asked for" };
  }
  const plans = [im2col(geometry, uses), direct(geometry, uses)];
  if (winogradFault(geometry) === undefined) plans.push(winograd(geometry, uses));
  // the matrix product's workspace has a bound, so one plan is always left
  const fitting = plans.filter(({ workspaceBytes }) => workspaceBytes <= AUTO_WORKSPACE_BYTES);
  return fitting.reduce((best, plan) => (plan.cost < best.cost ? plan : best));
}

type Planner = (geometry: ConvGeometry, uses: Uses) => ConvPlan;

/** What most plans share: tables that reach as far as the last window. */
const basics = (g: ConvGeometry) => ({
  geometry: g,
  live: null,
  rows: rowCount(g),
  cols: columnCount(g),
  flops: flopsOf(g),
  tileFilters: 0,
  packWorkspaceBytes: 0,
});

const im2col: Planner = (g, uses) => {
  const taps = g.kernelHeight * g.kernelWidth;
  const depth = g.channels * taps;
  // equal blocks: a short last one would pay the start of every tile for little work
  const blockDepth = Math.ceil(depth / tiles(depth, GEMM_DEPTH));
  // runs of a few hundred outputs of each filter, far apart, would be slow to write to memory that is not in a cache
  const fitting = Math.floor((GEMM_DEPTH * GEMM_PIXELS) / blockDepth / GEMM_NR) * GEMM_NR;
  const blockPixels = Math.min(fitting, GEMM_MOST_PIXELS, tiles(g.outHeight * g.outWidth, GEMM_NR) * GEMM_NR);
  const table = Math.min(taps, blockDepth) * TAP_BYTES;
  return {
    ...basics(g),
    algorithm: "im2col",
    reason: "expected to be fastest: a matrix product over packed regions",
    kernel: "convGemm",
    pack: "packGemm",
    blockDepth,
    blockPixels,
    packedBytes: g.groups * tiles(g.filters, GEMM_MR) * GEMM_MR * (depth + 1) * 4,
    workspaceBytes: GEMM_MR * GEMM_NR * 4 + table + blockDepth * blockPixels * 4,
    cost: im2colCost(g, blockDepth, uses),
  };
};

const direct: Planner = (g, uses) => {
  if (isDot(g)) return dot(g);
  if (isDepthwise(g)) return isDirect3x3(g) ? depthwise3x3(g) : depthwise(g);
  const taps = g.kernelHeight * g.kernelWidth;
  const [blockDepth, blockPixels] = bandOf(g);
  const tileFilters = directTile(g.filters);
  return {
    ...basics(g),
    algorithm: "direct",
    reason: "expected to be fastest: few channels or filters, so packing regions would not pay",
    kernel: "convDirect",
    pack: "packDirect",
    blockDepth,
    blockPixels,
    tileFilters,
    packedBytes: g.groups * tiles(g.filters, tileFilters) * tileFilters * (g.channels * taps + 1) * 4,
    workspaceBytes: DIRECT_MR * DIRECT_NR * 4 + bandTableBytes(g) + blockDepth * bandBytes(g, blockPixels),
    cost: directCost(g, bandPitch(g), tileFilters, uses),
  };
};

/** Output rows that the kernel for 3x3 computes together. */
const tileRows3x3 = (g: ConvGeometry) => (g.strideHeight === 1 ? DEPTHWISE_ROWS : DEPTHWISE_ROWS_BY_2);

/** Whether rows can be read straight from the image, but for a column of zeros on each side. */
function isDirect3x3(g: ConvGeometry): boolean {
  const { strideHeight: stride, strideWidth } = g;
  if (g.kernelHeight !== 3 || g.kernelWidth !== 3 || g.dilationHeight !== 1 || g.dilationWidth !== 1) return false;
  if (stride > 2 || stride !== strideWidth || g.outWidth < 5 || g.outHeight < tileRows3x3(g)) return false;
  const past = columnCount(g) - g.padLeft - g.width;
  return g.padLeft <= 1 && past <= 1 && (g.paddingMode === "zeros" || (g.padLeft <= 0 && past <= 0));
}

const depthwise3x3 = (g: ConvGeometry): ConvPlan => {
  const tileRows = tileRows3x3(g);
  const fitting = Math.floor(DEPTHWISE_OUTPUT_BYTES / (g.outWidth * 4) / tileRows);
  return {
    ...basics(g),
    algorithm: "direct",
    reason: "one channel a group leaves a matrix product nothing to share",
    kernel: "convDepthwise3x3",
    pack: "packDirect",
    blockDepth: 1,
    blockPixels: Math.min(Math.max(fitting, 1) * tileRows, g.outHeight),
    tileFilters: 1,
    packedBytes: g.groups * g.filters * 10 * 4,
    workspaceBytes: g.width * 4,
    cost: 0,
  };
};

const depthwise = (g: ConvGeometry): ConvPlan => {
  const taps = g.kernelHeight * g.kernelWidth;
  const extent = (g.kernelHeight - 1) * g.dilationHeight + 1;
  const rowBytes = columnCount(g) * DEPTHWISE_CHANNELS * 4;
  const fitting = Math.floor((DEPTHWISE_BAND_BYTES / rowBytes - extent) / g.strideHeight) + 1;
  // bands of a few rows would mostly store the rows that they share
  const rows = Math.min(Math.max(fitting, 2 * tiles(extent, g.strideHeight), 4), g.outHeight);
  const blockPixels = Math.ceil(g.outHeight / tiles(g.outHeight, rows));
  const bandRows = (blockPixels - 1) * g.strideHeight + extent;
  return {
    ...basics(g),
    algorithm: "direct",
    reason: "one channel a group leaves a matrix product nothing to share",
    kernel: "convDepthwise",
    pack: "packDepthwise",
    blockDepth: 1,
    blockPixels,
    packedBytes: tiles(g.groups, DEPTHWISE_CHANNELS) * DEPTHWISE_CHANNELS * g.filters * (taps + 1) * 4,
    // the last four outputs of a row that is shorter read past it
    workspaceBytes: tiles(taps, 4) * 16 + bandRows * rowBytes + 7 * g.strideWidth * DEPTHWISE_CHANNELS * 4,
    cost: 0,
  };
};

/** Whether the one window of each image is the image itself. */
const isDot = (g: ConvGeometry) =>
  g.outHeight * g.outWidth === 1 &&
  g.kernelHeight === g.height &&
  g.kernelWidth === g.width &&
  g.padTop === 0 &&
  g.padLeft === 0 &&
  (g.dilationHeight === 1 || g.kernelHeight === 1) &&
  (g.dilationWidth === 1 || g.kernelWidth === 1);

const dot = (g: ConvGeometry): ConvPlan => ({
  ...basics(g),
  algorithm: "direct",
  reason: "each output is one dot product with the whole image",
  kernel: "convDot",
  pack: null,
  blockDepth: 0,
  blockPixels: 0,
  packedBytes: 0,
  workspaceBytes: 0,
  cost: 0,
});

const isDepthwise = (g: ConvGeometry) => g.channels === 1 && g.filters < 4;

/** The tile that computes fewer filters in vain; four filters use the registers less well than six. */
const directTile = (filters: number) =>
  tiles(filters, 4) * 4 * 1.2 < tiles(filters, DIRECT_MR) * DIRECT_MR ? 4 : DIRECT_MR;

/** Channels and output rows of a band: all channels if a few rows of them fit, then as many rows as fit. */
function bandOf(g: ConvGeometry): [channels: number, rows: number] {
  const few = Math.min(g.outHeight, 4);
  // a long sum is computed in blocks, as im2col's, for the sake of its rounding errors
  const summed = Math.max(Math.floor(GEMM_DEPTH / (g.kernelHeight * g.kernelWidth)), 1);
  const channels = Math.min(Math.max(Math.floor(BAND_BYTES / bandBytes(g, few)), 1), summed, g.channels);
  const perRow = bandBytes(g, few + 1) - bandBytes(g, few);
  const more = Math.floor((BAND_BYTES / channels - bandBytes(g, few)) / Math.max(perRow, 16));
  const rows = Math.min(Math.max(few + more, few), g.outHeight);
  // equal bands
  return [channels, Math.ceil(g.outHeight / tiles(g.outHeight, rows))];
}

/** Floats from one stored row of a band to the next. */
export const bandPitch = (g: ConvGeometry) =>
  g.outWidth + Math.floor(((g.kernelWidth - 1) * g.dilationWidth) / g.strideWidth);

/** Bytes of the tables in front of a band: tap offsets and column phases. */
export const bandTableBytes = (g: ConvGeometry) =>
  tiles(g.kernelHeight * g.kernelWidth, 4) * 16 + g.strideWidth * PHASE_BYTES;

/** Bytes that one channel of a band takes, as assembly/conv/band.ts lays it out. */
export function bandBytes(g: ConvGeometry, rows: number): number {
  const pitch = bandPitch(g);
  const plane = (rows + Math.floor(((g.kernelHeight - 1) * g.dilationHeight) / g.strideHeight)) * pitch;
  return tiles(g.strideHeight * g.strideWidth * plane + 3 * pitch + 16, 4) * 16;
}

const toeplitz: Planner = (g) => ({
  ...basics(g),
  algorithm: "toeplitz",
  reason: "never chosen: for understanding",
  kernel: "convToeplitz",
  pack: null,
  blockDepth: 0,
  blockPixels: 0,
  packedBytes: countOf([g.outHeight, g.outWidth, g.kernelHeight, g.kernelWidth]) * 8,
  workspaceBytes: 0,
  cost: Number.POSITIVE_INFINITY,
});

/** The transformed tiles of a block, V, and the products of a few filters with it, M, stay together in L2. */
const WINOGRAD_V_BYTES = 1 << 20;
const WINOGRAD_M_BYTES = 384 * 1024;

const winograd: Planner = (g, uses) => {
  const { m, tileRows, tileColumns, all } = winogradTiles(g);
  const filters = tiles(g.filters, GEMM_MR) * GEMM_MR;
  // below sixteen tiles a block, reading the weights again for each block would cost more than a cold cache
  const fitting = Math.max(Math.floor(WINOGRAD_V_BYTES / (WINOGRAD_POINTS * g.channels * 4) / GEMM_NR), 2) * GEMM_NR;
  // equal blocks, each a multiple of the tile
  const blockPixels = tiles(tiles(all, tiles(all, fitting)), GEMM_NR) * GEMM_NR;
  const pitch = winogradPitch(Math.min(blockPixels, all));
  // pairs of register tiles, for which narrow products have a kernel
  const pairs = tiles(filters, 2 * GEMM_MR);
  const fittingPairs = Math.max(Math.floor(WINOGRAD_M_BYTES / (WINOGRAD_POINTS * pitch * 4) / (2 * GEMM_MR)), 1);
  const blockDepth = Math.min(tiles(pairs, tiles(pairs, fittingPairs)) * 2 * GEMM_MR, filters);
  return {
    ...basics(g),
    algorithm: "winograd",
    reason: "expected to be fastest: far fewer multiplications",
    kernel: "convWinograd",
    pack: "packWinograd",
    blockDepth,
    blockPixels,
    packedBytes: g.groups * (WINOGRAD_POINTS * filters * (g.channels + 1) + g.filters) * 4,
    workspaceBytes: WINOGRAD_SCRATCH + WINOGRAD_POINTS * ((g.channels + blockDepth) * pitch * 4 + 2 * WINOGRAD_SKEW),
    packWorkspaceBytes: WINOGRAD_SCRATCH,
    cost: winogradCost(g, tileRows, tileColumns, blockPixels, uses),
    // the last group of four tiles reaches past the output's last window
    rows: (tileRows * m + g.kernelHeight - 1) * g.dilationHeight,
    cols: ((tileColumns + 3) * m + 4) * g.dilationWidth,
  };
};

/** Tiles of m x m outputs. A dilated kernel works on every dilation-th row and column by itself, a grid for each offset. */
function winogradTiles(g: ConvGeometry): { m: number; tileRows: number; tileColumns: number; all: number } {
  const m = 7 - g.kernelHeight;
  const tileRows = tiles(g.outHeight, m * g.dilationHeight);
  const tileColumns = tiles(g.outWidth, m * g.dilationWidth);
  return { m, tileRows, tileColumns, all: g.batch * g.dilationHeight * g.dilationWidth * tileRows * tileColumns };
}

/** Floats in a row of transformed tiles: whole register tiles, and room for three lanes past the last tile. */
const winogradPitch = (count: number) => Math.max(tiles(count, GEMM_NR) * GEMM_NR, tiles(count + 3, 4) * 4);

/** The kernel counts in 31 bits, and a dilation makes a grid, of a tile at least, for each of its offsets. */
const MOST_TILES = 0x7fffffff;

/** What keeps a convolution from being computed by Winograd's transforms, or undefined. */
function winogradFault(g: ConvGeometry): string | undefined {
  const { kernelHeight, kernelWidth } = g;
  if (kernelHeight !== kernelWidth || (kernelHeight !== 3 && kernelHeight !== 5)) {
    return `needs a 3x3 or 5x5 kernel, got ${kernelHeight}x${kernelWidth}`;
  }
  if (winogradTiles(g).all > MOST_TILES) {
    return `counts at most ${MOST_TILES} tiles, fewer than dilation [${g.dilationHeight}, ${g.dilationWidth}] makes`;
  }
  if (g.strideHeight !== 1 || g.strideWidth !== 1) return `needs stride 1, got [${g.strideHeight}, ${g.strideWidth}]`;
  return undefined;
}

const PLANNERS: Record<Exclude<Algorithm, "auto">, Planner> = { direct, im2col, toeplitz, winograd };
