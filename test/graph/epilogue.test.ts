import { describe, expect, it } from "vitest";
import { type Activation, compile, nn, type Session, Tensor } from "../../src/index.ts";
import { EPILOGUES, type EpilogueCase } from "../support/epilogues.ts";
import { convolutionKernels } from "../support/kernels.ts";
import * as reference from "../support/reference.ts";
import { ALGORITHMS, PLAIN_SUMS } from "../support/reference.ts";

const tensor = (seed: number, shape: readonly number[]) =>
  new Tensor(reference.randoms(seed, reference.sizeOf(shape)), shape);

interface Layer {
  readonly input: readonly [number, number, number, number];
  /** filters, channels a group, kernel */
  readonly weight: readonly [number, number, number, number];
  readonly options?: { padding?: number; stride?: number; dilation?: number; groups?: number; bias?: boolean };
}

function moduleOf({ input, weight, options }: Layer): nn.Conv2d {
  const [filters, , ...kernel] = weight;
  const layer = new nn.Conv2d(input[1], filters, kernel, { ...options, seed: 1 });
  // sums around zero and beyond every bend of an activation
  layer.weight = new Tensor(
    layer.weight.data.map((value) => 12 * value),
    layer.weight.shape,
  );
  return layer;
}

const nameOf = ({ input, weight, options }: Layer) => reference.nameOf({ input, weight, ...options });

const kernelsMet = new Set<string>();

/** A session by that algorithm, or nothing where it does not serve the layer. */
function sessionOf(layer: Layer, options: Parameters<typeof compile>[2] & object): Session | undefined {
  const { input, weight, options: geometry } = layer;
  if (options.algorithm === "winograd" && !reference.winogradServes(input, weight, geometry ?? {})) return undefined;
  const session = compile(moduleOf(layer), input, options);
  kernelsMet.add(session.explain().steps[0]!.kernel);
  return session;
}

const optionsOf = (algorithm: reference.Algorithm, activation: Activation | undefined, residual: boolean) => ({
  algorithm,
  ...(activation && { activation }),
  residual,
});

/**
 * The first place, in words, where the epilogue was not applied to `plain`, what the same session gives without it.
 * The bound is for the roundings of the epilogue alone, not for those of the sums.
 */
function epilogueFault(actual: Tensor, plain: Tensor, residual: Tensor | undefined, { apply }: EpilogueCase) {
  for (const [i, got] of actual.data.entries()) {
    const added = residual?.data[i] ?? 0;
    const wanted = apply(Math.fround(plain.data[i]! + added));
    const allowed = 2 ** -21 * (Math.abs(plain.data[i]!) + Math.abs(added) + Math.abs(wanted));
    if (Object.is(got, wanted) || Math.abs(got - wanted) <= allowed) continue;
    return `at ${i}: ${got}, expected ${wanted} of ${plain.data[i]} + ${added}`;
  }
  return undefined;
}

/** All epilogues with and without a residual on one layer. */
function checkLayer(layer: Layer, algorithm: reference.Algorithm, epilogues: readonly EpilogueCase[]): void {
  using plain = sessionOf(layer, { algorithm });
  if (plain === undefined) return;
  const x = tensor(11, layer.input);
  const residual = tensor(12, plain.outputShape);
  const sums = plain.run(x);
  for (const each of epilogues) {
    for (const added of [undefined, residual]) {
      const options = optionsOf(algorithm, each.activation, added !== undefined);
      using session = sessionOf(layer, options)!;
      const y = session.run(x, added && { residual: added });
      const what = `${nameOf(layer)} ${JSON.stringify(options)}`;
      expect(epilogueFault(y, sums, added, each), what).toBeUndefined();
      expect(session.run(x, added && { residual: added }).data, what).toEqual(y.data);
    }
  }
}

const MORE: readonly EpilogueCase[] = [
  { activation: { leakyRelu: 0 }, apply: (x) => (x < 0 ? 0 * x : x) },
  { activation: { leakyRelu: -0.5 }, apply: (x) => (x < 0 ? -0.5 * x : x) },
  { activation: { leakyRelu: 2 }, apply: (x) => (x < 0 ? 2 * x : x) },
  { activation: { clamp: [0.25, 0.25] }, apply: () => 0.25 },
  { activation: { clamp: [-3, -1] }, apply: (x) => Math.min(Math.max(x, -3), -1) },
];

