import { describe, expect, test } from "vitest";
import { POINTS } from "../../assembly/vision/sample/layout.ts";
import { type GridSampleAttributes, gridSampleOperator } from "../../src/operators/grid-sample.ts";
import { maxRoiPoolOperator, roiAlignOperator } from "../../src/operators/regions.ts";
import { type Argument, runGuarded } from "../support/guarded.ts";
import { randoms, sizeOf, values } from "../support/reference.ts";

const filled = (seed: number, shape: readonly number[]) => ({ data: values(seed, sizeOf(shape)), shape });
const integers = (...numbers: number[]): Argument => ({
  data: BigInt64Array.from(numbers, BigInt) as never,
  shape: [numbers.length],
  dtype: "int64",
});

/** Elements around a place along an axis and their weights, in float64; null for one outside. */
function tapsOf(place: number, length: number, { mode, paddingMode, alignCorners }: GridSampleAttributes) {
  const [low, high] = alignCorners ? [0, length - 1] : [-0.5, length - 0.5];
  const fold = (x: number): number => {
    if (high === low) return low;
    const turn = (((x - low) % (2 * (high - low))) + 2 * (high - low)) % (2 * (high - low));
    return turn > high - low ? 2 * high - low - turn : low + turn;
  };
  const limit = (x: number) => Math.min(Math.max(x, 0), length - 1);
  const elementAt = (x: number) => {
    if (paddingMode === "border") return limit(x);
    if (paddingMode === "reflection") return limit(fold(x));
    return x >= 0 && x < length ? x : null;
  };
  const x = alignCorners ? ((place + 1) / 2) * (length - 1) : ((place + 1) * length - 1) / 2;
  const below = mode === "nearest" ? Math.round(x) : Math.floor(x);
  if (mode === "nearest") return [[elementAt(below), 1] as const];
  const t = x - below;
  const cubic = (d: number) => (d <= 1 ? (1.25 * d - 2.25) * d * d + 1 : ((-0.75 * d + 3.75) * d - 6) * d + 3);
  const offsets = mode === "bilinear" ? [0, 1] : [-1, 0, 1, 2];
  return offsets.map(
    (i) => [elementAt(below + i), mode === "bilinear" ? 1 - Math.abs(i - t) : cubic(Math.abs(i - t))] as const,
  );
}

function sampled(x: Argument, grid: Argument, attributes: GridSampleAttributes): number[] {
  const [batch, channels, ...lengths] = x.shape as [number, number, ...number[]];
  const axes = lengths.length;
  const points = sizeOf(grid.shape.slice(1, -1));
  const result: number[] = [];
  for (let n = 0; n < batch; ++n) {
    for (let c = 0; c < channels; ++c) {
      for (let p = 0; p < points; ++p) {
        const place = (axis: number) => grid.data[(n * points + p) * axes + axes - 1 - axis]!;
        const sum = (axis: number, element: number): number => {
          if (axis === axes) return x.data[(n * channels + c) * sizeOf(lengths) + element]!;
          return tapsOf(place(axis), lengths[axis]!, attributes).reduce(
            (total, [index, weight]) =>
              index === null ? total : total + weight * sum(axis + 1, element * lengths[axis]! + index),
            0,
          );
        };
        result.push(sum(0, 0));
      }
    }
  }
  return result;
}

describe("gridSample", () => {
  const MODES = ["nearest", "bilinear", "bicubic"] as const;
  const PADDINGS = ["zeros", "border", "reflection"] as const;
  test.each(MODES.flatMap((mode) => PADDINGS.map((padding) => [mode, padding] as const)))(
    "%s, %s, gives what its definition gives and keeps to its memory",
    (mode, paddingMode) => {
      for (const [shape, points] of [
        [
          [2, 3, 4, 7],
          [5, 3],
        ],
        [
          [1, 2, 1, 3],
          [1, POINTS + 1],
        ],
        [
          [2, 1, 5, 4],
          [2 * POINTS, 1],
        ],
        [
          [1, 2, 3, 4, 2],
          [2, 3, 4],
        ],
      ] as const) {
        if (mode === "bicubic" && shape.length === 5) continue;
        const places = [shape[0], ...points, shape.length - 2];
        // steps of 1/8 plus a little: no place lies between two elements by chance
        const data = randoms(7, sizeOf(places)).map((value) => Math.round(value * 12) / 8 + 0.013);
        for (const alignCorners of [false, true]) {
          const attributes = { mode, paddingMode, alignCorners };
          const [x, grid] = [filled(3, shape), { data, shape: places }];
          const expected = sampled(x, grid, attributes);
          for (let turn = 0; turn < 3; ++turn) {
            const [result] = runGuarded(gridSampleOperator, [x, grid], attributes, turn);
            expect(result!.shape).toEqual([shape[0], shape[1], ...points]);
            for (const [i, value] of expected.entries()) expect(result!.data[i]).toBeCloseTo(value, 4);
          }
        }
      }
    },
  );

  test("reads nothing outside for places that are no numbers or far away", () => {
    const far = [Number.NaN, Infinity, -Infinity, 3e38, -3e38, 2 ** 31, -(2 ** 33), 1e10];
    const grid = { data: Float32Array.from(far.flatMap((a) => far.flatMap((b) => [a, b]))), shape: [1, 8, 8, 2] };
    for (const mode of MODES) {
      for (const paddingMode of PADDINGS) {
        for (const shape of [
          [1, 2, 3, 4],
          [1, 1, 0, 4],
        ]) {
          const attributes = { mode, paddingMode, alignCorners: false };
          runGuarded(gridSampleOperator, [filled(1, shape), grid], attributes, 5);
        }
      }
    }
  });
});

