import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { allclose, batchNorm, compile, nn, Tensor } from "../../src/index.ts";
import * as reference from "../support/reference.ts";

interface Golden {
  seed: number;
  input: [number, number, number, number];
  filters: number;
  options: { stride: number; groups: number; batchNorm: boolean };
  keys: string[];
  shape: number[];
  output: number[];
}

const golden: { repvgg: Golden[] } = JSON.parse(
  readFileSync(new URL("../golden/fusion.json", import.meta.url), "utf8"),
);

const tensor = (seed: number, shape: readonly number[], plus = 0) =>
  new Tensor(
    reference.values(seed, reference.sizeOf(shape)).map((value) => value + plus),
    shape,
  );

/** Random parameters and statistics, seeded in the order of the state's names; in evaluation mode. */
function filled<T extends nn.BatchNorm2d | nn.RepVGGBlock>(module: T, seed: number): T {
  const state = Object.entries(module.stateDict()).map(([name, { shape }], i) => {
    return [name, tensor(seed + i, shape, name.endsWith("running_var") ? 1.25 : 0)] as const;
  });
  module.loadStateDict(Object.fromEntries(state));
  module.eval();
  return module;
}

/** Values here are of the size of 1 to 10, and sums of up to 41 terms, which 'auto' may transform first. */
const CLOSE = { rtol: 1e-5, atol: 2e-5 };

// biome-ignore lint/suspicious/noExplicitAny: stands for every wrong type
const wrong = (value: unknown): any => value;

function refused(where: RegExp, kind: typeof TypeError | typeof RangeError, message: string, call: () => unknown) {
  expect(call).toThrow(kind);
  expect(call).toThrow(where);
  expect(call).toThrow(message);
}

const STATISTICS = ["running_mean", "running_var", "num_batches_tracked"];