const LAYERS: readonly Layer[] = [
  { input: [2, 4, 9, 7], weight: [6, 4, 3, 3], options: { padding: 1 } },
  { input: [1, 3, 10, 11], weight: [7, 3, 5, 5], options: { padding: 2 } },
  { input: [1, 5, 5, 13], weight: [13, 5, 1, 1] },
  { input: [2, 3, 11, 10], weight: [5, 3, 3, 3], options: { stride: 2 } },
  { input: [1, 6, 9, 8], weight: [8, 3, 3, 3], options: { groups: 2 } },
  { input: [2, 3, 11, 9], weight: [7, 3, 3, 3], options: { dilation: 2, padding: 2 } },
  // depthwise
  { input: [2, 6, 9, 11], weight: [6, 1, 3, 3], options: { groups: 6, padding: 1 } },
  { input: [1, 6, 13, 22], weight: [12, 1, 3, 3], options: { groups: 6, stride: 2 } },
  { input: [2, 4, 11, 9], weight: [4, 1, 5, 5], options: { groups: 4, padding: 2 } },
  { input: [2, 5, 1, 140], weight: [5, 1, 1, 3], options: { groups: 5 } },
  // windows as large as the image
  { input: [3, 10, 2, 3], weight: [7, 10, 2, 3] },
  { input: [2, 6, 3, 3], weight: [6, 2, 3, 3], options: { groups: 3 } },
  // several blocks of the sum's depth and of pixels: the epilogue belongs after the last one
  { input: [1, 90, 5, 6], weight: [8, 90, 3, 3] },
  { input: [1, 8, 17, 19], weight: [9, 8, 1, 1] },
];

describe("a session with an epilogue", () => {
  for (const algorithm of ALGORITHMS) {
    describe(`by ${algorithm}`, () => {
      it.each(LAYERS.map((layer) => [nameOf(layer), layer] as const))(
        "adds and activates as its options say, %s",
        (_, layer) => checkLayer(layer, algorithm, [...EPILOGUES, ...MORE]),
      );

      it("does so for any number of pixels and filters", () => {
        let turn = 0;
        for (let width = 1; width <= 18; ++width) {
          for (const filters of [1, 2, 3, 4, 5, 6, 7, 13]) {
            const each = EPILOGUES[turn++ % EPILOGUES.length]!;
            checkLayer({ input: [1, 2, 2, width], weight: [filters, 2, 3, 3], options: { padding: 1 } }, algorithm, [
              each,
            ]);
            const groups = { input: [1, filters, 3, width], weight: [filters, 1, 3, 3] } as const;
            checkLayer({ ...groups, options: { groups: filters, padding: 1 } }, algorithm, [each]);
          }
        }
      });

      it("gives what the float64 reference gives", () => {
        const [layer] = LAYERS as [Layer];
        const { weight, bias } = moduleOf(layer);
        const x = tensor(11, layer.input);
        const exact = reference.conv2d(x, weight, bias, layer.options);
        const residual = tensor(12, exact.shape);
        for (const { activation, apply } of EPILOGUES) {
          using session = sessionOf(layer, optionsOf(algorithm, activation, true))!;
          const expected = {
            ...exact,
            data: exact.data.map((value, i) => apply(value + residual.data[i]!)),
            magnitude: exact.magnitude.map((value) => value + 1),
            terms: exact.terms + 1,
          };
          const y = session.run(x, { residual });
          expect(reference.differenceBy(algorithm, y, expected, 2), JSON.stringify(activation)).toBeUndefined();
        }
      });
    });
  }

  it("meets every convolution kernel that is exported", () => {
    expect([...kernelsMet].sort()).toEqual(convolutionKernels().filter((name) => name.startsWith("conv")));
  });

  it("leaves the residual as it is, and takes another one next time", () => {
    const [layer] = LAYERS as [Layer];
    const x = tensor(11, layer.input);
    using session = sessionOf(layer, { residual: true })!;
    using plain = sessionOf(layer, {})!;
    const residual = tensor(12, session.outputShape);
    const before = residual.data.slice();
    const once = session.run(x, { residual });
    expect(residual.data).toEqual(before);
    const none = session.run(x, { residual: Tensor.zeros(residual.shape) });
    expect(none.data).toEqual(plain.run(x).data);
    expect(session.run(x, { residual }).data).toEqual(once.data);
  });

  it("takes a residual that is { data, dims }, or the input itself", () => {
    const layer: Layer = { input: [1, 4, 9, 7], weight: [4, 4, 3, 3], options: { padding: 1 } };
    const x = tensor(11, layer.input);
    using session = sessionOf(layer, { residual: true, activation: "relu" })!;
    const expected = session.run(x, { residual: x }).data;
    expect(session.run(x, { residual: { data: x.data.slice(), dims: x.shape } }).data).toEqual(expected);
    using plain = sessionOf(layer, {})!;
    const sums = plain.run(x).data;
    expect(expected).toEqual(sums.map((value, i) => Math.max(Math.fround(value + x.data[i]!), 0)));
  });
});

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
const VALUES = [nan, inf, -inf, 1e30, -1e30, 100, -100, 0];
/** What PyTorch gives for {@link VALUES}. */
const TORCH: readonly (readonly [Activation | undefined, readonly number[]])[] = [
  [undefined, VALUES],
  ["relu", [nan, inf, 0, 1e30, 0, 100, 0, 0]],
  ["relu6", [nan, 6, 0, 6, 0, 6, 0, 0]],
  ["silu", [nan, inf, nan, 1e30, 0, 100, 0, 0]],
  ["hardswish", [nan, inf, nan, 1e30, 0, 100, 0, 0]],
  ["sigmoid", [nan, 1, 0, 1, 0, 1, 0, 0.5]],
  ["tanh", [nan, 1, -1, 1, -1, 1, -1, 0]],
  ["hardsigmoid", [nan, 1, 0, 1, 0, 1, 0, 0.5]],
  ["gelu", [nan, inf, nan, 1e30, 0, 100, 0, 0]],
  [{ leakyRelu: 0.1 }, [nan, inf, -inf, 1e30, -1e29, 100, -10, 0]],
  [{ leakyRelu: 0 }, [nan, inf, nan, 1e30, 0, 100, 0, 0]],
  [{ leakyRelu: -0.5 }, [nan, inf, inf, 1e30, 5e29, 100, 50, 0]],
  [{ clamp: [-0.5, 0.25] }, [nan, 0.25, -0.5, 0.25, -0.5, 0.25, -0.5, 0]],
];

