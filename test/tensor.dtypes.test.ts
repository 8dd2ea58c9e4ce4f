import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { halfBits, widened } from "../src/half.ts";
import { conv2d, Tensor } from "../src/index.ts";

/** What torch.Tensor.to gives: PyTorch 1.13. */
const FLOATS = [0, -0, 1.5, -1.5, 2.5, 300.7, -129.2, 65504, 1e-8, 0.1, 2 ** 31 - 1000, -3e4];
const LONGS = [2n ** 40n + 5n, -1n, 300n, 0n, -(2n ** 33n) + 7n];

/** Out of range, where torch's documents leave it open and PyTorch 1.13 on x86 gives this. */
const BEYOND = [
  3e9,
  -3e9,
  1e20,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  2 ** 31,
  -(2 ** 31) - 256,
];
const LEAST = -(2 ** 31);
const LEAST_LONG = -(2n ** 63n);

describe("numbers out of an integer dtype's range", () => {
  it.each([
    ["int64", [3000000000n, -3000000000n, LEAST_LONG, LEAST_LONG, LEAST_LONG, LEAST_LONG, 2n ** 31n, -2147483904n]],
    ["int32", BEYOND.map(() => LEAST)],
    ["uint8", BEYOND.map(() => 0)],
    ["int8", BEYOND.map(() => 0)],
  ] as const)("become what they become in torch on x86: %s", (dtype, expected) => {
    expect(Array.from(new Tensor(BEYOND, [8]).to(dtype).data as ArrayLike<number>)).toEqual(expected);
  });
});

describe("a tensor's dtype", () => {
  it.each([
    [Float32Array.of(1, 2), "float32"],
    [BigInt64Array.of(1n, 2n), "int64"],
    [Int32Array.of(1, 2), "int32"],
    [Uint8Array.of(1, 2), "uint8"],
    [Uint8ClampedArray.of(1, 2), "uint8"],
    [Int8Array.of(1, 2), "int8"],
    [[1, 2], "float32"],
  ] as const)("is that of %o", (data, dtype) => {
    const tensor = new Tensor(data as never, [2]);
    expect(tensor.dtype).toBe(dtype);
    expect(tensor.toArray()).toEqual([1, 2]);
    if (!Array.isArray(data)) expect(tensor.data).toBe(data);
  });

  it("may be said where an array can hold several", () => {
    expect(new Tensor(Uint8Array.of(0, 1), [2], "bool").dtype).toBe("bool");
    const half = new Tensor(Uint16Array.of(0x3c00, 0xc000), [2], "float16");
    expect(half.toArray()).toEqual([1, -2]);
    expect(half.to("float32").data).toEqual(Float32Array.of(1, -2));
  });

  it("is bool only over 0 and 1: anything but 0 becomes 1, in a copy", () => {
    const bytes = Uint8Array.of(0, 1, 2, 255);
    const truth = new Tensor(bytes, [4], "bool");
    expect(truth.data).toEqual(Uint8Array.of(0, 1, 1, 1));
    expect(bytes).toEqual(Uint8Array.of(0, 1, 2, 255));
    const plain = Uint8Array.of(0, 1);
    expect(new Tensor(plain, [2], "bool").data).toBe(plain);
    // what is written later counts likewise
    truth.data[0] = 7;
    expect(truth.to("int64").data).toEqual(BigInt64Array.of(1n, 1n, 1n, 1n));
    expect(truth.toArray()).toEqual([1, 1, 1, 1]);
  });

  it("is kept by reshape and unfold", () => {
    const tensor = new Tensor(BigInt64Array.of(1n, 2n, 3n, 4n), [4], "int64");
    expect(tensor.reshape([2, -1])).toEqual(new Tensor(BigInt64Array.of(1n, 2n, 3n, 4n), [2, 2], "int64"));
    expect(tensor.unfold(0, 2, 1)).toEqual(new Tensor(BigInt64Array.of(1n, 2n, 2n, 3n, 3n, 4n), [3, 2], "int64"));
    expect(tensor.reshape([4, 1, 1]).dtype).toBe("int64");
  });

  it("is kept by unfold over bits", () => {
    const half = new Tensor(Uint16Array.of(0x3c00, 0x4000, 0x4200), [3], "float16");
    expect(half.unfold(0, 2, 1).toArray()).toEqual([
      [1, 2],
      [2, 3],
    ]);
  });

  it("is that of an array of another realm, whose elements are converted likewise", () => {
    const long = new Tensor<"int64">(runInNewContext("BigInt64Array.of(257n, -1n)"), [2], "int64");
    expect(long.toArray()).toEqual([257, -1]);
    expect(long.to("float32").toArray()).toEqual([257, -1]);
    expect(long.to("int8").toArray()).toEqual([1, -1]);
    expect(new Tensor<"float16">(runInNewContext("Uint16Array.of(0x3c00)"), [1], "float16").item()).toBe(1);
  });

  it("names an array of numbers, which are float32, as it was given", () => {
    expect(() => new Tensor<"int64">([1, 2], [2], "int64")).toThrow(
      "Tensor: data must be a BigInt64Array for dtype 'int64', got [1, 2]",
    );
  });

  it.each([
    ["another array than the dtype's", () => new Tensor(Int32Array.of(1) as never, [1], "int64")],
    ["bits of which nobody says what they are", () => new Tensor(Uint16Array.of(1) as never, [1])],
    ["an array that no dtype has", () => new Tensor(new Float64Array(1) as never, [1])],
    ["strings", () => new Tensor(["1"] as never, [1])],
  ])("refuses %s", (_, make) => {
    expect(make).toThrow(TypeError);
    expect(make).toThrow(/^Tensor: data must be /);
  });

  it("is refused by name where there is no such dtype, and where a function takes float32", () => {
    const tensor = new Tensor(Int32Array.of(1), [1, 1, 1], "int32");
    expect(() => tensor.to("float64" as never)).toThrow(/^Tensor\.to: dtype must be one of "float32", .*got "float64"/);
    expect(() => conv2d(tensor as never, Tensor.ones([1, 1, 1, 1]))).toThrow(
      "conv2d: input.data must be a Float32Array, got Int32Array(1)",
    );
  });
});

