import { moduleOf } from "../embedded/numbers.ts";
import { NAMES } from "../generated/numbers.ts";
import { type KernelModule, MODULE_SLOTS } from "../modules.ts";

/** Whole numbers, choices between two values, and functions of one number that end no other call. */
export const NUMBERS: KernelModule<(typeof NAMES)[number]> = {
  name: "numbers",
  kernels: NAMES,
  base: 4 * MODULE_SLOTS,
  moduleOf,
};
