import { type Dots, dotsOf } from "../dots.ts";
import { moduleOf } from "../embedded/quantised.ts";
import type { Binary } from "../features.ts";
import { type Exports, NAMES } from "../generated/quantised.ts";
import { type KernelModule, MODULE_SLOTS } from "../modules.ts";

const instances: Exports[] = [];
let forced: Dots | undefined;

/** Bytes: quantised numbers and what is computed with them. */
export const QUANTISED: KernelModule<(typeof NAMES)[number]> = {
  name: "quantised",
  kernels: NAMES,
  base: 7 * MODULE_SLOTS,
  moduleOf,
  start(exports, binary) {
    const own = exports as unknown as Exports;
    instances.push(own);
    own.dots.value = forced ?? dotsOf(binary);
    return { dots: own.dots.value };
  },
};

/**
 * Multiplies bytes in another way from now on, in every instance: results are the same.
 * @param dots one that the processor has; undefined for the best of each build
 */
export function useDots(dots: Dots | undefined, binary: Binary): void {
  forced = dots;
  for (const own of instances) own.dots.value = dots ?? dotsOf(binary);
}
