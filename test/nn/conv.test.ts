import { describe, expect, it } from "vitest";
import { conv2d, nn, Tensor } from "../../src/index.ts";
import * as reference from "../support/reference.ts";

const tensor = (seed: number, shape: readonly number[]) =>
  new Tensor(reference.randoms(seed, reference.sizeOf(shape)), shape);

// biome-ignore lint/suspicious/noExplicitAny: stands for every wrong type
const wrong = (value: unknown): any => value;

describe("nn.Conv2d", () => {
  it("has torch's shapes of parameters", () => {
    const shapes = (...args: ConstructorParameters<typeof nn.Conv2d>) => {
      const { weight, bias } = new nn.Conv2d(...args);
      return [weight.shape, bias?.shape];
    };
    expect(shapes(3, 8, 3)).toEqual([[8, 3, 3, 3], [8]]);
    expect(shapes(3, 8, [5, 2])).toEqual([[8, 3, 5, 2], [8]]);
    expect(shapes(6, 9, 3, { groups: 3 })).toEqual([[9, 2, 3, 3], [9]]);
    expect(shapes(4, 8, 1, { groups: 4 })).toEqual([[8, 1, 1, 1], [8]]);
    expect(shapes(3, 8, 3, { bias: false })).toEqual([[8, 3, 3, 3], undefined]);
    expect(new nn.Conv2d(3, 8, 3, { bias: false }).bias).toBeNull();
  });

  it("knows what it was made with", () => {
    const layer = new nn.Conv2d(4, 8, [3, 5], { stride: 2, padding: [1, 2], dilation: [1, 3], groups: 2 });
    expect(layer).toMatchObject({ inChannels: 4, outChannels: 8, kernelSize: [3, 5] });
    expect(layer.options).toEqual({
      stride: [2, 2],
      padding: [1, 2],
      dilation: [1, 3],
      groups: 2,
      paddingMode: "zeros",
    });
    expect(Object.isFrozen(layer.options)).toBe(true);
  });

  it("gives what conv2d gives with its parameters", () => {
    const x = tensor(1, [2, 4, 9, 8]);
    for (const options of [
      {},
      { stride: 2, padding: 1 },
      { padding: "same", dilation: 2 },
      { padding: "valid" },
      { groups: 2, padding: [2, 1], paddingMode: "reflect" },
      { bias: false, stride: [1, 3], paddingMode: "circular", padding: 1 },
    ] as const) {
      const layer = new nn.Conv2d(4, 6, 3, { ...options, seed: 7 });
      const { weight, bias } = layer;
      const { bias: _, ...rest } = { bias: true, ...options };
      const y = layer.forward(x);
      expect(reference.exactDifference(y, conv2d(x, weight, bias, rest))).toBeUndefined();
      expect(reference.difference(y, reference.conv2d(x, weight, bias, rest), 64)).toBeUndefined();
    }
  });

  it("takes an image without a batch, and { data, dims }", () => {
    const layer = new nn.Conv2d(3, 2, 3, { seed: 1 });
    const x = tensor(2, [3, 6, 5]);
    const y = layer.forward(x);
    expect(y.shape).toEqual([2, 4, 3]);
    expect(layer.forward({ data: x.data, dims: [1, 3, 6, 5] }).data).toEqual(y.data);
  });
});

