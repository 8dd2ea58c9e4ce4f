import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type ConvTranspose2dOptions,
  conv2dInput,
  convTranspose1d,
  convTranspose2d,
  convTranspose2dBackward,
  kernelMatrix,
  nn,
  Tensor,
} from "../../src/index.ts";
import { draws } from "../support/draws.ts";
import * as reference from "../support/reference.ts";
import { exactDifference, sizeOf, values } from "../support/reference.ts";
import {
  argumentsOf,
  count,
  gradientDifference,
  poison,
  type Transposed,
  tensorOf,
  transposed,
  within,
} from "../support/transposed-cases.ts";
import * as family from "../support/transposed-reference.ts";
import { mayTransform, mayTransformForward, roundingDifference } from "../support/transposed-reference.ts";

const SEED = 20250814;
/** For what a rare geometry may break. */
const MANY = draws(SEED, 600);
fc.configureGlobal(draws(SEED, 150));

describe(`convTranspose2d over random geometry, seed ${SEED}`, () => {
  it("is within rounding of the float64 reference", () => {
    fc.assert(
      fc.property(transposed, (each) => {
        const args = argumentsOf(each);
        const expected = family.convTranspose2d(...args, each.options);
        const actual = convTranspose2d(...args, each.options);
        expect(roundingDifference(actual, expected, mayTransform(each.weight, each.options))).toBeUndefined();
      }),
      MANY,
    );
  });

  it("is the product with the transpose of kernelMatrix", () => {
    fc.assert(
      fc.property(transposed, (drawn) => {
        const { stride, padding, dilation, outputPadding } = drawn.options;
        // a convolution of a larger image would have more outputs than there are inputs
        fc.pre(outputPadding.every((rows, i) => rows < stride[i]!));
        const [, , height, width] = drawn.output;
        fc.pre(sizeOf(drawn.output) * drawn.input[2] * drawn.input[3] < 1e5);
        const kernel = tensorOf(drawn.weight.slice(2), drawn.seed + 1);
        const image = tensorOf([1, 1, drawn.input[2], drawn.input[3]], drawn.seed);
        const matrix = kernelMatrix(kernel, [height, width], { stride, padding, dilation });
        expect(matrix.shape).toEqual([image.size, height * width]);
        const options = { ...drawn.options, groups: 1 };
        const weight = kernel.reshape([1, 1, ...kernel.shape]);
        const bounds = family.convTranspose2d(image, weight, null, options);
        const product = new Float64Array(height * width);
        for (let row = 0; row < image.size; row++) {
          for (let column = 0; column < product.length; column++) {
            product[column]! += matrix.data[row * product.length + column]! * image.data[row]!;
          }
        }
        const actual = convTranspose2d(image, weight, null, options);
        const byTransform = mayTransform(weight.shape, options);
        expect(roundingDifference(actual, { ...bounds, data: product }, byTransform)).toBeUndefined();
      }),
    );
  });

  it("is the gradient of the convolution with the same options", () => {
    fc.assert(
      fc.property(transposed, (each) => {
        const { outputPadding, ...options } = each.options;
        fc.pre(outputPadding.every((rows, i) => rows < options.stride[i]!));
        const [input, weight] = argumentsOf(each);
        const expected = family.convTranspose2d(input, weight, null, each.options);
        const actual = conv2dInput(each.output, weight, input, options);
        expect(roundingDifference(actual, expected, mayTransform(each.weight, options))).toBeUndefined();
      }),
    );
  });

  it("gives an unbatched image what it gives a batch of one", () => {
    fc.assert(
      fc.property(transposed, (each) => {
        const alone: Transposed = { ...each, input: [1, each.input[1], each.input[2], each.input[3]] };
        const [input, weight, bias] = argumentsOf(alone);
        const batched = convTranspose2d(input, weight, bias, each.options);
        const unbatched = convTranspose2d(input.reshape(each.input.slice(1)), weight, bias, each.options);
        expect(exactDifference(unbatched, batched.reshape(batched.shape.slice(1)))).toBeUndefined();
      }),
      { numRuns: 60 },
    );
  });

  it("gives every image of a batch what it gives that image alone", () => {
    fc.assert(
      fc.property(transposed, (each) => {
        const [input, weight, bias] = argumentsOf(each, values);
        const { magnitude, terms } = family.convTranspose2d(input, weight, bias, each.options);
        const batch = convTranspose2d(input, weight, bias, each.options);
        const [size, pixels] = [batch.size / each.input[0], input.size / each.input[0]];
        for (let n = 0; n < each.input[0]; n++) {
          const image = new Tensor(input.data.slice(n * pixels, (n + 1) * pixels), each.input.slice(1));
          const expected = {
            data: Float64Array.from(batch.data.subarray(n * size, (n + 1) * size)),
            shape: batch.shape.slice(1),
            magnitude: magnitude.subarray(n * size, (n + 1) * size),
            terms,
          };
          const actual = convTranspose2d(image, weight, bias, each.options);
          expect(roundingDifference(actual, expected, mayTransform(each.weight, each.options))).toBeUndefined();
        }
      }),
      { numRuns: 60 },
    );
  });

  it("changes no argument, and no earlier result", () => {
    fc.assert(
      fc.property(transposed, (each) => {
        const args = argumentsOf(each);
        const before = structuredClone([args.map((tensor) => tensor?.data), each.options]);
        const first = convTranspose2d(...args, each.options);
        const bits = first.data.slice();
        expect([args.map((tensor) => tensor?.data), each.options]).toEqual(before);
        const second = convTranspose2d(...args, each.options);
        convTranspose2d(...argumentsOf({ ...each, seed: each.seed + 3 }), each.options);
        expect(first.data).toEqual(bits);
        expect(second.data).toEqual(bits);
        expect(first.data).not.toBe(second.data);
      }),
      { numRuns: 60 },
    );
  });

  it("is not touched by what earlier calls left in memory", () => {
    fc.assert(
      fc.property(transposed, (each) => {
        const args = argumentsOf(each);
        poison();
        const actual = convTranspose2d(...args, each.options);
        const expected = family.convTranspose2d(...args, each.options);
        expect(roundingDifference(actual, expected, mayTransform(each.weight, each.options))).toBeUndefined();
      }),
      { numRuns: 60 },
    );
  });

  it("takes data at any offset of a larger buffer, and dims for shape", () => {
    fc.assert(
      fc.property(transposed, fc.nat(5), (each, offset) => {
        const args = argumentsOf(each);
        const [input, weight] = [within(args[0], offset), within(args[1], offset)];
        const actual = convTranspose2d(input, weight, args[2] && within(args[2], offset), each.options);
        expect(exactDifference(actual, convTranspose2d(...args, each.options))).toBeUndefined();
      }),
      { numRuns: 60 },
    );
  });
});

