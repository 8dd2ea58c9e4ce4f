/** Operators on bytes against plain integer loops, among guards, by every way of multiplying that the processor has. */
import { afterAll, describe, expect, test } from "vitest";
import * as Code from "../../assembly/codes/dots.ts";
import type { DType } from "../../src/dtype.ts";
import { convIntegerOperator, qlinearConvOperator } from "../../src/operators/quantised/conv.ts";
import { lookUpOperator, qlinearAddOperator, qlinearMulOperator } from "../../src/operators/quantised/elements.ts";
import {
  maxPoolBytesOperator,
  qlinearAvgPoolOperator,
  qlinearGlobalAvgPoolOperator,
  qlinearSoftmaxOperator,
} from "../../src/operators/quantised/pool.ts";
import { matmulIntegerOperator, qgemmOperator, qlinearMatMulOperator } from "../../src/operators/quantised/product.ts";
import {
  dequantizeOperator,
  dynamicQuantizeOperator,
  quantizeOperator,
} from "../../src/operators/quantised/scaling.ts";
import { dotsOf } from "../../src/runtime/dots.ts";
import type { Binary } from "../../src/runtime/features.ts";
import { useDots } from "../../src/runtime/modules/quantised.ts";
import { type Argument, runGuarded } from "../support/guarded.ts";
import { sizeOf } from "../support/reference.ts";

const binary: Binary = process.env.CONVWASM_BUILD === "simd" ? "simd" : "relaxed";
const best = dotsOf(binary);
// pmaddubsw is on every x86-64, and so is what all have
const WAYS = [...new Set([Code.SIXTEEN, ...(best === Code.UNSIGNED || best === Code.PAIRS ? [Code.PAIRS] : []), best])];
afterAll(() => useDots(undefined, binary));

type Byte = "uint8" | "int8";

/** Bytes of the whole range; `most` puts those of the largest products side by side. */
function bytes(dtype: Byte, shape: readonly number[], seed: number, most = false): Argument {
  const least = dtype === "int8" ? -128 : 0;
  let state = seed + 1;
  const data = Array.from({ length: sizeOf(shape) }, (_, i) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    if (most) return dtype === "int8" ? -128 : 255;
    return i % 9 === 0 ? least : i % 9 === 5 ? least + 255 : least + (state >>> 24);
  });
  return { dtype, shape, data: (dtype === "int8" ? Int8Array : Uint8Array).from(data) as unknown as Float32Array };
}
const one = (dtype: DType, value: number): Argument => ({ dtype, shape: [], data: [value] as unknown as Float32Array });
const list = (dtype: DType, data: readonly number[]): Argument => ({
  dtype,
  shape: [data.length],
  data: data as unknown as Float32Array,
});

interface Window {
  readonly stride: readonly [number, number];
  readonly dilation: readonly [number, number];
  readonly pads: readonly (readonly [number, number])[];
  readonly groups: number;
}

/** Sums of a convolution by plain loops, which wrap around as int32. */
function convSums(x: Argument, w: Argument, xZero: number, wZeros: readonly number[], o: Window) {
  const [batch, channels, height, width] = x.shape as [number, number, number, number];
  const [filters, own, kh, kw] = w.shape as [number, number, number, number];
  const extent = (length: number, kernel: number, axis: number) =>
    Math.floor(
      (length + o.pads[axis]![0] + o.pads[axis]![1] - (kernel - 1) * o.dilation[axis]! - 1) / o.stride[axis]!,
    ) + 1;
  const [outH, outW] = [extent(height, kh, 0), extent(width, kw, 1)];
  const sums = new Int32Array(batch * filters * outH * outW);
  let i = 0;
  for (let n = 0; n < batch; ++n)
    for (let f = 0; f < filters; ++f)
      for (let y = 0; y < outH; ++y)
        for (let xx = 0; xx < outW; ++xx, ++i) {
          let sum = 0;
          const first = Math.floor(f / (filters / o.groups)) * own;
          for (let c = 0; c < own; ++c)
            for (let r = 0; r < kh; ++r)
              for (let s = 0; s < kw; ++s) {
                const row = y * o.stride[0] + r * o.dilation[0] - o.pads[0]![0];
                const column = xx * o.stride[1] + s * o.dilation[1] - o.pads[1]![0];
                if (row < 0 || row >= height || column < 0 || column >= width) continue;
                const value = x.data[((n * channels + first + c) * height + row) * width + column]!;
                const weight = w.data[((f * own + c) * kh + r) * kw + s]!;
                sum = (sum + (value - xZero) * (weight - wZeros[f % wZeros.length]!)) | 0;
              }
          sums[i] = sum;
        }
  return { sums, shape: [batch, filters, outH, outW] };
}

