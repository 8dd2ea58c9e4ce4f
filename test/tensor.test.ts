import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { allclose, type Nested, Tensor } from "../src/index.ts";
import * as reference from "./support/reference.ts";

// biome-ignore lint/suspicious/noExplicitAny: stands for every wrong type
const wrong = (value: unknown): any => value;

/** `call` throws an error of that class whose message has the text. */
function refuses(kind: typeof TypeError | typeof RangeError, message: string, call: () => unknown) {
  let thrown: unknown;
  try {
    call();
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(kind);
  expect((thrown as Error).message).toContain(message);
}

const shapes = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 5 });

describe("a tensor", () => {
  it("keeps a Float32Array and converts an array", () => {
    const data = Float32Array.of(1, 2, 3, 4);
    const kept = new Tensor(data, [2, 2]);
    expect(kept.data).toBe(data);
    const converted = new Tensor([1, 2, 0.1, 4], [4]);
    expect(converted.data).toEqual(Float32Array.of(1, 2, 0.1, 4));
  });

  it("has a size and a rank", () => {
    expect(Tensor.zeros([2, 3, 4])).toMatchObject({ size: 24, rank: 3 });
    expect(Tensor.zeros([])).toMatchObject({ size: 1, rank: 0 });
    expect(Tensor.zeros([3, 0])).toMatchObject({ size: 0, rank: 2 });
  });

  it("has a shape of its own that cannot change", () => {
    const shape = [2, 2];
    const tensor = Tensor.ones(shape);
    shape[0] = 5;
    expect(tensor.shape).toEqual([2, 2]);
    expect(Object.isFrozen(tensor.shape)).toBe(true);
    expect(() => {
      wrong(tensor.shape)[0] = 3;
    }).toThrow(TypeError);
  });

  it("refuses data that does not fill the shape, and what is not data", () => {
    refuses(
      RangeError,
      "Tensor: shape [2, 3] has 6 elements, but data has 5",
      () => new Tensor([1, 2, 3, 4, 5], [2, 3]),
    );
    refuses(RangeError, "Tensor: shape [] has 1 elements, but data has 0", () => new Tensor([], []));
    refuses(
      TypeError,
      "Tensor: data must be a Float32Array, another dtype's array or an array of numbers",
      () => new Tensor(wrong("12"), [2]),
    );
    refuses(TypeError, "got Float64Array(2)", () => new Tensor(wrong(new Float64Array(2)), [2]));
    refuses(TypeError, "Tensor: data must be", () => new Tensor(wrong(["1"]), [1]));
    refuses(TypeError, "Tensor: data must be", () => new Tensor(wrong(undefined), [1]));
    refuses(TypeError, "Tensor: shape must be an array", () => new Tensor([1], wrong(1)));
    refuses(TypeError, "Tensor: shape must hold numbers", () => new Tensor([1], wrong(["1"])));
    refuses(RangeError, "Tensor: shape must hold whole numbers from 0", () => new Tensor([1], [-1]));
    refuses(RangeError, "Tensor: shape must hold whole numbers from 0", () => new Tensor([1], [0.5]));
  });
});

