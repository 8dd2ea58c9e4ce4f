import { DOT_FILTERS } from "../../assembly/conv/dot/layout.ts";
import { type ConvGeometry, depthOf } from "./geometry.ts";
import { basics, imagesOf, tiles, type Way } from "./way.ts";

/** Cost of reading a weight, and of an output. */
const COST = { weight: 0.1, output: 4 };

/** Outputs of one pixel whose window is the whole image: dot products. */
export const dot: Way = {
  name: "dot",
  algorithm: "direct",
  reason: "each output is one dot product with the whole image",
  rule: true,
  serves: (g) => (isWholeImage(g) ? undefined : "needs a window that is the whole image"),
  plan: (g) => ({
    ...basics(g),
    kernel: "convDot",
    items: g.batch * g.groups * tiles(g.filters, DOT_FILTERS),
    weightBytes: g.groups * g.filters * depthOf(g) * 4,
  }),
  cost: (g) => imagesOf(g) * g.groups * g.filters * (depthOf(g) * COST.weight + COST.output),
};

const isWholeImage = ({ y, x }: ConvGeometry) =>
  [y, x].every(
    ({ length, kernel, dilation, before, out }) =>
      out === 1 && kernel === length && before === 0 && (dilation === 1 || kernel === 1),
  );