/** What is made of a sum: one product in float32, half to even, limited. */
function finished(sum: number, scale: number, zero: number, dtype: Byte): number {
  const value = Math.fround(Math.fround(sum) * Math.fround(scale));
  const least = (dtype === "int8" ? -128 : 0) - zero;
  const limited = Math.min(Math.max(value, least), least + 255);
  const floor = Math.floor(limited);
  const rest = limited - floor;
  return zero + floor + (rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? 1 : 0);
}

const plain: Window = {
  stride: [1, 1],
  dilation: [1, 1],
  pads: [
    [0, 0],
    [0, 0],
  ],
  groups: 1,
};
const around = [
  [1, 1],
  [1, 1],
] as const;
const LAYERS: readonly (readonly [x: readonly number[], w: readonly number[], window: Partial<Window>])[] = [
  [[1, 1, 1, 1], [1, 1, 1, 1], {}],
  [[2, 3, 1, 7], [5, 3, 1, 1], {}],
  [[1, 9, 5, 5], [4, 9, 1, 1], {}],
  [[1, 4, 6, 17], [9, 4, 1, 1], { stride: [2, 3] }],
  [[1, 2, 7, 9], [3, 2, 3, 3], { pads: around }],
  [
    [1, 3, 11, 23],
    [8, 3, 5, 3],
    {
      stride: [2, 2],
      pads: [
        [2, 1],
        [0, 3],
      ],
    },
  ],
  [
    [1, 2, 20, 70],
    [6, 2, 3, 3],
    {
      dilation: [2, 3],
      stride: [3, 2],
      pads: [
        [2, 2],
        [3, 0],
      ],
    },
  ],
  [[2, 4, 6, 6], [6, 2, 3, 2], { groups: 2, pads: around }],
  [[1, 3, 9, 33], [3, 1, 3, 3], { groups: 3, pads: around }],
  [
    [2, 2, 13, 41],
    [2, 1, 5, 4],
    {
      groups: 2,
      stride: [2, 2],
      pads: [
        [2, 2],
        [1, 2],
      ],
    },
  ],
  [[1, 1, 90, 300], [1, 1, 3, 3], { pads: around }],
  [[1, 30, 40, 41], [5, 30, 3, 3], { pads: around }],
];