const REGIONS = [0, 0, 11, 9, 3.3, 1.2, 8.9, 6.1, -4.1, -3.2, 5.3, 4.6, 6, 5, 30, 20, 7, 7, 7, 7, 9, 6, 2, 1];

/** Places of an axis of an output, inside or not, as torchvision has them. */
function placesOf(low: number, high: number, outputs: number, index: number, samples: number, aligned: boolean) {
  const start = low - (aligned ? 0.5 : 0);
  const size = aligned ? high - low : Math.max(high - low, 1);
  const count = samples || Math.max(Math.ceil(size / outputs), 0);
  const bin = size / outputs;
  return Array.from({ length: count }, (_, i) => start + index * bin + (i + 0.5) * (bin / count));
}

function aligned(
  x: Argument,
  [x1, y1, x2, y2]: readonly number[],
  image: number,
  c: number,
  row: number,
  column: number,
  samples: number,
  isAligned: boolean,
  mean: boolean,
): number {
  const [, channels, height, width] = x.shape as [number, number, number, number];
  const [ys, xs] = [placesOf(y1!, y2!, 3, row, samples, isAligned), placesOf(x1!, x2!, 2, column, samples, isAligned)];
  const at = (y: number, x_: number) => x.data[((image * channels + c) * height + y) * width + x_]!;
  const products: number[][] = ys.flatMap((y) =>
    xs.map((x_) => {
      if (y < -1 || y > height || x_ < -1 || x_ > width) return [0];
      const [cy, cx] = [Math.min(Math.max(y, 0), height - 1), Math.min(Math.max(x_, 0), width - 1)];
      const [top, left] = [Math.floor(cy), Math.floor(cx)];
      return [0, 1].flatMap((i) =>
        [0, 1].map((j) => {
          const weight = (i ? cy - top : 1 - cy + top) * (j ? cx - left : 1 - cx + left);
          return weight * at(Math.min(top + i, height - 1), Math.min(left + j, width - 1));
        }),
      );
    }),
  );
  if (!mean) return products.length === 0 ? 0 : Math.max(...products.flat());
  return products.flat().reduce((sum, value) => sum + value, 0) / Math.max(products.length, 1);
}

