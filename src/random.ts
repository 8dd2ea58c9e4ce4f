import { checkInteger } from "./check.ts";

/** What seeds are drawn from where none is given, after {@link manualSeed}. */
let seeds: (() => number) | undefined;

/**
 * Makes all that follows repeatable (torch.manual_seed): tensors, initial values of layers and dropout that are given no seed of
 * their own have the same values in every runtime, in the order in which they are asked for. They are not torch's values.
 *
 * @param seed a whole number from 0
 * @throws TypeError, RangeError for anything else
 */
export function manualSeed(seed: number): void {
  seeds = uniform("manualSeed", checkInteger("manualSeed", "seed", seed, 0));
}

/**
 * Numbers in [0, 1), the same in every runtime for the same seed: sfc32 (Chris Doty-Humphrey, PractRand).
 * Without a seed the numbers differ from call to call, unless {@link manualSeed} was called.
 */
export function uniform(where: string, seed?: number): () => number {
  if (seed !== undefined) checkInteger(where, "seed", seed, 0);
  let a = 0x9e3779b9;
  let b = 0x243f6a88;
  let c = seed ?? Math.floor((seeds ?? Math.random)() * 0x80000000);
  let counter = 1;
  const next = () => {
    const sum = (((a + b) | 0) + counter++) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    // 24 bits, so that float32 does not round the largest to 1
    return (sum >>> 8) / 0x1000000;
  };
  for (let i = 0; i < 12; ++i) next();
  return next;
}

/** Standard normal numbers by the Box-Muller transform. */
export function normal(where: string, seed?: number): () => number {
  const next = uniform(where, seed);
  return () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
}
