import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type ConvTranspose2dOptions,
  conv2d,
  conv2dBackward,
  conv2dInput,
  conv2dWeight,
  convTranspose1d,
  convTranspose2d,
  convTranspose2dBackward,
  kernelMatrix,
  nn,
  Tensor,
} from "../src/index.ts";
import * as family from "./family-reference.ts";
import { mayTransform, mayTransformForward, roundingDifference } from "./family-reference.ts";
import * as reference from "./reference.ts";
import { exactDifference, randoms, sizeOf, values } from "./reference.ts";

const SEED = 20250814;
/** For what a rare geometry may break. */
const MANY = { numRuns: 600 };
fc.configureGlobal({ seed: SEED, numRuns: 150 });

type Quad = [number, number, number, number];
type Two = [number, number];

interface Transposed {
  input: Quad;
  weight: Quad;
  bias: boolean;
  options: { stride: Two; padding: Two; outputPadding: Two; dilation: Two; groups: number };
  output: Quad;
  seed: number;
}

interface Forward {
  input: Quad;
  weight: Quad;
  options: {
    stride: Two;
    padding: Two | "same" | "valid";
    dilation: Two;
    groups: number;
    paddingMode: reference.PaddingMode;
  };
  output: Quad;
  seed: number;
}

/** Mostly small numbers, sometimes one up to `largest`. */
const count = (largest: number) =>
  fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 1, max: 4 }) }, fc.integer({ min: 1, max: largest }));

const axis = fc.record({
  kernel: fc.integer({ min: 1, max: 5 }),
  stride: fc.integer({ min: 1, max: 4 }),
  dilation: fc.integer({ min: 1, max: 3 }),
  padding: fc.integer({ min: 0, max: 4 }),
  extra: fc.nat(3),
  spare: fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 0, max: 7 }) }, fc.integer({ min: 0, max: 26 })),
});

const common = fc.record({
  rows: axis,
  cols: axis,
  batch: fc.constantFrom(0, 1, 1, 1, 2, 2, 3),
  groups: count(6),
  groupChannels: count(14),
  groupFilters: count(13),
  bias: fc.boolean(),
  padding: fc.constantFrom("numbers", "numbers", "numbers", "same", "valid"),
  paddingMode: fc.constantFrom<reference.PaddingMode>("zeros", "zeros", "reflect", "replicate", "circular"),
  seed: fc.nat(0xffffff),
});

// the references are slow: few cases of more than half a million products, and none of many
const affordable = ({ output, weight }: { output: Quad; weight: Quad }) => sizeOf(output) * sizeOf(weight) < 6e6;

/** Any valid transposed convolution: padding is limited to what leaves an output. */
const transposed = common
  .map(({ rows, cols, batch, groups, groupChannels, groupFilters, bias, seed }): Transposed => {
    const settled = [rows, cols].map(({ kernel, stride, dilation, padding, extra, spare }) => {
      const outputPadding = extra % Math.max(stride, dilation);
      const longest = spare * stride + dilation * (kernel - 1) + outputPadding;
      return { kernel, stride, dilation, outputPadding, padding: Math.min(padding, longest >> 1), length: spare + 1 };
    });
    const two = (name: keyof (typeof settled)[0]): Two => [settled[0]![name], settled[1]![name]];
    const input: Quad = [batch, groups * groupChannels, ...two("length")];
    const weight: Quad = [groups * groupChannels, groupFilters, ...two("kernel")];
    const options = {
      stride: two("stride"),
      padding: two("padding"),
      outputPadding: two("outputPadding"),
      dilation: two("dilation"),
      groups,
    };
    const output = family.transposedShape(input, weight, options) as Quad;
    return { input, weight, bias, options, output, seed };
  })
  .filter(affordable);