function expectTorch(got: number, wanted: number, activation: Activation | undefined, of: number): void {
  const what = `${JSON.stringify(activation)} of ${of}`;
  if (Number.isFinite(wanted)) expect(Math.abs(got - wanted), what).toBeLessThanOrEqual(1e-6 * Math.abs(wanted));
  else expect(got, what).toBe(wanted);
}

describe("an epilogue gives NaN and infinities as PyTorch", () => {
  const layers: Layer[] = [
    { input: [1, 2, 5, 7], weight: [7, 2, 3, 3], options: { bias: false, padding: 1 } },
    { input: [1, 3, 5, 9], weight: [3, 1, 3, 3], options: { bias: false, groups: 3, padding: 1 } },
    { input: [5, 4, 1, 1], weight: [11, 4, 1, 1], options: { bias: false } },
  ];
  // moved on by one after each eight, so that every value meets every place in a vector
  const turn = (i: number) => (i + (i >> 3)) % VALUES.length;

  it.each(ALGORITHMS)("in the residual, by %s", (algorithm) => {
    for (const layer of layers) {
      for (const [activation, expected] of TORCH) {
        using session = sessionOf(layer, optionsOf(algorithm, activation, true));
        if (session === undefined) continue;
        const size = reference.sizeOf(session.outputShape);
        const residual = new Tensor(
          Array.from({ length: size }, (_, i) => VALUES[turn(i)]!),
          session.outputShape,
        );
        const y = session.run(Tensor.zeros(layer.input), { residual });
        for (const [i, got] of y.data.entries()) expectTorch(got, expected[turn(i)]!, activation, residual.data[i]!);
      }
    }
  });

  it.each(PLAIN_SUMS)("in the sum, by %s", (algorithm) => {
    const identity = new nn.Conv2d(1, 1, 1, { bias: false });
    identity.weight = Tensor.ones([1, 1, 1, 1]);
    const count = 3 * VALUES.length - 1;
    const input = new Tensor([...VALUES, ...VALUES, ...VALUES].slice(0, count), [1, 1, 1, count]);
    for (const [activation, expected] of TORCH) {
      using session = compile(identity, input.shape, optionsOf(algorithm, activation, false));
      const y = session.run(input);
      for (const [i, got] of y.data.entries()) {
        expectTorch(got, expected[i % VALUES.length]!, activation, input.data[i]!);
      }
    }
  });
});

/** Runs a session whose convolution changes nothing. */
function applied(activation: Activation, values: Float32Array<ArrayBuffer>): Float32Array {
  const identity = new nn.Conv2d(1, 1, 1, { bias: false });
  identity.weight = Tensor.ones([1, 1, 1, 1]);
  const input = new Tensor(values, [1, 1, 1, values.length]);
  using session = compile(identity, input.shape, { activation });
  return session.run(input).data;
}

