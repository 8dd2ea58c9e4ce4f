import { uniform } from "../../src/random.ts";

/** Choices by a seed. */
export class Random {
  readonly next: () => number;

  constructor(seed: number) {
    this.next = uniform("fuzz", seed);
  }

  /** A whole number from 0 to below `count`. */
  readonly below = (count: number): number => Math.floor(this.next() * count);

  /** A whole number from `least` up to `most`. */
  integer(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  real(least: number, most: number): number {
    return least + this.next() * (most - least);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)]!;
  }

  /** All of them, in any order. */
  shuffled<T>(values: readonly T[]): T[] {
    return values
      .map((value) => ({ value, key: this.next() }))
      .sort((a, b) => a.key - b.key)
      .map(({ value }) => value);
  }
}
