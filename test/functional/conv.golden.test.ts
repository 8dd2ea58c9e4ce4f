import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { conv1d, conv2d, Tensor } from "../../src/index.ts";
import * as reference from "../support/reference.ts";

interface Case {
  seed: number;
  input: number[];
  weight: number[];
  bias: boolean;
  options: reference.ConvOptions;
  shape: number[];
  output: number[];
}

const golden: { conv2d: Case[]; conv1d: Case[] } = JSON.parse(
  readFileSync(new URL("../golden/conv.json", import.meta.url), "utf8"),
);

const nameOf = ({ input, weight, bias, options }: Case) => reference.nameOf({ input, weight, bias, ...options });

function argumentsOf({ seed, input, weight, bias }: Case): [Tensor, Tensor, Tensor | null] {
  const tensor = (at: number, shape: number[]) => new Tensor(reference.values(at, reference.sizeOf(shape)), shape);
  return [tensor(seed, input), tensor(seed + 1, weight), bias ? tensor(seed + 2, [weight[0]!]) : null];
}

const expectedOf = ({ shape, output }: Case) => ({ shape, data: Float64Array.from(output, (value) => value / 65536) });

type Conv = (input: Tensor, weight: Tensor, bias: Tensor | null, options: object) => Tensor;

const suites = [
  { name: "conv2d", conv: conv2d as Conv, exact: reference.conv2d, cases: golden.conv2d },
  { name: "conv1d", conv: conv1d as Conv, exact: reference.conv1d, cases: golden.conv1d },
];

for (const { name, conv, exact, cases } of suites) {
  describe(`the float64 reference of ${name} gives PyTorch's result`, () => {
    it.each(cases.map((each) => [nameOf(each), each] as const))("%s", (_, each) => {
      const actual = exact(...argumentsOf(each), each.options);
      expect(reference.exactDifference(actual, expectedOf(each))).toBeUndefined();
    });
  });

  // the stored sums are exact in float32 in any order, so nothing but the exact result will do
  for (const algorithm of reference.PLAIN_SUMS) {
    describe(`${name} by ${algorithm} gives PyTorch's result exactly`, () => {
      it.each(cases.map((each) => [nameOf(each), each] as const))("%s", (_, each) => {
        const actual = conv(...argumentsOf(each), { ...each.options, algorithm });
        expect(reference.exactDifference(actual, expectedOf(each))).toBeUndefined();
      });
    });
  }

  describe(`${name} by auto gives PyTorch's result`, () => {
    it.each(cases.map((each) => [nameOf(each), each] as const))("%s", (_, each) => {
      const args = argumentsOf(each);
      const expected = { ...exact(...args, each.options), ...expectedOf(each) };
      for (const options of [each.options, { ...each.options, algorithm: "auto" }]) {
        expect(reference.differenceBy("auto", conv(...args, options), expected)).toBeUndefined();
      }
    });
  });

  describe(`${name} by winograd gives PyTorch's result, or refuses what its transforms do not serve`, () => {
    it.each(cases.map((each) => [nameOf(each), each] as const))("%s", (_, each) => {
      const args = argumentsOf(each);
      const expected = { ...exact(...args, each.options), ...expectedOf(each) };
      const attempt = () => conv(...args, { ...each.options, algorithm: "winograd" });
      if (expected.winograd) {
        expect(reference.differenceBy("winograd", attempt(), expected)).toBeUndefined();
      } else {
        expect(attempt).toThrow(RangeError);
        expect(attempt).toThrow(`${name}: algorithm 'winograd' needs`);
      }
    });
  });
}
