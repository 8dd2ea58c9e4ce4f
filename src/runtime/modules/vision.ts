import { moduleOf } from "../embedded/vision.ts";
import { NAMES } from "../generated/vision.ts";
import { type KernelModule, MODULE_SLOTS } from "../modules.ts";

/** Pictures beyond the usual: other ways of resizing, pools with places, samples at any place. */
export const VISION: KernelModule<(typeof NAMES)[number]> = {
  name: "vision",
  kernels: NAMES,
  base: 5 * MODULE_SLOTS,
  moduleOf,
};
