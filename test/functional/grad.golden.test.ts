import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { conv2dBackward, conv2dInput, conv2dWeight, convTranspose2dBackward, Tensor } from "../../src/index.ts";
import * as reference from "../support/reference.ts";
import * as family from "../support/transposed-reference.ts";

interface Case {
  seed: number;
  input: number[];
  weight: number[];
  options: object;
  shape: number[];
  gradInput: number[];
  gradWeight: number[];
  gradBias: number[];
}

const golden: { conv2d: Case[]; convTranspose2d: Case[] } = JSON.parse(
  readFileSync(new URL("../golden/gradients.json", import.meta.url), "utf8"),
);

const nameOf = ({ input, weight, options }: Case) => reference.nameOf({ input, weight, ...options });
const named = (cases: Case[]) => cases.map((each) => [nameOf(each), each] as const);

function argumentsOf({ seed, input, weight, shape }: Case): [Tensor, Tensor, Tensor] {
  const tensor = (at: number, sizes: number[]) => new Tensor(reference.values(at, reference.sizeOf(sizes)), sizes);
  return [tensor(seed, input), tensor(seed + 1, weight), tensor(seed + 2, shape)];
}

/** PyTorch's gradients, with the references' magnitudes where rounding is allowed. */
function expectedOf(each: Case, exact: family.Gradients): family.Gradients {
  const units = (numbers: number[], unit: number) => Float64Array.from(numbers, (value) => value / unit);
  return {
    input: { ...exact.input, shape: each.input, data: units(each.gradInput, 65536) },
    weight: { ...exact.weight, shape: each.weight, data: units(each.gradWeight, 65536) },
    bias: { ...exact.bias, shape: [each.gradBias.length], data: units(each.gradBias, 256) },
  };
}

const suites = [
  {
    name: "conv2d",
    backward: conv2dBackward,
    exact: family.conv2dBackward,
    // the gradient of the input is a transposed convolution
    transformed: ({ weight, options }: Case) => family.mayTransform(weight, options),
  },
  {
    name: "convTranspose2d",
    backward: convTranspose2dBackward,
    exact: family.convTranspose2dBackward,
    // the gradient of the input is a convolution
    transformed: ({ weight, options }: Case) => family.mayTransformForward(weight, options),
  },
] as const;

for (const { name, backward, exact, transformed } of suites) {
  describe(`the float64 reference of ${name}'s gradients gives PyTorch's`, () => {
    it.each(named(golden[name]))("%s", (_, each) => {
      const actual = exact(...argumentsOf(each), each.options);
      const expected = expectedOf(each, actual);
      expect(reference.exactDifference(actual.input, expected.input), "input").toBeUndefined();
      expect(reference.exactDifference(actual.weight, expected.weight), "weight").toBeUndefined();
      expect(reference.exactDifference(actual.bias, expected.bias), "bias").toBeUndefined();
    });
  });

  // the stored sums are exact in float32 in any order
  describe(`${name}Backward gives PyTorch's gradients exactly, but for inputs that Winograd may serve`, () => {
    it.each(named(golden[name]))("%s", (_, each) => {
      const args = argumentsOf(each);
      const expected = expectedOf(each, exact(...args, each.options));
      const actual = backward(...args, each.options);
      expect(family.goldenDifference(actual.input, expected.input, transformed(each)), "input").toBeUndefined();
      expect(reference.exactDifference(actual.weight, expected.weight), "weight").toBeUndefined();
      expect(reference.exactDifference(actual.bias, expected.bias), "bias").toBeUndefined();
    });
  });
}

describe("conv2dInput and conv2dWeight give PyTorch's gradients", () => {
  it.each(named(golden.conv2d))("%s", (_, each) => {
    const [input, weight, gradOutput] = argumentsOf(each);
    const expected = expectedOf(each, family.conv2dBackward(input, weight, gradOutput, each.options));
    const transformed = family.mayTransform(each.weight, each.options);
    const pixels = conv2dInput(each.input, weight, gradOutput, each.options);
    expect(family.goldenDifference(pixels, expected.input, transformed), "input").toBeUndefined();
    const taps = conv2dWeight(input, each.weight, gradOutput, each.options);
    expect(reference.exactDifference(taps, expected.weight), "weight").toBeUndefined();
  });
});
