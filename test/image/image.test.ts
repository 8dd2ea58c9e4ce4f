import { describe, expect, it } from "vitest";
import {
  centerCrop,
  fromPixels,
  letterbox,
  normalize,
  type Pixels,
  resize,
  toPixels,
  topk,
} from "../../src/image/index.ts";
import { compile, nn, Tensor } from "../../src/index.ts";

const RGBA: Pixels = { width: 2, height: 1, data: Uint8ClampedArray.of(255, 0, 51, 9, 102, 204, 0, 255) };

describe("fromPixels", () => {
  it("gives planes from 0 to 1, without alpha", () => {
    const { shape, data, dtype } = fromPixels(RGBA);
    expect([dtype, shape]).toEqual(["float32", [3, 1, 2]]);
    expect([...data]).toEqual([255, 102, 0, 204, 51, 0].map((value) => Math.fround(value / 255)));
  });

  it("keeps alpha, gives luma, and repeats grey", () => {
    expect([...fromPixels(RGBA, { channels: 4, dtype: "uint8" }).data]).toEqual([255, 102, 0, 204, 51, 0, 9, 255]);
    expect([...fromPixels(RGBA, { channels: 1, dtype: "uint8" }).data]).toEqual([82, 150]);
    const grey = { width: 2, height: 1, data: Uint8Array.of(3, 7) };
    expect([...fromPixels(grey, { dtype: "uint8" }).data]).toEqual([3, 7, 3, 7, 3, 7]);
  });

  it("puts the channels last", () => {
    const { shape, data } = fromPixels(RGBA, { layout: "hwc", dtype: "uint8" });
    expect(shape).toEqual([1, 2, 3]);
    expect([...data]).toEqual([255, 0, 51, 102, 204, 0]);
  });

  it.each([1, 3, 4] as const)("reads planes as it reads pixels: %i channels wanted", (channels) => {
    for (const given of [1, 3, 4]) {
      const pixels = Uint8Array.from({ length: 6 * given }, (_, at) => (at * 37) % 256);
      const planes = pixels.map((_, at) => pixels[(at % 6) * given + Math.floor(at / 6)]!);
      for (const dtype of ["float32", "uint8"] as const) {
        const expected = fromPixels({ width: 3, height: 2, data: pixels }, { channels, dtype });
        const tensor = fromPixels({ width: 3, height: 2, data: planes, layout: "chw" }, { channels, dtype });
        expect(tensor.shape).toEqual(expected.shape);
        expect([...tensor.data]).toEqual([...expected.data]);
      }
    }
  });

  it("leaves its source as it is", () => {
    const before = [...RGBA.data];
    fromPixels(RGBA).data.fill(0);
    resize(RGBA, 1).data.fill(0);
    centerCrop(RGBA, 2).data.fill(0);
    expect([...RGBA.data]).toEqual(before);
  });
});

describe("a source that is drawn", () => {
  it("needs a canvas", () => {
    const bitmap = { width: 2, height: 1, close() {} };
    expect(() => fromPixels(bitmap)).toThrow(
      "fromPixels: source must be { data, width, height } here: this runtime has no canvas to read others by",
    );
  });

  it("must be loaded", () => {
    expect(() => fromPixels({ naturalWidth: 0, naturalHeight: 0 })).toThrow(
      "fromPixels: source must have pixels, got naturalWidth 0 and naturalHeight 0: is it loaded?",
    );
  });
});

describe("toPixels", () => {
  it("gives what ImageData takes", () => {
    const picture = toPixels(fromPixels(RGBA));
    expect(picture.data).toBeInstanceOf(Uint8ClampedArray);
    expect([picture.width, picture.height, ...picture.data]).toEqual([2, 1, 255, 0, 51, 255, 102, 204, 0, 255]);
  });

  it("undoes fromPixels for every byte", () => {
    const data = Uint8Array.from({ length: 256 }, (_, at) => at);
    for (const layout of ["chw", "hwc"] as const) {
      const tensor = fromPixels({ width: 16, height: 16, data }, { channels: 1, layout });
      expect([...toPixels(tensor, { channels: 1, layout }).data]).toEqual([...data]);
    }
  });

  it("rounds, limits, and makes NaN 0", () => {
    const wild = [-1, 2, NaN, Infinity, -Infinity, 0.4999 / 255, 0.5001 / 255, 1e30, 0.5];
    const tensor = new Tensor(Float32Array.from(wild), [1, 1, wild.length]);
    expect([...toPixels(tensor, { channels: 1 }).data]).toEqual([0, 255, 0, 255, 0, 0, 1, 255, 128]);
  });

  it.each([
    [
      new Tensor([1, 2, 3, 4], [2, 1, 2]),
      "RangeError",
      "must be one picture, (C, H, W) with 1, 3 or 4 channels, got shape [2, 1, 2]",
    ],
    [Tensor.zeros([2, 3, 4, 4]), "RangeError", "must be one picture"],
    [Tensor.zeros([3, 0, 4]), "RangeError", "must be one picture"],
    [{ data: Int32Array.of(1), shape: [1, 1, 1] }, "TypeError", "must be of dtype 'float32' or 'uint8', got 'int32'"],
  ])("refuses %o", (input, kind, message) => {
    expect(() => toPixels(input as Tensor)).toThrow(
      expect.objectContaining({ name: kind, message: expect.stringContaining(message) }),
    );
  });
});

