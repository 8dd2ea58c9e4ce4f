import { describe, expect, it } from "vitest";
import {
  adaptiveAvgPool2d,
  adaptiveMaxPool2d,
  avgPool2d,
  compile,
  elu,
  flatten,
  gelu,
  groupNorm,
  hardsigmoid,
  hardswish,
  instanceNorm,
  interpolate,
  layerNorm,
  leakyRelu,
  linear,
  logSoftmax,
  maxPool2d,
  mish,
  nn,
  pixelShuffle,
  pixelUnshuffle,
  prelu,
  relu,
  relu6,
  sigmoid,
  silu,
  softmax,
  softplus,
  Tensor,
  tanh,
} from "../../src/index.ts";

// biome-ignore lint/suspicious/noExplicitAny: stands for every wrong type
const wrong = (value: unknown): any => value;

/** Values of both signs, past 6 and -3 too. */
const tensor = (shape: readonly number[], seed = 1) =>
  new Tensor(
    Tensor.randn(shape, seed).data.map((value) => 4 * value),
    shape,
  );

const slopes = new nn.PReLU(4);
slopes.weight = Tensor.from([0.1, -0.5, 2, 0]);
const fully = new nn.Linear(5, 3, { seed: 1 });
const unbiased = new nn.Linear(5, 2, { bias: false, seed: 1 });

const channels = new nn.InstanceNorm2d(4, { affine: true, eps: 0.5 });
const grouped = new nn.GroupNorm(2, 4);
const layered = new nn.LayerNorm([6, 5]);
for (const norm of [channels, grouped, layered]) {
  norm.weight = tensor(norm.weight!.shape, 2);
  norm.bias = tensor(norm.weight!.shape, 3);
}
const affineOf = ({ weight, bias }: { weight: Tensor | null; bias: Tensor | null }) => ({
  weight: weight!,
  bias: bias!,
});

const layers: [string, nn.Module, (x: Tensor) => Tensor][] = [
  ["ReLU()", new nn.ReLU(), relu],
  ["ReLU6()", new nn.ReLU6(), relu6],
  ["LeakyReLU()", new nn.LeakyReLU(), (x) => leakyRelu(x, 0.01)],
  ["LeakyReLU(0.2)", new nn.LeakyReLU(0.2), (x) => leakyRelu(x, 0.2)],
  ["ELU()", new nn.ELU(), elu],
  ["ELU(0.5)", new nn.ELU(0.5), (x) => elu(x, 0.5)],
  ["Mish()", new nn.Mish(), mish],
  ["Softplus()", new nn.Softplus(), softplus],
  ["Sigmoid()", new nn.Sigmoid(), sigmoid],
  ["Tanh()", new nn.Tanh(), tanh],
  ["SiLU()", new nn.SiLU(), silu],
  ["Hardswish()", new nn.Hardswish(), hardswish],
  ["Hardsigmoid()", new nn.Hardsigmoid(), hardsigmoid],
  ["GELU()", new nn.GELU(), gelu],
  ["GELU({ approximate: 'tanh' })", new nn.GELU({ approximate: "tanh" }), (x) => gelu(x, { approximate: "tanh" })],
  ["Softmax({ dim: 1 })", new nn.Softmax({ dim: 1 }), (x) => softmax(x, { dim: 1 })],
  ["Softmax({ dim: -1 })", new nn.Softmax({ dim: -1 }), (x) => softmax(x, { dim: -1 })],
  ["LogSoftmax({ dim: 1 })", new nn.LogSoftmax({ dim: 1 }), (x) => logSoftmax(x, { dim: 1 })],
  ["PReLU()", new nn.PReLU(), (x) => prelu(x, Tensor.from([0.25]))],
  ["PReLU(4)", slopes, (x) => prelu(x, slopes.weight)],
  ["InstanceNorm2d(4)", new nn.InstanceNorm2d(4), (x) => instanceNorm(x)],
  [
    "InstanceNorm2d(4, { affine: true, eps: 0.5 })",
    channels,
    (x) => instanceNorm(x, { ...affineOf(channels), eps: 0.5 }),
  ],
  ["GroupNorm(2, 4)", grouped, (x) => groupNorm(x, 2, affineOf(grouped))],
  ["GroupNorm(1, 4, { affine: false })", new nn.GroupNorm(1, 4, { affine: false }), (x) => groupNorm(x, 1)],
  ["LayerNorm([6, 5])", layered, (x) => layerNorm(x, [6, 5], affineOf(layered))],
  [
    "LayerNorm(5, { elementwiseAffine: false })",
    new nn.LayerNorm(5, { elementwiseAffine: false }),
    (x) => layerNorm(x, 5),
  ],
  ["MaxPool2d(2)", new nn.MaxPool2d(2), (x) => maxPool2d(x, 2)],
  [
    "MaxPool2d([2, 3], ...)",
    new nn.MaxPool2d([2, 3], { stride: 1, padding: [0, 1], dilation: 2, ceilMode: true }),
    (x) => maxPool2d(x, [2, 3], { stride: 1, padding: [0, 1], dilation: 2, ceilMode: true }),
  ],
  ["AvgPool2d(2)", new nn.AvgPool2d(2), (x) => avgPool2d(x, 2)],
  [
    "AvgPool2d(3, ...)",
    new nn.AvgPool2d(3, { stride: 2, padding: 1, ceilMode: true, countIncludePad: false }),
    (x) => avgPool2d(x, 3, { stride: 2, padding: 1, ceilMode: true, countIncludePad: false }),
  ],
  ["AdaptiveAvgPool2d([2, null])", new nn.AdaptiveAvgPool2d([2, null]), (x) => adaptiveAvgPool2d(x, [2, null])],
  ["AdaptiveMaxPool2d(2)", new nn.AdaptiveMaxPool2d(2), (x) => adaptiveMaxPool2d(x, 2)],
  ["Linear(5, 3)", fully, (x) => linear(x, fully.weight, fully.bias)],
  ["Linear(5, 2, { bias: false })", unbiased, (x) => linear(x, unbiased.weight)],
  ["Flatten()", new nn.Flatten(), (x) => flatten(x, 1)],
  ["Flatten(-2, 3)", new nn.Flatten(-2, 3), (x) => flatten(x, 2, 3)],
  [
    "Upsample({ scaleFactor: 2 })",
    new nn.Upsample({ scaleFactor: 2 }),
    (x) => interpolate(x, { scaleFactor: 2, mode: "nearest" }),
  ],
  [
    "Upsample({ size, mode: 'bilinear', alignCorners: true })",
    new nn.Upsample({ size: [7, 9], mode: "bilinear", alignCorners: true }),
    (x) => interpolate(x, { size: [7, 9], mode: "bilinear", alignCorners: true }),
  ],
  ["PixelShuffle(2)", new nn.PixelShuffle(2), (x) => pixelShuffle(x, 2)],
  ["PixelUnshuffle(1)", new nn.PixelUnshuffle(1), (x) => pixelUnshuffle(x, 1)],
  ["Identity()", new nn.Identity(), (x) => x],
  ["Dropout(0.3).eval()", new nn.Dropout(0.3).eval(), (x) => x],
];

