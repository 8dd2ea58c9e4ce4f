import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { convTranspose1d, convTranspose2d, nn, Tensor } from "../../src/index.ts";
import * as reference from "../support/reference.ts";
import * as family from "../support/transposed-reference.ts";

interface Case {
  seed: number;
  input: number[];
  weight: number[];
  bias: boolean;
  options: family.TransposedOptions;
  shape: number[];
  output: number[];
}

const golden: { convTranspose2d: Case[]; convTranspose1d: Case[] } = JSON.parse(
  readFileSync(new URL("../golden/transposed.json", import.meta.url), "utf8"),
);

const nameOf = ({ input, weight, bias, options }: Case) => reference.nameOf({ input, weight, bias, ...options });

function argumentsOf({ seed, input, weight, bias, options }: Case): [Tensor, Tensor, Tensor | null] {
  const tensor = (at: number, shape: number[]) => new Tensor(reference.values(at, reference.sizeOf(shape)), shape);
  const filters = weight[1]! * (options.groups ?? 1);
  return [tensor(seed, input), tensor(seed + 1, weight), bias ? tensor(seed + 2, [filters]) : null];
}

const expectedOf = ({ shape, output }: Case) => ({ shape, data: Float64Array.from(output, (value) => value / 65536) });

type Conv = (input: Tensor, weight: Tensor, bias: Tensor | null, options: object) => Tensor;

const suites = [
  { name: "convTranspose2d", conv: convTranspose2d as Conv, exact: family.convTranspose2d },
  { name: "convTranspose1d", conv: convTranspose1d as Conv, exact: family.convTranspose1d },
] as const;

for (const { name, conv, exact } of suites) {
  const cases = golden[name].map((each) => [nameOf(each), each] as const);

  describe(`the float64 reference of ${name} gives PyTorch's result`, () => {
    it.each(cases)("%s", (_, each) => {
      const actual = exact(...argumentsOf(each), each.options);
      expect(reference.exactDifference(actual, expectedOf(each))).toBeUndefined();
    });
  });

  // the stored sums are exact in float32 in any order
  describe(`${name} gives PyTorch's result exactly, but for phases that Winograd may serve`, () => {
    it.each(cases)("%s", (_, each) => {
      const args = argumentsOf(each);
      const expected = { ...exact(...args, each.options), ...expectedOf(each) };
      const transformed = each.weight.length === 4 && family.mayTransform(each.weight, each.options);
      expect(family.goldenDifference(conv(...args, each.options), expected, transformed)).toBeUndefined();
    });
  });
}

describe("nn.ConvTranspose2d gives what convTranspose2d gives", () => {
  it.each(golden.convTranspose2d.map((each) => [nameOf(each), each] as const))("%s", (_, each) => {
    const [input, weight, bias] = argumentsOf(each);
    const { groups = 1 } = each.options;
    const kernelSize = [each.weight[2]!, each.weight[3]!] as const;
    const options = each.options as NonNullable<Parameters<typeof convTranspose2d>[3]>;
    const layer = new nn.ConvTranspose2d(each.weight[0]!, each.weight[1]! * groups, kernelSize, {
      ...options,
      bias: each.bias,
    });
    layer.weight = weight;
    if (bias !== null) layer.bias = bias;
    const expected = convTranspose2d(input, weight, bias, options);
    expect(reference.exactDifference(layer.forward(input), expected)).toBeUndefined();
    const outputSize = each.shape.slice(-2) as [number, number];
    const [stride, extra] = [family.pairOf(options.stride ?? 1), family.pairOf(options.outputPadding)];
    // torch's output sizes end before the next step of the stride, where outputPadding may reach to that of the dilation
    if (extra.some((rows, i) => rows >= stride[i]!)) return;
    expect(reference.exactDifference(layer.forward(input, outputSize), expected)).toBeUndefined();
  });
});
