import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { conv1d, conv2d, pad, Tensor, unfold } from "../../src/index.ts";
import { draws } from "../support/draws.ts";
import * as reference from "../support/reference.ts";
import {
  ALGORITHMS,
  difference,
  differenceBy,
  exactDifference,
  PLAIN_SUMS,
  randoms,
  sizeOf,
  values,
  winogradServes,
} from "../support/reference.ts";
import { count } from "../support/transposed-cases.ts";

const SEED = 20240229;
fc.configureGlobal(draws(SEED, 150));

interface Geometry {
  input: [number, number, number, number];
  weight: [number, number, number, number];
  bias: boolean;
  stride: [number, number];
  padding: [number, number] | "same" | "valid";
  dilation: [number, number];
  groups: number;
  paddingMode: reference.PaddingMode;
  seed: number;
}

const axis = fc.record({
  kernel: fc.integer({ min: 1, max: 5 }),
  stride: fc.integer({ min: 1, max: 4 }),
  dilation: fc.integer({ min: 1, max: 3 }),
  padding: fc.integer({ min: 0, max: 4 }),
  spare: fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 0, max: 7 }) }, fc.integer({ min: 0, max: 30 })),
});

/** Any valid call: an axis is as long as its kernel and padding mode need, and `spare` more. */
const geometry = fc
  .record({
    rows: axis,
    cols: axis,
    batch: fc.integer({ min: 1, max: 3 }),
    groups: count(6),
    groupChannels: count(16),
    groupFilters: count(13),
    // for a number: a square kernel that moves by one, as most layers have, which Winograd's transforms serve
    square: fc.constantFrom(0, 0, 3, 5),
    bias: fc.boolean(),
    padding: fc.constantFrom("numbers", "numbers", "numbers", "same", "valid"),
    paddingMode: fc.constantFrom<reference.PaddingMode>("zeros", "zeros", "reflect", "replicate", "circular"),
    seed: fc.nat(0xffffff),
  })
  .map((drawn): Geometry => {
    const { batch, groups, groupChannels, groupFilters, square, bias, padding, paddingMode, seed } = drawn;
    const equalised = (one: typeof drawn.rows) => (square === 0 ? one : { ...one, kernel: square, stride: 1 });
    const [rows, cols] = [equalised(drawn.rows), equalised(drawn.cols)];
    const lengthOf = ({ kernel, dilation, padding: pads, spare }: typeof rows) => {
      const extent = dilation * (kernel - 1) + 1;
      // before and after: 'same' puts the larger half after
      const [before, after] =
        padding === "numbers" ? [pads, pads] : padding === "same" ? [extent >> 1, extent >> 1] : [0, 0];
      const least = { zeros: 1, replicate: 1, reflect: after + 1, circular: Math.max(after, 1) }[paddingMode];
      return Math.max(least, padding === "same" ? 1 : extent - before - after) + spare;
    };
    return {
      input: [batch, groups * groupChannels, lengthOf(rows), lengthOf(cols)],
      weight: [groups * groupFilters, groupChannels, rows.kernel, cols.kernel],
      bias,
      stride: padding === "same" ? [1, 1] : [rows.stride, cols.stride],
      padding: padding === "numbers" ? [rows.padding, cols.padding] : padding,
      dilation: [rows.dilation, cols.dilation],
      groups,
      paddingMode,
      seed,
    };
  })
  // the references are slow: few cases of more than a million products, and none of many
  .filter(({ input, weight }) => sizeOf(input) * weight[0] * weight[2] * weight[3] < 2e6);

const serves = (algorithm: reference.Algorithm, each: Geometry) =>
  algorithm !== "winograd" || winogradServes(each.input, each.weight, each);

/** A valid call, and an algorithm that serves it. */
const call = fc
  .tuple(geometry, fc.constantFrom(...ALGORITHMS))
  .filter(([each, algorithm]) => serves(algorithm, each))
  .map(([each, algorithm]) => ({ each, algorithm }));

const optionsOf = ({ stride, padding, dilation, groups, paddingMode }: Geometry) => ({
  stride,
  padding,
  dilation,
  groups,
  paddingMode,
});

function argumentsOf(each: Geometry, numbers = randoms): [Tensor, Tensor, Tensor | null] {
  const tensor = (seed: number, shape: number[]) => new Tensor(numbers(seed, sizeOf(shape)), shape);
  const bias = each.bias ? tensor(each.seed + 2, [each.weight[0]]) : null;
  return [tensor(each.seed, each.input), tensor(each.seed + 1, each.weight), bias];
}

