import { describe, expect, it } from "vitest";
import { pixelsToPlanesOperator, planesToPixelsOperator, resizePixelsOperator } from "../../src/operators/pixels.ts";
import { runGuarded } from "../support/guarded.ts";
import { values } from "../support/reference.ts";

const CHANNELS = [1, 3, 4] as const;
const bytes = (seed: number, shape: readonly number[]) => ({
  dtype: "uint8" as const,
  shape,
  data: Uint8Array.from(
    values(
      seed,
      shape.reduce((a, b) => a * b),
    ),
    (value) => 128 * value + 128,
  ) as never,
});

/** PIL's Resample.c in plain loops: one axis of (outer, length, inner) in another length. */
function along(data: ArrayLike<number>, [outer, length, inner]: readonly [number, number, number], out: number) {
  const result: number[] = [];
  const scale = length / out;
  const support = Math.max(scale, 1);
  for (let o = 0; o < outer; ++o) {
    for (let x = 0; x < out; ++x) {
      const center = (x + 0.5) * scale;
      const first = Math.max(Math.trunc(center - support + 0.5), 0);
      const end = Math.min(Math.trunc(center + support + 0.5), length);
      const shares = Array.from({ length: end - first }, (_, i) =>
        Math.max(1 - Math.abs((first + i - center + 0.5) / support), 0),
      );
      const sum = shares.reduce((a, b) => a + b);
      for (let k = 0; k < inner; ++k) {
        let value = 2 ** 21;
        for (const [i, share] of shares.entries()) {
          value += Math.floor(0.5 + (share / sum) * 2 ** 22) * data[(o * length + first + i) * inner + k]!;
        }
        result.push(Math.min(Math.floor(value / 2 ** 22), 255));
      }
    }
  }
  return result;
}

describe.each(CHANNELS)("pictures of %i channels keep to their memory", (channels) => {
  it.each([
    [9, 30, 4, 7],
    [30, 9, 7, 4],
    [1, 1, 3, 5],
    [2, 3, 30, 21],
    [23, 41, 23, 12],
    [23, 41, 12, 41],
    [5, 300, 6, 3],
    [8, 19, 8, 18],
  ])("%ix%i as %ix%i", (rows, columns, height, width) => {
    const x = bytes(1, [rows, columns, channels]);
    const narrowed = along(x.data, [rows, columns, channels], width);
    const expected = along(narrowed, [1, rows, width * channels], height);
    for (let turn = 0; turn < 4; ++turn) {
      const box = { top: 0, left: 0, height, width };
      const [whole] = runGuarded(resizePixelsOperator, [x], { height, width, box }, turn);
      expect([...(whole!.data as Uint8Array)]).toEqual(expected);
      const part = { top: 1, left: Math.min(2, width - 1), height: height - 1, width: width - Math.min(2, width - 1) };
      const [cut] = runGuarded(resizePixelsOperator, [x], { height, width, box: part }, turn);
      const inside = expected.filter((_, at) => {
        const pixel = Math.floor(at / channels);
        return Math.floor(pixel / width) >= part.top && pixel % width >= part.left;
      });
      expect([...(cut!.data as Uint8Array)]).toEqual(inside);
    }
  });

  it.each([1, 3, 4, 5, 17, 70])("%i pixels as planes, and back", (width) => {
    const x = bytes(2, [1, width, channels]);
    for (const planes of CHANNELS) {
      const expected = Array.from({ length: planes * width }, (_, at) => {
        const [plane, pixel] = [Math.floor(at / width), at % width];
        const [red, green, blue] = [0, 1, 2].map((c) => x.data[pixel * channels + (channels === 1 ? 0 : c)]!);
        if (planes === 1 && channels > 1) return (19595 * red! + 38470 * green! + 7471 * blue! + 0x8000) >> 16;
        if (plane < 3) return [red, green, blue][plane]!;
        return channels === 4 ? x.data[pixel * 4 + 3]! : 255;
      });
      for (let turn = 0; turn < 3; ++turn) {
        const [ofBytes] = runGuarded(pixelsToPlanesOperator, [x], { planes, dtype: "uint8" }, turn);
        expect([...(ofBytes!.data as Uint8Array)]).toEqual(expected);
        const [floats] = runGuarded(pixelsToPlanesOperator, [x], { planes, dtype: "float32" }, turn);
        expect([...(floats!.data as Float32Array)]).toEqual(expected.map((value) => Math.fround(value / 255)));
        for (const plain of [ofBytes!, floats!]) {
          if (planes < channels) continue;
          const [back] = runGuarded(planesToPixelsOperator, [plain as never], { channels: planes }, turn);
          const again = Array.from({ length: expected.length }, (_, at) => {
            return expected[(at % planes) * width + Math.floor(at / planes)];
          });
          expect([...(back!.data as Uint8Array)]).toEqual(again);
        }
      }
    }
  });
});

it("takes more pixels than one item has", () => {
  const x = bytes(3, [3, 2999, 4]);
  const [floats] = runGuarded(pixelsToPlanesOperator, [x], { planes: 3, dtype: "float32" }, 1);
  const { data } = floats! as { data: Float32Array };
  expect(data.every((value, at) => value === Math.fround(x.data[(at % 8997) * 4 + Math.floor(at / 8997)]! / 255))).toBe(
    true,
  );
  const [back] = runGuarded(planesToPixelsOperator, [floats as never], { channels: 4 }, 2);
  expect((back!.data as Uint8Array).every((value, at) => value === (at % 4 === 3 ? 255 : x.data[at]))).toBe(true);
});