describe("what makes tensors", () => {
  it("zeros, ones, full and arange are filled as they say", () => {
    expect(Tensor.zeros([2, 2]).toArray()).toEqual([
      [0, 0],
      [0, 0],
    ]);
    expect(Tensor.ones([3]).toArray()).toEqual([1, 1, 1]);
    expect(Tensor.full([2], -2.5).toArray()).toEqual([-2.5, -2.5]);
    expect(Tensor.full([], 7).item()).toBe(7);
    expect(Tensor.arange(4).toArray()).toEqual([0, 1, 2, 3]);
    expect(Tensor.arange(0).shape).toEqual([0]);
  });

  it("refuse by their own names", () => {
    refuses(RangeError, "Tensor.zeros: shape must hold whole numbers", () => Tensor.zeros([-1]));
    refuses(TypeError, "Tensor.ones: shape must be an array of lengths, got 3", () => Tensor.ones(wrong(3)));
    refuses(TypeError, 'Tensor.full: value must be a number, got "1"', () => Tensor.full([1], wrong("1")));
    refuses(RangeError, "Tensor.arange: step 1 does not lead from 0 to -1", () => Tensor.arange(-1));
    refuses(RangeError, "Tensor.arange: step 0 does not lead from 0 to 3", () => Tensor.arange(0, 3, 0));
    refuses(RangeError, "Tensor.arange: end must be finite", () => Tensor.arange(Infinity));
    refuses(TypeError, "Tensor.arange: end must be a number", () => Tensor.arange(wrong("3")));
    refuses(TypeError, "Tensor.linspace: start must be a number", () => Tensor.linspace(wrong("3"), 1, 2));
    refuses(RangeError, "Tensor.linspace: steps must be a whole number from 0", () => Tensor.linspace(0, 1, -1));
    refuses(RangeError, "Tensor.eye: n must be a whole number from 0", () => Tensor.eye(0.5));
    refuses(RangeError, "Tensor.rand: seed must be", () => Tensor.rand([1], -1));
    refuses(RangeError, "Tensor.randn: seed must be", () => Tensor.randn([1], 0.5));
    refuses(TypeError, "Tensor.rand: seed must be a number", () => Tensor.rand([1], wrong("seed")));
    refuses(RangeError, "Tensor.zeros", () => Tensor.zeros([2 ** 20, 2 ** 20, 2 ** 20]));
    refuses(RangeError, "Tensor.zeros: [1048576, 1048576] needs", () => Tensor.zeros([2 ** 20, 2 ** 20]));
  });

  it("rand and randn repeat for a seed, and differ for another or none", () => {
    for (const make of [Tensor.rand, Tensor.randn]) {
      const values = (seed?: number) => make([100], seed).data;
      expect(values(3)).toEqual(values(3));
      expect(values(3)).not.toEqual(values(4));
      expect(values(0)).not.toEqual(values(1));
      expect(values()).not.toEqual(values());
      // the seed makes a sequence, whatever its shape
      expect(make([10, 10], 3).data).toEqual(values(3));
      expect(values(3).slice(0, 7)).toEqual(make([7], 3).data);
    }
  });

  it("rand is uniform in [0, 1)", () => {
    const { data } = Tensor.rand([40_000], 1);
    // float32 rounds what is nearest below 1 up to it
    expect(data.every((value) => value >= 0 && value <= 1)).toBe(true);
    const tenths = new Array<number>(10).fill(0);
    for (const value of data) ++tenths[Math.min(Math.floor(value * 10), 9)]!;
    for (const count of tenths) expect(Math.abs(count - 4000)).toBeLessThan(4 * Math.sqrt(4000));
  });

  it("randn has mean 0, variance 1 and the normal distribution's shares", () => {
    const { data } = Tensor.randn([40_000], 1);
    const count = data.length;
    const mean = data.reduce((sum, value) => sum + value, 0) / count;
    const variance = data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count;
    expect(data.every(Number.isFinite)).toBe(true);
    expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(count));
    expect(Math.abs(variance - 1)).toBeLessThan(4 * Math.sqrt(2 / count));
    for (const [deviations, share] of [
      [1, 0.6827],
      [2, 0.9545],
    ] as const) {
      const within = data.filter((value) => Math.abs(value) < deviations).length / count;
      expect(Math.abs(within - share)).toBeLessThan(0.01);
    }
  });
});

