/**
 * Whole-number arithmetic that AssemblyScript and TypeScript compute alike, for layouts that the kernels and the planner
 * share. Quotients are exact, so that neither compiler has to round; TypeScript's numbers stay exact where
 * AssemblyScript's would wrap, since a plan may turn out larger than the memory.
 */

/** a / b, rounded down. */
export function quotient(a: u32, b: u32): u32 {
  return (a - (a % b)) / b;
}

/** How many tiles cover `count`. */
export function tilesOf(count: u32, tile: u32): u32 {
  return quotient(count + tile - 1, tile);
}

/** `count` rounded up to a multiple. */
export function roundUp(count: u32, multiple: u32): u32 {
  return tilesOf(count, multiple) * multiple;
}