/** Any valid convolution: an axis is as long as its kernel and padding mode need, and `spare` more. */
const forward = common
  .map(({ rows, cols, batch, groups, groupChannels, groupFilters, padding, paddingMode, seed }): Forward => {
    const settled = [rows, cols].map(({ kernel, stride, dilation, padding: pads, spare }) => {
      const reach = dilation * (kernel - 1);
      const before = padding === "numbers" ? pads : padding === "same" ? reach >> 1 : 0;
      const after = padding === "same" ? reach - before : before;
      const least = { zeros: 1, replicate: 1, reflect: after + 1, circular: Math.max(after, 1) }[paddingMode];
      const length = Math.max(least, reach + 1 - before - after) + spare;
      const step = padding === "same" ? 1 : stride;
      const out = Math.floor((length + before + after - reach - 1) / step) + 1;
      return { kernel, stride: step, dilation, padding: pads, length, out };
    });
    const two = (name: keyof (typeof settled)[0]): Two => [settled[0]![name], settled[1]![name]];
    return {
      input: [batch, groups * groupChannels, ...two("length")],
      weight: [groups * groupFilters, groupChannels, ...two("kernel")],
      options: {
        stride: two("stride"),
        padding: padding === "numbers" ? two("padding") : (padding as "same" | "valid"),
        dilation: two("dilation"),
        groups,
        paddingMode,
      },
      output: [batch, groups * groupFilters, ...two("out")],
      seed,
    };
  })
  .filter(affordable);

const tensorOf = (shape: readonly number[], seed: number, numbers = randoms) =>
  new Tensor(numbers(seed, sizeOf(shape)), shape);

/** Input, weight and bias. */
function argumentsOf(each: Transposed, numbers = randoms): [Tensor, Tensor, Tensor | null] {
  const bias = each.bias ? tensorOf([each.output[1]], each.seed + 2, numbers) : null;
  return [tensorOf(each.input, each.seed, numbers), tensorOf(each.weight, each.seed + 1, numbers), bias];
}

/** Input, weight and the gradient of the output. */
const gradientArguments = (each: Transposed | Forward, numbers = randoms): [Tensor, Tensor, Tensor] => [
  tensorOf(each.input, each.seed, numbers),
  tensorOf(each.weight, each.seed + 1, numbers),
  tensorOf(each.output, each.seed + 3, numbers),
];

const FAMILY = {
  conv2d: {
    cases: forward as fc.Arbitrary<Transposed | Forward>,
    call: conv2d as (...args: [Tensor, Tensor, null, object]) => Tensor,
    backward: conv2dBackward as typeof convTranspose2dBackward,
    exact: reference.conv2d as typeof family.convTranspose2d,
    exactBackward: family.conv2dBackward as typeof family.convTranspose2dBackward,
    transformed: mayTransformForward,
    transformedBackward: mayTransform,
  },
  convTranspose2d: {
    cases: transposed as fc.Arbitrary<Transposed | Forward>,
    call: convTranspose2d as (...args: [Tensor, Tensor, null, object]) => Tensor,
    backward: convTranspose2dBackward,
    exact: family.convTranspose2d,
    exactBackward: family.convTranspose2dBackward,
    transformed: mayTransform,
    transformedBackward: mayTransformForward,
  },
} as const;

type Options = Transposed["options"];

/** Leaves NaN wherever a call may leave something in memory. */
function poison() {
  const nan = (shape: number[]) => new Tensor(new Float32Array(sizeOf(shape)).fill(Number.NaN), shape);
  conv2d(nan([1, 16, 70, 70]), nan([16, 1, 3, 3]), nan([16]), { groups: 16 });
  convTranspose2d(nan([1, 8, 30, 30]), nan([8, 8, 4, 4]), nan([8]), { stride: 2, padding: 1 });
}

/** The first gradient that is not within rounding of the reference, in words. */
function gradientDifference(
  actual: { input: Tensor; weight: Tensor; bias: Tensor },
  exact: family.Gradients,
  transformed: boolean,
): string | undefined {
  for (const name of ["input", "weight", "bias"] as const) {
    const found = roundingDifference(actual[name], exact[name], transformed && name === "input");
    if (found !== undefined) return `${name} ${found}`;
  }
  return undefined;
}

describe("the float64 references' gradients are their finite differences", () => {
  const small = ({ input, weight, output }: Transposed | Forward) =>
    sizeOf(output) * sizeOf(weight) < 20_000 && sizeOf(input) + sizeOf(weight) < 200;
  for (const [name, { cases, exact, exactBackward }] of Object.entries(FAMILY)) {
    it(`for ${name}, seed ${SEED}`, () => {
      fc.assert(
        fc.property(cases.filter(small), (each) => {
          // multiples of 1/256: the functions are linear in each argument, so a step of any size gives exact slopes
          const [input, weight, gradOutput] = gradientArguments(each, values);
          const bias = tensorOf([each.output[1]], each.seed + 2, values);
          const options = each.options as Options;
          const loss = () => dot(exact(input, weight, bias, options), gradOutput);
          const gradients = exactBackward(input, weight, gradOutput, options);
          for (const [argument, { data }] of [
            [input, gradients.input],
            [weight, gradients.weight],
            [bias, gradients.bias],
          ] as const) {
            if (argument.size === 0) continue;
            const at = each.seed % argument.size;
            const before = loss();
            argument.data[at]! += 1;
            const after = loss();
            argument.data[at]! -= 1;
            expect(data[at]).toBe(after - before);
          }
        }),
      );
    });
  }
});

