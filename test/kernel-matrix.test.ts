import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ALGORITHMS } from "../src/conv/geometry.ts";
import { conv2d, kernelMatrix, Tensor } from "../src/index.ts";
import * as reference from "./support/reference.ts";

interface Case {
  readonly kernel: [number, number];
  readonly image: [number, number];
  readonly stride: [number, number];
  readonly padding: [number, number];
  readonly dilation: [number, number];
}

const axis = fc.record({
  kernel: fc.integer({ min: 1, max: 4 }),
  image: fc.integer({ min: 1, max: 9 }),
  stride: fc.integer({ min: 1, max: 3 }),
  padding: fc.integer({ min: 0, max: 3 }),
  dilation: fc.integer({ min: 1, max: 3 }),
});

const cases = fc
  .tuple(axis, axis)
  .map(([y, x]): Case => {
    const pair = (name: keyof typeof y): [number, number] => [y[name], x[name]];
    return {
      kernel: pair("kernel"),
      image: pair("image"),
      stride: pair("stride"),
      padding: pair("padding"),
      dilation: pair("dilation"),
    };
  })
  .filter(({ kernel, image, padding, dilation }) =>
    [0, 1].every((i) => (kernel[i]! - 1) * dilation[i]! + 1 <= image[i]! + 2 * padding[i]!),
  );

/** Multiples of 1/256, so that every product and sum in these tests is exact. */
const tensor = (seed: number, shape: readonly number[]) =>
  new Tensor(reference.values(seed, reference.sizeOf(shape)), shape);

const outputSize = ({ kernel, image, stride, padding, dilation }: Case): [number, number] => {
  const size = (i: 0 | 1) =>
    Math.floor((image[i] + 2 * padding[i] - (kernel[i] - 1) * dilation[i] - 1) / stride[i]) + 1;
  return [size(0), size(1)];
};

/** Row p has the kernel at the pixels that output p reads. */
function naiveMatrix(kernel: Tensor, each: Case): number[][] {
  const [height, width] = each.image;
  const [outHeight, outWidth] = outputSize(each);
  const matrix = Array.from({ length: outHeight * outWidth }, () => new Array<number>(height * width).fill(0));
  for (let y = 0; y < outHeight; ++y) {
    for (let x = 0; x < outWidth; ++x) {
      for (let r = 0; r < each.kernel[0]; ++r) {
        for (let s = 0; s < each.kernel[1]; ++s) {
          const row = y * each.stride[0] + r * each.dilation[0] - each.padding[0];
          const column = x * each.stride[1] + s * each.dilation[1] - each.padding[1];
          if (row < 0 || row >= height || column < 0 || column >= width) continue;
          matrix[y * outWidth + x]![row * width + column] = kernel.data[r * each.kernel[1] + s]!;
        }
      }
    }
  }
  return matrix;
}

/** The transposed convolution: every value of `y` adds the kernel, scaled by it, where the window was. */
function scatter(y: Tensor, kernel: Tensor, each: Case): number[] {
  const [height, width] = each.image;
  const [outHeight, outWidth] = outputSize(each);
  const image = new Array<number>(height * width).fill(0);
  for (let i = 0; i < outHeight; ++i) {
    for (let j = 0; j < outWidth; ++j) {
      for (let r = 0; r < each.kernel[0]; ++r) {
        for (let s = 0; s < each.kernel[1]; ++s) {
          const row = i * each.stride[0] + r * each.dilation[0] - each.padding[0];
          const column = j * each.stride[1] + s * each.dilation[1] - each.padding[1];
          if (row < 0 || row >= height || column < 0 || column >= width) continue;
          image[row * width + column]! += y.data[i * outWidth + j]! * kernel.data[r * each.kernel[1] + s]!;
        }
      }
    }
  }
  return image;
}

/** matrix times vector, or with `transposed` its transpose times vector, in float64. */
function product(matrix: Tensor, vector: ArrayLike<number>, transposed = false): number[] {
  const [rows, columns] = matrix.shape as [number, number];
  const result = new Array<number>(transposed ? columns : rows).fill(0);
  for (let i = 0; i < rows; ++i) {
    for (let j = 0; j < columns; ++j) {
      const value = matrix.data[i * columns + j]!;
      if (transposed) result[j]! += value * vector[i]!;
      else result[i]! += value * vector[j]!;
    }
  }
  return result;
}

const matrixOf = (kernel: Tensor, { image, stride, padding, dilation }: Case) =>
  kernelMatrix(kernel, image, { stride, padding, dilation });

