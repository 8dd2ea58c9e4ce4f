import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  conv2d,
  conv2dBackward,
  conv2dInput,
  conv2dWeight,
  convTranspose2d,
  convTranspose2dBackward,
  type Tensor,
} from "../../src/index.ts";
import { draws } from "../support/draws.ts";
import * as reference from "../support/reference.ts";
import { exactDifference, sizeOf, values } from "../support/reference.ts";
import {
  type Forward,
  forward,
  gradientArguments,
  gradientDifference,
  type Options,
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

// several blocks of every loop, which small random cases do not reach
describe("layers of several blocks are within rounding of the float64 reference", () => {
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
