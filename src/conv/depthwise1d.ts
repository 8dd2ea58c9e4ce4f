import * as layout from "../../assembly/conv/depthwise1d/layout.ts";
import { isDepthwise, ONE_CHANNEL } from "./depthwise.ts";
import { type ConvGeometry, flopsOf, tapsOf } from "./geometry.ts";
import { basics, imagesOf, once, type Way } from "./way.ts";

/** Outputs between two finishing passes: with the line under them, half of a small L1. */
const BLOCK_OUTPUTS = 2048;

/** A short line would spend its time on padding and on outputs that two tiles share. */
const LEAST_OUTPUTS = 4 * layout.TILE_OUTPUTS;

/** Cost of a multiplication or addition, of starting a line, and of reordering a weight. */
const COST = { operation: 0.025, line: 20, weight: 1.2 };

/** Signals with one channel per group, straight from their lines. */
export const depthwise1d: Way = {
  name: "depthwise1d",
  algorithm: "direct",
  reason: ONE_CHANNEL,
  rule: true,
  serves: (g) =>
    isDepthwise(g) && isLine(g)
      ? undefined
      : `needs images and kernels of one row, stride 1 and ${LEAST_OUTPUTS} outputs`,
  plan(g) {
    const { out, kernel, dilation } = g.x;
    const blockPixels = Math.min(BLOCK_OUTPUTS, out);
    const blocks = Math.floor(out / blockPixels);
    return {
      ...basics(g),
      kernel: "convDepthwise1d",
      items: g.batch * g.groups * blocks * g.filters,
      pack: "packPanels",
      packItems: g.groups * g.filters,
      packTile: 1,
      blockDepth: 1,
      blockPixels,
      tileFilters: 1,
      weightBytes: g.groups * g.filters * layout.filterBytes(tapsOf(g)),
      workspaceBytes: layout.workspaceBytes(Math.min(2 * blockPixels, out), layout.reachOf(kernel, dilation)),
    };
  },
  cost(g, { weightBytes }, uses) {
    const lines = imagesOf(g) * g.groups * g.filters * COST.line;
    return lines + flopsOf({ ...g, batch: imagesOf(g) }) * COST.operation + once(uses, weightBytes * COST.weight);
  },
};

const isLine = ({ y, x }: ConvGeometry) =>
  y.length === 1 && y.kernel === 1 && y.out === 1 && y.before === 0 && x.stride === 1 && x.out >= LEAST_OUTPUTS;
