import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { centerBox, resize, resizeShorter, toTensor } from "../../src/cli/run/transforms.ts";
import { values } from "../support/reference.ts";

interface Case {
  readonly name: string;
  readonly seed: number;
  readonly size: readonly [number, number];
  readonly channels: 1 | 3;
  readonly steps: {
    readonly shorter?: number;
    readonly size?: readonly [number, number];
    readonly crop?: readonly [number, number];
  };
  readonly result: readonly [number, number];
  readonly bytes: readonly number[];
}

const golden: {
  pictures: Case[];
  normalised: { seed: number; size: [number, number]; mean: number[]; std: number[]; values: number[] };
} = JSON.parse(readFileSync(new URL("../golden/transforms.json", import.meta.url), "utf8"));

const colours = (seed: number, [height, width]: readonly [number, number]) => ({
  width,
  height,
  channels: 3 as const,
  data: Uint8Array.from(values(seed, 3 * height * width), (value) => 128 * value + 128),
});

/** As PIL's convert("L"). */
const grey = ({ width, height, data }: ReturnType<typeof colours>) => ({
  width,
  height,
  channels: 1 as const,
  data: Uint8Array.from({ length: width * height }, (_, pixel) => {
    const [red, green, blue] = data.subarray(3 * pixel, 3 * pixel + 3);
    return (19595 * red! + 38470 * green! + 7471 * blue! + 0x8000) >> 16;
  }),
});

describe("torchvision's transforms", () => {
  it.each(golden.pictures)("$name", ({ seed, size, channels, steps, result, bytes }) => {
    let picture: Parameters<typeof resize>[0] = colours(seed, size);
    if (channels === 1) picture = grey(colours(seed, size));
    if (steps.shorter !== undefined) picture = resizeShorter(picture, steps.shorter, steps.crop?.[0]);
    else if (steps.crop !== undefined) {
      const { height, width } = picture;
      picture = resize(picture, height, width, centerBox(height, width, ...steps.crop));
    }
    if (steps.size !== undefined) picture = resize(picture, ...steps.size);
    expect([picture.height, picture.width]).toEqual(result);
    expect([...picture.data]).toEqual(bytes);
  });

  it("ToTensor and Normalize", () => {
    const { seed, size, mean, std, values: expected } = golden.normalised;
    const { data, shape } = toTensor(colours(seed, size), mean, std);
    expect(shape).toEqual([1, 3, ...size]);
    for (const [at, value] of expected.entries()) expect(data[at]).toBeCloseTo(value, 5);
  });
});
