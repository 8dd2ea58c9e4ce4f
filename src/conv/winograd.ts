import { GEMM_MR, GEMM_NR } from "../../assembly/blocking.ts";
import * as layout from "../../assembly/conv/winograd/layout.ts";
import type { ConvGeometry } from "./geometry.ts";
import { basics, filtersOfItem, imagesOf, inTiles, once, tiles, type Way } from "./way.ts";

/** The transformed tiles of a block, V, and the products of a few filters with it, M, stay together in L2. */
const V_BYTES = 1 << 20;
const M_BYTES = 384 * 1024;

/** The kernel counts in 31 bits, and a dilation makes a grid of at least one tile for each of its offsets. */
const MOST_TILES = 0x7fffffff;

/**
 * `transform` is one tile of one channel, `scattered` the same of a dilated kernel; `streamed` a transformed weight, which
 * each block of tiles reads once; otherwise as in the matrix product.
 */
const COST = { product: 0.051, paired: 0.026, tile: 27, weight: 1.6, transform: 8, scattered: 60, streamed: 0.12 };

/** Products of transformed tiles. */
export const winograd: Way = {
  name: "winograd",
  algorithm: "winograd",
  reason: "expected to be fastest: far fewer multiplications",
  serves(g) {
    const { y, x } = g;
    if (y.kernel !== x.kernel || (y.kernel !== 3 && y.kernel !== 5)) {
      return `needs a 3x3 or 5x5 kernel, got ${y.kernel}x${x.kernel}`;
    }
    if (tilesOf(g).all > MOST_TILES) {
      return `counts at most ${MOST_TILES} tiles, fewer than dilation [${y.dilation}, ${x.dilation}] makes`;
    }
    if (y.stride !== 1 || x.stride !== 1) return `needs stride 1, got [${y.stride}, ${x.stride}]`;
    return undefined;
  },
  plan(g) {
    const { side, rows, columns, all } = tilesOf(g);
    const filters = tiles(g.filters, GEMM_MR) * GEMM_MR;
    // below sixteen tiles a block, reading the weights again for each block would cost more than a cold cache
    const fitting = Math.max(Math.floor(V_BYTES / (layout.WINOGRAD_POINTS * g.channels * 4) / GEMM_NR), 2) * GEMM_NR;
    // equal blocks, each a multiple of the register tile
    const blockPixels = tiles(tiles(all, tiles(all, fitting)), GEMM_NR) * GEMM_NR;
    const pitch = layout.pitchOf(Math.min(blockPixels, all));
    // pairs of register tiles, for which narrow products have a kernel
    const pairs = tiles(filters, 2 * GEMM_MR);
    const fittingPairs = Math.max(Math.floor(M_BYTES / (layout.WINOGRAD_POINTS * pitch * 4) / (2 * GEMM_MR)), 1);
    const blockDepth = Math.min(tiles(pairs, tiles(pairs, fittingPairs)) * 2 * GEMM_MR, filters);
    const blocks = g.groups * tiles(g.batch === 0 ? 0 : all, blockPixels);
    const tileFilters = filtersOfItem(g.filters, blocks);
    return {
      ...basics(g),
      kernel: "convWinograd",
      items: blocks * tiles(g.filters, tileFilters),
      tileFilters,
      pack: "packWinograd",
      packItems: g.groups * tiles(g.filters, GEMM_MR),
      packTile: GEMM_MR,
      packScratchBytes: layout.WINOGRAD_SCRATCH,
      blockDepth,
      blockPixels,
      weightBytes: g.groups * layout.weightBytes(g.filters, g.channels),
      workspaceBytes: layout.workspaceBytes(g.channels, blockDepth, pitch),
      // the last group of four tiles reaches past the output's last window
      rows: (rows * side + g.y.kernel - 1) * g.y.dilation,
      cols: ((columns + 3) * side + 4) * g.x.dilation,
    };
  },
  cost(g, { blockPixels }, uses) {
    const { rows, columns, grids, all } = tilesOf(g);
    const panels = tiles(g.filters, GEMM_MR);
    // at most four last columns are multiplied as half a tile
    const halves = tiles(all, GEMM_NR / 2) / 2;
    // up to four tiles of a row are transformed together, at the price of four
    const transform = grids === 1 ? COST.transform : COST.scattered;
    const transforms = imagesOf(g) * grids * rows * tiles(columns, 4) * 4 * g.channels * transform;
    const products = panels * halves * (GEMM_MR * GEMM_NR * g.channels * inTiles(COST) + COST.tile);
    const streamed = panels * GEMM_MR * g.channels * tiles(all, blockPixels) * COST.streamed;
    const weights = g.filters * g.channels * layout.WINOGRAD_POINTS * COST.weight;
    return g.groups * (transforms + layout.WINOGRAD_POINTS * (products + streamed) + once(uses, weights));
  },
};

/** Tiles of side x side outputs. A dilated kernel works on every dilation-th row and column by itself, a grid for each offset. */
function tilesOf(g: ConvGeometry): { side: number; rows: number; columns: number; grids: number; all: number } {
  const side = layout.tileSideOf(g.y.kernel);
  const rows = layout.axisTiles(g.y.out, side, g.y.dilation);
  const columns = layout.axisTiles(g.x.out, side, g.x.dilation);
  const grids = g.y.dilation * g.x.dilation;
  return { side, rows, columns, grids, all: imagesOf(g) * grids * rows * columns };
}
