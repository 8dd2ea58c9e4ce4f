import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DTYPES } from "../../src/dtype.ts";
import * as movement from "../../src/operators/movement.ts";
import { type PadMode, padOperator } from "../../src/operators/pad.ts";
import { type Constant, constantOf, numbersOf } from "../../src/planning/constant.ts";
import type { Operator } from "../../src/planning/operator.ts";
import { agrees, length, tensor, turns } from "../support/agreement.ts";
import { draws } from "../support/draws.ts";
import * as images from "../support/pool-resize-reference.ts";
import * as reference from "../support/reference.ts";

const SEED = 20260;
fc.configureGlobal(draws(SEED, 150));

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

const permutation = (shape: readonly number[]) =>
  fc.shuffledSubarray([...shape.keys()], { minLength: shape.length, maxLength: shape.length });

describe("what only moves values agrees with plain loops, among guards", () => {
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

describe("values of every dtype are moved", () => {
  it.each(DTYPES)("%s", (dtype) => {
    const cases = shapes({ min: 1, max: 4 }).chain((shape) => fc.tuple(fc.constant(shape), permutation(shape), turns));
    const of = (shape: readonly number[]) => ({
      ...constantOf(
        dtype,
        shape,
        Array.from({ length: reference.sizeOf(shape) }, (_, i) => (i * 7) % 120),
      ),
    });
    fc.assert(
      fc.property(cases, matrix, ([shape, dims, turn], turned) => {
        for (const [x, order] of [
          [of(shape), dims],
          [of(turned), [0, 2, 1]],
        ] as const) {
          const values = { data: numbersOf(x), shape: x.shape };
          agrees(movement.transposeOperator, [argument(x)], { dims: order }, turn, [images.permute(values, order)]);
        }
        const x = of(shape);
        const values = { data: numbersOf(x), shape };
        const value = dtype === "bool" ? 1 : 3;
        const padding = [1, 2, 3, 0].slice(0, 2 * Math.min(shape.length, 2));
        const padded = reference.pad(values, padding, { mode: "constant", value });
        agrees(padOperator, [argument(x)], { padding, mode: "constant", value }, turn, [padded]);
        agrees(movement.catOperator, [argument(x), argument(x)], { dim: -1 }, turn, [
          images.cat([values, values], shape.length - 1),
        ]);
        const reversed = { starts: [-1], ends: [-(2 ** 40)], dims: [0], steps: [-1] };
        const taken = shape.map((count, axis) =>
          Array.from({ length: count }, (_, i) => (axis === 0 ? count - 1 - i : i)),
        );
        agrees(movement.sliceOperator, [argument(x)], reversed, turn, [images.take(values, taken)]);
      }),
      { numRuns: 40 },
    );
  });
});

/** Without its elements: what is constant is computed before anything runs. */
const argument = ({ dtype, shape, data }: Constant) => ({ dtype, shape, data: data as ArrayLike<number> });

describe("integers of shape arithmetic are computed when planning", () => {
  const integers = (data: readonly number[], shape: readonly number[]) => constantOf("int64", shape, data);
  const six = integers([1, 2, 3, 4, 5, 2 ** 53 - 1], [2, 3]);
  const planned = <A extends object>(operator: Operator<A>, operands: readonly Constant[], attributes: NoInfer<A>) =>
    operator.plan("t", operands, attributes, "many").constants;

  it.each<[string, readonly [readonly number[], readonly number[]][], () => readonly Constant[] | undefined]>([
    [
      "reshape",
      [[Array.from(numbersOf(six)), [3, 2]]],
      () => planned(movement.reshapeOperator, [six], { shape: [3, -1] }),
    ],
    [
      "flatten",
      [[Array.from(numbersOf(six)), [6]]],
      () => planned(movement.flattenOperator, [six], { startDim: 0, endDim: -1 }),
    ],
    [
      "permute",
      [
        [
          [1, 4, 2, 5, 3, 2 ** 53 - 1],
          [3, 2],
        ],
      ],
      () => planned(movement.transposeOperator, [six], { dims: [1, 0] }),
    ],
    [
      "slice",
      [[[3], [1, 1]]],
      () => planned(movement.sliceOperator, [six], { starts: [0, -1], ends: [1, 9], dims: [0, 1], steps: [1, 1] }),
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
      () => planned(movement.splitOperator, [six], { sizes: [1, 2], dim: 1 }),
    ],
    [
      "cat",
      [[[7, 8, 9], [3]]],
      () => planned(movement.catOperator, [integers([7], [1]), integers([], [0]), integers([8, 9], [2])], { dim: 0 }),
    ],
    ["expand", [[[7, 7, 7], [3]]], () => planned(movement.expandOperator, [integers([7], [1])], { shape: [3] })],
    ["tile", [[[7, 8, 7, 8], [4]]], () => planned(movement.tileOperator, [integers([7, 8], [2])], { repeats: [2] })],
    [
      "pad",
      [[[0, 7, 8], [3]]],
      () => planned(padOperator, [integers([7, 8], [2])], { padding: [1, 0], mode: "constant", value: 0 }),
    ],
  ])("%s", (_, expected, fold) => {
    expect(fold()!.map((each) => [Array.from(numbersOf(each)), each.shape])).toEqual(expected);
    expect(fold()!.every(({ dtype }) => dtype === "int64")).toBe(true);
  });

  it("float32 is not, nor what depends on an input", () => {
    const one = constantOf("float32", [1], [1]);
    expect(planned(movement.catOperator, [one], { dim: 0 })).toBeUndefined();
    expect(
      movement.reshapeOperator.plan("t", [{ dtype: "int64", shape: [1] }], { shape: [1] }, "many").constants,
    ).toBeUndefined();
  });

  it("whole numbers beyond 2^53 keep every digit", () => {
    const most = { dtype: "int64", shape: [2], data: BigInt64Array.of(2n ** 63n - 1n, -(2n ** 63n)) } as const;
    const [turned] = planned(movement.sliceOperator, [most], { starts: [-1], ends: [-9], dims: [0], steps: [-1] })!;
    expect(turned!.data).toEqual(BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n));
  });
});