const dot = (a: reference.Values, b: reference.Values): number => {
  let sum = 0;
  for (let i = 0; i < a.data.length; i++) sum += a.data[i]! * b.data[i]!;
  return sum;
};

/** How far rounding may move dot(result, other). */
function slack(exact: reference.ExactSum, other: reference.Values, transformed: boolean): number {
  const largest = exact.magnitude.reduce((most, each) => Math.max(most, each), 0);
  const relative = reference.tolerance(exact.terms, transformed ? 16 : 1);
  let sum = 0;
  for (let i = 0; i < other.data.length; i++) {
    sum += Math.abs(other.data[i]!) * relative * (transformed ? largest : exact.magnitude[i]!);
  }
  return sum;
}

for (const [name, each] of Object.entries(FAMILY)) {
  const { cases, call, backward, exact, exactBackward, transformed, transformedBackward } = each;

  describe(`the gradients of ${name} over random geometry, seed ${SEED}`, () => {
    it("are within rounding of the float64 reference", () => {
      fc.assert(
        fc.property(cases, (each) => {
          const args = gradientArguments(each);
          const options = each.options as Options;
          const expected = exactBackward(...args, options);
          const byTransform = transformedBackward(each.weight, options);
          expect(gradientDifference(backward(...args, options), expected, byTransform)).toBeUndefined();
        }),
        MANY,
      );
    });

    it("are adjoint to it: <y(x, w), g> = <x, its gradient> = <w, its gradient>", () => {
      fc.assert(
        fc.property(cases, (each) => {
          const [input, weight, gradOutput] = gradientArguments(each);
          const options = each.options as Options;
          const gradients = backward(input, weight, gradOutput, options);
          const bounds = exactBackward(input, weight, gradOutput, options);
          const output = call(input, weight, null, options);
          const expected = dot(output, gradOutput);
          const shared = slack(exact(input, weight, null, options), gradOutput, transformed(each.weight, options));
          const [byInput, byWeight] = [dot(input, gradients.input), dot(weight, gradients.weight)];
          const bound = slack(bounds.input, input, transformedBackward(each.weight, options));
          expect(Math.abs(byInput - expected)).toBeLessThanOrEqual(shared + bound);
          expect(Math.abs(byWeight - expected)).toBeLessThanOrEqual(shared + slack(bounds.weight, weight, false));
        }),
      );
    });

    it("are for an unbatched image those of a batch of one", () => {
      fc.assert(
        fc.property(cases, (each) => {
          const alone = { ...each, input: [1, ...each.input.slice(1)], output: [1, ...each.output.slice(1)] };
          const [input, weight, gradOutput] = gradientArguments(alone as Transposed);
          const options = each.options as Options;
          const batched = backward(input, weight, gradOutput, options);
          const single = (tensor: Tensor) => tensor.reshape(tensor.shape.slice(1));
          const unbatched = backward(single(input), weight, single(gradOutput), options);
          expect(exactDifference(unbatched.input, single(batched.input))).toBeUndefined();
          expect(exactDifference(unbatched.weight, batched.weight)).toBeUndefined();
          expect(exactDifference(unbatched.bias, batched.bias)).toBeUndefined();
        }),
        { numRuns: 60 },
      );
    });

    it("change no argument, and no earlier result", () => {
      fc.assert(
        fc.property(cases, (each) => {
          const args = gradientArguments(each);
          const options = each.options as Options;
          const before = structuredClone([args.map(({ data }) => data), options]);
          const first = backward(...args, options);
          const bits = structuredClone([first.input.data, first.weight.data, first.bias.data]);
          expect([args.map(({ data }) => data), options]).toEqual(before);
          const second = backward(...args, options);
          backward(...gradientArguments({ ...each, seed: each.seed + 5 }), options);
          for (const { input, weight, bias } of [first, second])
            expect([input.data, weight.data, bias.data]).toEqual(bits);
        }),
        { numRuns: 60 },
      );
    });

    it("are not touched by what earlier calls left in memory", () => {
      fc.assert(
        fc.property(cases, (each) => {
          const args = gradientArguments(each);
          const options = each.options as Options;
          poison();
          const actual = backward(...args, options);
          const byTransform = transformedBackward(each.weight, options);
          expect(gradientDifference(actual, exactBackward(...args, options), byTransform)).toBeUndefined();
        }),
        { numRuns: 40 },
      );
    });
  });
}

