import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as movement from "../src/operators/movement.ts";
import type { Operator } from "../src/operators/operator.ts";
import { type PadMode, padOperator } from "../src/operators/pad.ts";
import * as pools from "../src/operators/pool.ts";
import { interpolateOperator } from "../src/operators/resize.ts";
import * as images from "./image-reference.ts";
import * as reference from "./reference.ts";
import { type Exact, randoms, sizeOf, type Values } from "./reference.ts";
import { runGuarded } from "./support/guarded.ts";

const SEED = 20260;
fc.configureGlobal({ seed: SEED, numRuns: 150 });

const tensor = (seed: number, shape: readonly number[]): Values => ({ data: randoms(seed, sizeOf(shape)), shape });

/** The first number that is further from what is expected than `tolerance` allows, in words. */
function difference(actual: Values, expected: Values, tolerance: number): string | undefined {
  if (actual.shape.join() !== expected.shape.join()) return `shape [${actual.shape}], expected [${expected.shape}]`;
  for (let i = 0; i < expected.data.length; ++i) {
    const [got, wanted] = [actual.data[i]!, expected.data[i]!];
    if (Object.is(got, wanted) || Math.abs(got - wanted) <= tolerance) continue;
    return `at ${i}: ${got}, expected ${wanted}`;
  }
  return undefined;
}

/** Runs an operator among guards; numbers are in [-1, 1) and results means of such, or some of them. */
function agrees<A extends object>(
  operator: Operator<A>,
  inputs: readonly Values[],
  attributes: A,
  turn: number,
  expected: readonly Exact[],
  tolerance = 0,
) {
  const results = runGuarded(operator, inputs, attributes, turn);
  expect(results.length).toBe(expected.length);
  for (const [i, result] of results.entries()) expect(difference(result, expected[i]!, tolerance)).toBeUndefined();
}

const turns = fc.nat(1000);
/** Mostly short, so that borders matter, sometimes past several vectors. */
const length = fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 1, max: 9 }) }, fc.integer({ min: 1, max: 41 }));
const planes = fc.constantFrom([1, 1], [1, 2], [2, 1], [3], [2, 3]);

const windowAxis = fc
  .record({
    kernel: fc.integer({ min: 1, max: 6 }),
    stride: fc.integer({ min: 1, max: 5 }),
    dilation: fc.integer({ min: 1, max: 3 }),
    before: fc.nat(6),
    after: fc.nat(6),
    spare: length,
  })
  .map(({ kernel, stride, dilation, before, after, spare }) => {
    const extent = (kernel - 1) * dilation + 1;
    const [first, second] = [Math.min(before, extent - 1), Math.min(after, extent - 1)];
    return {
      kernel,
      stride,
      dilation,
      before: first,
      after: second,
      length: Math.max(extent - first - second, 0) + spare,
    };
  });

const sliding = fc.record({ rows: windowAxis, columns: windowAxis, planes, ceilMode: fc.boolean(), turn: turns });

type Sliding = typeof sliding extends fc.Arbitrary<infer T> ? T : never;

const windowOf = ({ rows, columns, ceilMode }: Sliding) => ({
  kernelSize: [rows.kernel, columns.kernel] as [number, number],
  stride: [rows.stride, columns.stride] as [number, number],
  padding: [rows.before, columns.before, rows.after, columns.after] as [number, number, number, number],
  dilation: [rows.dilation, columns.dilation] as [number, number],
  ceilMode,
});
const imageOf = (each: Sliding) => tensor(each.turn, [...each.planes, each.rows.length, each.columns.length]);

