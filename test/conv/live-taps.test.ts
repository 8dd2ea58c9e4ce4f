import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { convCall } from "../../src/conv/call.ts";
import { type Axis, type ConvGeometry, extentOf } from "../../src/conv/geometry.ts";
import { withoutDeadTaps } from "../../src/conv/live-taps.ts";
import { conv2d, Tensor } from "../../src/index.ts";
import { draws } from "../support/draws.ts";
import * as reference from "../support/reference.ts";

fc.configureGlobal(draws(20250117, 400));

const axis = fc
  .record({
    length: fc.integer({ min: 1, max: 9 }),
    kernel: fc.integer({ min: 1, max: 5 }),
    stride: fc.integer({ min: 1, max: 12 }),
    dilation: fc.integer({ min: 1, max: 12 }),
    padding: fc.integer({ min: 0, max: 24 }),
  })
  .filter(({ length, kernel, dilation, padding }) => (kernel - 1) * dilation + 1 <= length + 2 * padding);

const call = fc.record({ rows: axis, cols: axis }).map(({ rows, cols }) => {
  const options = {
    stride: [rows.stride, cols.stride],
    dilation: [rows.dilation, cols.dilation],
    padding: [rows.padding, cols.padding],
  } as const;
  return { input: [1, 2, rows.length, cols.length], weight: [3, 2, rows.kernel, cols.kernel], options };
});

type Call = typeof call extends fc.Arbitrary<infer T> ? T : never;

function geometryOf({ input, weight, options }: Call): ConvGeometry {
  return convCall({ where: "test", axes: 2, input, weight, options }).geometry;
}

/** Taps along an axis that meet the image, one by one. */
function liveTaps({ kernel, dilation, stride, before, length, out }: Axis) {
  return Array.from({ length: kernel }, (_, tap) => tap).filter((tap) =>
    Array.from({ length: out }, (_, i) => i * stride + tap * dilation - before).some((at) => at >= 0 && at < length),
  );
}

const tensor = (seed: number, shape: number[]) => new Tensor(reference.randoms(seed, reference.sizeOf(shape)), shape);

describe("a convolution without its dead taps", () => {
  it("keeps those from the first to the last that meet the image, and no tap else", () => {
    let cropped = 0;
    fc.assert(
      fc.property(call, (each) => {
        const g = geometryOf(each);
        const rows = liveTaps(g.y);
        const cols = liveTaps(g.x);
        const found = withoutDeadTaps(g);
        const [height, width] = [rows, cols].map((live) => (live.at(-1) ?? 0) - (live[0] ?? 0) + 1);
        const whole = height === g.y.kernel && width === g.x.kernel;
        if (rows.length === 0 || cols.length === 0 || whole) {
          expect(found).toBeUndefined();
          return;
        }
        ++cropped;
        const { live, geometry } = found!;
        const { y, x } = geometry;
        expect([live.top, live.left, y.kernel, x.kernel]).toEqual([rows[0], cols[0], height, width]);
        expect([live.kernelHeight, live.kernelWidth]).toEqual([g.y.kernel, g.x.kernel]);
        // the windows of what is left begin and end where those taps did
        expect(g.y.before - y.before).toBe(rows[0]! * g.y.dilation);
        expect(g.x.before - x.before).toBe(cols[0]! * g.x.dilation);
        expect(extentOf(y)).toBeLessThanOrEqual(extentOf(g.y));
        expect(extentOf(x)).toBeLessThanOrEqual(extentOf(g.x));
      }),
    );
    expect(cropped).toBeGreaterThan(100);
  });

  it("gives what the whole gives, by every algorithm", () => {
    fc.assert(
      fc.property(call, fc.constantFrom(...reference.PLAIN_SUMS), ({ input, weight, options }, algorithm) => {
        const args = [tensor(1, input), tensor(2, weight), tensor(3, [3])] as const;
        const actual = conv2d(...args, { ...options, algorithm });
        expect(reference.differenceBy(algorithm, actual, reference.conv2d(...args, options))).toBeUndefined();
      }),
    );
  });

  it("is left as it is where the padding is not zero", () => {
    const options = { dilation: 6, padding: 6, paddingMode: "circular" } as const;
    const shapes = { input: [1, 1, 6, 6], weight: [1, 1, 3, 3] };
    const { geometry } = convCall({ where: "test", axes: 2, ...shapes, options });
    expect(withoutDeadTaps(geometry)).toBeUndefined();
    expect(withoutDeadTaps({ ...geometry, paddingMode: "zeros" })?.live).toEqual({
      top: 1,
      left: 1,
      kernelHeight: 3,
      kernelWidth: 3,
    });
  });
});