describe(`convTranspose1d over random geometry, seed ${SEED}`, () => {
  it("is within rounding of the float64 reference", () => {
    fc.assert(
      fc.property(transposed, (each) => {
        const input = tensorOf([each.input[0], each.input[1], each.input[3]], each.seed);
        const weight = tensorOf([each.weight[0], each.weight[1], each.weight[3]], each.seed + 1);
        const bias = each.bias ? tensorOf([each.output[1]], each.seed + 2) : null;
        const options = {
          stride: each.options.stride[1],
          padding: each.options.padding[1],
          outputPadding: each.options.outputPadding[1],
          dilation: each.options.dilation[1],
          groups: each.options.groups,
        };
        const expected = family.convTranspose1d(input, weight, bias, options);
        expect(roundingDifference(convTranspose1d(input, weight, bias, options), expected, false)).toBeUndefined();
      }),
    );
  });
});

// several blocks of every loop, which small random cases do not reach
describe("layers of several blocks are within rounding of the float64 reference", () => {
  const upscalers = [
    { input: [1, 40, 17, 23], weight: [40, 19, 4, 4], options: { stride: 2, padding: 1 } },
    { input: [1, 130, 13, 14], weight: [130, 11, 2, 2], options: { stride: 2 } },
    { input: [1, 410, 9, 13], weight: [410, 7, 3, 3], options: { padding: 1 } },
    { input: [2, 16, 31, 35], weight: [16, 6, 3, 3], options: { stride: 2, padding: 1, outputPadding: 1 } },
    { input: [2, 1, 210, 260], weight: [1, 5, 2, 2], options: { stride: 2 } },
    { input: [1, 1, 290, 310], weight: [1, 3, 1, 1], options: { stride: [2, 3], outputPadding: 1 } },
    { input: [1, 7, 30, 41], weight: [7, 3, 9, 9], options: { stride: 3, padding: 4, outputPadding: 2 } },
    { input: [1, 24, 40, 51], weight: [24, 1, 4, 4], options: { stride: 2, padding: 1, groups: 24 } },
    { input: [1, 32, 21, 22], weight: [32, 9, 3, 3], options: { stride: 2, dilation: 2, padding: 2, groups: 2 } },
  ] satisfies { input: number[]; weight: number[]; options: ConvTranspose2dOptions }[];
  for (const [at, { input: inputShape, weight: weightShape, options }] of upscalers.entries()) {
    it(`convTranspose2d, ${reference.nameOf({ input: inputShape, weight: weightShape, ...options })}`, () => {
      const [input, weight] = [tensorOf(inputShape, 100 * at), tensorOf(weightShape, 100 * at + 1)];
      const bias = tensorOf([weightShape[1]! * ((options as { groups?: number }).groups ?? 1)], 100 * at + 2);
      const expected = family.convTranspose2d(input, weight, bias, options);
      const byTransform = mayTransform(weightShape, options);
      expect(roundingDifference(convTranspose2d(input, weight, bias, options), expected, byTransform)).toBeUndefined();
      const gradOutput = tensorOf(expected.shape, 100 * at + 3);
      const gradients = convTranspose2dBackward(input, weight, gradOutput, options);
      const exact = family.convTranspose2dBackward(input, weight, gradOutput, options);
      expect(gradientDifference(gradients, exact, mayTransformForward(weightShape, options))).toBeUndefined();
    });
  }
});