describe.each(WAYS)("multiplying by way %i", (way) => {
  test.each(LAYERS)("convolutions of %j by %j, %j", (xShape, wShape, own) => {
    useDots(way, binary);
    const window = { ...plain, ...own };
    const { groups, stride, dilation, pads } = window;
    const attributes = { axes: 2 as const, options: { groups, stride: [...stride], dilation: [...dilation] }, pads };
    const filters = wShape[0]!;
    let turn = 0;
    for (const [xType, wType, wZeros, most] of [
      ["uint8", "int8", [0], false],
      ["int8", "int8", [0], true],
      ["uint8", "int8", [0], true],
      ["uint8", "uint8", [200], false],
      ["int8", "int8", Array.from({ length: filters }, (_, f) => (f % 5 === 3 ? 3 : 0)), false],
    ] as const) {
      const xZero = xType === "int8" ? -5 : 131;
      const [x, w] = [bytes(xType, xShape, turn, most), bytes(wType, wShape, 7, most)];
      const { sums, shape } = convSums(x, w, xZero, wZeros, window);
      const zeros = list(wType, wZeros);
      const operands = [x, w, one(xType, xZero), zeros];
      for (const computed of [false, true]) {
        const [result] = runGuarded(convIntegerOperator, operands, attributes, turn++, undefined, computed);
        expect(result!.shape).toEqual(shape);
        expect(result!.data).toEqual(sums);
      }
      const bias = Array.from({ length: filters }, (_, f) => (f - 2) * 1000);
      const scales = Array.from({ length: filters }, (_, f) => Math.fround(0.01 + 0.001 * f));
      const yZero = xZero + 4;
      const yScale = Math.fround(0.0003 * sizeOf(wShape.slice(1)));
      const all = [
        x,
        one("float32", 0.02),
        one(xType, xZero),
        w,
        list("float32", scales),
        zeros,
        one("float32", yScale),
        one(xType, yZero),
        list("int32", bias),
      ];
      const [quantised] = runGuarded(qlinearConvOperator, all, attributes, turn++);
      const plane = sizeOf(shape.slice(2));
      const expected = Array.from(sums, (sum, i) => {
        const f = Math.floor(i / plane) % filters;
        const scale = Math.fround(Math.fround(Math.fround(0.02) * scales[f]!) / yScale);
        return finished((sum + bias[f]!) | 0, scale, yZero, xType);
      });
      expect(Array.from(quantised!.data, Number)).toEqual(expected);
    }
  });

  test.each([
    [
      [1, 1],
      [1, 1],
    ],
    [
      [3, 5],
      [5, 8],
    ],
    [
      [9, 33],
      [33, 17],
    ],
    [
      [2, 3, 6],
      [6, 5],
    ],
    [
      [2, 1, 4, 7],
      [3, 7, 9],
    ],
    [[4], [4, 3]],
  ])("products of %j and %j", (aShape, bShape) => {
    useDots(way, binary);
    const [m, k, n] = [aShape.length > 1 ? aShape.at(-2)! : 1, aShape.at(-1)!, bShape.at(-1)!];
    let turn = 0;
    for (const [aType, bType, bZero, most] of [
      ["uint8", "int8", 0, false],
      ["int8", "int8", 0, true],
      ["uint8", "uint8", 90, false],
    ] as const) {
      const aZero = aType === "int8" ? 7 : 120;
      const [a, b] = [bytes(aType, aShape, 3, most), bytes(bType, bShape, 4, most)];
      const operands = [a, b, one(aType, aZero), one(bType, bZero)];
      for (const computed of [false, true]) {
        const [result] = runGuarded(matmulIntegerOperator, operands, {}, turn++, undefined, computed);
        const batches = sizeOf(result!.shape) / (m * n);
        const expected = new Int32Array(sizeOf(result!.shape));
        for (let i = 0, at = 0; i < batches; ++i)
          for (let row = 0; row < m; ++row)
            for (let column = 0; column < n; ++column, ++at) {
              // the one example of matrices that broadcast has two of the first and three of the second
              const [p, q] = bShape.length > 2 ? [Math.floor(i / 3), i % 3] : [i, 0];
              for (let j = 0; j < k; ++j)
                expected[at]! += (a.data[(p * m + row) * k + j]! - aZero) * (b.data[(q * k + j) * n + column]! - bZero);
            }
        expect(result!.data).toEqual(expected);
        if (computed) continue;
        const scales = Array.from({ length: n }, (_, i) => Math.fround(0.01 + 0.002 * i));
        const isLayer = bShape.length === 2;
        const scale = isLayer ? list("float32", scales) : one("float32", 0.01);
        const yScale = Math.fround(0.02 * k);
        const all = [a, one("float32", 0.03), one(aType, aZero), b, scale, one(bType, bZero)];
        const ends = [one("float32", yScale), one(aType, aZero)];
        const [quantised] = runGuarded(qlinearMatMulOperator, [...all, ...ends], {}, turn++);
        const factor = (i: number) =>
          Math.fround(Math.fround(Math.fround(0.03) * (isLayer ? scales[i % n]! : Math.fround(0.01))) / yScale);
        expect(Array.from(quantised!.data, Number)).toEqual(
          Array.from(expected, (sum, i) => finished(sum, factor(i), aZero, aType)),
        );
        if (aShape.length !== 2) continue;
        const c = list(
          "int32",
          Array.from({ length: n }, (_, i) => 100 - i),
        );
        const attributes = { alpha: 1, transA: false, transB: false };
        const [gemm] = runGuarded(qgemmOperator, [...all, c, ...ends], attributes, turn++);
        expect(Array.from(gemm!.data, Number)).toEqual(
          Array.from(expected, (sum, i) => finished(sum + 100 - (i % n), factor(i), aZero, aType)),
        );
      }
    }
  });
});

