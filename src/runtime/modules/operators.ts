import { moduleOf } from "../embedded/operators.ts";
import { NAMES } from "../generated/operators.ts";
import { type KernelModule, MODULE_SLOTS } from "../modules.ts";

/** Operators other than convolution on float32. */
export const OPERATORS: KernelModule<(typeof NAMES)[number]> = {
  name: "operators",
  kernels: NAMES,
  base: MODULE_SLOTS,
  moduleOf,
};
