import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fold, Tensor, unfold } from "../../src/index.ts";
import * as reference from "../support/reference.ts";

interface Golden {
  seed: number;
  input: number[];
  outputSize: number | [number, number];
  kernelSize: number | [number, number];
  options: { dilation?: number | [number, number]; padding?: number | [number, number]; stride?: number };
  shape: number[];
  output: number[];
}

const golden: { fold: Golden[] } = JSON.parse(readFileSync(new URL("../golden/fusion.json", import.meta.url), "utf8"));

/** Multiples of 1/256, so that every product and sum in these tests is exact. */
const tensor = (seed: number, shape: readonly number[]) =>
  new Tensor(reference.values(seed, reference.sizeOf(shape)), shape);

const dot = (a: Tensor, b: Tensor) => a.data.reduce((sum, value, i) => sum + value * b.data[i]!, 0);

const axis = fc.record({
  size: fc.integer({ min: 1, max: 8 }),
  kernel: fc.integer({ min: 1, max: 4 }),
  stride: fc.integer({ min: 1, max: 4 }),
  padding: fc.integer({ min: 0, max: 3 }),
  dilation: fc.integer({ min: 1, max: 3 }),
});

const cases = fc
  .tuple(axis, axis)
  .filter((axes) => axes.every((a) => (a.kernel - 1) * a.dilation + 1 <= a.size + 2 * a.padding))
  .map(([y, x]) => {
    const pair = (name: keyof typeof y): [number, number] => [y[name], x[name]];
    const options = { stride: pair("stride"), padding: pair("padding"), dilation: pair("dilation") };
    return { size: pair("size"), kernel: pair("kernel"), options };
  });

/** [N] or nothing, and C */
const images = fc.tuple(fc.constantFrom([], [0], [1], [3]), fc.integer({ min: 1, max: 3 }));

describe("fold", () => {
  const nameOf = ({ input, outputSize, kernelSize, options }: Golden) =>
    reference.nameOf({ input, outputSize, kernelSize, ...options });
  it.each(golden.fold.map((each) => [nameOf(each), each] as const))("gives PyTorch's result, %s", (_, each) => {
    const expected = { shape: each.shape, data: Float64Array.from(each.output, (value) => value / 256) };
    const actual = fold(tensor(each.seed, each.input), each.outputSize, each.kernelSize, each.options);
    expect(reference.exactDifference(actual, expected)).toBeUndefined();
  });

  it("is the adjoint of unfold: <unfold(x), y> = <x, fold(y)>", () => {
    fc.assert(
      fc.property(cases, images, fc.nat(), ({ size, kernel, options }, [batch, channels], seed) => {
        const x = tensor(seed, [...batch, channels, ...size]);
        const unfolded = unfold(x, kernel, options);
        const y = tensor(seed + 1, unfolded.shape);
        const folded = fold(y, size, kernel, options);
        expect(folded.shape).toEqual(x.shape);
        expect(dot(unfolded, y)).toBe(dot(x, folded));
      }),
    );
  });

  it("of unfolded ones counts the windows over each pixel, and of any image multiplies it by them", () => {
    fc.assert(
      fc.property(cases, images, fc.nat(), ({ size, kernel, options }, [batch, channels], seed) => {
        const shape = [...batch, channels, ...size];
        const count = (i: 0 | 1, pixel: number) => {
          const [padding, stride, dilation] = [options.padding[i], options.stride[i], options.dilation[i]];
          const extent = (kernel[i] - 1) * dilation + 1;
          let windows = 0;
          for (let first = -padding; first + extent <= size[i] + padding; first += stride) {
            for (let tap = 0; tap < kernel[i]; ++tap) windows += first + tap * dilation === pixel ? 1 : 0;
          }
          return windows;
        };
        const counts = fold(unfold(Tensor.ones(shape), kernel, options), size, kernel, options);
        const expected = Array.from(counts.data, (_, at) => {
          return count(0, Math.floor(at / size[1]) % size[0]) * count(1, at % size[1]);
        });
        expect([...counts.data]).toEqual(expected);
        const x = tensor(seed, shape);
        const again = fold(unfold(x, kernel, options), size, kernel, options);
        expect([...again.data]).toEqual(Array.from(x.data, (value, i) => value * expected[i]! + 0));
      }),
    );
  });

  it("undoes unfold where the windows tile the image", () => {
    const x = tensor(1, [2, 3, 6, 8]);
    expect(fold(unfold(x, [2, 4], { stride: [2, 4] }), [6, 8], [2, 4], { stride: [2, 4] })).toEqual(x);
  });

  it("takes { data, dims }, and leaves its input as it is", () => {
    const x = tensor(1, [1, 4, 4]);
    const before = x.data.slice();
    expect(fold({ data: x.data, dims: [1, 4, 4] }, 3, 2)).toEqual(fold(x, 3, 2));
    expect(x.data).toEqual(before);
  });

  it("takes steps that are never made", () => {
    expect(fold(tensor(1, [1, 4, 1]), 3, 2, { stride: 2 ** 30 }).shape).toEqual([1, 1, 3, 3]);
  });
});

