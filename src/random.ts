import { checkInteger } from "./check.ts";

/**
 * Numbers in [0, 1), the same in every runtime for the same seed: sfc32 (Chris Doty-Humphrey, PractRand).
 * Without a seed the numbers differ from call to call.
 */
export function uniform(where: string, seed?: number): () => number {
  if (seed !== undefined) checkInteger(where, "seed", seed, 0);
  let a = 0x9e3779b9;
  let b = 0x243f6a88;
  let c = seed ?? Math.floor(Math.random() * 0x80000000);
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
