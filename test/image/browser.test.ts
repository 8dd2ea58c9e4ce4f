/** What only a browser has pixels of, in Chromium. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { launchChromium } from "../../examples/playground/chromium.ts";
import type * as Image from "../../src/image/index.ts";
import { ROOT } from "../support/node.ts";

const ORIGIN = "http://localhost:4999/";
const PAGE = `<!doctype html><script type="module">import * as all from "/image.js"; globalThis.library = all;</script>`;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  browser = await launchChromium();
  page = await browser.newPage();
  // nothing listens: the package's files are given by this
  await page.route(`${ORIGIN}**`, (route) => {
    const name = route.request().url().slice(ORIGIN.length);
    if (name === "") return route.fulfill({ contentType: "text/html", body: PAGE });
    return route.fulfill({ contentType: "text/javascript", body: readFileSync(join(ROOT, "dist/esm", name)) });
  });
  await page.goto(ORIGIN);
});

afterAll(() => browser?.close());

/** Of each kind of source: the tensor that the same pixels give as ImageData, and what it gives. */
const seen = () =>
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
  expect(await seen()).toEqual({
    drawn: { element: 0, offscreen: 0, image: 0, frame: 0, bitmap: 0 },
    rest: 0,
    again: true,
    open: "RGBX",
  });
});