describe("nn.Conv2d's initial values", () => {
  const layers = [
    { name: "3x3", layer: new nn.Conv2d(64, 96, 3, { seed: 11 }), fanIn: 64 * 9 },
    { name: "1x1", layer: new nn.Conv2d(100, 300, 1, { seed: 12 }), fanIn: 100 },
    { name: "of groups", layer: new nn.Conv2d(256, 512, 5, { groups: 256, seed: 13 }), fanIn: 25 },
    { name: "5x2", layer: new nn.Conv2d(7, 200, [5, 2], { seed: 14 }), fanIn: 70 },
  ];

  /** Uniform between the bounds: a mean near 0, and a quarter of the values in each quarter of the range. */
  function expectUniform(values: Float32Array, bound: number) {
    const count = values.length;
    // four standard deviations of a mean, and of a quarter's share
    const mean = values.reduce((sum, value) => sum + value, 0) / count;
    expect(Math.abs(mean)).toBeLessThan((4 * bound) / Math.sqrt(3 * count));
    const quarters = [0, 0, 0, 0];
    for (const value of values) ++quarters[Math.min(Math.floor(((value + bound) / (2 * bound)) * 4), 3)]!;
    for (const quarter of quarters)
      expect(Math.abs(quarter / count - 0.25)).toBeLessThan(4 * Math.sqrt(0.1875 / count));
  }

  it.each(layers)("are within 1 / sqrt(fan in) and uniform, $name", ({ layer, fanIn }) => {
    const bound = 1 / Math.sqrt(fanIn);
    for (const { data } of [layer.weight, layer.bias!]) {
      // float32 may round a value just below the bound up to it
      expect(data.every((value) => Math.abs(value) <= Math.fround(bound))).toBe(true);
      expectUniform(data, bound);
    }
    const largest = layer.weight.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    expect(largest).toBeGreaterThan(0.99 * bound);
  });

  it("are the same for the same seed, and others for another", () => {
    const make = (seed: number) => new nn.Conv2d(8, 8, 3, { seed });
    expect(make(5).stateDict()).toEqual(make(5).stateDict());
    expect(make(5).weight.data).not.toEqual(make(6).weight.data);
    expect(make(5).bias!.data).not.toEqual(make(6).bias!.data);
    expect(make(0).weight.data).not.toEqual(make(1).weight.data);
  });

  it("differ from layer to layer without a seed", () => {
    const make = () => new nn.Conv2d(8, 8, 3);
    expect(make().weight.data).not.toEqual(make().weight.data);
  });

  it("of the weight do not depend on whether there is a bias", () => {
    const make = (bias: boolean) => new nn.Conv2d(8, 8, 3, { seed: 5, bias });
    expect(make(true).weight).toEqual(make(false).weight);
  });
});

