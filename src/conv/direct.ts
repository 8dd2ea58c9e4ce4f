import * as layout from "../../assembly/conv/direct/layout.ts";
import { bandBytes, bandPitch, bandTableBytes, writeBandTables } from "./band.ts";
import { BLOCK_DEPTH } from "./gemm.ts";
import { type ConvGeometry, depthOf, extentOf, tapsOf } from "./geometry.ts";
import { basics, imagesOf, inTiles, once, tiles, type Way } from "./way.ts";

/** A band of the image, which the kernel reads again for each six or four filters: part of a small L2. */
const BAND_BYTES = 128 * 1024;

/**
 * `stored` is a value of the image copied to the band, `channel` the start of a channel, `again` an output that a later block
 * of channels adds to; otherwise as in the matrix product.
 */
const COST = { product: 0.049, paired: 0.025, tile: 9.7, weight: 1.2, stored: 0.55, channel: 100, again: 0.25 };

/** Windows times kernel over a band of the padded image. */
export const direct: Way = {
  name: "direct",
  algorithm: "direct",
  reason: "expected to be fastest: few channels or filters, so packing regions would not pay",
  serves: () => undefined,
  plan(g) {
    const [blockDepth, blockPixels] = bandOf(g);
    const tileFilters = tileOf(g.filters);
    return {
      ...basics(g),
      kernel: "convDirect",
      items: g.batch * g.groups * tiles(g.y.out, blockPixels),
      pack: "packPanels",
      packItems: g.groups * tiles(g.filters, tileFilters),
      packTile: tileFilters,
      blockDepth,
      blockPixels,
      tileFilters,
      weightBytes: g.groups * layout.weightBytes(g.filters, depthOf(g), tileFilters),
      tableBytes: bandTableBytes(g),
      workspaceBytes: layout.workspaceBytes(blockDepth, bandBytes(g, blockPixels)),
    };
  },
  cost(g, { blockDepth, tileFilters }, uses) {
    const depth = depthOf(g);
    const panels = tiles(g.filters, tileFilters);
    // stored positions past the end of an output row are computed needlessly
    const columns = tiles(g.y.out * bandPitch(g), layout.DIRECT_NR);
    // four filters keep the multipliers less busy than six
    const product = tileFilters === layout.DIRECT_MR ? inTiles(COST) : inTiles(COST) * 1.2;
    // a volume's rows are stored for each window
    const rows = g.y.folded ? extentOf(g.y) : g.y.length;
    const stored = g.channels * (rows * g.x.length * COST.stored + COST.channel);
    const outputs = tileFilters * layout.DIRECT_NR;
    const again = (tiles(g.channels, blockDepth) - 1) * outputs * COST.again;
    const products = panels * columns * (outputs * depth * product + COST.tile + again);
    return g.groups * (imagesOf(g) * (stored + products) + once(uses, g.filters * depth * COST.weight));
  },
  writeTables(g, to) {
    writeBandTables(g, bandOf(g)[1], to);
  },
};

/** The tile that computes fewer filters needlessly; four filters use the registers less well than six. */
const tileOf = (filters: number) =>
  tiles(filters, 4) * 4 * 1.2 < tiles(filters, layout.DIRECT_MR) * layout.DIRECT_MR ? 4 : layout.DIRECT_MR;

/** Channels and output rows of a band: all channels if a few rows of them fit, then as many rows as fit. */
function bandOf(g: ConvGeometry): readonly [channels: number, rows: number] {
  const few = Math.min(g.y.out, 4);
  // a long sum is computed in blocks, as in the matrix product, to limit rounding errors
  const summed = Math.max(Math.floor(BLOCK_DEPTH / tapsOf(g)), 1);
  const channels = Math.min(Math.max(Math.floor(BAND_BYTES / bandBytes(g, few)), 1), summed, g.channels);
  const perRow = bandBytes(g, few + 1) - bandBytes(g, few);
  const more = Math.floor((BAND_BYTES / channels - bandBytes(g, few)) / Math.max(perRow, 16));
  const rows = Math.min(Math.max(few + more, few), g.y.out);
  // equal bands
  return [channels, Math.ceil(g.y.out / tiles(g.y.out, rows))];
}
