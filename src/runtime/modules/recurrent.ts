import { moduleOf } from "../embedded/recurrent.ts";
import { NAMES } from "../generated/recurrent.ts";
import { type KernelModule, MODULE_SLOTS } from "../modules.ts";

/** What few networks have: LSTM, GRU, RNN, determinants. */
export const RECURRENT: KernelModule<(typeof NAMES)[number]> = {
  name: "recurrent",
  kernels: NAMES,
  base: 3 * MODULE_SLOTS,
  moduleOf,
};