describe(`pools agree with plain loops, among guards, seed ${SEED}`, () => {
  it("maxPool2d", () => {
    fc.assert(
      fc.property(sliding, (each) => {
        const [x, window] = [imageOf(each), windowOf(each)];
        agrees(pools.maxPool2dOperator, [x], window, each.turn, [images.maxPool(x, window)]);
      }),
    );
  });

  it("maxPool2d of NaN and infinities", () => {
    fc.assert(
      fc.property(sliding, fc.array(fc.nat(), { maxLength: 4 }), (each, places) => {
        const [x, window] = [imageOf(each), windowOf(each)];
        const data = Float32Array.from(x.data);
        for (const [i, place] of places.entries())
          data[place % data.length] = [Number.NaN, -Infinity, Infinity][i % 3]!;
        const spoilt = { ...x, data };
        agrees(pools.maxPool2dOperator, [spoilt], window, each.turn, [images.maxPool(spoilt, window)]);
      }),
    );
  });

  it("avgPool2d", () => {
    const undilated = sliding.filter(({ rows, columns }) => rows.dilation === 1 && columns.dilation === 1);
    fc.assert(
      fc.property(undilated, fc.boolean(), fc.option(fc.integer({ min: 1, max: 9 })), (each, countIncludePad, by) => {
        const { dilation: _, ...window } = windowOf(each);
        const divisorOverride = by ?? undefined;
        const attributes = { ...window, countIncludePad, divisorOverride };
        const x = imageOf(each);
        const expected = images.avgPool(x, window, countIncludePad, divisorOverride);
        agrees(pools.avgPool2dOperator, [x], attributes, each.turn, [expected], 36 * 2 ** -21);
      }),
    );
  });

  it.each(["max", "avg"] as const)("adaptive %s", (kind) => {
    const size = fc.oneof({ weight: 2, arbitrary: fc.constant(1) }, fc.integer({ min: 1, max: 11 }));
    fc.assert(
      fc.property(planes, length, length, size, size, turns, (outer, height, width, outHeight, outWidth, turn) => {
        const x = tensor(turn, [...outer, height, width]);
        const outputSize = [outHeight, outWidth];
        const operator = kind === "max" ? pools.adaptiveMaxPool2dOperator : pools.adaptiveAvgPool2dOperator;
        const expected = images.adaptivePool(x, outputSize, kind);
        agrees(operator, [x], { outputSize }, turn, [expected], kind === "max" ? 0 : 2 ** -20);
      }),
    );
  });

  it("one axis is as two of which one is 1", () => {
    fc.assert(
      fc.property(windowAxis, fc.boolean(), turns, (axis, ceilMode, turn) => {
        const x = tensor(turn, [2, axis.length]);
        const flat = { ...x, shape: [2, 1, axis.length] };
        const window = {
          kernelSize: [1, axis.kernel] as [number, number],
          stride: [1, axis.stride] as [number, number],
          padding: [0, axis.before, 0, axis.after] as [number, number, number, number],
          dilation: [1, axis.dilation] as [number, number],
          ceilMode,
        };
        const expected = images.maxPool(flat, window);
        const attributes = {
          kernelSize: [axis.kernel],
          stride: [axis.stride],
          padding: [axis.before, axis.after],
          dilation: [axis.dilation],
          ceilMode,
        };
        agrees(pools.maxPool1dOperator, [x], attributes, turn, [{ ...expected, shape: [2, expected.shape[2]!] }]);
      }),
    );
  });
});

const COORDINATES = [
  "half_pixel",
  "half_pixel_symmetric",
  "pytorch_half_pixel",
  "align_corners",
  "asymmetric",
] as const;
const ROUNDINGS = {
  floor: Math.floor,
  ceil: Math.ceil,
  round_prefer_floor: (place: number) => Math.ceil(place - 0.5),
  round_prefer_ceil: (place: number) => Math.floor(place + 0.5),
} as const;

/** One axis of a change of size: in length, out length, and the scale where it is not their quotient. */
const resizedAxis = fc.oneof(
  // factors whose places float32 holds exactly
  fc
    .tuple(length, fc.constantFrom(1, 2, 4, 8))
    .map(([count, factor]) => ({ count, out: count * factor, scale: factor })),
  fc.tuple(length, length).map(([count, out]) => ({ count, out, scale: null })),
  fc
    .tuple(length, fc.constantFrom(0.7, 1.3, 2.6))
    .filter(([count, scale]) => Math.floor(count * scale) > 0)
    .map(([count, scale]) => ({ count, out: Math.floor(count * scale), scale })),
);