describe("nn.BatchNorm2d", () => {
  it("starts with torch's values", () => {
    const layer = new nn.BatchNorm2d(3);
    expect(layer).toMatchObject({ numFeatures: 3, eps: 1e-5 });
    expect(layer.stateDict()).toEqual({
      weight: Tensor.ones([3]),
      bias: Tensor.zeros([3]),
      running_mean: Tensor.zeros([3]),
      running_var: Tensor.ones([3]),
      num_batches_tracked: new Tensor<"int64">(BigInt64Array.of(0n), []),
    });
    expect(Object.keys(layer.stateDict())).toEqual(["weight", "bias", ...STATISTICS]);
    const plain = new nn.BatchNorm2d(3, { affine: false });
    expect([plain.weight, plain.bias]).toEqual([null, null]);
    expect(Object.keys(plain.stateDict())).toEqual(STATISTICS);
  });

  it("gives what batchNorm gives with its parameters, batched or not", () => {
    for (const options of [{}, { affine: false }, { eps: 0.5 }]) {
      const layer = filled(new nn.BatchNorm2d(4, options), 1);
      const { weight, bias, runningMean: mean, runningVar: variance, eps } = layer;
      for (const shape of [
        [2, 4, 3, 5],
        [4, 3, 5],
        [0, 4, 3, 5],
      ]) {
        const x = tensor(9, shape);
        expect(layer.forward(x)).toEqual(batchNorm(x, { mean: mean!, variance: variance!, weight, bias, eps }));
      }
    }
  });

  it("uses what is assigned", () => {
    const layer = new nn.BatchNorm2d(2, { eps: 0 }).eval();
    const x = tensor(1, [1, 2, 3, 3]);
    expect(layer.forward(x)).toEqual(x);
    layer.weight = Tensor.from([2, 4]);
    layer.bias = wrong({ data: Float32Array.of(1, 1), dims: [2] });
    layer.runningMean = Tensor.from([0.5, 0.25]);
    layer.runningVar = Tensor.from([4, 16]);
    expect(layer.bias).toBeInstanceOf(Tensor);
    expect([...layer.forward(x).data]).toEqual(Array.from(x.data, (value, i) => value + (i < 9 ? 0.5 : 0.75)));
    layer.weight = null;
    layer.bias = null;
    expect(Object.keys(layer.stateDict())).toEqual(STATISTICS);
    expect([...layer.forward(x).data]).toEqual(
      Array.from(x.data, (value, i) => (i < 9 ? (value - 0.5) / 2 : (value - 0.25) / 4)),
    );
  });

  it("loads torch's checkpoints, which count the batches of the training", () => {
    const from = filled(new nn.BatchNorm2d(3), 1);
    const to = new nn.BatchNorm2d(3);
    to.loadStateDict({ ...from.stateDict(), num_batches_tracked: new Tensor([100], []) });
    expect(to.stateDict()).toEqual({
      ...from.stateDict(),
      num_batches_tracked: new Tensor<"int64">(BigInt64Array.of(100n), []),
    });
    const { num_batches_tracked: _, ...older } = from.stateDict();
    to.loadStateDict(older);
    expect(to.numBatchesTracked!.item()).toBe(100);
  });

  it("compiles by itself", () => {
    const layer = filled(new nn.BatchNorm2d(5), 1);
    const x = tensor(7, [2, 5, 4, 3]);
    using session = compile(layer, x.shape);
    expect(allclose(session.run(x), layer.forward(x), CLOSE)).toBe(true);
  });

  it.each<[string, unknown[], typeof TypeError | typeof RangeError, string]>([
    ["no features", [0], RangeError, "numFeatures must be a whole number from 1, got 0"],
    ["missing features", [], TypeError, "numFeatures must be a number, got undefined"],
    ["negative eps", [3, { eps: -1 }], RangeError, "eps must be finite and from 0, got -1"],
    ["a string for eps", [3, { eps: "1" }], TypeError, 'eps must be a number, got "1"'],
    ["a number for affine", [3, { affine: 1 }], TypeError, "affine must be true or false, got 1"],
    ["a string for momentum", [3, { momentum: "0.1" }], TypeError, 'momentum must be a number, got "0.1"'],
    ["an unknown option", [3, { decay: 0.1 }], TypeError, 'unknown option "decay"'],
    ["a number for the options", [3, 1e-5], TypeError, "options must be an object"],
  ])("refuses %s", (_, args, kind, message) => {
    refused(/^nn\.BatchNorm2d: /, kind, message, () => Reflect.construct(nn.BatchNorm2d, args));
  });

  it.each(["weight", "bias", "runningMean", "runningVar"] as const)("refuses another %s and stays as it is", (name) => {
    const layer = filled(new nn.BatchNorm2d(3), 1);
    const before = layer.stateDict();
    const assign = (value: unknown) => () => {
      layer[name] = wrong(value);
    };
    refused(/^nn\.BatchNorm2d: /, RangeError, `${name} must have shape [3], got [4]`, assign(Tensor.ones([4])));
    refused(/^nn\.BatchNorm2d: /, RangeError, `${name} must have shape [3], got [1, 3]`, assign(Tensor.ones([1, 3])));
    refused(/^nn\.BatchNorm2d: /, TypeError, `${name} must be a Tensor`, assign(1));
    if (name.startsWith("running")) {
      refused(/^nn\.BatchNorm2d: /, TypeError, `${name} must be a Tensor`, assign(null));
    }
    expect(layer.stateDict()).toEqual(before);
  });

  it.each<[string, unknown, typeof TypeError | typeof RangeError, string]>([
    ["a missing name", { running_var: undefined }, RangeError, "running_var is missing"],
    [
      "an unknown name",
      { gamma: Tensor.ones([3]) },
      RangeError,
      "gamma is unknown (expected weight, bias, running_mean, running_var, num_batches_tracked)",
    ],
    ["an inherited name", { toString: Tensor.ones([3]) }, RangeError, "toString is unknown"],
    ["another shape", { running_mean: Tensor.ones([4]) }, RangeError, "running_mean must have shape [3], got [4]"],
    ["what is not a tensor", { running_var: 1 }, TypeError, "running_var must be a Tensor"],
  ])("refuses %s in loadStateDict and stays as it is", (_, change, kind, message) => {
    const layer = filled(new nn.BatchNorm2d(3), 1);
    const before = layer.stateDict();
    const state = Object.entries({ ...filled(new nn.BatchNorm2d(3), 50).stateDict(), ...wrong(change) });
    const given = Object.fromEntries(state.filter(([, value]) => value !== undefined));
    refused(/^nn\.BatchNorm2d\.loadStateDict: /, kind, message, () => layer.loadStateDict(wrong(given)));
    expect(layer.stateDict()).toEqual(before);
  });

  it("refuses what is not a record, and an input of other channels", () => {
    const layer = new nn.BatchNorm2d(3);
    const message = "state must be a record of tensors, got null";
    refused(/^nn\.BatchNorm2d\.loadStateDict: /, TypeError, message, () => layer.loadStateDict(wrong(null)));
    const expected = "input must be (N, 3, H, W) or (3, H, W), got shape [1, 4, 2, 2]";
    refused(/^nn\.BatchNorm2d: /, RangeError, expected, () => layer.forward(Tensor.ones([1, 4, 2, 2])));
  });
});

