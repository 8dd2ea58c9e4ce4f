import * as Code from "../../assembly/codes/dots.ts";
import type { Binary } from "./features.ts";

/** A way of multiplying bytes, of assembly/codes/dots.ts. */
export type Dots = number;

/**
 * A module whose one function returns the first lane of i32x4.relaxed_dot_i8x16_i7x16_add_s(splat(127), splat(-1), splat(0)).
 */
const PROBE = /* @__PURE__ */ [
  [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  [1, 5, 1, 0x60, 0, 1, 0x7f],
  [3, 2, 1, 0],
  [7, 5, 1, 1, 0x66, 0, 0],
  [10, 23, 1, 21, 0],
  [0x41, 0xff, 0, 0xfd, 15],
  [0x41, 0x7f, 0xfd, 15],
  [0x41, 0, 0xfd, 17],
  [0xfd, 0x93, 2],
  [0xfd, 27, 0, 11],
].flat();

/** By what the function returns; whatever else it is, pairs of 16 bits are right. */
const KINDS: Readonly<Record<number, Dots>> = {
  129540: Code.UNSIGNED,
  65534: Code.PAIRS,
  [-508]: Code.SIGNED,
};

let found: Dots | undefined;

/** How a binary multiplies bytes here: engines translate the relaxed instruction into what the processor has. */
export function dotsOf(binary: Binary): Dots {
  if (binary === "simd") return Code.SIXTEEN;
  if (found === undefined) {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(PROBE)));
    found = KINDS[(exports.f as () => number)()] ?? Code.SIXTEEN;
  }
  return found;
}
