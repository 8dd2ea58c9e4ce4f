import { moduleOf } from "../embedded/tensors.ts";
import { NAMES } from "../generated/tensors.ts";
import { type KernelModule, MODULE_SLOTS } from "../modules.ts";

/** Elements of every dtype: conversions, comparisons, indices. */
export const TENSORS: KernelModule<(typeof NAMES)[number]> = {
  name: "tensors",
  kernels: NAMES,
  base: 2 * MODULE_SLOTS,
  moduleOf,
};
