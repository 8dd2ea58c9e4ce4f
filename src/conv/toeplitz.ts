import { countOf } from "../check.ts";
import { depthOf, flopsOf, pixelsOf, tapsOf } from "./geometry.ts";
import { visitPattern } from "./tables.ts";
import { basics, imagesOf, type Way } from "./way.ts";

/** Cost of a multiplication or addition, one at a time. */
const COST = { operation: 1 };

/** The kernel expanded to a sparse matrix, to show the principle. */
export const toeplitz: Way = {
  name: "toeplitz",
  algorithm: "toeplitz",
  reason: "for understanding",
  onlyAsked: true,
  serves: ({ y }) => (y.folded ? "shows images, not volumes" : undefined),
  plan: (g) => ({
    ...basics(g),
    kernel: "convToeplitz",
    items: g.batch * g.groups * g.filters,
    weightBytes: g.groups * g.filters * depthOf(g) * 4,
    tableBytes: countOf([pixelsOf(g), tapsOf(g)]) * 8,
  }),
  cost: (g) => flopsOf({ ...g, batch: imagesOf(g) }) * COST.operation,
  writeTables(g, to) {
    let entry = 0;
    visitPattern(g, (_row, column, tap) => {
      to[entry++] = column < 0 ? -1 : column * 4;
      to[entry++] = tap * 4;
    });
  },
};