describe("nn.RepVGGBlock", () => {
  const nameOf = ({ input, filters, options }: Golden) => reference.nameOf({ input, filters, ...options });
  it.each(golden.repvgg.map((each) => [nameOf(each), each] as const))("gives PyTorch's result, %s", (_, each) => {
    const { seed, input, filters, options, keys, shape, output } = each;
    const block = new nn.RepVGGBlock(input[1], filters, options);
    const own = block.stateDict();
    let next = seed + 1;
    const state = keys.map((name) => {
      if (name.endsWith("num_batches_tracked")) return [name, new Tensor([0], [])] as const;
      return [name, tensor(next++, own[name]!.shape, name.endsWith("running_var") ? 1.25 : 0)] as const;
    });
    block.loadStateDict(Object.fromEntries(state));
    block.eval();
    const x = tensor(seed, input);
    const expected = new Tensor(output, shape);
    expect(allclose(block.forward(x), expected, CLOSE)).toBe(true);
    expect(allclose(block.fuse().forward(x), expected, CLOSE)).toBe(true);
  });

  const blocks = fc.record({
    groups: fc.integer({ min: 1, max: 3 }),
    channels: fc.integer({ min: 1, max: 3 }),
    filters: fc.integer({ min: 1, max: 3 }),
    stride: fc.constantFrom(1, 2, [1, 1] as const, [1, 2] as const),
    batchNorm: fc.boolean(),
    batch: fc.constantFrom([], [0], [1], [2]),
    size: fc.tuple(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 9 })),
    seed: fc.nat(),
  });

  it("fuses to one convolution of the same result", () => {
    fc.assert(
      fc.property(blocks, ({ groups, channels, filters, stride, batchNorm, batch, size, seed }) => {
        const block = filled(
          new nn.RepVGGBlock(groups * channels, groups * filters, { groups, stride, batchNorm }),
          seed,
        );
        const x = tensor(seed + 20, [...batch, groups * channels, ...size]);
        const fused = block.fuse();
        expect(fused).toBeInstanceOf(nn.Conv2d);
        expect(fused).toMatchObject({
          inChannels: groups * channels,
          outChannels: groups * filters,
          kernelSize: [3, 3],
        });
        const y = block.forward(x);
        expect(allclose(fused.forward(x), y, CLOSE)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it("adds the input only where its shape is the output's", () => {
    const identity = (...args: ConstructorParameters<typeof nn.RepVGGBlock>) => new nn.RepVGGBlock(...args).identity;
    expect(identity(4, 4)).toBe(true);
    expect(identity(4, 4, { stride: [1, 1], groups: 2 })).toBe(true);
    expect(identity(4, 8)).toBe(false);
    expect(identity(4, 4, { stride: 2 })).toBe(false);
    expect(identity(4, 4, { stride: [1, 2] })).toBe(false);
    expect(new nn.RepVGGBlock(4, 4).bnIdentity).toBeInstanceOf(nn.BatchNorm2d);
    expect(new nn.RepVGGBlock(4, 8).bnIdentity).toBeNull();
    expect(new nn.RepVGGBlock(4, 4, { batchNorm: false }).bnIdentity).toBeNull();
  });

  it("names its parameters", () => {
    const keys = (...args: ConstructorParameters<typeof nn.RepVGGBlock>) =>
      Object.keys(new nn.RepVGGBlock(...args).stateDict());
    const norm = (name: string) => ["weight", "bias", ...STATISTICS].map((each) => `${name}.${each}`);
    const branches = ["conv3x3.weight", ...norm("bn3x3"), "conv1x1.weight", ...norm("bn1x1")];
    expect(keys(2, 4)).toEqual(branches);
    expect(keys(4, 4)).toEqual([...branches, ...norm("bn_identity")]);
    expect(keys(4, 4, { batchNorm: false })).toEqual([
      "conv3x3.weight",
      "conv3x3.bias",
      "conv1x1.weight",
      "conv1x1.bias",
    ]);
  });

  it("starts the same for the same seed, and its convolutions apart", () => {
    const make = (seed?: number) => new nn.RepVGGBlock(8, 8, seed === undefined ? {} : { seed });
    expect(make(5).stateDict()).toEqual(make(5).stateDict());
    expect(make(5).conv3x3.weight).not.toEqual(make(6).conv3x3.weight);
    expect(make().conv3x3.weight).not.toEqual(make().conv3x3.weight);
    const { conv3x3, conv1x1 } = make(5);
    expect(conv3x3.weight.data[0]! * 3).not.toBeCloseTo(conv1x1.weight.data[0]!, 6);
  });

  it("fuses what is assigned to its parts, a bias before a batch norm too", () => {
    const block = filled(new nn.RepVGGBlock(4, 4), 1);
    block.conv3x3.bias = tensor(40, [4]);
    block.bnIdentity!.weight = null;
    block.bn1x1!.runningMean = tensor(41, [4]);
    const x = tensor(42, [1, 4, 5, 5]);
    expect(allclose(block.fuse().forward(x), block.forward(x), CLOSE)).toBe(true);
  });

  it("leaves its input and the fused convolution as they are", () => {
    for (const batchNorm of [true, false]) {
      const block = filled(new nn.RepVGGBlock(4, 4, { batchNorm }), 1);
      const x = tensor(2, [1, 4, 5, 5]);
      const fused = block.fuse();
      const before = [x.data.slice(), fused.weight.data.slice()];
      block.forward(x);
      block.conv3x3.weight = Tensor.zeros([4, 4, 3, 3]);
      expect([x.data, fused.weight.data]).toEqual(before);
    }
  });

  it("compiles to the fused convolution", () => {
    const block = filled(new nn.RepVGGBlock(4, 4), 1);
    const x = tensor(2, [1, 4, 9, 8]);
    using session = compile(block, x.shape, { activation: "relu" });
    const expected = new Tensor(
      block.forward(x).data.map((value) => Math.max(value, 0)),
      x.shape,
    );
    expect(session.explain().steps).toHaveLength(1);
    expect(allclose(session.run(x), expected, CLOSE)).toBe(true);
  });

  it.each<[string, unknown[], typeof TypeError | typeof RangeError, string]>([
    ["no channels", [0, 4], RangeError, "inChannels must be a whole number from 1, got 0"],
    ["missing filters", [4], TypeError, "outChannels must be a number, got undefined"],
    ["stride 0", [4, 4, { stride: 0 }], RangeError, "stride must be a whole number from 1, got 0"],
    ["no groups", [4, 4, { groups: 0 }], RangeError, "groups must be a whole number from 1, got 0"],
    [
      "groups that do not divide the channels",
      [3, 4, { groups: 2 }],
      RangeError,
      "groups must divide inChannels (3), got 2",
    ],
    [
      "groups that do not divide the filters",
      [4, 3, { groups: 2 }],
      RangeError,
      "groups must divide outChannels (3), got 2",
    ],
    ["a number for batchNorm", [4, 4, { batchNorm: 1 }], TypeError, "batchNorm must be true or false, got 1"],
    ["a negative seed", [4, 4, { seed: -1 }], RangeError, "seed must be"],
    ["an option of Conv2d", [4, 4, { padding: 1 }], TypeError, 'unknown option "padding"'],
  ])("refuses %s", (_, args, kind, message) => {
    refused(/^nn\.RepVGGBlock: /, kind, message, () => Reflect.construct(nn.RepVGGBlock, args));
  });

  it.each<[string, unknown, typeof TypeError | typeof RangeError, string]>([
    ["a missing name", { "bn_identity.running_var": undefined }, RangeError, "bn_identity.running_var is missing"],
    ["an unknown name", { "conv3x3.bias": Tensor.ones([4]) }, RangeError, "conv3x3.bias is unknown"],
    [
      "a count where no batch norm is",
      { "conv3x3.num_batches_tracked": 1 },
      RangeError,
      "conv3x3.num_batches_tracked is unknown",
    ],
    ["another shape", { "bn1x1.weight": Tensor.ones([3]) }, RangeError, "bn1x1.weight must have shape [4], got [3]"],
    ["what is not a tensor", { "conv1x1.weight": 1 }, TypeError, "conv1x1.weight must be a Tensor"],
  ])("refuses %s in loadStateDict and stays as it is", (_, change, kind, message) => {
    const block = filled(new nn.RepVGGBlock(4, 4), 1);
    const before = block.stateDict();
    const state = Object.entries({ ...filled(new nn.RepVGGBlock(4, 4), 50).stateDict(), ...wrong(change) });
    const given = Object.fromEntries(state.filter(([, value]) => value !== undefined));
    refused(/^nn\.RepVGGBlock\.loadStateDict: /, kind, message, () => block.loadStateDict(wrong(given)));
    expect(block.stateDict()).toEqual(before);
  });
});