test("signed bytes that are multiplied as signed ones give the same sums", () => {
  // without a sign bit in the activations the instruction means the same on every processor
  if (binary === "simd" || best === Code.SIXTEEN) return;
  const x = bytes("uint8", [1, 6, 5, 9], 1);
  const upper = { ...x, data: Uint8Array.from(x.data, (value) => value | 128) as unknown as Float32Array };
  const small = bytes("int8", [5, 6, 3, 3], 2);
  const w = { ...small, data: Int8Array.from(small.data, (value) => value >> 1) as unknown as Float32Array };
  useDots(Code.SIGNED, binary);
  const attributes = { axes: 2 as const, options: {}, pads: [...around] };
  const zero = 140;
  const [result] = runGuarded(convIntegerOperator, [upper, w, one("uint8", zero), null], attributes, 0);
  expect(result!.data).toEqual(convSums(upper, w, zero, [0], { ...plain, pads: around }).sums);
});

test.each(["uint8", "int8"] as const)("elements of %s keep to their memory and go one by one", (dtype) => {
  const [z1, z2, z3] = dtype === "int8" ? [3, -9, 20] : [130, 119, 99];
  for (const [turn, shape] of [[3, 5, 7], [2, 2051], [1]].entries()) {
    const x = bytes(dtype, shape, turn);
    const numbers = (zero: number, scale: number) => [one("float32", scale), one(dtype, zero)];
    const floats = Float32Array.from(x.data, (value) => Math.fround(Math.fround(0.05) * (value - z1)));
    const [back] = runGuarded(dequantizeOperator, [x, ...numbers(z1, 0.05)], { axis: 1, blockSize: 0 }, turn);
    expect(back!.data).toEqual(floats);
    const real = { shape, data: floats.map((value) => value * 1.01) };
    const scaling = { axis: 1, blockSize: 0, dtype };
    const [again] = runGuarded(quantizeOperator, [real, ...numbers(z2, 0.07)], scaling, turn);
    const quotients = real.data.map((value) => Math.fround(value / Math.fround(0.07)));
    expect(Array.from(again!.data, Number)).toEqual(Array.from(quotients, (value) => finished(value, 1, z2, dtype)));
    const [looked] = runGuarded(lookUpOperator, [x, ...numbers(z1, 0.05), ...numbers(z2, 0.07)], {}, turn);
    const same = floats.map((value) => Math.fround(value / Math.fround(0.07)));
    expect(Array.from(looked!.data, Number)).toEqual(Array.from(same, (value) => finished(value, 1, z2, dtype)));
    const y = bytes(dtype, shape.slice(-1), turn + 9);
    const pair = [x, ...numbers(z1, 0.05), y, ...numbers(z2, 0.03)];
    const [sum] = runGuarded(qlinearAddOperator, [...pair, ...numbers(z3, 0.08)], {}, turn);
    const [product] = runGuarded(qlinearMulOperator, [...pair, ...numbers(z3, 0.3)], {}, turn);
    for (let i = 0; i < x.data.length; ++i) {
      const [a, b] = [(x.data[i]! - z1) * 0.05, (y.data[i % y.data.length]! - z2) * 0.03];
      const limited = (value: number) => finished(Math.round(value), 1, z3, dtype);
      // rounding aside
      expect(Math.abs(Number(sum!.data[i]) - limited((a + b) / 0.08))).toBeLessThanOrEqual(1);
      expect(Math.abs(Number(product!.data[i]) - limited((a * b) / 0.3))).toBeLessThanOrEqual(1);
    }
  }
});