describe("nested arrays", () => {
  it("make a tensor of their shape", () => {
    const tensor = Tensor.from([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(tensor.shape).toEqual([2, 3]);
    expect(tensor.data).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6));
    expect(Tensor.from(5).shape).toEqual([]);
    expect(Tensor.from([]).shape).toEqual([0]);
    expect(Tensor.from([[], []]).shape).toEqual([2, 0]);
    expect(Tensor.from([[[[Number.NaN]]]]).shape).toEqual([1, 1, 1, 1]);
  });

  it("come back by toArray as they were, as far as their shape goes", () => {
    fc.assert(
      fc.property(shapes, fc.nat(), (shape, seed) => {
        const tensor = new Tensor(reference.randoms(seed, reference.sizeOf(shape)), shape);
        const again = Tensor.from(tensor.toArray());
        expect(again.data).toEqual(tensor.data);
        // after an axis of length 0, arrays do not say the rest
        const known = shape.includes(0) ? shape.slice(0, shape.indexOf(0) + 1) : shape;
        expect(again.shape).toEqual(known);
      }),
    );
  });

  it.each<[string, unknown, typeof TypeError | typeof RangeError, string]>([
    ["a short row", [[1, 2], [3]], RangeError, "Tensor.from: rows of axis 1 must all have 2 values, got [3]"],
    ["a long row", [[1], [2, 3]], RangeError, "Tensor.from: rows of axis 1 must all have 1 values, got [2, 3]"],
    ["a number among rows", [[1, 2], 3], RangeError, "Tensor.from: rows of axis 1 must be arrays, got 3"],
    ["a row among numbers", [1, [2]], RangeError, "Tensor.from: rows of axis 1"],
    ["a deeper row", [[1], [[2]]], RangeError, "Tensor.from: rows of axis 2"],
    ["a string", [["1"]], TypeError, 'Tensor.from: nested must hold numbers, got "1"'],
    ["null", [null], TypeError, "Tensor.from: nested must hold numbers, got null"],
    ["nothing", undefined, TypeError, "Tensor.from: nested must hold numbers, got undefined"],
    ["holes", new Array(2), TypeError, "Tensor.from: nested must hold numbers, got undefined"],
    ["a typed array, which new Tensor takes", new Float32Array(2), TypeError, "Tensor.from: nested must hold numbers"],
  ])("are refused with %s in them", (_, nested, kind, message) => {
    refuses(kind, message, () => Tensor.from(nested as Nested));
  });
});

describe("reshape", () => {
  it("shares the data", () => {
    const tensor = Tensor.arange(6);
    const reshaped = tensor.reshape([2, 3]);
    expect(reshaped.data).toBe(tensor.data);
    expect(reshaped.shape).toEqual([2, 3]);
    expect(tensor.shape).toEqual([6]);
  });

  it("infers one length", () => {
    const tensor = Tensor.zeros([2, 3, 4]);
    expect(tensor.reshape([-1]).shape).toEqual([24]);
    expect(tensor.reshape([4, -1]).shape).toEqual([4, 6]);
    expect(tensor.reshape([-1, 2, 2]).shape).toEqual([6, 2, 2]);
    expect(tensor.reshape([24, -1]).shape).toEqual([24, 1]);
    expect(Tensor.zeros([0, 3]).reshape([-1, 3]).shape).toEqual([0, 3]);
    expect(Tensor.ones([1]).reshape([]).item()).toBe(1);
  });

  it("refuses what does not fit", () => {
    const tensor = Tensor.zeros([2, 3]);
    refuses(RangeError, "Tensor.reshape: shape [2, 2] does not fit 6 elements", () => tensor.reshape([2, 2]));
    refuses(RangeError, "Tensor.reshape: shape [4, -1] does not fit 6 elements", () => tensor.reshape([4, -1]));
    refuses(RangeError, "Tensor.reshape", () => tensor.reshape([-1, -1]));
    refuses(RangeError, "Tensor.reshape", () => tensor.reshape([-2, -3]));
    refuses(RangeError, "Tensor.reshape", () => tensor.reshape([1.5, 4]));
    // torch: ambiguous, as any length would do
    refuses(RangeError, "Tensor.reshape", () => Tensor.zeros([0]).reshape([-1, 0]));
    refuses(TypeError, "Tensor.reshape: shape must be an array", () => tensor.reshape(wrong(6)));
    refuses(TypeError, "Tensor.reshape: shape must", () => tensor.reshape(wrong(["6"])));
  });
});

describe("item", () => {
  it("is the value of a tensor of one element", () => {
    expect(new Tensor([3], [1, 1, 1]).item()).toBe(3);
    expect(new Tensor([-0], []).item()).toBe(-0);
  });

  it("refuses more or none", () => {
    refuses(RangeError, "Tensor.item: needs a tensor of 1 element, this one has 2", () => Tensor.ones([2]).item());
    refuses(RangeError, "this one has 0", () => Tensor.ones([0]).item());
  });
});

