import * as layout from "../../assembly/conv/depthwise/layout.ts";
import { type ConvGeometry, extentOf, flopsOf, tapsOf } from "./geometry.ts";
import { basics, imagesOf, once, tiles, type Way } from "./way.ts";

/** Bytes of a band of four channels, which is read at once: a small L1. */
const BAND_BYTES = 32 * 1024;

/** Cost of a multiplication or addition, of a value of the image stored in a band, and of reordering a weight. */
const COST = { operation: 0.05, stored: 0.5, weight: 2 };

export const ONE_CHANNEL = "one channel a group leaves a matrix product nothing to share";

/** Whether each group has one channel and so few filters that a tile of them would be mostly empty. */
export const isDepthwise = (g: ConvGeometry): boolean => g.channels === 1 && g.filters < 4;

/** Four channels side by side in vectors. */
export const depthwise: Way = {
  name: "depthwise",
  algorithm: "direct",
  reason: ONE_CHANNEL,
  rule: true,
  serves: (g) => (isDepthwise(g) ? undefined : "needs one channel and at most three filters a group"),
  plan(g) {
    const extent = (g.y.kernel - 1) * g.y.dilation + 1;
    const rowBytes = extentOf(g.x) * layout.PIXEL_BYTES;
    const fitting = Math.floor((BAND_BYTES / rowBytes - extent) / g.y.stride) + 1;
    // bands of a few rows would mostly store the rows that they share
    const rows = Math.min(Math.max(fitting, 2 * tiles(extent, g.y.stride), 4), g.y.out);
    const blockPixels = Math.ceil(g.y.out / tiles(g.y.out, rows));
    const fours = tiles(g.groups, layout.DEPTHWISE_CHANNELS);
    return {
      ...basics(g),
      kernel: "convDepthwise",
      items: g.batch * fours * tiles(g.y.out, blockPixels),
      pack: "packDepthwise",
      packItems: fours,
      blockDepth: 1,
      blockPixels,
      weightBytes: layout.weightBytes(g.groups, g.filters, tapsOf(g)),
      tableBytes: layout.tableBytesOf(tapsOf(g)),
      workspaceBytes: layout.bandBytesOf(extentOf({ ...g.y, out: blockPixels }), extentOf(g.x), g.x.stride),
    };
  },
  cost(g, { weightBytes }, uses) {
    const stored = imagesOf(g) * g.groups * extentOf(g.y) * extentOf(g.x) * COST.stored;
    return stored + flopsOf({ ...g, batch: imagesOf(g) }) * COST.operation + once(uses, weightBytes * COST.weight);
  },
  writeTables({ y, x }, to) {
    const pitch = extentOf(x) * layout.PIXEL_BYTES;
    let at = 0;
    for (let r = 0; r < y.kernel; ++r) {
      for (let s = 0; s < x.kernel; ++s) to[at++] = r * y.dilation * pitch + s * x.dilation * layout.PIXEL_BYTES;
    }
  },
};