test.each(["uint8", "int8"] as const)("pools of %s keep to their memory", (dtype) => {
  const window = { kernelSize: [3, 2], stride: [2, 1], padding: [1, 0, 1, 1], ceilMode: false, dilation: [1, 2] };
  for (const [turn, shape] of [
    [2, 3, 9, 40],
    [1, 1, 3, 4],
    [3, 17, 33],
  ].entries()) {
    const x = bytes(dtype, shape, turn);
    const [most] = runGuarded(maxPoolBytesOperator, [x], window, turn);
    const [outH, outW] = most!.shape.slice(-2) as [number, number];
    const [height, width] = shape.slice(-2) as [number, number];
    for (const [i, value] of Array.from(most!.data, Number).entries()) {
      const [plane, y, column] = [Math.floor(i / (outH * outW)), Math.floor(i / outW) % outH, i % outW];
      let expected = -Infinity;
      for (let r = 0; r < 3; ++r)
        for (let s = 0; s < 2; ++s) {
          const [row, at] = [y * 2 + r - 1, column + 2 * s];
          if (row >= 0 && row < height && at < width)
            expected = Math.max(expected, x.data[(plane * height + row) * width + at]!);
        }
      expect(value).toBe(expected);
    }
    const numbers = [
      one("float32", 0.04),
      one(dtype, 11),
      one("float32", 0.03),
      one(dtype, -7 + (dtype === "int8" ? 0 : 99)),
    ];
    if (shape.length === 4) {
      const mean = runGuarded(qlinearAvgPoolOperator, [x, ...numbers], { ...window, countIncludePad: true }, turn);
      expect(mean[0]!.shape).toEqual(most!.shape);
      const [all] = runGuarded(qlinearGlobalAvgPoolOperator, [x, ...numbers], {}, turn);
      expect(all!.shape).toEqual([shape[0], shape[1], 1, 1]);
    }
    const [soft] = runGuarded(
      qlinearSoftmaxOperator,
      [x, ...numbers.slice(0, 2), one("float32", 1 / 256), one(dtype, 0)],
      { axis: shape.length - 1 },
      turn,
    );
    expect(soft!.shape).toEqual(shape);
  }
});

test("scales that are found from numbers keep to their memory", () => {
  for (const [turn, count] of [1, 7, 4099].entries()) {
    const data = Float32Array.from({ length: count }, (_, i) => Math.sin(i * 7 + turn + 1) * 3);
    const [y, scale, zero] = runGuarded(dynamicQuantizeOperator, [{ data, shape: [count] }], {}, turn);
    const [least, most] = [Math.min(0, ...data), Math.max(0, ...data)];
    expect(scale!.data[0]).toBe(Math.fround(Math.fround(most - least) / 255));
    for (let i = 0; i < count; ++i) {
      const back = (Number(y!.data[i]) - Number(zero!.data[0])) * Number(scale!.data[0]);
      expect(Math.abs(back - data[i]!)).toBeLessThanOrEqual(Number(scale!.data[0]) * 0.51);
    }
  }
});
