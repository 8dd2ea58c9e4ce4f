import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { Failure } from "../../src/cli/command.ts";
import { decodePicture, isPicture } from "../../src/cli/run/picture.ts";
import { values } from "../support/reference.ts";

const WIDTH = 21;
const HEIGHT = 13;
const bytesOf = (seed: number, count: number) => Uint8Array.from(values(seed, count), (value) => 128 * value + 128);
const noise = (channels: 1 | 2 | 3 | 4) =>
  sharp(bytesOf(channels, WIDTH * HEIGHT * channels), { raw: { width: WIDTH, height: HEIGHT, channels } });
/** Without edges, so that the ways of widening chroma agree. */
const smooth = () =>
  sharp(
    Uint8Array.from({ length: WIDTH * HEIGHT * 3 }, (_, at) => 40 + 4 * (Math.floor(at / 3) % WIDTH) + 20 * (at % 3)),
    { raw: { width: WIDTH, height: HEIGHT, channels: 3 } },
  );

/** What libvips makes of the same file. */
async function expected(file: Uint8Array) {
  const { data } = await sharp(file).removeAlpha().toColourspace("srgb").raw().toBuffer({ resolveWithObject: true });
  return data;
}

async function apart(file: Uint8Array) {
  const { width, height, channels, data } = await decodePicture("a", file, 3, 512);
  expect([width, height, channels]).toEqual([WIDTH, HEIGHT, 3]);
  const reference = await expected(file);
  expect(data).toHaveLength(reference.length);
  return Math.max(...data.map((value, at) => Math.abs(value - reference[at]!)));
}

describe("PNGs", () => {
  it.each([
    ["colours", () => noise(3).png()],
    ["colours with alpha", () => noise(4).png()],
    ["interlaced", () => noise(3).png({ progressive: true })],
    ["a palette", () => noise(3).png({ palette: true, colours: 200 })],
    ["a palette of 16", () => noise(3).png({ palette: true, colours: 16 })],
    ["grey", () => noise(1).toColourspace("b-w").png()],
    ["grey of one bit", () => noise(1).threshold().toColourspace("b-w").png({ palette: true, colours: 2 })],
  ])("are read exactly: %s", async (_, make) => {
    expect(await apart(await make().toBuffer())).toBe(0);
  });

  it("of 16 bits are cut to 8", async () => {
    const samples = Uint16Array.from({ length: WIDTH * HEIGHT * 3 }, (_, at) => (at * 2657) % 65536);
    const raw = { width: WIDTH, height: HEIGHT, channels: 3 as const };
    const file = await sharp(samples, { raw }).toColourspace("rgb16").png().toBuffer();
    expect([...(await decodePicture("a", file, 3, 512)).data]).toEqual([...samples].map((value) => value >> 8));
  });
});

describe("JPEGs", () => {
  it.each([
    ["baseline", () => smooth().jpeg({ quality: 95 })],
    ["progressive", () => smooth().jpeg({ quality: 95, progressive: true })],
    ["without subsampling", () => smooth().jpeg({ quality: 95, chromaSubsampling: "4:4:4" })],
    ["grey", () => smooth().grayscale().jpeg({ quality: 95 })],
  ])("are read but for rounding: %s", async (_, make) => {
    expect(await apart(await make().toBuffer())).toBeLessThanOrEqual(6);
  });
});

it("gives the luma of colours where one channel is asked for", async () => {
  const { channels, data } = await decodePicture("a", await noise(3).png().toBuffer(), 1, 512);
  const [red, green, blue] = bytesOf(3, 3);
  expect([channels, data.length]).toEqual([1, WIDTH * HEIGHT]);
  expect(data[0]).toBe(Math.round(0.299 * red! + 0.587 * green! + 0.114 * blue!));
});

describe("what is not a whole picture", () => {
  it("is recognised by its first bytes", () => {
    expect(isPicture(new TextEncoder().encode("GIF89a"))).toBe(false);
    expect(isPicture(new Uint8Array())).toBe(false);
  });

  it.each([
    ["PNG", () => noise(3).png()],
    ["JPEG", () => noise(3).jpeg()],
    ["progressive JPEG", () => noise(3).jpeg({ progressive: true })],
  ])("is refused wherever a %s is cut off", async (_, make) => {
    const file = await make().toBuffer();
    for (const length of [8, 20, 40, file.length >> 1, file.length - 20]) {
      await expect(decodePicture("cut", file.subarray(0, length), 3, 512), String(length)).rejects.toThrow(Failure);
    }
  });

  it("is refused where a PNG's bytes are damaged", async () => {
    const file = new Uint8Array(await noise(3).png().toBuffer());
    file[file.length >> 1]! ^= 0x55;
    await expect(decodePicture("damaged", file, 3, 512)).rejects.toThrow(/^damaged: the picture cannot be decoded: /);
  });

  it("is refused before it is decoded where it declares to be huge", async () => {
    const png = new Uint8Array(await noise(3).png().toBuffer());
    new DataView(png.buffer).setUint32(16, 2 ** 31 - 1);
    new DataView(png.buffer).setUint32(20, 2 ** 31 - 1);
    await expect(decodePicture("huge", png, 3, 512)).rejects.toThrow(
      "2147483647x2147483647 is more than 64 megapixels",
    );
    const jpeg = new Uint8Array(await noise(3).jpeg().toBuffer());
    const frame = jpeg.findIndex((byte, at) => byte === 0xff && jpeg[at + 1] === 0xc0);
    jpeg.fill(0xff, frame + 5, frame + 9);
    await expect(decodePicture("huge", jpeg, 3, 512)).rejects.toThrow("65535x65535 is more than 64 megapixels");
  });
});
