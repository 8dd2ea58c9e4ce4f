import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { pad, Tensor, unfold } from "../../src/index.ts";
import * as reference from "../support/reference.ts";

interface Case {
  seed: number;
  input: number[];
  shape: number[];
  output: number[];
}
interface PadCase extends Case {
  padding: number[];
  options: { mode?: reference.PadMode; value?: number };
}
interface UnfoldCase extends Case {
  kernelSize: number | [number, number];
  options: { dilation?: number | [number, number]; padding?: number | [number, number]; stride?: number };
}
interface TensorUnfoldCase extends Case {
  dimension: number;
  size: number;
  step: number;
}

const golden: { pad: PadCase[]; unfold: UnfoldCase[]; tensorUnfold: TensorUnfoldCase[] } = JSON.parse(
  readFileSync(new URL("../golden/pad-unfold.json", import.meta.url), "utf8"),
);

const inputOf = ({ seed, input }: Case) => new Tensor(reference.values(seed, reference.sizeOf(input)), input);
const expectedOf = ({ shape, output }: Case) => ({ shape, data: Float64Array.from(output, (value) => value / 256) });

function matches(actual: reference.Values, exact: reference.Values, each: Case) {
  expect(reference.exactDifference(exact, expectedOf(each)), "reference").toBeUndefined();
  expect(reference.exactDifference(actual, expectedOf(each))).toBeUndefined();
}

describe("pad gives PyTorch's result", () => {
  const nameOf = ({ input, padding, options }: PadCase) => reference.nameOf({ input, padding, ...options });
  it.each(golden.pad.map((each) => [nameOf(each), each] as const))("%s", (_, each) => {
    const input = inputOf(each);
    matches(pad(input, each.padding, each.options), reference.pad(input, each.padding, each.options), each);
  });
});

describe("unfold gives PyTorch's result", () => {
  const nameOf = ({ input, kernelSize, options }: UnfoldCase) => reference.nameOf({ input, kernelSize, ...options });
  it.each(golden.unfold.map((each) => [nameOf(each), each] as const))("%s", (_, each) => {
    const input = inputOf(each);
    const exact = reference.unfold(input, each.kernelSize, each.options);
    matches(unfold(input, each.kernelSize, each.options), exact, each);
  });
});

describe("Tensor.unfold gives PyTorch's result", () => {
  const nameOf = ({ input, dimension, size, step }: TensorUnfoldCase) =>
    reference.nameOf({ input, dimension, size, step });
  it.each(golden.tensorUnfold.map((each) => [nameOf(each), each] as const))("%s", (_, each) => {
    const input = inputOf(each);
    const exact = reference.tensorUnfold(input, each.dimension, each.size, each.step);
    matches(input.unfold(each.dimension, each.size, each.step), exact, each);
  });
});
