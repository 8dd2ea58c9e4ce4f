import fc from "fast-check";
import { describe, it } from "vitest";
import * as pools from "../../src/operators/pool.ts";
import { agrees, length, planes, tensor, turns } from "../support/agreement.ts";
import { draws } from "../support/draws.ts";
import * as images from "../support/pool-resize-reference.ts";

const SEED = 20260;
fc.configureGlobal(draws(SEED, 150));

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