describe("changes of size agree with plain loops, among guards", () => {
  const cases = fc.record({
    rows: resizedAxis,
    columns: resizedAxis,
    planes,
    coordinates: fc.constantFrom(...COORDINATES),
  });

  it("nearest", () => {
    const rounding = fc.constantFrom(...(Object.keys(ROUNDINGS) as (keyof typeof ROUNDINGS)[]));
    fc.assert(
      fc.property(cases, rounding, turns, ({ rows, columns, planes: outer, coordinates }, rule, turn) => {
        const indices = [rows, columns].map(({ count, out, scale }) => {
          const places = images.placesOf(count, out, scale ?? out / count, coordinates);
          // which neighbour it is must not hang on the rounding of float32
          fc.pre(
            places.every((place) => scale === 2 || scale === 1 || Math.abs(place * 2 - Math.round(place * 2)) > 1e-4),
          );
          return places.map((place) => Math.min(Math.max(ROUNDINGS[rule](place), 0), count - 1));
        });
        const x = tensor(turn, [...outer, rows.count, columns.count]);
        const attributes = {
          size: [rows.out, columns.out],
          scales: [rows.scale, columns.scale],
          mode: "nearest" as const,
          coordinates,
          nearest: rule,
        };
        agrees(interpolateOperator, [x], attributes, turn, [images.nearest(x, indices[0]!, indices[1]!)]);
      }),
    );
  });

  it("bilinear", () => {
    fc.assert(
      fc.property(cases, turns, ({ rows, columns, planes: outer, coordinates }, turn) => {
        const [ys, xs] = [rows, columns].map(({ count, out, scale }) =>
          images.placesOf(count, out, scale ?? out / count, coordinates),
        );
        const x = tensor(turn, [...outer, rows.count, columns.count]);
        const attributes = {
          size: [rows.out, columns.out],
          scales: [rows.scale, columns.scale],
          mode: "bilinear" as const,
          coordinates,
        };
        // places up to 328 are 2^-15 from where they are in float64
        agrees(interpolateOperator, [x], attributes, turn, [images.bilinear(x, ys!, xs!)], 2 ** -13);
      }),
    );
  });
});

const shapes = (rank: { min: number; max: number }, most = 7) =>
  fc.array(fc.oneof(fc.integer({ min: 1, max: most }), fc.integer({ min: 1, max: 3 })), {
    minLength: rank.min,
    maxLength: rank.max,
  });
const matrix = fc.tuple(
  fc.integer({ min: 1, max: 3 }),
  fc.integer({ min: 1, max: 70 }),
  fc.integer({ min: 1, max: 70 }),
);

