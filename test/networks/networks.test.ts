import { readFileSync } from "node:fs";
import { compile, type nn, Tensor } from "convwasm";
import { describe, expect, it } from "vitest";
import { mobilenetV2 } from "../../examples/networks/mobilenet.ts";
import { resnet18, resnet50 } from "../../examples/networks/resnet.ts";
import { squeezenet1_1 } from "../../examples/networks/squeezenet.ts";
import { UNet } from "../../examples/networks/unet.ts";
import { noise, weight } from "../support/weights.ts";

interface Golden {
  name: keyof typeof networks;
  /** shapes by name, in torchvision's order */
  state: Record<string, number[]>;
  input: number[];
  shape: number[];
  output: number[];
}

const golden: { networks: Golden[] } = JSON.parse(
  readFileSync(new URL("../golden/networks.json", import.meta.url), "utf8"),
);

const networks = {
  resnet18,
  resnet50,
  mobilenetV2,
  squeezenet1_1,
  unet: () => new UNet(3, 2, [16, 32, 64, 128]),
} satisfies Record<string, () => nn.Module>;

const COUNTED = /(^|\.)num_batches_tracked$/;

/** The largest difference, as a share of the largest value. */
function deviation(actual: Tensor, expected: Tensor): number {
  expect(actual.shape).toEqual(expected.shape);
  let [largest, worst] = [0, 0];
  for (const [i, value] of expected.data.entries()) {
    largest = Math.max(largest, Math.abs(value));
    // NaN stays NaN, and is no agreement
    worst = Math.max(worst, Math.abs(actual.data[i]! - value));
  }
  return worst / largest;
}

describe.each(golden.networks)("$name", ({ name, state, input, shape, output }) => {
  const model: nn.Module = networks[name]();
  const x = new Tensor(
    noise(
      "input",
      input.reduce((product, length) => product * length, 1),
    ).map((value) => value * 2),
    input,
  );
  const expected = new Tensor(output, shape);

  it("has torch's names and shapes of weights, in torch's order", () => {
    const own = Object.entries(model.stateDict()).map(([key, tensor]) => [key, [...tensor.shape]]);
    expect(own).toEqual(Object.entries(state));
  });

  // 25 million weights are made for the largest
  it("gives what torch gives with the same weights, at once and compiled", { timeout: 60_000 }, () => {
    model.loadStateDict(
      Object.fromEntries(
        Object.entries(state).map(([key, axes]) => [key, COUNTED.test(key) ? Tensor.zeros([]) : weight(key, axes)]),
      ),
    );
    const eager = model.eval().forward(x);
    expect(deviation(eager, expected)).toBeLessThan(2e-5);
    using session = compile(model, input);
    const compiled = session.run(x);
    expect(deviation(compiled, expected)).toBeLessThan(2e-5);
    expect(deviation(compiled, eager)).toBeLessThan(2e-5);
    // normalisations, activations and sums are part of the convolutions
    const separate = /^(batchNorm|relu|relu6|clamp|activation|add)$/;
    expect(session.explain().steps.filter(({ op }) => separate.test(op))).toEqual([]);
    // the arena of the first run is the second's too
    expect(session.run(x).data).toEqual(compiled.data);
  });
});
