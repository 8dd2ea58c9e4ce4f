/** What only a browser has pixels of, in Chromium. */
import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import type * as Image from "../../src/image/index.ts";
import { onPage } from "../support/page.ts";

/** Of each kind of source: the tensor that the same pixels give as ImageData, and what it gives. */
const seen = (page: Page) =>
  page.evaluate(async () => {
    const { fromPixels, toPixels } = (globalThis as unknown as { library: typeof Image }).library;
    const [width, height] = [20, 13];
    const data = Uint8ClampedArray.from({ length: width * height * 4 }, (_, at) =>
      at % 4 === 3 ? 255 : (at * 7919) % 251,
    );
    const pixels = new ImageData(data, width, height);
    const element = document.createElement("canvas");
    const offscreen = new OffscreenCanvas(width, height);
    for (const canvas of [element, offscreen]) {
      [canvas.width, canvas.height] = [width, height];
      (canvas.getContext("2d") as CanvasRenderingContext2D).putImageData(pixels, 0, 0);
    }
    const image = document.createElement("img");
    image.src = element.toDataURL();
    await image.decode();
    // shown smaller than it is
    image.width = 5;
    const frame = new VideoFrame(pixels.data, { format: "RGBX", codedWidth: width, codedHeight: height, timestamp: 0 });
    const sources = { element, offscreen, image, frame, bitmap: await createImageBitmap(pixels) };
    const expected = fromPixels(pixels);
    const drawn = Object.entries(sources).map(([name, source]) => {
      const tensor = fromPixels(source);
      let apart = tensor.shape.join() === expected.shape.join() ? 0 : Infinity;
      for (const [at, value] of tensor.data.entries()) apart = Math.max(apart, Math.abs(value - expected.data[at]!));
      return [name, 255 * apart] as const;
    });
    // a picture that is partly transparent after an opaque one: nothing shines through
    const clear = new OffscreenCanvas(width, height);
    clear.getContext("2d");
    const rest = fromPixels(clear, { channels: 4 }).data.reduce((sum, value) => sum + value, 0);
    const back = toPixels(expected);
    const again = new ImageData(back.data, back.width, back.height).data.every((value, at) => value === data[at]);
    const open = frame.format;
    frame.close();
    return { drawn: Object.fromEntries(drawn), rest, again, open };
  });

it("reads canvases, images, bitmaps and frames, and leaves them open", async () => {
  expect(await onPage({ "/image.js": "library" }, seen)).toEqual({
    drawn: { element: 0, offscreen: 0, image: 0, frame: 0, bitmap: 0 },
    rest: 0,
    again: true,
    open: "RGBX",
  });
});
