import { readFileSync } from "node:fs";
import { crossEntropy, flatten, maxPool2d, nn, relu, Tensor, type TensorLike } from "convwasm";
import { describe, expect, it } from "vitest";
import { Adam, AdamW, CosineAnnealingLR, clipGradNorm, SGD, StepLR } from "../src/optim/index.ts";
import { values } from "./support/reference.ts";

interface Case {
  readonly name: keyof typeof OPTIMISERS;
  readonly losses: readonly number[];
  /** running means, then running variances, after the steps */
  readonly statistics?: readonly number[];
}

const golden: { cases: Case[]; batchNorm: Case[] } = JSON.parse(
  readFileSync(new URL("./golden/training.json", import.meta.url), "utf8"),
);
const x = (seed: number, shape: readonly number[], factor = 1) =>
  new Tensor(
    values(
      seed,
      shape.reduce((product, length) => product * length, 1),
    ).map((value) => value * factor),
    shape,
  );

/** The networks of test/golden/generate_training.py. */
class Network extends nn.Module {
  readonly conv: nn.Conv2d;
  readonly norm: nn.BatchNorm2d | null;
  readonly head = new nn.Linear(36, 5);

  constructor(norm: boolean) {
    super();
    this.conv = new nn.Conv2d(1, 4, 3, { bias: !norm });
    this.norm = norm ? new nn.BatchNorm2d(4) : null;
    this.conv.weight = x(1, [4, 1, 3, 3], 0.5);
    if (!norm) this.conv.bias = x(2, [4], 0.1);
    this.head.weight = x(3, [5, 36], 0.2);
    this.head.bias = x(4, [5], 0.1);
  }

  override forward(input: TensorLike): Tensor {
    const y = this.conv.forward(input);
    return this.head.forward(flatten(maxPool2d(relu(this.norm === null ? y : this.norm.forward(y)), 2), 1));
  }
}

const OPTIMISERS = {
  sgd: (weights: Tensor[]) => new SGD(weights, { lr: 0.1 }),
  nesterov: (weights: Tensor[]) => new SGD(weights, { lr: 0.05, momentum: 0.9, nesterov: true, weightDecay: 0.01 }),
  adam: (weights: Tensor[]) => new Adam(weights, { lr: 0.01 }),
  adamw: (weights: Tensor[]) => new AdamW(weights, { lr: 0.01, weightDecay: 0.1 }),
};

describe("fifty steps of training have PyTorch's losses, to 1e-3 of them", () => {
  const cases = [...golden.cases, ...golden.batchNorm];
  it.each(cases.map((each) => [each.name, each.statistics ? "with batch-norm" : "without", each] as const))(
    "by %s, %s",
    (name, _, { losses, statistics }) => {
      const network = new Network(statistics !== undefined);
      const optimiser = OPTIMISERS[name](network.parameters());
      for (const [step, expected] of losses.entries()) {
        const input = x(100 + (step % 5), [8, 1, 8, 8]);
        const target = Tensor.arange(8).add(step).to("int64");
        const classes = new Tensor(target.data.map((each) => each % 5n) as never, [8], "int64");
        optimiser.zeroGrad();
        const loss = crossEntropy(network.forward(input), classes);
        loss.backward();
        optimiser.step();
        expect(Math.abs(loss.item() - expected), `step ${step}: ${loss.item()}, expected ${expected}`).toBeLessThan(
          1e-3 * expected,
        );
      }
      const found = network.norm === null ? [] : [network.norm.runningMean!, network.norm.runningVar!];
      const numbers = found.flatMap(({ data }) => [...data]);
      for (const [i, expected] of (statistics ?? []).entries()) {
        expect(Math.abs(numbers[i]! - expected)).toBeLessThan(1e-3 * Math.max(Math.abs(expected), 0.1));
      }
    },
  );
});

