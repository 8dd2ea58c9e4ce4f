import { expect, test } from "vitest";
import { avgPool2d, maxPool2d, Tensor } from "../../src/index.ts";

test("with ceilMode a window may be larger than the padded axis by less than a step", () => {
  const x = new Tensor([1, 2, 3, 4], [1, 1, 2, 2]);
  const options = { stride: 2, ceilMode: true };
  expect(maxPool2d(x, 3, options).toArray()).toEqual([[[[4]]]]);
  expect(avgPool2d(x, 3, options).toArray()).toEqual([[[[2.5]]]]);
  expect(() => maxPool2d(x, 3, { stride: 2 })).toThrow(
    /kernel spans 3 values of height, but the padded input has only 2/,
  );
  expect(() => maxPool2d(new Tensor([1], [1, 1, 1, 1]), 3, options)).toThrow(RangeError);
});