describe("allclose", () => {
  const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
  const close = (a: number[], b: number[], options?: Parameters<typeof allclose>[2]) =>
    allclose(new Tensor(a, [a.length]), new Tensor(b, [b.length]), options);

  it("holds a difference to atol + rtol * |b|, as torch", () => {
    // powers of two, so that the limits are exact
    expect(close([1.25], [1], { atol: 0.25, rtol: 0 })).toBe(true);
    expect(close([1.3], [1], { atol: 0.25, rtol: 0 })).toBe(false);
    expect(close([5], [4], { atol: 0, rtol: 0.25 })).toBe(true);
    expect(close([3], [4], { atol: 0, rtol: 0.25 })).toBe(true);
    // relative to b, not to a
    expect(close([4], [5.2], { atol: 0, rtol: 0.25 })).toBe(true);
    expect(close([5.2], [4], { atol: 0, rtol: 0.25 })).toBe(false);
    expect(close([5.5], [4], { atol: 0.5, rtol: 0.25 })).toBe(true);
    expect(close([-5], [-4], { atol: 0, rtol: 0.25 })).toBe(true);
  });

  it("has torch's defaults, 1e-5 and 1e-8", () => {
    expect(close([1.000009], [1])).toBe(true);
    expect(close([1.00002], [1])).toBe(false);
    expect(close([9e-9], [0])).toBe(true);
    expect(close([2e-8], [0])).toBe(false);
    expect(close([0], [-0])).toBe(true);
  });

  it("takes infinities for close to themselves only", () => {
    expect(close([inf, -inf], [inf, -inf])).toBe(true);
    expect(close([inf], [-inf])).toBe(false);
    expect(close([inf], [1e38])).toBe(false);
    expect(close([1e38], [inf])).toBe(false);
    expect(close([inf], [-inf], { rtol: inf })).toBe(false);
    expect(close([inf], [1], { atol: inf })).toBe(false);
    expect(close([1], [inf], { atol: inf })).toBe(false);
    expect(close([inf], [-inf], { atol: inf })).toBe(false);
    expect(close([inf], [inf], { atol: 0, rtol: 0 })).toBe(true);
    // a finite difference is within an infinite tolerance
    expect(close([1e38], [-1e38], { atol: inf })).toBe(true);
    expect(close([3], [0], { rtol: inf })).toBe(false);
  });

  it("takes NaN for close to nothing, or to NaN with equalNan", () => {
    expect(close([nan], [nan])).toBe(false);
    expect(close([nan], [nan], { equalNan: true })).toBe(true);
    expect(close([nan], [1], { equalNan: true })).toBe(false);
    expect(close([1], [nan], { equalNan: true })).toBe(false);
    expect(close([nan], [inf], { equalNan: true })).toBe(false);
  });

  it("needs every element to be close", () => {
    expect(close([1, 2, 3], [1, 2, 3])).toBe(true);
    expect(close([1, 2, 3.1], [1, 2, 3])).toBe(false);
    expect(close([], [])).toBe(true);
  });

  it("refuses shapes that differ, and options that make no sense", () => {
    refuses(RangeError, "allclose: a has shape [2, 2], but b has [4]", () =>
      allclose(Tensor.ones([2, 2]), Tensor.ones([4])),
    );
    refuses(RangeError, "allclose: a has shape [1], but b has []", () => allclose(Tensor.ones([1]), Tensor.ones([])));
    refuses(TypeError, "allclose: b must be a Tensor", () => allclose(Tensor.ones([1]), wrong(1)));
    refuses(RangeError, "allclose: rtol must not be negative, got -1", () => close([1], [1], { rtol: -1 }));
    refuses(RangeError, "allclose: atol must not be negative, got NaN", () => close([1], [1], { atol: nan }));
    refuses(TypeError, "allclose: atol must be a number", () => close([1], [1], { atol: wrong("1") }));
    refuses(TypeError, 'allclose: unknown option "equal_nan"', () => close([1], [1], wrong({ equal_nan: true })));
  });

  it("takes { data, dims } too", () => {
    expect(allclose({ data: Float32Array.of(1, 2), dims: [2] }, Tensor.from([1, 2]))).toBe(true);
  });
});