describe("kernelMatrix", () => {
  it("is the matrix that is drawn in the books", () => {
    const kernel = Tensor.from([
      [1, 2],
      [3, 4],
    ]);
    expect(kernelMatrix(kernel, 3).toArray()).toEqual([
      [1, 2, 0, 3, 4, 0, 0, 0, 0],
      [0, 1, 2, 0, 3, 4, 0, 0, 0],
      [0, 0, 0, 1, 2, 0, 3, 4, 0],
      [0, 0, 0, 0, 1, 2, 0, 3, 4],
    ]);
    expect(kernelMatrix(kernel, [2, 3], { stride: [1, 2], padding: [0, 1] }).toArray()).toEqual([
      [2, 0, 0, 4, 0, 0],
      [0, 1, 2, 0, 3, 4],
    ]);
    expect(kernelMatrix(kernel, 3, { dilation: 2 }).toArray()).toEqual([[1, 0, 2, 0, 0, 0, 3, 0, 4]]);
  });

  it("has the kernel where each output reads, for every stride, padding and dilation", () => {
    fc.assert(
      fc.property(cases, fc.nat(), (each, seed) => {
        const kernel = tensor(seed, each.kernel);
        const [outHeight, outWidth] = outputSize(each);
        const matrix = matrixOf(kernel, each);
        expect(matrix.shape).toEqual([outHeight * outWidth, each.image[0] * each.image[1]]);
        // -0 and 0 are the same number
        expect(matrix.toArray()).toEqual(naiveMatrix(kernel, each).map((row) => row.map((value) => value + 0)));
      }),
    );
  });

  it.each(ALGORITHMS)("times the flattened image is conv2d, by %s", (algorithm) => {
    let served = 0;
    fc.assert(
      fc.property(cases, fc.nat(), (drawn, seed) => {
        // for an algorithm that serves few geometries
        const plain = { kernel: [3, 3], stride: [1, 1], padding: [1, 1], dilation: [1, 1] } as const;
        const each: Case = algorithm === "winograd" ? ({ ...drawn, ...plain } as unknown as Case) : drawn;
        const { stride, padding, dilation } = each;
        const kernel = tensor(seed, each.kernel);
        const image = tensor(seed + 1, each.image);
        const weight = kernel.reshape([1, 1, ...each.kernel]);
        const y = conv2d(image.reshape([1, ...each.image]), weight, null, { stride, padding, dilation, algorithm });
        const expected = product(matrixOf(kernel, each), image.data);
        expect(y.size).toBe(expected.length);
        // the numbers are of the size of 1: what is wrong is far off
        for (const [i, value] of expected.entries()) expect(y.data[i]).toBeCloseTo(value, 4);
        ++served;
      }),
    );
    expect(served).toBeGreaterThan(50);
  });

  it("transposed, times an output, is the transposed convolution", () => {
    fc.assert(
      fc.property(cases, fc.nat(), (each, seed) => {
        const kernel = tensor(seed, each.kernel);
        const y = tensor(seed + 1, outputSize(each));
        expect(product(matrixOf(kernel, each), y.data, true)).toEqual(scatter(y, kernel, each));
      }),
    );
  });

  it("takes 'same' and 'valid' for padding, and one number for both axes", () => {
    const kernel = tensor(1, [3, 3]);
    expect(kernelMatrix(kernel, 5, { padding: "same" })).toEqual(kernelMatrix(kernel, [5, 5], { padding: 1 }));
    expect(kernelMatrix(kernel, 5, { padding: "valid" })).toEqual(kernelMatrix(kernel, [5, 5]));
    expect(kernelMatrix(kernel, 6, { stride: 2, dilation: 2 })).toEqual(
      kernelMatrix(kernel, [6, 6], { stride: [2, 2], dilation: [2, 2] }),
    );
    expect(kernelMatrix(tensor(2, [2, 2]), 4, { padding: "same" }).shape).toEqual([16, 16]);
  });

  it("has the same value along every diagonal of a block for stride 1", () => {
    const matrix = kernelMatrix(tensor(3, [3, 3]), [4, 6], { padding: "same" });
    const width = 6;
    const at = (row: number, column: number) => matrix.data[row * 24 + column]!;
    for (let row = 0; row < 24; ++row) {
      for (let column = 0; column < 24; ++column) {
        // one step along both axes within a block, and one block along both axes
        if (row % width < width - 1 && column % width < width - 1)
          expect(at(row + 1, column + 1)).toBe(at(row, column));
        if (row + width < 24 && column + width < 24) expect(at(row + width, column + width)).toBe(at(row, column));
      }
    }
  });

  it("refuses what is not a kernel or does not fit, by name", () => {
    // biome-ignore lint/suspicious/noExplicitAny: stands for every wrong type
    const wrong = (value: unknown): any => value;
    const kernel = Tensor.ones([2, 2]);
    const refused = (kind: typeof TypeError | typeof RangeError, message: string, call: () => unknown) => {
      expect(call).toThrow(kind);
      expect(call).toThrow(message);
      expect(call).toThrow(/^kernelMatrix: /);
    };
    refused(RangeError, "kernel must be (kernel height, kernel width), got shape [4]", () =>
      kernelMatrix(Tensor.ones([4]), 4),
    );
    refused(RangeError, "kernel must be", () => kernelMatrix(Tensor.ones([1, 1, 2, 2]), 4));
    refused(TypeError, "kernel must be a Tensor", () => kernelMatrix(wrong([[1]]), 4));
    refused(TypeError, "inputSize must be a number or [height, width], got undefined", () =>
      kernelMatrix(kernel, wrong(undefined)),
    );
    refused(RangeError, "inputSize must", () => kernelMatrix(kernel, 0));
    refused(RangeError, "inputSize must have 2 numbers", () => kernelMatrix(kernel, wrong([1, 2, 3])));
    refused(RangeError, "kernel spans 2 values of height, but the padded input has only 1", () =>
      kernelMatrix(kernel, [1, 5]),
    );
    refused(RangeError, "padding 'same' needs stride 1", () => kernelMatrix(kernel, 4, { padding: "same", stride: 2 }));
    refused(TypeError, 'unknown option "groups"', () => kernelMatrix(kernel, 4, wrong({ groups: 2 })));
    refused(RangeError, "stride must be", () => kernelMatrix(kernel, 4, { stride: 0 }));
  });
});