describe("Tensor.to", () => {
  it.each([
    ["float16", [0, -0, 1.5, -1.5, 2.5, 300.75, -129.25, 65504, 0, 0.0999755859375, Infinity, -30000]],
    ["int64", [0, 0, 1, -1, 2, 300, -129, 65504, 0, 0, 2147482624, -30000]],
    ["int32", [0, 0, 1, -1, 2, 300, -129, 65504, 0, 0, 2147482624, -30000]],
    ["uint8", [0, 0, 1, 255, 2, 44, 127, 224, 0, 0, 0, 208]],
    ["int8", [0, 0, 1, -1, 2, 44, 127, -32, 0, 0, 0, -48]],
    ["bool", [0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]],
  ] as const)("takes float32 to %s as torch does", (dtype, expected) => {
    const tensor = new Tensor(FLOATS, [12]).to(dtype);
    expect(tensor.dtype).toBe(dtype);
    // -0 is one only among floats
    expect(tensor.toArray()).toEqual(dtype === "float16" ? expected : expected.map((value) => value + 0));
  });

  it.each([
    ["float32", [1099511627776, -1, 300, 0, -8589934592]],
    ["int32", [5, -1, 300, 0, 7]],
    ["uint8", [5, 255, 44, 0, 7]],
    ["int8", [5, -1, 44, 0, 7]],
    ["bool", [1, 1, 1, 0, 1]],
  ] as const)("takes int64 to %s as torch does", (dtype, expected) => {
    expect(new Tensor(BigInt64Array.from(LONGS), [5], "int64").to(dtype).toArray()).toEqual(expected);
  });

  it("rounds int64 to float32 once", () => {
    // above the middle between two float32 by less than float64 knows
    const above = 2n ** 60n + 2n ** 36n + 1n;
    const middle = 2n ** 60n + 2n ** 36n;
    const data = BigInt64Array.of(above, -above, middle, 2n ** 63n - 1n);
    const expected = [2 ** 60 + 2 ** 37, -(2 ** 60) - 2 ** 37, 2 ** 60, 2 ** 63];
    expect(new Tensor(data, [4], "int64").to("float32").toArray()).toEqual(expected);
  });

  it("gives the tensor itself where it has the dtype", () => {
    const tensor = Tensor.ones([2]);
    expect(tensor.to("float32")).toBe(tensor);
  });
});

describe("float16", () => {
  it("comes back as it was, whichever bits", () => {
    const bits = Uint16Array.from({ length: 0x10000 }, (_, i) => i);
    for (const [i, value] of widened(bits).entries()) {
      if (!Number.isNaN(value)) expect(halfBits(value)).toBe(i);
      else expect(halfBits(value) & 0x7fff).toBeGreaterThan(0x7c00);
    }
  });

  it("takes the even one of two that are equally near", () => {
    for (const [value, expected] of [
      [1 + 2 ** -11, 1],
      [1 + 3 * 2 ** -11, 1 + 2 ** -9],
      [2 ** -25, 0],
      [3 * 2 ** -25, 2 ** -23],
      [65519.99, 65504],
      [65520, Infinity],
      // above the middle by less than float32 knows
      [1 + 2 ** -11 + 2 ** -40, 1 + 2 ** -10],
    ] as const) {
      expect(widened(Uint16Array.of(halfBits(value)))[0]).toBe(expected);
    }
  });
});