/** The sum of two tensors of one shape, element by element. */
const plus = (a: Tensor, b: Tensor) =>
  new Tensor(
    a.data.map((value, i) => value + b.data[i]!),
    a.shape,
  );

describe(`conv2d over random geometry, seed ${SEED}`, () => {
  for (const algorithm of ALGORITHMS) {
    it(`is within rounding of the float64 reference by ${algorithm}`, () => {
      fc.assert(
        fc.property(geometry, (each) => {
          fc.pre(serves(algorithm, each));
          const args = argumentsOf(each);
          const actual = conv2d(...args, { ...optionsOf(each), algorithm });
          expect(differenceBy(algorithm, actual, reference.conv2d(...args, optionsOf(each)))).toBeUndefined();
        }),
      );
    });
  }

  it("is refused by winograd, by name, where its transforms do not serve", () => {
    fc.assert(
      fc.property(geometry, (each) => {
        fc.pre(!serves("winograd", each));
        const attempt = () => conv2d(...argumentsOf(each), { ...optionsOf(each), algorithm: "winograd" });
        expect(attempt).toThrow(RangeError);
        expect(attempt).toThrow(/^conv2d: algorithm 'winograd' needs (a 3x3 or 5x5 kernel|stride 1), got \S/);
      }),
    );
  });

  it("is the same by every algorithm where every sum is exact", () => {
    fc.assert(
      fc.property(geometry, (each) => {
        const args = argumentsOf(each, values);
        const [first, ...others] = PLAIN_SUMS.map((algorithm) => conv2d(...args, { ...optionsOf(each), algorithm }));
        for (const other of others) expect(exactDifference(other, first!)).toBeUndefined();
      }),
    );
  });

  it("is additive in the input", () => {
    fc.assert(
      fc.property(call, ({ each, algorithm }) => {
        const options = { ...optionsOf(each), algorithm };
        const [a, weight] = argumentsOf(each, values);
        const [b] = argumentsOf({ ...each, seed: each.seed + 3 }, values);
        const separate = plus(conv2d(a, weight, null, options), conv2d(b, weight, null, options));
        const together = conv2d(plus(a, b), weight, null, options);
        const absolutes = new Tensor(
          a.data.map((value, i) => Math.abs(value) + Math.abs(b.data[i]!)),
          a.shape,
        );
        const sum = reference.conv2d(absolutes, weight, null, optionsOf(each));
        const expected = { ...sum, data: Float64Array.from(together.data) };
        expect(differenceBy(algorithm, separate, expected, 2)).toBeUndefined();
      }),
    );
  });

  it("scales with the input to the last bit, for powers of two", () => {
    fc.assert(
      fc.property(call, fc.integer({ min: -20, max: 20 }), ({ each, algorithm }, exponent) => {
        const options = { ...optionsOf(each), algorithm };
        const [input, weight] = argumentsOf(each);
        const scaled = (tensor: Tensor) =>
          new Tensor(
            tensor.data.map((value) => value * 2 ** exponent),
            tensor.shape,
          );
        const expected = scaled(conv2d(input, weight, null, options));
        expect(exactDifference(conv2d(scaled(input), weight, null, options), expected)).toBeUndefined();
      }),
    );
  });

  it("gives an unbatched image what it gives a batch of one", () => {
    fc.assert(
      fc.property(call, ({ each, algorithm }) => {
        const options = { ...optionsOf(each), algorithm };
        const [input, weight, bias] = argumentsOf({ ...each, input: [1, each.input[1], each.input[2], each.input[3]] });
        const batched = conv2d(input, weight, bias, options);
        const unbatched = conv2d(input.reshape(each.input.slice(1)), weight, bias, options);
        expect(exactDifference(unbatched, batched.reshape(batched.shape.slice(1)))).toBeUndefined();
      }),
    );
  });

  it("gives every image of a batch what it gives that image alone", () => {
    fc.assert(
      fc.property(call, ({ each, algorithm }) => {
        const options = { ...optionsOf(each), algorithm };
        const [input, weight, bias] = argumentsOf(each, values);
        const exact = reference.conv2d(input, weight, bias, optionsOf(each));
        const batch = conv2d(input, weight, bias, options);
        const size = batch.size / each.input[0];
        const pixels = input.size / each.input[0];
        for (let n = 0; n < each.input[0]; n++) {
          const image = new Tensor(input.data.slice(n * pixels, (n + 1) * pixels), each.input.slice(1));
          const expected = {
            ...exact,
            data: Float64Array.from(batch.data.subarray(n * size, (n + 1) * size)),
            magnitude: exact.magnitude.subarray(n * size, (n + 1) * size),
            shape: batch.shape.slice(1),
          };
          expect(differenceBy(algorithm, conv2d(image, weight, bias, options), expected, 2)).toBeUndefined();
        }
      }),
    );
  });

  it("changes no argument, and no earlier result", () => {
    fc.assert(
      fc.property(call, ({ each, algorithm }) => {
        const options = { ...optionsOf(each), algorithm };
        const args = argumentsOf(each);
        const before = structuredClone([args.map((tensor) => tensor?.data), options]);
        const first = conv2d(...args, options);
        const bits = first.data.slice();
        expect([args.map((tensor) => tensor?.data), options]).toEqual(before);
        const second = conv2d(...args, options);
        conv2d(...argumentsOf({ ...each, seed: each.seed + 3 }), options);
        expect(first.data).toEqual(bits);
        expect(second.data).toEqual(bits);
        expect(first.data).not.toBe(second.data);
      }),
    );
  });

  it("is not touched by what earlier calls left in memory", () => {
    const nan = (shape: number[]) => new Tensor(new Float32Array(sizeOf(shape)).fill(Number.NaN), shape);
    fc.assert(
      fc.property(call, ({ each, algorithm }) => {
        const args = argumentsOf(each);
        conv2d(nan([1, 16, 70, 70]), nan([16, 1, 3, 3]), nan([16]), { groups: 16, algorithm });
        const actual = conv2d(...args, { ...optionsOf(each), algorithm });
        expect(differenceBy(algorithm, actual, reference.conv2d(...args, optionsOf(each)))).toBeUndefined();
      }),
      { numRuns: 60 },
    );
  });

  it("takes data at any offset of a larger buffer, and dims for shape", () => {
    fc.assert(
      fc.property(geometry, fc.integer({ min: 0, max: 5 }), (each, offset) => {
        const args = argumentsOf(each);
        const within = ({ data, shape }: Tensor) => {
          // what lies around the view must not reach the result
          const larger = new Float32Array(offset + data.length + 5).fill(Number.NaN);
          larger.set(data, offset);
          return { data: larger.subarray(offset, offset + data.length), dims: shape };
        };
        const [input, weight, bias] = args;
        const actual = conv2d(within(input), within(weight), bias && within(bias), optionsOf(each));
        expect(exactDifference(actual, conv2d(...args, optionsOf(each)))).toBeUndefined();
      }),
    );
  });

  it("is the convolution of the padded image, for every padding mode", () => {
    fc.assert(
      fc.property(call, ({ each, algorithm }) => {
        fc.pre(typeof each.padding !== "string");
        const [rows, cols] = each.padding as [number, number];
        const [input, weight, bias] = argumentsOf(each, values);
        const mode = each.paddingMode === "zeros" ? "constant" : each.paddingMode;
        const padded = pad(input, [cols, cols, rows, rows], { mode });
        const expected = reference.conv2d(padded, weight, bias, {
          ...optionsOf(each),
          padding: 0,
          paddingMode: "zeros",
        });
        const actual = conv2d(input, weight, bias, { ...optionsOf(each), algorithm });
        expect(differenceBy(algorithm, actual, expected)).toBeUndefined();
      }),
    );
  });

  it("is the product of the weights and the columns of unfold", () => {
    fc.assert(
      fc.property(call, ({ each, algorithm }) => {
        fc.pre(each.padding !== "same" && each.paddingMode === "zeros");
        const { stride, dilation } = each;
        const padding: [number, number] = typeof each.padding === "string" ? [0, 0] : each.padding;
        // one group, for a plain product of two matrices
        const [images, , height, width] = each.input;
        const alone: Geometry = { ...each, input: [images, each.weight[1], height, width], groups: 1 };
        const [input, weight] = argumentsOf(alone, values);
        const columns = unfold(input, [weight.shape[2]!, weight.shape[3]!], { stride, dilation, padding });
        const [batch, depth, pixels] = columns.shape as [number, number, number];
        const actual = conv2d(input, weight, null, { stride, dilation, padding, algorithm });
        const product = reference.conv1d(columns, weight.reshape([weight.shape[0]!, depth, 1]));
        const expected = { ...product, shape: actual.shape, winograd: serves("winograd", alone) };
        expect(actual.shape[2]! * actual.shape[3]!).toBe(pixels);
        expect(actual.shape[0]).toBe(batch);
        expect(differenceBy(algorithm, actual, expected)).toBeUndefined();
      }),
    );
  });
});