describe.each(layers)("nn.%s", (_, layer, call) => {
  const x = tensor([2, 4, 6, 5]);

  it("gives what the function gives", () => {
    expect(layer.forward(x)).toEqual(call(x));
    expect(layer.forward({ data: x.data, dims: x.shape })).toEqual(call(x));
  });

  it("compiles between others", () => {
    const network = new nn.Sequential(new nn.Conv2d(4, 4, 1, { seed: 1 }), layer, new nn.Sigmoid());
    const y = network.forward(x);
    using session = compile(network, x.shape);
    const z = session.run(x);
    expect(z.shape).toEqual(y.shape);
    for (const [i, value] of z.data.entries()) expect(value).toBeCloseTo(y.data[i]!, 4);
  });

  it("has a state that another takes", () => {
    const state = layer.stateDict();
    layer.loadStateDict(state);
    expect(layer.stateDict()).toEqual(state);
    expect(() => layer.loadStateDict({ ...state, other: Tensor.ones([1]) })).toThrow("other is unknown");
  });
});

describe("nn.Linear", () => {
  it("starts within 1 / sqrt(inputs), by a seed the same each time", () => {
    const make = (seed?: number) => new nn.Linear(100, 50, seed === undefined ? {} : { seed });
    for (const { data } of Object.values(make(1).stateDict())) {
      const largest = data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      expect(largest).toBeLessThanOrEqual(Math.fround(0.1));
      expect(largest).toBeGreaterThan(0.09);
    }
    expect(make(1).stateDict()).toEqual(make(1).stateDict());
    expect(make().weight).not.toEqual(make().weight);
  });

  it("has torch's shapes and names", () => {
    const shapes = Object.entries(new nn.Linear(5, 3).stateDict()).map(([name, { shape }]) => [name, shape]);
    expect(shapes).toEqual([
      ["weight", [3, 5]],
      ["bias", [3]],
    ]);
    expect(Object.keys(new nn.Linear(5, 3, { bias: false }).stateDict())).toEqual(["weight"]);
  });
});

describe("nn.PReLU", () => {
  it("starts with torch's slope, or another", () => {
    expect([...new nn.PReLU().weight.data]).toEqual([0.25]);
    expect([...new nn.PReLU(3, { init: 0.5 }).weight.data]).toEqual([0.5, 0.5, 0.5]);
    expect(Object.keys(new nn.PReLU(2).stateDict())).toEqual(["weight"]);
  });

  it("refuses slopes of another shape", () => {
    const layer = new nn.PReLU(3);
    expect(() => {
      layer.weight = Tensor.ones([2]);
    }).toThrow("nn.PReLU: weight must have shape [3], got [2]");
  });
});

