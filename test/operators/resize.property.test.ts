import fc from "fast-check";
import { describe, it } from "vitest";
import { interpolateOperator } from "../../src/operators/resize.ts";
import { agrees, length, planes, tensor, turns } from "../support/agreement.ts";
import { draws } from "../support/draws.ts";
import * as images from "../support/pool-resize-reference.ts";

const SEED = 20260;
fc.configureGlobal(draws(SEED, 150));

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
