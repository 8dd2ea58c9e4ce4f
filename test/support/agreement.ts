/** An operator run among guards against plain loops, on random cases. */

import fc from "fast-check";
import { expect } from "vitest";
import { numbersOf } from "../../src/planning/constant.ts";
import type { Operator } from "../../src/planning/operator.ts";
import { type Argument, runGuarded } from "./guarded.ts";
import { type Exact, randoms, sizeOf, type Values } from "./reference.ts";

export const tensor = (seed: number, shape: readonly number[]): Values => ({
  data: randoms(seed, sizeOf(shape)),
  shape,
});

/** The first number that is further from what is expected than `tolerance` allows, in words. */
function difference(actual: Values, expected: Values, tolerance: number): string | undefined {
  if (actual.shape.join() !== expected.shape.join()) return `shape [${actual.shape}], expected [${expected.shape}]`;
  for (let i = 0; i < expected.data.length; ++i) {
    const [got, wanted] = [actual.data[i]!, expected.data[i]!];
    if (Object.is(got, wanted) || Math.abs(got - wanted) <= tolerance) continue;
    return `at ${i}: ${got}, expected ${wanted}`;
  }
  return undefined;
}

/** Runs an operator among guards; numbers are in [-1, 1) and results means of such, or some of them. */
export function agrees<A extends object>(
  operator: Operator<A>,
  inputs: readonly Argument[],
  attributes: A,
  turn: number,
  expected: readonly Exact[],
  tolerance = 0,
) {
  const results = runGuarded(operator, inputs, attributes, turn);
  expect(results.length).toBe(expected.length);
  for (const [i, result] of results.entries()) {
    const actual = { data: numbersOf(result), shape: result.shape };
    expect(difference(actual, expected[i]!, tolerance)).toBeUndefined();
  }
}

export const turns = fc.nat(1000);
/** Mostly short, so that borders matter, sometimes past several vectors. */
export const length = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 9 }) },
  fc.integer({ min: 1, max: 41 }),
);
export const planes = fc.constantFrom([1, 1], [1, 2], [2, 1], [3], [2, 3]);
