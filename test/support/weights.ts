/** Weights that both sides make from each tensor's name: `weight` of test/golden/generate_networks.py. */
import { Tensor } from "convwasm";

const utf8 = new TextEncoder();

/**
 * Numbers in [-1, 1), multiples of 2^-23: the hash of FNV-1a for the name, and the mixing at the end of MurmurHash3 for
 * the places.
 */
export function noise(name: string, count: number): Float32Array<ArrayBuffer> {
  let seed = 0x811c9dc5;
  for (const byte of utf8.encode(name)) seed = Math.imul(seed ^ byte, 0x01000193);
  const result = new Float32Array(count);
  for (let i = 0; i < count; ++i) {
    let h = (Math.imul(i, 0x9e3779b9) + seed) | 0;
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    h ^= h >>> 16;
    result[i] = (h >>> 8) / 2 ** 23 - 1;
  }
  return result;
}

/** Of a size that keeps the size of what flows through; batch-norm statistics around 0 and 1. */
export function weight(name: string, shape: readonly number[]): Tensor {
  let [scale, plus] = [0.125, 0];
  if (shape.length > 1) scale = Math.sqrt(6 / shape.slice(1).reduce((product, length) => product * length, 1));
  else if (name.endsWith("running_var")) [scale, plus] = [0.5, 1];
  else if (name.endsWith("weight")) [scale, plus] = [0.25, 1];
  const values = noise(
    name,
    shape.reduce((product, length) => product * length, 1),
  );
  for (let i = 0; i < values.length; ++i) values[i] = values[i]! * scale + plus;
  return new Tensor(values, shape);
}