describe("roiAlign", () => {
  test.each(["avg", "max"] as const)("%s gives what its definition gives and keeps to its memory", (mode) => {
    const x = filled(2, [2, 3, 7, 9]);
    const regions = { data: Float32Array.from(REGIONS), shape: [6, 4] };
    const images = [0, 1, 1, 0, 1, 0];
    for (const samplingRatio of [0, 1, 3, 7]) {
      for (const isAligned of [false, true]) {
        const attributes = { outputSize: [3, 2], mode, samplingRatio, spatialScale: 1, aligned: isAligned };
        for (let turn = 0; turn < 2; ++turn) {
          const [result] = runGuarded(roiAlignOperator, [x, regions, integers(...images)], attributes, turn);
          expect(result!.shape).toEqual([6, 3, 3, 2]);
          for (const [i, value] of Array.from(result!.data as Float32Array).entries()) {
            const [k, c, row, column] = [Math.floor(i / 18), Math.floor(i / 6) % 3, Math.floor(i / 2) % 3, i % 2];
            const region = REGIONS.slice(4 * k, 4 * k + 4);
            const expected = aligned(x, region, images[k]!, c, row, column, samplingRatio, isAligned, mode === "avg");
            expect(value, `${samplingRatio} ${isAligned} ${k} ${c} ${row} ${column}`).toBeCloseTo(expected, 4);
          }
        }
      }
    }
  });

  test("ends soon, and reads nothing outside, for regions that are no numbers or huge", () => {
    const far = [Number.NaN, Infinity, -Infinity, 3e38, -3e38, 2 ** 31, 1e-40, 1e10];
    const data = Float32Array.from(far.flatMap((a) => far.flatMap((b) => [0, a, b, a])));
    const regions = { data, shape: [64, 4] };
    for (const samplingRatio of [0, 2]) {
      for (const isAligned of [false, true]) {
        const attributes = {
          outputSize: [2, 3],
          mode: "max" as const,
          samplingRatio,
          spatialScale: 1,
          aligned: isAligned,
        };
        const images = integers(...Array<number>(64).fill(0));
        runGuarded(roiAlignOperator, [filled(1, [1, 2, 5, 4]), regions, images], attributes, 3);
        runGuarded(roiAlignOperator, [filled(1, [1, 2, 0, 4]), regions, images], attributes, 3);
      }
    }
  });

  test("regions that do not exist have zeros, and their images are not looked at", () => {
    const regions = { data: Float32Array.from(REGIONS), shape: [6, 4] };
    const attributes = { outputSize: [1, 1], mode: "avg" as const, samplingRatio: 2, spatialScale: 1, aligned: true };
    const count = { data: Int32Array.of(2) as never, shape: [], dtype: "int32" as const };
    const images: Argument = { data: Int32Array.of(0, 1, 99, -7, 3, 2) as never, shape: [6], dtype: "int32" };
    const [result] = runGuarded(
      roiAlignOperator,
      [filled(2, [2, 2, 7, 9]), regions, images, null, count],
      attributes,
      1,
    );
    expect([...(result!.data as Float32Array)].map((value) => value !== 0)).toEqual([
      ...Array<boolean>(4).fill(true),
      ...Array<boolean>(8).fill(false),
    ]);
    expect(() => runGuarded(roiAlignOperator, [filled(2, [2, 2, 7, 9]), regions, images], attributes, 1)).toThrow(
      /the image of every region must be from 0 to 1/,
    );
  });
});

describe("maxRoiPool", () => {
  const attributes = { outputSize: [3, 2], spatialScale: 0.6 };
  test("gives what its definition gives and keeps to its memory", () => {
    const x = filled(2, [2, 3, 7, 9]);
    const images = [0, 1, 1, 0, 1, 0];
    const rows = images.flatMap((image, k) => [image, ...REGIONS.slice(4 * k, 4 * k + 4)]);
    const regions = { data: Float32Array.from(rows), shape: [6, 5] };
    const halfAway = (value: number) => Math.sign(value) * Math.floor(Math.abs(Math.fround(value)) + 0.5);
    for (let turn = 0; turn < 3; ++turn) {
      const [result] = runGuarded(maxRoiPoolOperator, [x, regions], attributes, turn);
      for (const [i, value] of Array.from(result!.data as Float32Array).entries()) {
        const [k, c, row, column] = [Math.floor(i / 18), Math.floor(i / 6) % 3, Math.floor(i / 2) % 3, i % 2];
        const [x1, y1, x2, y2] = REGIONS.slice(4 * k, 4 * k + 4).map((each) =>
          halfAway(Math.fround(each) * Math.fround(0.6)),
        );
        const span = (low: number, high: number, outputs: number, index: number, length: number) => {
          const bin = Math.max(high - low + 1, 1) / outputs;
          const limit = (at: number) => Math.min(Math.max(at + low, 0), length);
          return [limit(Math.floor(index * bin)), limit(Math.ceil((index + 1) * bin))] as const;
        };
        const [top, bottom] = span(y1!, y2!, 3, row, 7);
        const [left, right] = span(x1!, x2!, 2, column, 9);
        let most = top < bottom && left < right ? -Infinity : 0;
        for (let y = top; y < bottom; ++y) {
          for (let at = left; at < right; ++at) most = Math.max(most, x.data[((images[k]! * 3 + c) * 7 + y) * 9 + at]!);
        }
        expect(value).toBe(most);
      }
    }
  });

  test("refuses images that do not exist, and reads nothing outside for regions that are huge", () => {
    const x = filled(2, [2, 1, 4, 5]);
    const pool = (...rows: number[]) =>
      runGuarded(
        maxRoiPoolOperator,
        [x, { data: Float32Array.from(rows), shape: [rows.length / 5, 5] }],
        attributes,
        2,
      );
    for (const image of [-1, 2, Number.NaN, Infinity, 1e10]) {
      expect(() => pool(0, 0, 0, 3, 3, image, 0, 0, 3, 3)).toThrow(/the image of every region must be from 0 to 1/);
    }
    pool(1, -3e38, -Infinity, 3e38, Infinity, 0, Number.NaN, 1e10, -1e10, Number.NaN);
  });
});
