import { moduleOf } from "../embedded/recurrent.ts";
import { NAMES } from "../generated/recurrent.ts";
import { type KernelModule, MODULE_SLOTS } from "../modules.ts";

/** Cells that go through time: LSTM, GRU, RNN. */
export const RECURRENT: KernelModule<(typeof NAMES)[number]> = {
  name: "recurrent",
  kernels: NAMES,
  base: 3 * MODULE_SLOTS,
  moduleOf,
};
