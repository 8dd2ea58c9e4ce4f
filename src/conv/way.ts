import { GEMM_MR } from "../../assembly/blocking.ts";
import type { Uses } from "../planning/operator.ts";
import type { NAMES } from "../runtime/generated/kernels.ts";
import { pairsVectors } from "../runtime/runtime.ts";
import { type Algorithm, type ConvGeometry, extentOf } from "./geometry.ts";

export type { Uses } from "../planning/operator.ts";

/** A kernel of the first module. */
export type KernelName = (typeof NAMES)[number];

/** How a way computes a geometry, and the memory that it takes. */
export interface WayPlan {
  readonly kernel: KernelName;
  /** number of items that the kernel computes: see its head */
  readonly items: number;
  /** puts the weights into the kernel's order; null if it reads torch's order, with the biases beside them */
  readonly pack: KernelName | null;
  readonly packItems: number;
  /** filters in a panel of packed weights */
  readonly packTile: number;
  /** scratch that packing needs */
  readonly packScratchBytes: number;
  readonly blockDepth: number;
  readonly blockPixels: number;
  /** filters in a tile of the direct kernel, or in an item */
  readonly tileFilters: number;
  /** the weights in the kernel's order, without biases if it reads torch's order */
  readonly weightBytes: number;
  /** lengths of the row and column tables */
  readonly rows: number;
  readonly cols: number;
  /** further tables that depend on the geometry alone */
  readonly tableBytes: number;
  readonly workspaceBytes: number;
}

/** A way of convolving. */
export interface Way {
  readonly name: string;
  /** its algorithm, which may have several ways: the first that serves is taken */
  readonly algorithm: Exclude<Algorithm, "auto">;
  /** why it may be chosen */
  readonly reason: string;
  /** whether it is taken only if its algorithm is asked for */
  readonly onlyAsked?: boolean;
  /** whether it is taken wherever it serves, before costs are compared, as long as its workspace has a moderate size */
  readonly rule?: boolean;
  /** Why it cannot compute this geometry, in words that continue after the algorithm's name; undefined if it can. */
  serves(g: ConvGeometry): string | undefined;
  plan(g: ConvGeometry): WayPlan;
  /**
   * The expected time in nanoseconds, finite and above 0; only ratios matter. Products in register tiles take half of it where
   * vectors are paired, see {@link inTiles}. Measured on one Sapphire Rapids core at about
   * 3 GHz, V8 14.6, relaxed build: the coefficients are least squares fits, relative to the time, over the 211 shapes of
   * bench/layers. The choices that follow from them cost 2 % of time in the geometric mean against the best algorithm of
   * each shape; bench/planner.ts measures that again.
   */
  cost(g: ConvGeometry, plan: WayPlan, uses: Uses): number;
  /** Writes the tables of tableBytes, as 32-bit numbers. */
  writeTables?(g: ConvGeometry, to: Int32Array): void;
}

/** How many tiles cover `count`. */
export const tiles = (count: number, tile: number): number => Math.ceil(count / tile);

/** An empty batch costs as much as one image, since a choice has to be made. */
export const imagesOf = ({ batch }: ConvGeometry): number => Math.max(batch, 1);

/** With so many items or more, each thread finds something to do. */
const ENOUGH_ITEMS = 8;
const LEAST_FILTERS = 24;

/** How many filters are an item, where `blocks` items of all filters would be few: a multiple of twelve, two panels. */
export function filtersOfItem(filters: number, blocks: number): number {
  const parts = Math.min(tiles(ENOUGH_ITEMS, Math.max(blocks, 1)), tiles(filters, LEAST_FILTERS));
  return tiles(tiles(filters, parts), 2 * GEMM_MR) * 2 * GEMM_MR;
}

/** The cost of a multiplication and addition in a register tile, where vectors are paired and elsewhere. */
export const inTiles = (cost: { readonly product: number; readonly paired: number }): number =>
  pairsVectors() ? cost.paired : cost.product;

/** A cost of preparation, which a single call pays; a Session pays it when it is compiled. */
export const once = (uses: Uses, cost: number): number => (uses === "once" ? cost : 0);

/** Common to most plans: tables that reach as far as the last window, and nothing to pack. */
export const basics = (g: ConvGeometry) => ({
  pack: null,
  packItems: 0,
  packTile: 0,
  packScratchBytes: 0,
  blockDepth: 0,
  blockPixels: 0,
  tileFilters: 0,
  rows: extentOf(g.y),
  cols: extentOf(g.x),
  tableBytes: 0,
  workspaceBytes: 0,
});