describe(`conv2dInput and conv2dWeight over random geometry, seed ${SEED}`, () => {
  it("are within rounding of the float64 reference", () => {
    fc.assert(
      fc.property(forward, (each) => {
        const [input, weight, gradOutput] = gradientArguments(each);
        const expected = family.conv2dBackward(input, weight, gradOutput, each.options);
        const pixels = conv2dInput(each.input, weight, gradOutput, each.options);
        const byTransform = mayTransform(each.weight, each.options);
        expect(roundingDifference(pixels, expected.input, byTransform)).toBeUndefined();
        const taps = conv2dWeight(input, each.weight, gradOutput, each.options);
        expect(roundingDifference(taps, expected.weight, false)).toBeUndefined();
      }),
    );
  });

  it("take data at any offset of a larger buffer, and dims for shape", () => {
    fc.assert(
      fc.property(forward, fc.nat(5), (each, offset) => {
        const args = gradientArguments(each);
        const [input, weight, gradOutput] = args.map((tensor) => within(tensor, offset));
        const expected = conv2dBackward(...args, each.options);
        const actual = conv2dBackward(input!, weight!, gradOutput!, each.options);
        expect(exactDifference(actual.input, expected.input)).toBeUndefined();
        expect(exactDifference(actual.weight, expected.weight)).toBeUndefined();
        const pixels = conv2dInput(each.input, weight!, gradOutput!, each.options);
        expect(exactDifference(pixels, conv2dInput(each.input, args[1], args[2], each.options))).toBeUndefined();
        const taps = conv2dWeight(input!, each.weight, gradOutput!, each.options);
        expect(exactDifference(taps, conv2dWeight(args[0], each.weight, args[2], each.options))).toBeUndefined();
      }),
      { numRuns: 60 },
    );
  });
});

/** The tensor as a view; what lies around it must not reach a result. */
function within({ data, shape }: Tensor, offset: number) {
  const larger = new Float32Array(offset + data.length + 5).fill(Number.NaN);
  larger.set(data, offset);
  return { data: larger.subarray(offset, offset + data.length), dims: shape };
}

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

  const layers = [
    { input: [1, 37, 23, 31], weight: [19, 37, 3, 3], output: [23, 31], options: { padding: 1 } },
    { input: [1, 9, 13, 13], weight: [400, 9, 3, 3], output: [13, 13], options: { padding: 1 } },
    { input: [1, 150, 14, 19], weight: [47, 150, 1, 1], output: [14, 19], options: {} },
    { input: [2, 3, 61, 70], weight: [9, 3, 7, 7], output: [31, 35], options: { padding: 3, stride: 2 } },
    { input: [1, 4, 120, 131], weight: [6, 4, 1, 1], output: [120, 131], options: {} },
    {
      input: [1, 20, 11, 120],
      weight: [5, 20, 5, 5],
      output: [9, 118],
      options: { dilation: 2, padding: 3, paddingMode: "reflect" },
    },
    { input: [2, 40, 9, 80], weight: [6, 20, 5, 5], output: [3, 38], options: { stride: 2, groups: 2 } },
    { input: [1, 34, 40, 51], weight: [34, 1, 3, 3], output: [40, 51], options: { padding: 1, groups: 34 } },
    { input: [1, 12, 41, 50], weight: [12, 1, 5, 5], output: [19, 23], options: { stride: 2, groups: 12 } },
  ] satisfies { input: number[]; weight: number[]; output: number[]; options: reference.ConvOptions }[];
  for (const [at, { input: inputShape, weight: weightShape, output, options }] of layers.entries()) {
    it(`the gradients of conv2d, ${reference.nameOf({ input: inputShape, weight: weightShape, ...options })}`, () => {
      const [input, weight] = [tensorOf(inputShape, 100 * at), tensorOf(weightShape, 100 * at + 1)];
      const gradOutput = tensorOf([inputShape[0]!, weightShape[0]!, ...output], 100 * at + 3);
      const exact = family.conv2dBackward(input, weight, gradOutput, options);
      const byTransform = mayTransform(weightShape, options);
      expect(
        gradientDifference(conv2dBackward(input, weight, gradOutput, options), exact, byTransform),
      ).toBeUndefined();
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
