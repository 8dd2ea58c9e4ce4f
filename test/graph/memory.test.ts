import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Buffer, placeBuffers } from "../../src/graph/memory.ts";

const SEED = 20261;

/** The largest sum of buffers that are needed at one time: no arena is smaller. */
function alive(buffers: readonly Buffer[]): number {
  const steps = new Set(buffers.map(({ first }) => first));
  return Math.max(
    0,
    ...[...steps].map((step) =>
      buffers.reduce((sum, { bytes, first, last }) => sum + (first <= step && step <= last ? bytes : 0), 0),
    ),
  );
}

describe("the arena", () => {
  it("of very many buffers at once keeps them apart, an eighth larger at most, and takes again what is free", () => {
    const many = Array.from({ length: 4000 }, (_, i) => ({
      bytes: 64 * (1 + (i % 37)),
      first: i % 3,
      last: 10 + (i % 5),
    }));
    const later = many.map(({ bytes }) => ({ bytes, first: 20, last: 30 }));
    const buffers = [...many, ...later];
    const { offsets, bytes } = placeBuffers(buffers);
    expect(bytes).toBeLessThan(1.13 * alive(many));
    for (const group of [many, later]) {
      const places = group.map((buffer) => [offsets[buffers.indexOf(buffer)]!, buffer.bytes] as const);
      places.sort(([a], [b]) => a - b);
      for (const [i, [at, size]] of places.entries()) {
        expect(at % 64).toBe(0);
        expect(at + size).toBeLessThanOrEqual(places[i + 1]?.[0] ?? bytes);
      }
    }
  });

  it(`keeps buffers apart that are needed at the same time, seed ${SEED}`, () => {
    const buffer = fc
      .tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: -1, max: 30 }), fc.integer({ min: 0, max: 6 }))
      .map(([blocks, first, length]) => ({ bytes: blocks * 64, first, last: first + length }));
    fc.assert(
      fc.property(fc.array(buffer, { maxLength: 60 }), (buffers) => {
        const { offsets, bytes } = placeBuffers(buffers);
        for (const [i, a] of buffers.entries()) {
          expect(offsets[i]! % 64).toBe(0);
          expect(offsets[i]! + a.bytes).toBeLessThanOrEqual(bytes);
          for (const [j, b] of buffers.entries()) {
            if (i >= j || a.first > b.last || b.first > a.last || a.bytes === 0 || b.bytes === 0) continue;
            const apart = offsets[i]! + a.bytes <= offsets[j]! || offsets[j]! + b.bytes <= offsets[i]!;
            if (!apart) throw new Error(`buffers ${i} and ${j} overlap`);
          }
        }
        expect(bytes).toBeGreaterThanOrEqual(alive(buffers));
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  it("is as large as two neighbours for a chain of equal buffers", () => {
    const chain = Array.from({ length: 20 }, (_, i) => ({ bytes: 640, first: i, last: i + 1 }));
    expect(placeBuffers(chain).bytes).toBe(1280);
  });

  // in these an arena by the first gap that is large enough, by the largest gap, or by none is larger
  it.each<[string, readonly (readonly [units: number, first: number, last: number])[]]>([
    [
      "six buffers",
      [
        [5, 2, 4],
        [4, 3, 5],
        [5, 4, 6],
        [6, 2, 3],
        [8, 0, 2],
        [7, 1, 4],
      ],
    ],
    [
      "seven",
      [
        [6, 3, 4],
        [8, 4, 6],
        [7, 2, 4],
        [3, 2, 3],
        [8, 2, 4],
        [6, 2, 5],
        [6, 0, 2],
      ],
    ],
    [
      "seven others",
      [
        [4, 2, 3],
        [8, 4, 4],
        [3, 3, 6],
        [3, 2, 5],
        [7, 1, 4],
        [3, 2, 2],
        [3, 1, 3],
      ],
    ],
    [
      "eight",
      [
        [2, 0, 1],
        [5, 2, 4],
        [7, 1, 4],
        [8, 4, 7],
        [7, 3, 5],
        [1, 1, 3],
        [3, 0, 3],
        [5, 2, 2],
      ],
    ],
  ])("is as large as what is needed at one time, since each takes the tightest gap: %s", (_, sizes) => {
    const buffers = sizes.map(([units, first, last]) => ({ bytes: units * 64, first, last }));
    expect(placeBuffers(buffers).bytes).toBe(alive(buffers));
  });

  it("is empty for no buffers", () => {
    expect(placeBuffers([])).toEqual({ offsets: [], bytes: 0 });
  });
});