describe("what only moves values agrees with plain loops, among guards", () => {
  const permutation = (shape: readonly number[]) =>
    fc.shuffledSubarray([...shape.keys()], { minLength: shape.length, maxLength: shape.length });

  it("permute", () => {
    const cases = fc
      .oneof<fc.Arbitrary<number[]>[]>(shapes({ min: 1, max: 6 }), matrix)
      .chain((shape) => fc.tuple(fc.constant(shape), permutation(shape), turns));
    fc.assert(
      fc.property(cases, ([shape, dims, turn]) => {
        const x = tensor(turn, shape);
        agrees(movement.transposeOperator, [x], { dims }, turn, [images.permute(x, dims)]);
      }),
    );
  });

  it("slice, as Python", () => {
    const bound = fc.oneof(fc.integer({ min: -9, max: 9 }), fc.constantFrom(-(2 ** 63), 2 ** 63));
    const step = fc.constantFrom(-3, -2, -1, 1, 2, 3);
    const cases = shapes({ min: 1, max: 4 }, 30).chain((shape) =>
      fc.tuple(
        fc.constant(shape),
        fc.shuffledSubarray([...shape.keys()]),
        fc.array(fc.tuple(bound, bound, step), { minLength: shape.length, maxLength: shape.length }),
        turns,
      ),
    );
    fc.assert(
      fc.property(cases, ([shape, dims, ranges, turn]) => {
        const taken = shape.map((count) => Array.from({ length: count }, (_, i) => i));
        for (const [i, dim] of dims.entries()) {
          const [start, end, step] = ranges[i]!;
          const count = shape[dim]!;
          const from = start < 0 ? start + count : start;
          const until = end < 0 ? end + count : end;
          // the definition: walk from the start, which is brought to the axis' end first, until the end is passed
          taken[dim] = [];
          const first = step > 0 ? Math.max(from, 0) : Math.min(from, count - 1);
          for (let k = first; step > 0 ? k < Math.min(until, count) : k > Math.max(until, -1); k += step) {
            taken[dim].push(k);
          }
        }
        const attributes = {
          starts: dims.map((_, i) => ranges[i]![0]),
          ends: dims.map((_, i) => ranges[i]![1]),
          dims,
          steps: dims.map((_, i) => ranges[i]![2]),
        };
        const x = tensor(turn, shape);
        agrees(movement.sliceOperator, [x], attributes, turn, [images.take(x, taken)]);
      }),
    );
  });

  it("split, and cat that undoes it", () => {
    const cases = fc.tuple(
      shapes({ min: 1, max: 4 }),
      fc.nat(3),
      fc.array(fc.nat(9), { minLength: 1, maxLength: 4 }),
      turns,
    );
    fc.assert(
      fc.property(cases, ([outer, at, sizes, turn]) => {
        const dim = at % outer.length;
        const x = tensor(
          turn,
          outer.with(
            dim,
            sizes.reduce((sum, size) => sum + size, 0),
          ),
        );
        let begin = 0;
        const parts = sizes.map((size) => {
          const first = begin;
          begin += size;
          const range = (count: number, from: number) => Array.from({ length: count }, (_, i) => from + i);
          return images.take(
            x,
            x.shape.map((count, axis) => (axis === dim ? range(size, first) : range(count, 0))),
          );
        });
        agrees(movement.splitOperator, [x], { sizes, dim }, turn, parts);
        agrees(movement.catOperator, parts, { dim: dim - outer.length }, turn, [images.cat(parts, dim)]);
      }),
    );
  });

  it("expand", () => {
    const cases = shapes({ min: 1, max: 5 }).chain((shape) =>
      fc.tuple(
        fc.constant(shape),
        fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
        fc.nat(shape.length - 1),
        turns,
      ),
    );
    fc.assert(
      fc.property(cases, ([shape, ones, leads, turn]) => {
        const x = tensor(turn, shape.map((count, i) => (ones[i] ? 1 : count)).slice(leads));
        const wanted = shape.map((count, i) => (count > 1 && i >= leads && !ones[i] ? -1 : count));
        agrees(movement.expandOperator, [x], { shape: wanted }, turn, [images.expand(x, shape)]);
      }),
    );
  });

  it("tile", () => {
    const cases = shapes({ min: 1, max: 4 }).chain((shape) =>
      fc.tuple(
        fc.constant(shape),
        fc.array(fc.integer({ min: 1, max: 4 }), { minLength: shape.length, maxLength: shape.length }),
        turns,
      ),
    );
    fc.assert(
      fc.property(cases, ([shape, repeats, turn]) => {
        const x = tensor(turn, shape);
        agrees(movement.tileOperator, [x], { repeats }, turn, [images.tile(x, repeats)]);
      }),
    );
  });

  it.each(["CRD", "DCR"] as const)("pixelShuffle and what undoes it, %s", (mode) => {
    const cases = fc.tuple(
      fc.integer({ min: 1, max: 2 }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 5 }),
    );
    fc.assert(
      fc.property(cases, length, length, turns, ([batch, depth, factor], height, width, turn) => {
        const x = tensor(turn, [batch, depth * factor ** 2, height, width]);
        const shuffled = images.depthToSpace(x, factor, mode);
        agrees(movement.pixelShuffleOperator, [x], { factor, mode }, turn, [shuffled]);
        expect(images.spaceToDepth(shuffled, factor, mode).data).toEqual(Float64Array.from(x.data));
        agrees(movement.pixelUnshuffleOperator, [shuffled], { factor, mode }, turn, [
          images.spaceToDepth(shuffled, factor, mode),
        ]);
      }),
    );
  });

  it.each<PadMode>(["constant", "reflect", "replicate", "circular"])("pad, mode %s", (mode) => {
    const pads = fc.array(fc.tuple(fc.integer({ min: -3, max: 5 }), fc.integer({ min: -3, max: 5 })), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(pads, shapes({ min: 4, max: 4 }, 24), turns, (pairs, shape, turn) => {
        const padding = pairs.flatMap(([before, after], i) => {
          const count = shape[3 - i]!;
          const least = -Math.floor((count - 1) / 2);
          const left = mode === "circular" ? count + 2 * Math.min(least, 0) : count;
          const most = { constant: 5, replicate: 5, reflect: count - 1, circular: Math.max(left, 0) }[mode];
          return [before, after].map((pad) => Math.min(Math.max(pad, Math.max(least, -3)), most));
        });
        const value = mode === "constant" ? 0.25 : 0;
        const x = tensor(turn, shape);
        const expected = reference.pad(x, padding, { mode, value });
        agrees(padOperator, [x], { padding, mode, value }, turn, [expected]);
      }),
    );
  });
});