describe("nn.InstanceNorm2d, nn.GroupNorm and nn.LayerNorm", () => {
  it("start as torch's, without weights for InstanceNorm2d", () => {
    expect(new nn.InstanceNorm2d(2).stateDict()).toEqual({});
    expect(new nn.GroupNorm(1, 2).stateDict()).toEqual({ weight: Tensor.ones([2]), bias: Tensor.zeros([2]) });
    expect(new nn.LayerNorm([2, 3]).stateDict()).toEqual({ weight: Tensor.ones([2, 3]), bias: Tensor.zeros([2, 3]) });
  });

  it("normalise an image without a batch as one with", () => {
    const x = tensor([4, 6, 5]);
    const y = channels.forward(x);
    expect(y.shape).toEqual([4, 6, 5]);
    expect(y.data).toEqual(channels.forward(x.reshape([1, 4, 6, 5])).data);
    using session = compile(channels, x.shape);
    for (const [i, value] of session.run(x).data.entries()) expect(value).toBeCloseTo(y.data[i]!, 4);
  });

  it("refuse weights of another shape", () => {
    expect(() => {
      grouped.weight = Tensor.ones([2]);
    }).toThrow("nn.GroupNorm: weight must have shape [4], got [2]");
  });
});

describe("a layer refuses", () => {
  it.each<[string, () => unknown, typeof TypeError | typeof RangeError, string]>([
    [
      "a string for a slope",
      () => new nn.LeakyReLU(wrong("1")),
      TypeError,
      "nn.LeakyReLU: negativeSlope must be a number",
    ],
    [
      "an unknown approximation",
      () => new nn.GELU({ approximate: wrong("erf") }),
      RangeError,
      "nn.GELU: approximate must be one of",
    ],
    [
      "no axis for softmax",
      () => new nn.Softmax(wrong({})),
      TypeError,
      "nn.Softmax: dim must be a number, got undefined",
    ],
    ["half an axis", () => new nn.Softmax({ dim: 0.5 }), RangeError, "nn.Softmax: dim must be a whole number, got 0.5"],
    ["no slopes", () => new nn.PReLU(0), RangeError, "nn.PReLU: numParameters must be a whole number from 1"],
    [
      "a string for an initial slope",
      () => new nn.PReLU(1, { init: wrong("1") }),
      TypeError,
      "nn.PReLU: init must be a number",
    ],
    ["a window without height", () => new nn.MaxPool2d([0, 1]), RangeError, "nn.MaxPool2d: kernelSize must be"],
    ["stride 0", () => new nn.MaxPool2d(2, { stride: 0 }), RangeError, "nn.MaxPool2d: stride must be"],
    [
      "a number for ceilMode",
      () => new nn.AvgPool2d(2, { ceilMode: wrong(1) }),
      TypeError,
      "nn.AvgPool2d: ceilMode must be true",
    ],
    [
      "an option of another layer",
      () => new nn.AvgPool2d(2, wrong({ dilation: 2 })),
      TypeError,
      'nn.AvgPool2d: unknown option "dilation"',
    ],
    [
      "torch's spelling of an option",
      () => new nn.MaxPool2d(2, wrong({ ceil_mode: true })),
      TypeError,
      'unknown option "ceil_mode"',
    ],
    [
      "no size",
      () => new nn.AdaptiveAvgPool2d(wrong(undefined)),
      TypeError,
      "nn.AdaptiveAvgPool2d: outputSize must be",
    ],
    [
      "three lengths",
      () => new nn.AdaptiveMaxPool2d(wrong([1, 2, 3])),
      RangeError,
      "nn.AdaptiveMaxPool2d: outputSize must have 2",
    ],
    [
      "no features",
      () => new nn.Linear(0, 1),
      RangeError,
      "nn.Linear: inFeatures must be a whole number from 1, got 0",
    ],
    [
      "missing features",
      () => new nn.Linear(1, wrong(undefined)),
      TypeError,
      "nn.Linear: outFeatures must be a number",
    ],
    [
      "a number for bias",
      () => new nn.Linear(1, 1, { bias: wrong(1) }),
      TypeError,
      "nn.Linear: bias must be true or false",
    ],
    ["a string for an axis", () => new nn.Flatten(wrong("1")), TypeError, "nn.Flatten: startDim must be a number"],
    ["half a last axis", () => new nn.Flatten(0, 1.5), RangeError, "nn.Flatten: endDim must be a whole number"],
    [
      "neither size nor factor",
      () => new nn.Upsample({}),
      TypeError,
      "nn.Upsample: options must have either size or scaleFactor, got neither",
    ],
    ["both", () => new nn.Upsample({ size: 2, scaleFactor: 2 }), TypeError, "got both"],
    ["no factor", () => new nn.PixelShuffle(0), RangeError, "nn.PixelShuffle: upscaleFactor must be"],
    ["a share above 1", () => new nn.Dropout(1.5), RangeError, "nn.Dropout: p must be from 0 to 1, got 1.5"],
    ["NaN for a share", () => new nn.Dropout(NaN), RangeError, "nn.Dropout: p must be from 0 to 1, got NaN"],
    [
      "what is not a tensor",
      () => new nn.Identity().forward(wrong(1)),
      TypeError,
      "nn.Identity: input must be a Tensor",
    ],
  ])("%s", (_, call, kind, message) => {
    expect(call).toThrow(kind);
    expect(call).toThrow(message);
  });
});
