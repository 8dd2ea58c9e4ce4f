import { describe, expect, it } from "vitest";
import { conv2d, Tensor } from "../../src/index.ts";
import * as reference from "../support/reference.ts";

/** Small maps and few filters: what counts is the number of terms in a sum. */
const SIDE = 8;
const FILTERS = 6;
const DRAWS = 3;

/** Normally distributed layers, and their exact results. */
function draws(channels: number, kernel: number, side = SIDE, filters = FILTERS) {
  const padding = side === kernel ? 0 : kernel >> 1;
  return Array.from({ length: DRAWS }, (_, i) => {
    const input = Tensor.randn([1, channels, side, side], 2 * i + 1);
    const weight = Tensor.randn([filters, channels, kernel, kernel], 2 * i + 2);
    const options = { padding };
    return { input, weight, options, exact: reference.conv2d(input, weight, null, options) };
  });
}

/** Largest error of any draw, relative to the largest result. */
function worstError(drawn: ReturnType<typeof draws>, algorithm: reference.Algorithm): number {
  const errors = drawn.map(({ input, weight, options, exact }) => {
    const { data } = conv2d(input, weight, null, { ...options, algorithm });
    let error = 0;
    let largest = 0;
    for (const [i, wanted] of exact.data.entries()) {
      error = Math.max(error, Math.abs(data[i]! - wanted));
      largest = Math.max(largest, Math.abs(wanted));
    }
    return error / largest;
  });
  return Math.max(...errors);
}

describe.each([64, 128, 256, 512])("the error relative to the largest result, over %i channels,", (channels) => {
  const threes = draws(channels, 3);
  const fives = draws(channels, 5);

  it("is at most 5e-6 by winograd, F(4x4, 3x3)", () => {
    expect(worstError(threes, "winograd")).toBeLessThanOrEqual(5e-6);
  });

  it("is at most 5e-6 by winograd, F(2x2, 5x5)", () => {
    expect(worstError(fives, "winograd")).toBeLessThanOrEqual(5e-6);
  });

  it.each(reference.PLAIN_SUMS)("is at most 2e-6 by %s, 3x3", (algorithm) => {
    expect(worstError(threes, algorithm)).toBeLessThanOrEqual(2e-6);
  });

  it("is at most 2e-6 by direct, where the window is the image", () => {
    expect(worstError(draws(channels, 3, 3, 32), "direct")).toBeLessThanOrEqual(2e-6);
  });
});
