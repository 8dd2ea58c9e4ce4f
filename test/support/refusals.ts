/** What every function refuses, and how a refusal is checked. */

import { expect, it } from "vitest";
import { conv2d, Tensor } from "../../src/index.ts";
import * as reference from "./reference.ts";

export const LARGE = 2 ** 31;

export const image = () => new Tensor(reference.values(1, 2 * 6 * 5 * 7), [2, 6, 5, 7]);
export const weight = () => new Tensor(reference.values(2, 4 * 6 * 3 * 3), [4, 6, 3, 3]);
export const bias = () => new Tensor(reference.values(3, 4), [4]);
export const signal = () => new Tensor(reference.values(4, 6 * 9), [1, 6, 9]);
export const kernel = () => new Tensor(reference.values(5, 4 * 6 * 3), [4, 6, 3]);

/** What TypeScript would not allow. */
// biome-ignore lint/suspicious/noExplicitAny: stands for every wrong type
export const wrong = (value: unknown): any => value;

/**
 * Makes tests of refusals: `call` throws an error of that class, whose message starts with the function and matches the rest.
 * @param afterwards what must still work after a failed call, which must leave nothing that the next one trips over
 */
export const refusing =
  (afterwards: () => void) =>
  (what: string, error: typeof TypeError | typeof RangeError, message: RegExp, call: () => unknown): void => {
    it(`refuses ${what}`, () => {
      let thrown: unknown;
      try {
        call();
      } catch (caught) {
        thrown = caught;
      }
      expect(thrown, "nothing thrown").toBeDefined();
      expect(thrown).toBeInstanceOf(error);
      expect((thrown as Error).message).toMatch(message);
      afterwards();
    });
  };

export const refuses = refusing(() => {
  const args = [image(), weight(), bias()] as const;
  const options = { padding: 1, stride: 2 };
  expect(reference.exactDifference(conv2d(...args, options), reference.conv2d(...args, options))).toBeUndefined();
});

export const OTHER_KINDS: readonly [string, unknown][] = [
  ["null", null],
  ["a string", "image"],
  ["a number", 5],
  ["a nested array", [[[[1]]]]],
  ["a bare Float32Array", new Float32Array(420)],
  ["an object without data", { shape: [2, 6, 5, 7] }],
  ["an object without a shape", { data: new Float32Array(420) }],
  ["Float64Array data", { data: new Float64Array(420), shape: [2, 6, 5, 7] }],
  ["Int32Array data", { data: new Int32Array(420), shape: [2, 6, 5, 7] }],
  ["a plain array as data", { data: new Array(420).fill(0), shape: [2, 6, 5, 7] }],
  ["an ArrayBuffer as data", { data: new ArrayBuffer(1680), shape: [2, 6, 5, 7] }],
  ["a string as shape", { data: new Float32Array(420), shape: "2x6x5x7" }],
  ["strings in the shape", { data: new Float32Array(420), shape: ["2", 6, 5, 7] }],
];

export const BAD_SHAPES: readonly [string, readonly number[]][] = [
  ["fewer values than its shape", [2, 6, 5, 8]],
  ["more values than its shape", [2, 6, 5, 6]],
  ["a negative length in its shape", [-2, -6, 5, 7]],
  ["a fractional length in its shape", [2, 6, 5, 7.5]],
  ["NaN in its shape", [2, 6, 5, Number.NaN]],
  ["infinity in its shape", [2, 6, 5, Number.POSITIVE_INFINITY]],
  ["a shape whose product overflows", [LARGE, LARGE, LARGE, LARGE]],
];
