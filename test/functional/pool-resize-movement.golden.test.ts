import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as convwasm from "../../src/index.ts";
import { Tensor } from "../../src/index.ts";
import * as reference from "../support/reference.ts";

interface Case {
  seed: number;
  input: number[] | number[][];
  arguments: unknown[];
  options: object;
  shape: number[];
  output: number[];
}

const {
  torch: _,
  note: __,
  ...groups
} = JSON.parse(readFileSync(new URL("../golden/images.json", import.meta.url), "utf8")) as Record<string, Case[]>;

/** Groups whose results are rounded; torch rounds a few more or fewer times. */
const ROUNDED = ["avgPool2d", "avgPool1d", "adaptiveAvgPool2d", "adaptiveAvgPool1d", "bilinear"];
const TOLERANCE = 4e-7;

const tensorOf = (seed: number, shape: number[]) => new Tensor(reference.values(seed, reference.sizeOf(shape)), shape);

const isSeveral = (input: number[] | number[][]): input is number[][] => Array.isArray(input[0]);

function call(group: string, { seed, input, arguments: given, options }: Case): Tensor {
  const name = group === "nearest" || group === "bilinear" ? "interpolate" : group;
  const tensors = isSeveral(input) ? input.map((shape, i) => tensorOf(seed + 100 * i, shape)) : tensorOf(seed, input);
  const optional = Object.keys(options).length === 0 ? [] : [options];
  const functions = convwasm as unknown as Record<string, (...all: unknown[]) => Tensor>;
  return functions[name]!(tensors, ...given, ...optional);
}

for (const [group, cases] of Object.entries(groups)) {
  const nameOf = ({ input, arguments: given, options }: Case) => `${JSON.stringify([input, ...given, options])}`;
  describe(`${group} gives PyTorch's result`, () => {
    it.each(cases.map((each) => [nameOf(each), each] as const))("%s", (_, each) => {
      const actual = call(group, each);
      const rounded = ROUNDED.includes(group);
      expect(actual.shape).toEqual(each.shape);
      const expected = each.output.map((value) => (rounded ? value : value / 256));
      const wrong = expected.findIndex((value, i) => !(Math.abs(actual.data[i]! - value) <= (rounded ? TOLERANCE : 0)));
      expect(wrong, `${actual.data[wrong]}, expected ${expected[wrong]}`).toBe(-1);
      expect(actual.size).toBe(expected.length);
    });
  });
}