describe("optimisers", () => {
  it.each(Object.keys(OPTIMISERS) as (keyof typeof OPTIMISERS)[])(
    "go on from a saved state as if they had not stopped: %s",
    (name) => {
      const run = (stop: boolean) => {
        const w = Tensor.from([1, -2]).requiresGrad_();
        let optimiser = OPTIMISERS[name]([w]);
        for (let step = 0; step < 6; ++step) {
          if (stop && step === 3) {
            const saved = optimiser.stateDict();
            optimiser = name.startsWith("adam") ? new Adam([w]) : new SGD([w], { lr: 1 });
            if (name === "adamw") optimiser = new AdamW([w]);
            optimiser.loadStateDict(saved as never);
          }
          optimiser.zeroGrad();
          w.mul(w).sum().backward();
          optimiser.step();
        }
        return w.toArray();
      };
      expect(run(true)).toEqual(run(false));
    },
  );

  it("refuse a state of other parameters, and stay as they are", () => {
    const optimiserOf = (...shapes: number[][]) => {
      const params = shapes.map((shape) => Tensor.ones(shape).requiresGrad_());
      const optimiser = new Adam(params, { lr: 0.1 });
      for (const each of params) each.sum().backward();
      optimiser.step();
      return optimiser;
    };
    const optimiser = optimiserOf([2], [3]);
    const before = optimiser.stateDict();
    expect(() => optimiser.loadStateDict(optimiserOf([2]).stateDict())).toThrow(
      /^Adam.loadStateDict: groups must have \[2\] parameters, got \[1\]/,
    );
    expect(() => optimiser.loadStateDict(optimiserOf([2], [4]).stateDict())).toThrow(
      /^Adam.loadStateDict: expAvg of parameter 1 must have shape \[3\], got \[4\]/,
    );
    expect(() => optimiser.loadStateDict({ ...before, state: { 7: {} } })).toThrow(/there is no parameter "7"/);
    expect(() => optimiser.loadStateDict(null as never)).toThrow(/state must be \{ state, paramGroups \}, got null/);
    const [group] = before.paramGroups;
    expect(() => optimiser.loadStateDict({ ...before, paramGroups: [{ ...group!, lr: "1" as never }] })).toThrow(
      /^Adam.loadStateDict: lr must be a number, got "1"/,
    );
    expect(optimiser.stateDict()).toEqual(before);
  });

  it.each(["0.1", Number.NaN, -1, Infinity, null])("change nothing in a step whose learning rate became %s", (lr) => {
    const w = Tensor.ones([2]).requiresGrad_();
    const optimiser = new SGD([w], { lr: 1 });
    w.sum().backward();
    optimiser.paramGroups[0]!.lr = lr as never;
    expect(() => optimiser.step()).toThrow(/^SGD: lr must be/);
    expect(w.toArray()).toEqual([1, 1]);
  });

  it("are noticed by gradients that need the weights of before a step", () => {
    const w = Tensor.ones([2]).requiresGrad_();
    const optimiser = new SGD([w], { lr: 0.1 });
    const loss = w.mul(w).sum();
    loss.backward(null, { retainGraph: true });
    optimiser.step();
    expect(() => loss.backward()).toThrow(/argument 1 of mul, of shape \[2\], was changed in place/);
  });

  it("refuse settings that are no numbers, and tensors that are no leaves", () => {
    const w = Tensor.ones([2]).requiresGrad_();
    expect(() => new SGD([w], { lr: "0.1" as never })).toThrow(/^SGD: lr must be a number, got "0.1"/);
    expect(() => new SGD([w], { lr: Number.NaN })).toThrow(/^SGD: lr must be finite and from 0, got NaN/);
    expect(() => new SGD([w], { lr: 0.1, nesterov: true })).toThrow(/^SGD: nesterov needs a momentum/);
    expect(() => new Adam([w.mul(2)])).toThrow(/^Adam: can only optimise leaves/);
    expect(() => new Adam([])).toThrow(/^Adam: params must hold at least one tensor/);
    expect(() => new Adam([w, w])).toThrow(/only once/);
    expect(() => new AdamW([w], { betas: [0.9, 1] })).toThrow(/^AdamW: betas must be two numbers/);
  });

  it("have learning rates that schedules set", () => {
    const optimiser = new SGD([Tensor.ones([1]).requiresGrad_()], { lr: 1 });
    const steps = new StepLR(optimiser, { stepSize: 2, gamma: 0.5 });
    const rates = Array.from({ length: 4 }, () => {
      steps.step();
      return optimiser.paramGroups[0]!.lr;
    });
    expect(rates).toEqual([1, 0.5, 0.5, 0.25]);
    const cosine = new CosineAnnealingLR(new SGD([Tensor.ones([1])], { lr: 1 }), { tMax: 4 });
    for (let i = 0; i < 2; ++i) cosine.step();
    expect(cosine.getLastLr()[0]).toBeCloseTo(0.5, 12);
  });

  it("train what a module gives, and a state that is loaded later", () => {
    const model = new nn.Linear(2, 1, { seed: 1 });
    const optimiser = new SGD(model.parameters(), { lr: 0.1 });
    model.loadStateDict({ weight: Tensor.from([[1, 2]]), bias: Tensor.from([0]) });
    model
      .forward(Tensor.from([[1, 1]]))
      .sum()
      .backward();
    optimiser.step();
    expect(model.weight.toArray()[0 as never]).toEqual([expect.closeTo(0.9), expect.closeTo(1.9)]);
    model.zeroGrad();
    expect(model.weight.grad).toBeNull();
  });
});

it("clipGradNorm scales gradients to the norm, and gives the one before", () => {
  const w = Tensor.from([1, 1]).requiresGrad_();
  w.mul(Tensor.from([3, 4]))
    .sum()
    .backward();
  expect(clipGradNorm([w], 1)).toBeCloseTo(5, 6);
  expect(w.grad!.norm().item()).toBeCloseTo(1, 5);
});

it.each<[string, () => unknown, RegExp]>([
  ["a negative norm", () => clipGradNorm([], -1), /^clipGradNorm: maxNorm must not be negative/],
  ["a norm that is no number", () => clipGradNorm([], "1" as never), /^clipGradNorm: maxNorm must be a number/],
  ["what is no tensor", () => clipGradNorm([1 as never], 1), /^clipGradNorm: params must hold Tensors/],
  ["a schedule of nothing", () => new StepLR({}, { stepSize: 1 }), /^StepLR: optimizer must be an optimiser/],
])("refuses %s", (_, call, message) => {
  expect(call).toThrow(message);
});
