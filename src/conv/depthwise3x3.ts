import * as layout from "../../assembly/conv/depthwise3x3/layout.ts";
import { isDepthwise, ONE_CHANNEL } from "./depthwise.ts";
import { type ConvGeometry, extentOf, flopsOf } from "./geometry.ts";
import { basics, imagesOf, once, type Way } from "./way.ts";

/** Outputs between two finishing passes: half of a small L1. */
const OUTPUT_BYTES = 16 * 1024;

/** Cost of a multiplication or addition, and of reordering a weight. */
const COST = { operation: 0.03, weight: 1.2 };

/** 3x3 with one channel per group, straight from the rows of the image. */
export const depthwise3x3: Way = {
  name: "depthwise3x3",
  algorithm: "direct",
  reason: ONE_CHANNEL,
  rule: true,
  serves: (g) =>
    isDepthwise(g) && isFromRows(g) ? undefined : "needs a 3x3 kernel that reads at most a column of zeros",
  plan(g) {
    const tileRows = layout.tileRowsOf(g.y.stride);
    const fitting = Math.floor(OUTPUT_BYTES / (g.x.out * 4) / tileRows);
    const blockPixels = Math.min(Math.max(fitting, 1) * tileRows, g.y.out);
    return {
      ...basics(g),
      kernel: "convDepthwise3x3",
      items: g.batch * g.groups * g.filters * layout.blocksOf(g.y.out, blockPixels, g.y.stride),
      pack: "packPanels",
      packItems: g.groups * g.filters,
      packTile: 1,
      blockDepth: 1,
      blockPixels,
      tileFilters: 1,
      weightBytes: g.groups * g.filters * layout.FILTER_BYTES,
      workspaceBytes: g.x.length * 4,
    };
  },
  cost(g, { weightBytes }, uses) {
    return flopsOf({ ...g, batch: imagesOf(g) }) * COST.operation + once(uses, weightBytes * COST.weight);
  },
};

/** Whether rows can be read straight from the image, except for a column of zeros on each side. */
function isFromRows({ y, x, paddingMode }: ConvGeometry): boolean {
  if ([y, x].some(({ kernel, dilation }) => kernel !== 3 || dilation !== 1)) return false;
  if (y.stride > 2 || y.stride !== x.stride || x.out < 5 || y.out < layout.tileRowsOf(y.stride)) return false;
  const past = extentOf(x) - x.before - x.length;
  return x.before <= 1 && past <= 1 && (paddingMode === "zeros" || (x.before <= 0 && past <= 0));
}