describe("fold refuses", () => {
  const x = Tensor.ones([1, 4, 12]);
  it.each<[string, unknown[], typeof TypeError | typeof RangeError, string]>([
    ["what is not a tensor", [[1], 4, 2], TypeError, "input must be a Tensor"],
    ["no input", [undefined, 4, 2], TypeError, "input must be a Tensor"],
    ["one axis", [Tensor.ones([4]), 4, 2], RangeError, "input must be (N, C * kernel height * kernel width, windows)"],
    ["four axes", [Tensor.ones([1, 1, 4, 12]), [4, 5], 2], RangeError, "got shape [1, 1, 4, 12]"],
    ["no output size", [x], TypeError, "outputSize must be a number or an array of 2 numbers, got undefined"],
    ["output size 0", [x, 0, 2], RangeError, "outputSize must be a whole number from 1, got 0"],
    ["an output size of three axes", [x, [4, 5, 1], 2], RangeError, "outputSize must have 2 numbers"],
    ["no kernel size", [x, [4, 5]], TypeError, "kernelSize must be"],
    ["a fractional kernel size", [x, [4, 5], 1.5], RangeError, "kernelSize must be a whole number from 1, got 1.5"],
    ["stride 0", [x, [4, 5], 2, { stride: 0 }], RangeError, "stride must be a whole number from 1, got 0"],
    ["dilation 0", [x, [4, 5], 2, { dilation: [1, 0] }], RangeError, "dilation must be a whole number from 1, got 0"],
    ["negative padding", [x, [4, 5], 2, { padding: -1 }], RangeError, "padding must be a whole number from 0, got -1"],
    ["a word for padding", [x, [4, 5], 2, { padding: "same" }], TypeError, "padding must be a number or an array"],
    ["an unknown option", [x, [4, 5], 2, { groups: 1 }], TypeError, 'unknown option "groups"'],
    ["a number for options", [x, [4, 5], 2, 1], TypeError, "options must be an object, got 1"],
    ["rows that are not a multiple of the kernel's area", [x, [4, 5], 3], RangeError, "input must have C * 9 rows"],
    ["no rows", [Tensor.ones([1, 0, 12]), [4, 5], 2], RangeError, "input must have C * 4 rows"],
    [
      "too few windows",
      [Tensor.ones([1, 4, 11]), [4, 5], 2],
      RangeError,
      "input must have 12 windows (3 x 4 for outputSize [4, 5]), got 11",
    ],
    ["too many windows", [x, [4, 5], 2, { stride: 2 }], RangeError, "input must have 4 windows (2 x 2"],
    ["no windows", [Tensor.ones([1, 4, 0]), [4, 5], 2], RangeError, "input must have 12 windows"],
    [
      "a kernel larger than the padded output",
      [x, [4, 1], 2],
      RangeError,
      "kernelSize spans 2 values of width, but the padded outputSize has only 1",
    ],
    [
      "a dilated kernel larger than it",
      [x, [4, 5], 2, { dilation: 4 }],
      RangeError,
      "kernelSize spans 5 values of height",
    ],
  ])("%s", (_, args, kind, message) => {
    expect(() => Reflect.apply(fold, undefined, args)).toThrow(kind);
    expect(() => Reflect.apply(fold, undefined, args)).toThrow(/^fold: /);
    expect(() => Reflect.apply(fold, undefined, args)).toThrow(message);
  });
});
