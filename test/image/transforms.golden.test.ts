import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { centerCrop, fromPixels, normalize, type Pixels, resize } from "../../src/image/index.ts";
import { Tensor } from "../../src/index.ts";
import { values } from "../support/reference.ts";

type Sides = [height: number, width: number];

const golden: {
  pictures: {
    name: string;
    seed: number;
    size: Sides;
    mode: "RGB" | "RGBA" | "L";
    to: number | Sides;
    options: { maxSize?: number };
    result: Sides;
    bytes: number[];
  }[];
  tensors: {
    seed: number;
    size: Sides;
    to: number | Sides;
    antialias: boolean;
    batch: boolean;
    shape: number[];
    bytes: number[];
    floats: number[];
  }[];
  crops: { seed: number; size: Sides; to: Sides; bytes: number[] }[];
  scaled: number[];
  normalised: { mean: number[]; std: number[]; values: number[] };
} = JSON.parse(readFileSync(new URL("../golden/transforms.json", import.meta.url), "utf8"));

const colours = (seed: number, [height, width]: Sides): Pixels => ({
  width,
  height,
  data: Uint8Array.from(values(seed, 3 * height * width), (value) => 128 * value + 128),
});

/** As PIL's convert. */
function converted(picture: Pixels, mode: "RGB" | "RGBA" | "L"): Pixels {
  const channels = mode.length as 1 | 3 | 4;
  const { data } = fromPixels(picture, { channels, dtype: "uint8", layout: "hwc" });
  return { ...picture, data };
}

describe("as torchvision's transforms of PIL images, to the bit", () => {
  it.each(golden.pictures)("Resize: $name", ({ seed, size, mode, to, options, result, bytes }) => {
    const { width, height, data } = resize(converted(colours(seed, size), mode), to, options);
    expect([height, width]).toEqual(result);
    expect([...data]).toEqual(bytes);
  });

  it.each(golden.crops)("CenterCrop of $size to $to", ({ seed, size, to, bytes }) => {
    const picture = colours(seed, size);
    const { width, height, data } = centerCrop(picture, to);
    expect([height, width]).toEqual(to);
    expect([...data]).toEqual(bytes);
    const cropped = centerCrop(fromPixels(picture), to);
    expect([...cropped.data]).toEqual([...fromPixels({ width, height, data }).data]);
    const ofBytes = centerCrop(fromPixels(picture, { dtype: "uint8" }), to);
    expect([...ofBytes.data]).toEqual([...fromPixels({ width, height, data }, { dtype: "uint8" }).data]);
  });

  it("ToTensor and Normalize", () => {
    const every = { width: 256, height: 1, data: Uint8Array.from({ length: 768 }, (_, at) => Math.floor(at / 3)) };
    const scaled = fromPixels(every);
    expect([...scaled.data.subarray(256, 512)]).toEqual(golden.scaled.map(Math.fround));
    const { mean, std, values: expected } = golden.normalised;
    expect([...normalize(scaled, mean, std).data]).toEqual(expected.map(Math.fround));
  });
});

describe("as torchvision's transforms of tensors", () => {
  it.each(golden.tensors)("Resize of $size to $to, antialias $antialias, batch $batch", (each) => {
    const { seed, size, to, antialias, batch, shape, bytes, floats } = each;
    const one = fromPixels(colours(seed, size), { dtype: "uint8" });
    const data = batch ? [...one.data, ...one.data.map((value) => 255 - value)] : [...one.data];
    const input = new Tensor<"uint8">(Uint8Array.from(data), batch ? [2, ...one.shape] : one.shape, "uint8");
    const resized = resize(input, to, { antialias });
    expect(resized.shape).toEqual(shape);
    for (const [at, value] of bytes.entries()) {
      // a value in the middle of two bytes may become either: torch's own builds differ there
      const isMiddle = Math.abs(((255 * floats[at]!) % 1) - 0.5) < 1e-3;
      expect(Math.abs(resized.data[at]! - value), `${at}`).toBeLessThanOrEqual(Number(isMiddle));
    }
    const scaled = new Tensor(
      Float32Array.from(data, (value) => value / 255),
      input.shape,
    );
    // torch's own builds, with and without fused sums, differ by as much
    const result = resize(scaled, to, { antialias });
    for (const [at, value] of floats.entries()) expect(Math.abs(result.data[at]! - value)).toBeLessThan(2e-6);
  });
});