describe("integers of shape arithmetic are folded", () => {
  const integers = (data: readonly number[], shape: readonly number[]) => ({ data: Float64Array.from(data), shape });
  const six = integers([1, 2, 3, 4, 5, 2 ** 53 - 1], [2, 3]);

  it.each<[string, readonly [readonly number[], readonly number[]][], () => readonly Values[] | undefined]>([
    ["reshape", [[[...six.data], [3, 2]]], () => movement.reshapeOperator.fold!("t", [six], { shape: [3, -1] })],
    ["flatten", [[[...six.data], [6]]], () => movement.flattenOperator.fold!("t", [six], { startDim: 0, endDim: -1 })],
    ["squeeze", [[[7], []]], () => movement.squeezeOperator.fold!("t", [integers([7], [1, 1])], {})],
    ["unsqueeze", [[[7], [1, 1]]], () => movement.unsqueezeOperator.fold!("t", [integers([7], [])], { dims: [-1, 0] })],
    ["identity", [[[7], [1]]], () => movement.identityOperator.fold!("t", [integers([7], [1])], {})],
    [
      "permute",
      [
        [
          [1, 4, 2, 5, 3, 2 ** 53 - 1],
          [3, 2],
        ],
      ],
      () => movement.transposeOperator.fold!("t", [six], { dims: [1, 0] }),
    ],
    [
      "slice",
      [[[3], [1, 1]]],
      () => movement.sliceOperator.fold!("t", [six], { starts: [0, -1], ends: [1, 9], dims: [0, 1], steps: [1, 1] }),
    ],
    [
      "split",
      [
        [
          [1, 4],
          [2, 1],
        ],
        [
          [2, 3, 5, 2 ** 53 - 1],
          [2, 2],
        ],
      ],
      () => movement.splitOperator.fold!("t", [six], { sizes: [1, 2], dim: 1 }),
    ],
    [
      "cat",
      [[[7, 8, 9], [3]]],
      () => movement.catOperator.fold!("t", [integers([7], [1]), integers([], [0]), integers([8, 9], [2])], { dim: 0 }),
    ],
    ["expand", [[[7, 7, 7], [3]]], () => movement.expandOperator.fold!("t", [integers([7], [1])], { shape: [3] })],
    ["tile", [[[7, 8, 7, 8], [4]]], () => movement.tileOperator.fold!("t", [integers([7, 8], [2])], { repeats: [2] })],
    [
      "pad",
      [[[0, 7, 8], [3]]],
      () => padOperator.fold!("t", [integers([7, 8], [2])], { padding: [1, 0], mode: "constant", value: 0 }),
    ],
  ])("%s", (_, expected, fold) => {
    expect(fold()!.map(({ data, shape }) => [Array.from(data), shape])).toEqual(expected);
  });

  it("float32 is not", () => {
    expect(movement.catOperator.fold!("t", [{ data: new Float32Array(1), shape: [1] }], { dim: 0 })).toBeUndefined();
    expect(movement.reshapeOperator.fold!("t", [{ shape: [1] }], { shape: [1] })).toBeUndefined();
  });
});
