import { GEMM_MR, GEMM_NR } from "../../assembly/blocking.ts";
import * as layout from "../../assembly/conv/gemm/layout.ts";
import { type ConvGeometry, depthOf, pixelsOf, tapsOf } from "./geometry.ts";
import { basics, filtersOfItem, imagesOf, inTiles, once, tiles, type Way } from "./way.ts";

/**
 * Blocks that are packed at a time. A panel of 384 x 8 floats (12 KB) and one of 384 x 6 weights (9 KB) stay in a 32 KB
 * L1 cache while they are multiplied; a block of 384 x 192 (288 KB) stays in L2 while all filters pass over it.
 */
export const BLOCK_DEPTH = 384;
const BLOCK_PIXELS = 192;
/** More pixels than that gain nothing where the depth is small. */
const MOST_PIXELS = 1024;
/** Fewer blocks leave threads without work; blocks of fewer pixels would read the weights too often. */
const BLOCKS = 4;
const LEAST_PIXELS = 128;

/**
 * Cost of a multiplication and addition inside a register tile, discarded lanes included; of a call of the micro-kernel; of
 * reordering a weight. A packed value costs more where eight neighbours of the output are not neighbours in the image: then
 * each has to be `located`, once for all channels.
 */
const COST = { product: 0.042, paired: 0.022, tile: 9.4, weight: 1.2, adjacent: 0.41, gathered: 0.74, located: 1.8 };

/** How much of a product of matrices (filters, depth) and (depth, pixels) is multiplied at a time. */
export function blocksOf(depth: number, pixels: number): { blockDepth: number; blockPixels: number } {
  // equal blocks: a short last one would pay for starting every tile with little work
  const blockDepth = Math.ceil(depth / tiles(depth, BLOCK_DEPTH));
  // runs of a few hundred outputs of each filter, far apart, would be slow to write to memory that is not in a cache
  const fitting = Math.floor((BLOCK_DEPTH * BLOCK_PIXELS) / blockDepth / GEMM_NR) * GEMM_NR;
  const most = Math.min(fitting, MOST_PIXELS);
  const count = Math.max(tiles(pixels, most), Math.min(BLOCKS, Math.floor(pixels / LEAST_PIXELS)));
  return { blockDepth, blockPixels: Math.min(most, tiles(tiles(pixels, count), GEMM_NR) * GEMM_NR) };
}

/** A matrix product over regions of the image, which are packed as they are needed. */
export const gemm: Way = {
  name: "gemm",
  algorithm: "im2col",
  reason: "expected to be fastest: a matrix product over packed regions",
  serves: () => undefined,
  plan(g) {
    const depth = depthOf(g);
    const { blockDepth, blockPixels } = blocksOf(depth, pixelsOf(g));
    const blocks = g.batch * g.groups * tiles(pixelsOf(g), blockPixels);
    const tileFilters = filtersOfItem(g.filters, blocks);
    return {
      ...basics(g),
      blockDepth,
      blockPixels,
      tileFilters,
      kernel: "convGemm",
      items: blocks * tiles(g.filters, tileFilters),
      pack: "packPanels",
      packItems: g.groups * tiles(g.filters, GEMM_MR),
      packTile: GEMM_MR,
      weightBytes: g.groups * layout.weightBytes(g.filters, depth),
      workspaceBytes: layout.workspaceBytes(tapsOf(g), blockDepth, blockPixels),
    };
  },
  cost(g, { blockDepth }, uses) {
    const depth = depthOf(g);
    // at most four last filters or pixels have tiles of their own
    const panels = partial(g.filters, GEMM_MR, 4);
    const columns = partial(pixelsOf(g), GEMM_NR, GEMM_NR / 2);
    const packed = isMultipliedInPlace(g) ? 0 : packingCost(g, depth);
    const products = panels * columns * GEMM_MR * GEMM_NR * depth * inTiles(COST);
    const calls = tiles(g.filters, GEMM_MR) * tiles(pixelsOf(g), GEMM_NR) * tiles(depth, blockDepth);
    const image = packed + products + calls * COST.tile;
    return g.groups * (imagesOf(g) * image + once(uses, g.filters * depth * COST.weight));
  },
};

/** Tiles of which the last, if it holds at most `few`, costs as much as its share and a fifth. */
function partial(count: number, tile: number, few: number): number {
  const rest = count % tile;
  return Math.floor(count / tile) + (rest === 0 ? 0 : rest <= few ? (1.2 * few) / tile : 1);
}

/** Packs the values of a group: a tile that runs on into the next row of outputs has no neighbours there. */
function packingCost(g: ConvGeometry, depth: number): number {
  const pixels = tiles(pixelsOf(g), GEMM_NR) * GEMM_NR;
  const taps = tapsOf(g);
  const scattered = g.x.stride > 1 ? 1 : taps === 1 ? 0 : Math.min((GEMM_NR - 1) / g.x.out, 1);
  const value = COST.adjacent + scattered * (COST.gathered - COST.adjacent);
  return pixels * (depth * value + taps * scattered * COST.located);
}

/** Whether the product reads the image itself, as assembly/conv/gemm/kernel.ts decides. */
const isMultipliedInPlace = (g: ConvGeometry) =>
  [g.y, g.x].every(
    ({ kernel, stride, length, before, out }) => kernel * stride === 1 && out === length && before === 0,
  ) &&
  (g.filters <= layout.IN_PLACE_FILTERS || pixelsOf(g) <= layout.IN_PLACE_PIXELS);
