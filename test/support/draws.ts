/**
 * How many cases property tests draw, and by which seed: by their own, or by FUZZ_SEED and with FUZZ_FACTOR times as many, as
 * test/fuzz/calls.ts runs them.
 */
export const draws = (seed: number, numRuns: number): { readonly seed: number; readonly numRuns: number } => ({
  seed: Number(process.env.FUZZ_SEED ?? seed),
  numRuns: numRuns * Number(process.env.FUZZ_FACTOR ?? 1),
});