describe("nn.ConvTranspose2d", () => {
  it("has torch's shapes of parameters", () => {
    const shapes = (...args: ConstructorParameters<typeof nn.ConvTranspose2d>) => {
      const { weight, bias } = new nn.ConvTranspose2d(...args);
      return [weight.shape, bias?.shape];
    };
    expect(shapes(3, 8, 3)).toEqual([[3, 8, 3, 3], [8]]);
    expect(shapes(3, 8, [5, 2])).toEqual([[3, 8, 5, 2], [8]]);
    expect(shapes(6, 9, 3, { groups: 3 })).toEqual([[6, 3, 3, 3], [9]]);
    expect(shapes(4, 8, 1, { groups: 4 })).toEqual([[4, 2, 1, 1], [8]]);
    expect(shapes(3, 8, 3, { bias: false })).toEqual([[3, 8, 3, 3], undefined]);
    expect(new nn.ConvTranspose2d(3, 8, 3, { bias: false }).bias).toBeNull();
  });

  it.each([
    { name: "4x4", layer: new nn.ConvTranspose2d(64, 32, 4, { seed: 11 }), fanIn: 32 * 16 },
    { name: "2x2", layer: new nn.ConvTranspose2d(96, 100, 2, { seed: 12 }), fanIn: 400 },
    { name: "of groups", layer: new nn.ConvTranspose2d(256, 512, 3, { groups: 256, seed: 13 }), fanIn: 18 },
  ])("starts uniform within 1 / sqrt(filters a group times taps), $name", ({ layer, fanIn }) => {
    const bound = 1 / Math.sqrt(fanIn);
    for (const { data } of [layer.weight, layer.bias!]) {
      const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
      // four standard deviations of a mean
      expect(Math.abs(mean)).toBeLessThan((4 * bound) / Math.sqrt(3 * data.length));
      // float32 may round a value just below the bound up to it
      expect(data.every((value) => Math.abs(value) <= Math.fround(bound))).toBe(true);
    }
    expect(layer.weight.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0)).toBeGreaterThan(0.99 * bound);
  });

  it("starts the same for the same seed, and otherwise for another or none", () => {
    const make = (seed?: number) => new nn.ConvTranspose2d(8, 8, 3, seed === undefined ? {} : { seed });
    expect(make(5).stateDict()).toEqual(make(5).stateDict());
    expect(make(5).weight.data).not.toEqual(make(6).weight.data);
    expect(make(5).bias!.data).not.toEqual(make(6).bias!.data);
    expect(make().weight.data).not.toEqual(make().weight.data);
  });

  it("takes every output size between two steps of the stride, whatever its own outputPadding", () => {
    for (const outputPadding of [0, [2, 1]] as const) {
      const layer = new nn.ConvTranspose2d(2, 3, [3, 2], {
        stride: [3, 2],
        padding: 1,
        dilation: [2, 1],
        outputPadding,
        seed: 4,
      });
      for (const shape of [
        [2, 4, 5],
        [2, 2, 4, 5],
      ]) {
        const x = tensorOf(shape, 8);
        const least = [3 * 3 - 2 + 2 * 2 + 1, 4 * 2 - 2 + 1 + 1] as const;
        for (const rows of [0, 1, 2]) {
          for (const cols of [0, 1]) {
            const y = layer.forward(x, [least[0] + rows, least[1] + cols]);
            expect(y.shape).toEqual([...shape.slice(0, -3), 3, least[0] + rows, least[1] + cols]);
            const options = { stride: [3, 2], padding: 1, dilation: [2, 1], outputPadding: [rows, cols] } as const;
            expect(exactDifference(y, convTranspose2d(x, layer.weight, layer.bias, options))).toBeUndefined();
          }
        }
        const own = layer.forward(x);
        expect(own.shape.slice(-2)).toEqual(least.map((length, i) => length + family.pairOf(outputPadding)[i]!));
      }
    }
  });

  it("undoes the shape of a convolution with the same options, given its input's size", () => {
    const sizes = fc.tuple(fc.integer({ min: 9, max: 20 }), fc.integer({ min: 9, max: 20 }));
    fc.assert(
      fc.property(sizes, count(4), count(3), count(2), count(3), ([height, width], kernel, stride, dilation, pads) => {
        const options = { stride, dilation, padding: pads - 1 };
        const down = new nn.Conv2d(1, 2, kernel, options);
        const up = new nn.ConvTranspose2d(2, 1, kernel, options);
        const x = Tensor.ones([1, 1, height, width]);
        const least = (length: number) => length + 2 * (pads - 1) >= dilation * (kernel - 1) + 1;
        fc.pre(least(height) && least(width));
        expect(up.forward(down.forward(x), [height, width]).shape).toEqual(x.shape);
      }),
      { numRuns: 60 },
    );
  });

  it("takes parameters by assignment and by stateDict", () => {
    const from = new nn.ConvTranspose2d(2, 3, 3, { seed: 1, stride: 2 });
    const [weight, bias] = [tensorOf([2, 3, 3, 3], 2), tensorOf([3], 3)];
    const x = tensorOf([1, 2, 4, 5], 4);
    from.weight = weight;
    from.bias = bias;
    expect(from.weight).toBe(weight);
    expect(from.bias).toBe(bias);
    expect(exactDifference(from.forward(x), convTranspose2d(x, weight, bias, { stride: 2 }))).toBeUndefined();
    expect(Object.keys(from.stateDict())).toEqual(["weight", "bias"]);
    const to = new nn.ConvTranspose2d(2, 3, 3, { seed: 2, stride: 2 });
    to.loadStateDict(from.stateDict());
    expect(exactDifference(to.forward(x), from.forward(x))).toBeUndefined();
    from.bias = null;
    expect(exactDifference(from.forward(x), convTranspose2d(x, weight, null, { stride: 2 }))).toBeUndefined();
    expect(Object.keys(from.stateDict())).toEqual(["weight"]);
  });
});