describe("nn.Conv2d's parameters", () => {
  const make = () => new nn.Conv2d(2, 3, 3, { seed: 1 });

  it("can be assigned, and are used from then on", () => {
    const layer = make();
    const x = tensor(1, [1, 2, 5, 5]);
    const weight = tensor(2, [3, 2, 3, 3]);
    const bias = tensor(3, [3]);
    layer.weight = weight;
    layer.bias = bias;
    expect(layer.weight).toBe(weight);
    expect(layer.bias).toBe(bias);
    expect(reference.exactDifference(layer.forward(x), conv2d(x, weight, bias))).toBeUndefined();
    layer.bias = null;
    expect(layer.bias).toBeNull();
    expect(reference.exactDifference(layer.forward(x), conv2d(x, weight))).toBeUndefined();
  });

  it("may be any { data, shape } or { data, dims }", () => {
    const layer = make();
    const data = reference.randoms(4, 54);
    layer.weight = wrong({ data, dims: [3, 2, 3, 3] });
    expect(layer.weight).toBeInstanceOf(Tensor);
    expect(layer.weight.data).toBe(data);
    layer.bias = wrong({ data: new Float32Array(3), shape: [3] });
    expect(layer.bias).toBeInstanceOf(Tensor);
  });

  it("can be given to a layer that was made without a bias", () => {
    const layer = new nn.Conv2d(2, 3, 3, { bias: false, seed: 1 });
    layer.bias = Tensor.ones([3]);
    expect(layer.stateDict()).toHaveProperty("bias");
    expect(() => {
      layer.bias = Tensor.ones([2]);
    }).toThrow("nn.Conv2d: bias must have shape [3], got [2]");
  });

  it.each<[string, "weight" | "bias", unknown, typeof TypeError | typeof RangeError, string]>([
    [
      "a weight of other filters",
      "weight",
      Tensor.ones([2, 2, 3, 3]),
      RangeError,
      "weight must have shape [3, 2, 3, 3]",
    ],
    ["a weight of another kernel", "weight", Tensor.ones([3, 2, 3, 1]), RangeError, "got [3, 2, 3, 1]"],
    ["a weight of fewer axes", "weight", Tensor.ones([54]), RangeError, "weight must have shape"],
    ["a weight that is not a tensor", "weight", [1, 2], TypeError, "weight must be a Tensor"],
    ["no weight", "weight", null, TypeError, "weight must be a Tensor"],
    [
      "a float64 weight",
      "weight",
      { data: new Float64Array(54), shape: [3, 2, 3, 3] },
      TypeError,
      "weight.data must be",
    ],
    ["a bias of another length", "bias", Tensor.ones([4]), RangeError, "bias must have shape [3], got [4]"],
    ["a bias of two axes", "bias", Tensor.ones([1, 3]), RangeError, "bias must have shape [3]"],
    ["a number for a bias", "bias", 0, TypeError, "bias must be a Tensor"],
    ["undefined for a bias", "bias", undefined, TypeError, "bias must be a Tensor"],
  ])("refuse %s and stay as they are", (_, name, value, kind, message) => {
    const layer = make();
    const before = { weight: layer.weight, bias: layer.bias };
    let thrown: unknown;
    try {
      layer[name] = wrong(value);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(kind);
    expect((thrown as Error).message).toContain(`nn.Conv2d: ${name}`);
    expect((thrown as Error).message).toContain(message);
    expect(layer.weight).toBe(before.weight);
    expect(layer.bias).toBe(before.bias);
  });

  it("go from one layer to another by stateDict", () => {
    const from = make();
    const to = new nn.Conv2d(2, 3, 3, { seed: 2 });
    expect(Object.keys(from.stateDict())).toEqual(["weight", "bias"]);
    to.loadStateDict(from.stateDict());
    const x = tensor(1, [1, 2, 5, 5]);
    expect(to.forward(x).data).toEqual(from.forward(x).data);
    expect(Object.keys(new nn.Conv2d(2, 3, 3, { bias: false }).stateDict())).toEqual(["weight"]);
  });

  it.each<[string, unknown, typeof TypeError | typeof RangeError, string]>([
    ["a missing bias", { weight: Tensor.ones([3, 2, 3, 3]) }, RangeError, "bias is missing (got weight)"],
    ["a missing weight", { bias: Tensor.ones([3]) }, RangeError, "weight is missing (got bias)"],
    ["an empty record", {}, RangeError, "weight, bias are missing (got nothing)"],
    [
      "an unknown name",
      { weight: Tensor.ones([3, 2, 3, 3]), bias: Tensor.ones([3]), scale: Tensor.ones([3]) },
      RangeError,
      "scale is unknown (expected weight, bias)",
    ],
    [
      "a good weight with a bad bias",
      { weight: Tensor.ones([3, 2, 3, 3]), bias: Tensor.ones([4]) },
      RangeError,
      "bias must have shape [3]",
    ],
    [
      "a good bias with a bad weight",
      { weight: Tensor.ones([3, 2, 3, 1]), bias: Tensor.ones([3]) },
      RangeError,
      "weight must have shape",
    ],
    ["what is not a tensor", { weight: 1, bias: Tensor.ones([3]) }, TypeError, "weight must be a Tensor"],
    ["null", null, TypeError, "state must be a record of tensors, got null"],
    ["a number", 5, TypeError, "state must be a record of tensors, got 5"],
  ])("refuse %s in loadStateDict and stay as they are", (_, state, kind, message) => {
    const layer = make();
    const before = { weight: layer.weight, bias: layer.bias };
    let thrown: unknown;
    try {
      layer.loadStateDict(wrong(state));
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(kind);
    expect((thrown as Error).message).toContain(message);
    expect((thrown as Error).message).toMatch(/^nn\.Conv2d/);
    expect(layer.weight).toBe(before.weight);
    expect(layer.bias).toBe(before.bias);
  });
});

describe("nn.Conv2d refuses", () => {
  it.each<[string, unknown[], typeof TypeError | typeof RangeError, string]>([
    ["no channels", [0, 1, 1], RangeError, "inChannels must be a whole number from 1, got 0"],
    ["a fraction of a channel", [1.5, 1, 1], RangeError, "inChannels must be"],
    ["a string for channels", ["3", 1, 1], TypeError, 'inChannels must be a number, got "3"'],
    ["no filters", [1, 0, 1], RangeError, "outChannels must be a whole number from 1, got 0"],
    ["missing filters", [1], TypeError, "outChannels must be a number, got undefined"],
    ["no kernel", [1, 1, 0], RangeError, "kernelSize must be a whole number from 1, got 0"],
    ["a missing kernel", [1, 1], TypeError, "kernelSize must be a number or an array of 2 numbers, got undefined"],
    ["a kernel of three axes", [1, 1, [3, 3, 3]], RangeError, "kernelSize must have 2 numbers"],
    ["stride 0", [1, 1, 3, { stride: 0 }], RangeError, "stride must be a whole number from 1, got 0"],
    ["a stride of no numbers", [1, 1, 3, { stride: [] }], RangeError, "stride must have 2 numbers"],
    ["dilation 0", [1, 1, 3, { dilation: [1, 0] }], RangeError, "dilation must be"],
    ["negative padding", [1, 1, 3, { padding: -1 }], RangeError, "padding must be a whole number from 0, got -1"],
    [
      "an unknown word for padding",
      [1, 1, 3, { padding: "full" }],
      RangeError,
      'padding must be one of "same", "valid"',
    ],
    [
      "padding 'same' with a stride",
      [1, 1, 3, { padding: "same", stride: 2 }],
      RangeError,
      "padding 'same' needs stride 1",
    ],
    [
      "padding 'same' with a stride of one axis",
      [1, 1, 3, { padding: "same", stride: [1, 2] }],
      RangeError,
      "got stride [1, 2]",
    ],
    ["an unknown padding mode", [1, 1, 3, { paddingMode: "mirror" }], RangeError, "paddingMode must be one of"],
    ["a number for a padding mode", [1, 1, 3, { paddingMode: 1 }], TypeError, "paddingMode must be a string"],
    [
      "groups that do not divide the channels",
      [3, 4, 1, { groups: 2 }],
      RangeError,
      "groups must divide inChannels (3), got 2",
    ],
    [
      "groups that do not divide the filters",
      [4, 3, 1, { groups: 2 }],
      RangeError,
      "groups must divide outChannels (3), got 2",
    ],
    ["no groups", [1, 1, 1, { groups: 0 }], RangeError, "groups must be a whole number from 1, got 0"],
    ["a number for bias", [1, 1, 1, { bias: 1 }], TypeError, "bias must be true or false, got 1"],
    ["a tensor for bias", [1, 1, 1, { bias: Tensor.ones([1]) }], TypeError, "bias must be true or false"],
    ["a seed that is not a number", [1, 1, 1, { seed: "x" }], TypeError, "seed must be a number"],
    ["a negative seed", [1, 1, 1, { seed: -1 }], RangeError, "seed must be"],
    ["torch's spelling of an option", [1, 1, 1, { padding_mode: "zeros" }], TypeError, 'unknown option "padding_mode"'],
    ["an algorithm, which compile takes", [1, 1, 1, { algorithm: "direct" }], TypeError, 'unknown option "algorithm"'],
    ["a number for the options", [1, 1, 3, 2], TypeError, "options must be an object, got 2"],
  ])("%s", (_, args, kind, message) => {
    let thrown: unknown;
    try {
      Reflect.construct(nn.Conv2d, args);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(kind);
    expect((thrown as Error).message).toMatch(/^nn\.Conv2d: /);
    expect((thrown as Error).message).toContain(message);
  });

  it("an input of other channels, when it comes", () => {
    expect(() => new nn.Conv2d(3, 1, 1).forward(Tensor.ones([1, 4, 2, 2]))).toThrow(
      "weight has 3 input channels per group, but input has 4 channels and groups is 1 (expected 4)",
    );
  });
});