describe(`conv1d over random geometry, seed ${SEED}`, () => {
  it("is within rounding of the float64 reference by every algorithm, and refused by winograd", () => {
    fc.assert(
      fc.property(geometry, fc.constantFrom(...ALGORITHMS), (each, algorithm) => {
        const one = <T>(value: readonly T[] | string) => (typeof value === "string" ? value : value[1]);
        const [batch, channels, , width] = each.input;
        const [filters, groupChannels, , kernel] = each.weight;
        const input = new Tensor(randoms(each.seed, batch * channels * width), [batch, channels, width]);
        const weight = new Tensor(randoms(each.seed + 1, filters * groupChannels * kernel), [
          filters,
          groupChannels,
          kernel,
        ]);
        const bias = each.bias ? new Tensor(randoms(each.seed + 2, filters), [filters]) : null;
        const options = {
          stride: each.stride[1],
          padding: one(each.padding) as number | "same" | "valid",
          dilation: each.dilation[1],
          groups: each.groups,
          paddingMode: each.paddingMode,
        };
        const expected = reference.conv1d(input, weight, bias, options);
        const attempt = () => conv1d(input, weight, bias, { ...options, algorithm });
        if (algorithm === "winograd")
          expect(attempt).toThrow(/^conv1d: algorithm 'winograd' needs a 3x3 or 5x5 kernel/);
        else expect(difference(attempt(), expected)).toBeUndefined();
      }),
    );
  });
});

