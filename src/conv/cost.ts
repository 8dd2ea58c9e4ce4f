import {
  DIRECT_MR,
  DIRECT_NR,
  GEMM_MR,
  GEMM_NR,
  IN_PLACE_FILTERS,
  IN_PLACE_PIXELS,
  WINOGRAD_POINTS,
} from "../runtime/generated/abi.ts";
import type { ConvGeometry } from "./geometry.ts";

/**
 * What each algorithm is expected to take, in nanoseconds of the machine that it was measured on (one Sapphire Rapids core
 * at about 3 GHz, V8 14.6, relaxed build). Only ratios matter: the planner takes the smallest.
 *
 * The coefficients are least squares fits, relative to the time, over the 211 shapes of bench/layers; the choices that
 * follow from them cost 2 % of time in the geometric mean against the best algorithm of each shape. `node
 * bench/planner.ts` measures all algorithms again and prints that loss.
 */
interface Costs extends Readonly<Record<string, number>> {
  /** a multiplication and addition inside a register tile, lanes that are thrown away included */
  readonly product: number;
  /** a call of the micro-kernel */
  readonly tile: number;
  /** ordering a weight, which a Session does once and a single call every time */
  readonly weight: number;
}

/**
 * A packed value costs more where eight neighbours of the output are no neighbours in the image: then each has to be
 * `located`, once for all channels.
 */
const IM2COL = { product: 0.042, tile: 9.4, weight: 1.2, adjacent: 0.41, gathered: 0.74, located: 1.8 } satisfies Costs;
/** `stored` is a value of the image copied to the band, `channel` the start of a channel. */
const DIRECT = { product: 0.049, tile: 9.7, weight: 1.2, stored: 0.55, channel: 100 } satisfies Costs;
/** `transform` is one tile of one channel, `scattered` the same of a dilated kernel; `streamed` a transformed weight, which each block of tiles reads once. */
const WINOGRAD = { product: 0.051, tile: 27, weight: 1.6, transform: 8, scattered: 60, streamed: 0.12 } satisfies Costs;

/** Whether the weights are ordered for one call or for many. */
export type Uses = "once" | "many";

const tiles = (count: number, tile: number) => Math.ceil(count / tile);

/** Tiles of which the last, if it holds at most `few`, costs as much as its share and a fifth. */
function partial(count: number, tile: number, few: number): number {
  const rest = count % tile;
  return Math.floor(count / tile) + (rest === 0 ? 0 : rest <= few ? (1.2 * few) / tile : 1);
}

/** Packs the values of a group: a tile that runs on into the next row of outputs has no neighbours there. */
function packingCost(g: ConvGeometry, depth: number): number {
  const pixels = tiles(g.outHeight * g.outWidth, GEMM_NR) * GEMM_NR;
  const taps = g.kernelHeight * g.kernelWidth;
  const scattered = g.strideWidth > 1 ? 1 : taps === 1 ? 0 : Math.min((GEMM_NR - 1) / g.outWidth, 1);
  const value = IM2COL.adjacent + scattered * (IM2COL.gathered - IM2COL.adjacent);
  return pixels * (depth * value + taps * scattered * IM2COL.located);
}

/** Whether the product reads the image itself, as assembly/conv/gemm.ts decides. */
const isMultipliedInPlace = (g: ConvGeometry) =>
  g.kernelHeight * g.kernelWidth * g.strideHeight * g.strideWidth === 1 &&
  g.outHeight === g.height &&
  g.outWidth === g.width &&
  g.padTop === 0 &&
  g.padLeft === 0 &&
  (g.filters <= IN_PLACE_FILTERS || g.outHeight * g.outWidth <= IN_PLACE_PIXELS);

export function im2colCost(g: ConvGeometry, blockDepth: number, uses: Uses): number {
  const depth = g.channels * g.kernelHeight * g.kernelWidth;
  // at most four last filters or pixels have tiles of their own
  const panels = partial(g.filters, GEMM_MR, 4);
  const columns = partial(g.outHeight * g.outWidth, GEMM_NR, GEMM_NR / 2);
  const packed = isMultipliedInPlace(g) ? 0 : packingCost(g, depth);
  const products = panels * columns * GEMM_MR * GEMM_NR * depth * IM2COL.product;
  const calls = tiles(g.filters, GEMM_MR) * tiles(g.outHeight * g.outWidth, GEMM_NR) * tiles(depth, blockDepth);
  return (
    g.groups * (g.batch * (packed + products + calls * IM2COL.tile) + once(uses, g.filters * depth * IM2COL.weight))
  );
}

/** @param pitch stored positions of an output row; those past its end are computed in vain */
export function directCost(g: ConvGeometry, pitch: number, tileFilters: number, uses: Uses): number {
  const depth = g.channels * g.kernelHeight * g.kernelWidth;
  const panels = tiles(g.filters, tileFilters);
  const columns = tiles(g.outHeight * pitch, DIRECT_NR);
  // four filters keep the multipliers less busy than six
  const product = tileFilters === DIRECT_MR ? DIRECT.product : DIRECT.product * 1.2;
  const stored = g.channels * (g.height * g.width * DIRECT.stored + DIRECT.channel);
  const products = panels * columns * (tileFilters * DIRECT_NR * depth * product + DIRECT.tile);
  return g.groups * (g.batch * (stored + products) + once(uses, g.filters * depth * DIRECT.weight));
}

/** @param block tiles that are multiplied at a time */
export function winogradCost(
  g: ConvGeometry,
  tileRows: number,
  tileColumns: number,
  block: number,
  uses: Uses,
): number {
  const panels = tiles(g.filters, GEMM_MR);
  const grids = g.dilationHeight * g.dilationWidth;
  const all = g.batch * grids * tileRows * tileColumns;
  // at most four last columns are multiplied as half a tile
  const columns = tiles(all, GEMM_NR / 2) / 2;
  // up to four tiles of a row are transformed together, at the price of four
  const transform = grids === 1 ? WINOGRAD.transform : WINOGRAD.scattered;
  const transforms = g.batch * grids * tileRows * tiles(tileColumns, 4) * 4 * g.channels * transform;
  const products = panels * columns * (GEMM_MR * GEMM_NR * g.channels * WINOGRAD.product + WINOGRAD.tile);
  const streamed = panels * GEMM_MR * g.channels * tiles(all, block) * WINOGRAD.streamed;
  const weights = g.filters * g.channels * WINOGRAD_POINTS * WINOGRAD.weight;
  return g.groups * (transforms + WINOGRAD_POINTS * (products + streamed) + once(uses, weights));
}

const once = (uses: Uses, cost: number) => (uses === "once" ? cost : 0);
