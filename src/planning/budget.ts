import { wrongValue } from "../check.ts";
import type { Type } from "../dtype.ts";
import { byteLength } from "../dtype.ts";

/*
 * What a network may cost before it runs. A few bytes of a file can ask for all memory and for hours; what real networks need
 * is far below these limits. Tensors, weights and workspaces while it runs are limited by configure({ maxMemory }).
 */

/** 64 MB of constants may be made from nothing, */
const MOST_GROWN_BYTES = 2 ** 26;
/** and so many times the bytes of a network's own constants from these: weights are transposed, joined, scaled. */
const MOST_REMADE = 8;

/** Copies that one call may be made of: padding by reflection multiplies them with each axis. */
const MOST_COPIES = 2 ** 12;

/** @throws RangeError for more copies than a call may be made of */
export function checkCopies(where: string, count: number): void {
  if (count <= MOST_COPIES) return;
  throw wrongValue(where, `needs ${count} copies of parts, which is more than ${MOST_COPIES}; pad fewer axes at once`);
}

/** What is left for the constants that a network makes of constants. */
export class Budget {
  readonly #all: number;
  #left: number;

  /** @param own bytes of the network's own constants */
  constructor(own: number) {
    this.#all = MOST_GROWN_BYTES + MOST_REMADE * own;
    this.#left = this.#all;
  }

  /** @throws RangeError where nothing is left for such constants */
  draw(where: string, types: readonly Type[]): void {
    for (const type of types) this.#left -= byteLength(type);
    if (this.#left >= 0) return;
    throw wrongValue(where, `all constants that are made of others have more than ${this.#all} bytes together`);
  }
}