// several blocks of every loop, which small random cases do not reach
describe("conv2d over layers of several blocks is within rounding of the float64 reference", () => {
  const layers = [
    { input: [1, 37, 33, 45], weight: [19, 37, 3, 3], options: { padding: 1 } },
    { input: [1, 160, 13, 13], weight: [50, 160, 3, 3], options: { padding: 1 } },
    { input: [1, 300, 14, 19], weight: [47, 300, 1, 1], options: {} },
    { input: [2, 3, 61, 70], weight: [17, 3, 7, 7], options: { padding: 3, stride: 2 } },
    { input: [1, 16, 120, 131], weight: [6, 16, 1, 1], options: {} },
    { input: [1, 64, 11, 200], weight: [5, 64, 5, 5], options: { dilation: 2, padding: 3, paddingMode: "reflect" } },
    { input: [2, 80, 9, 150], weight: [6, 40, 5, 5], options: { stride: 2, groups: 2 } },
    { input: [1, 34, 40, 51], weight: [34, 1, 3, 3], options: { padding: 1, groups: 34 } },
    { input: [1, 280, 9, 11], weight: [14, 280, 5, 5], options: { padding: 2 } },
    { input: [2, 96, 7, 7], weight: [10, 96, 7, 7], options: {} },
    { input: [1, 1280, 1, 1], weight: [37, 1280, 1, 1], options: {} },
  ] satisfies { input: number[]; weight: number[]; options: reference.ConvOptions }[];
  for (const [at, { input: inputShape, weight: weightShape, options }] of layers.entries()) {
    const input = new Tensor(randoms(100 * at, sizeOf(inputShape)), inputShape);
    const weight = new Tensor(randoms(100 * at + 1, sizeOf(weightShape)), weightShape);
    const bias = new Tensor(randoms(100 * at + 2, weightShape[0]!), [weightShape[0]!]);
    it(reference.nameOf({ input: inputShape, weight: weightShape, ...options }), () => {
      const expected = reference.conv2d(input, weight, bias, options);
      for (const algorithm of ALGORITHMS) {
        if (algorithm === "winograd" && !expected.winograd) continue;
        const actual = conv2d(input, weight, bias, { ...options, algorithm });
        expect(differenceBy(algorithm, actual, expected), algorithm).toBeUndefined();
      }
    });
  }
});