describe("letterbox", () => {
  const wide: Pixels = { width: 100, height: 50, data: new Uint8Array(15000).fill(200) };

  it("fits the picture into a frame and says where it is", () => {
    const { image, ...undo } = letterbox(wide, 32);
    expect(undo).toEqual({ left: 0, top: 8, scaleX: 0.32, scaleY: 0.32 });
    expect([image.width, image.height]).toEqual([32, 32]);
    const rows = Array.from({ length: 32 }, (_, y) => image.data[y * 96 + 50]);
    expect(rows).toEqual([...Array(8).fill(114), ...Array(16).fill(200), ...Array(8).fill(114)]);
  });

  it("takes tensors of both kinds", () => {
    for (const dtype of ["float32", "uint8"] as const) {
      const { image, top } = letterbox(fromPixels(wide, { dtype }) as Tensor, [20, 40], { fill: 0 });
      expect([top, ...image.shape]).toEqual([0, 3, 20, 40]);
      const framed = letterbox(fromPixels(wide, { dtype }) as Tensor, [60, 100], { fill: 1, enlarge: false });
      expect([framed.top, framed.scaleX, ...framed.image.shape]).toEqual([5, 1, 3, 60, 100]);
      expect(framed.image.data[0]).toBe(1);
    }
  });
});

describe("topk", () => {
  it("gives values and indices, as torch.topk", () => {
    const { values, indices } = topk(new Tensor([3, 9, 1, 9, 5, 7], [2, 3]), 2);
    expect([values.toArray(), indices.dtype]).toEqual([
      [
        [9, 3],
        [9, 7],
      ],
      "int64",
    ]);
    expect([...indices.data]).toEqual([1n, 0n, 0n, 2n]);
    const least = topk(new Tensor(Uint8Array.of(3, 9, 1, 9), [4]), 1, { largest: false });
    expect([least.values.dtype, least.values.data[0], least.indices.data[0]]).toEqual(["uint8", 1, 2n]);
    expect(topk(Tensor.arange(6).reshape([3, 2]), 1, { dim: 0 }).values.toArray()).toEqual([[4, 5]]);
  });

  it("refuses more than there are", () => {
    expect(() => topk(Tensor.zeros([3]), 4)).toThrow("topk: k must be at most the 3 of axis 0 of [3], got 4");
  });
});

it("normalize can be a step of a network", () => {
  class Normalised extends nn.Module {
    forward(x: Tensor) {
      return normalize(x, [0.5, 0.25, 0], [0.5, 0.5, 1]);
    }
  }
  const x = Tensor.rand([1, 3, 4, 5], 1);
  using session = compile(new Normalised(), [1, 3, 4, 5]);
  expect([...session.run(x).data]).toEqual([...normalize(x, [0.5, 0.25, 0], [0.5, 0.5, 1]).data]);
});

const pixels = (data: unknown, width: unknown = 1, height: unknown = 1) => ({ data, width, height });
it.each([
  ["source must be ImageData", () => fromPixels(null as never), TypeError],
  ["source must be ImageData", () => fromPixels({} as never), TypeError],
  [
    "source.data must be a Uint8Array or a Uint8ClampedArray, got Float32Array(3)",
    () => fromPixels(pixels(new Float32Array(3)) as never),
    TypeError,
  ],
  [
    "source.width must be a whole number from 1, got 0",
    () => fromPixels(pixels(new Uint8Array(0), 0) as never),
    RangeError,
  ],
  [
    "source.data must have 1, 3 or 4 bytes for each of 1x2 pixels, got 4 bytes",
    () => fromPixels(pixels(new Uint8Array(4), 1, 2) as never),
    RangeError,
  ],
  ["channels must be 1, 3 or 4, got 2", () => fromPixels(RGBA, { channels: 2 as never }), RangeError],
  ['layout must be one of "chw", "hwc", got "nchw"', () => fromPixels(RGBA, { layout: "nchw" as never }), RangeError],
  ['unknown option "size"', () => fromPixels(RGBA, { size: 1 } as never), TypeError],
  ["size must be a whole number from 1, got 0", () => resize(RGBA, 0), RangeError],
  ["size must have 2 numbers, got [1, 2, 3]", () => resize(RGBA, [1, 2, 3] as never), RangeError],
  ["antialias goes with tensors", () => resize(RGBA, 4, { antialias: false }), TypeError],
  ["maxSize goes with a size that is one number", () => resize(RGBA, [4, 4], { maxSize: 9 }), TypeError],
  ["maxSize must be more than the size, 4, got 4", () => resize(RGBA, 4, { maxSize: 4 }), RangeError],
  ["more than the 4294901760 that linear memory may have", () => resize(RGBA, [2 ** 30, 2 ** 30]), RangeError],
  [
    "input must be (C, H, W) or (N, C, H, W) with pixels, got shape [2, 2]",
    () => centerCrop(Tensor.zeros([2, 2]), 1),
    RangeError,
  ],
  ["fill must be at most 255 for bytes, got 256", () => letterbox(RGBA, 4, { fill: 256 }), RangeError],
  [
    "mean must have 1 or 3 numbers, one for each channel, got [1, 2]",
    () => normalize(Tensor.zeros([3, 1, 1]), [1, 2], 1),
    RangeError,
  ],
  ["std must not be 0, got [1, 0, 1]", () => normalize(Tensor.zeros([3, 1, 1]), 0, [1, 0, 1]), RangeError],
] as const)("refuses with: %s", (message, call, Kind) => {
  expect(call).toThrow(expect.objectContaining({ message: expect.stringContaining(message) }));
  expect(call).toThrow(Kind);
  // the engine stays usable
  expect(fromPixels(RGBA).data[0]).toBe(1);
});