describe("silu", () => {
  const silu = (x: number) => x / (1 + Math.exp(-x));

  it("is within 1e-6 of the float64 value, relative", () => {
    // evenly over what float32 can distinguish from 0 and x, then over all magnitudes of both signs
    const even = Array.from({ length: 100_000 }, (_, i) => -88 + (i / 100_000) * 176);
    const magnitudes = Array.from({ length: 20_000 }, (_, i) => 2 ** (-126 + (i / 20_000) * 253));
    const x = Float32Array.from([...even, ...magnitudes, ...magnitudes.map((value) => -Math.min(value, 88))]);
    let worst = { relative: 0, at: 0 };
    for (const [i, got] of applied("silu", x).entries()) {
      const wanted = silu(x[i]!);
      const relative = Math.abs(got - wanted) / Math.abs(wanted);
      // not a number counts as the worst
      if (!(relative <= worst.relative)) worst = { relative, at: x[i]! };
    }
    expect(worst.relative, `at ${worst.at}`).toBeLessThan(1e-6);
  });

  it("ends in zero, where e^-x leaves float32", () => {
    const x = Float32Array.from({ length: 1000 }, (_, i) => -88 - i / 10);
    for (const [i, got] of applied("silu", x).entries()) {
      expect(Math.abs(got - silu(x[i]!)), `at ${x[i]}`).toBeLessThan(4e-37);
    }
  });

  it("gives a value the same result wherever it stands", () => {
    for (const value of [-20, -3.3, -0.1, 0.7, 5.5]) {
      for (let length = 1; length <= 19; ++length) {
        const y = applied("silu", new Float32Array(length).fill(value));
        expect(new Set(y).size).toBe(1);
        expect(y[0]).toBe(applied("silu", Float32Array.of(value))[0]);
      }
    }
  });
});

describe("what an epilogue refuses", () => {
  const [layer] = LAYERS as [Layer];
  // biome-ignore lint/suspicious/noExplicitAny: stands for every wrong type
  const wrong = (value: unknown): any => value;

  it.each<[string, unknown, typeof TypeError | typeof RangeError, string]>([
    ["an unknown activation", { activation: "swish" }, RangeError, 'activation must be one of "relu", "relu6"'],
    ["the name of no activation of ours", { activation: "toString" }, RangeError, "activation must be one of"],
    ["a number for an activation", { activation: 1 }, TypeError, "activation must be a name"],
    ["null for an activation", { activation: null }, TypeError, "activation must"],
    ["an empty activation", { activation: {} }, TypeError, "activation must be a name"],
    ["two activations", { activation: { leakyRelu: 0.1, clamp: [0, 1] } }, TypeError, "activation must be a name"],
    [
      "a slope that is not a number",
      { activation: { leakyRelu: "0.1" } },
      TypeError,
      "activation.leakyRelu must be a number",
    ],
    ["a slope that is NaN", { activation: { leakyRelu: nan } }, RangeError, "activation.leakyRelu must be finite"],
    ["a clamp of one bound", { activation: { clamp: [0] } }, TypeError, "activation must be a name"],
    ["a clamp the wrong way round", { activation: { clamp: [1, 0] } }, RangeError, "clamp must be [low, high]"],
    ["a clamp by words", { activation: { clamp: ["a", "b"] } }, TypeError, "activation.clamp must be a number"],
    ["a number for residual", { residual: 1 }, TypeError, "residual must be true or false, got 1"],
    ["a tensor for residual", { residual: Tensor.ones([1]) }, TypeError, "residual must be true or false"],
  ])("%s", (_, options, kind, message) => {
    const attempt = () => compile(moduleOf(layer), layer.input, wrong(options));
    expect(attempt).toThrow(kind);
    expect(attempt).toThrow(message);
    expect(attempt).toThrow(/^compile: /);
  });

  it("a residual that the session was not compiled for, or none where it was", () => {
    const x = tensor(11, layer.input);
    using plain = sessionOf(layer, {})!;
    using adding = sessionOf(layer, { residual: true })!;
    const residual = tensor(12, plain.outputShape);
    const refused = (kind: typeof TypeError | typeof RangeError, message: string, call: () => unknown) => {
      expect(call).toThrow(kind);
      expect(call).toThrow(message);
    };
    refused(TypeError, "Session.run: residual is given, but the Session was not compiled with { residual: true }", () =>
      plain.run(x, { residual }),
    );
    const expected = adding.run(x, { residual }).data;
    for (const options of [undefined, {}, { output: Tensor.zeros(adding.outputShape) }]) {
      refused(TypeError, "Session.run: residual is missing, but the Session was compiled with { residual: true }", () =>
        adding.run(x, options),
      );
    }
    refused(TypeError, "Session.run: residual must not be null", () => adding.run(x, wrong({ residual: null })));
    refused(TypeError, "Session.run: residual must be a Tensor", () => adding.run(x, wrong({ residual: true })));
    refused(RangeError, "Session.run: residual must have shape [2, 6, 9, 7], which the Session was compiled for", () =>
      adding.run(x, { residual: x }),
    );
    expect(adding.run(x, { residual }).data).toEqual(expected);
  });
});
