import { moduleOf } from "../embedded/pixels.ts";
import { NAMES } from "../generated/pixels.ts";
import { type KernelModule, MODULE_SLOTS } from "../modules.ts";

/** Pictures in bytes: another size, and to and from tensors. */
export const PIXELS: KernelModule<(typeof NAMES)[number]> = {
  name: "pixels",
  kernels: NAMES,
  base: 6 * MODULE_SLOTS,
  moduleOf,
};
