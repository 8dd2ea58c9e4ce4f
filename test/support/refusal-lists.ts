/** Images and signals, and lists of what a function refuses of them. */

import { describe, expect, it } from "vitest";
import { maxPool2d, memory, Tensor } from "../../src/index.ts";

export const image = () => Tensor.arange(2 * 3 * 5 * 7).reshape([2, 3, 5, 7]);
export const signal = () => Tensor.arange(2 * 9).reshape([2, 9]);
/** What TypeScript would not let pass. */
// biome-ignore lint/suspicious/noExplicitAny: that is the point
export const wrong = (value: unknown): any => value;

type Refusal = readonly [string, typeof TypeError | typeof RangeError, RegExp, () => unknown];

export function refuses(group: string, refusals: readonly Refusal[]): void {
  describe(`${group} refuses`, () => {
    it.each(refusals)("%s", (_, kind, message, call) => {
      const { used } = memory();
      let thrown: unknown;
      try {
        call();
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toBeInstanceOf(kind);
      expect((thrown as Error).message).toMatch(message);
      expect(memory().used).toBe(used);
      // what comes next is not disturbed
      expect(maxPool2d(image(), [5, 7]).data).toEqual(Float32Array.from([34, 69, 104, 139, 174, 209]));
    });
  });
}
