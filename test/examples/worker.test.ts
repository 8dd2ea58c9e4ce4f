import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { crc32, deflateSync } from "node:zlib";
import { runtime, Tensor } from "convwasm";
import sharp from "sharp";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { loadModel } from "../../examples/upscale/load.ts";
import { type Image, upscale } from "../../examples/upscale/tiles.ts";
import {
  MAX_BYTES,
  MAX_LINEAR_MEMORY,
  MAX_PHOTOS,
  MAX_PIXELS,
  RETRY_SECONDS,
  SILENT_SECONDS,
  TILE_SIZE,
} from "../../examples/worker/limits.ts";
import { postPatiently, sendSlowly } from "../../examples/worker/measure/clients.ts";
import { runAll } from "../../examples/worker/measure/loads.ts";
import { ResidentMemory } from "../../examples/worker/measure/memory.ts";
import { serveWorker } from "../../examples/worker/server.ts";
import { ROOT } from "../support/node.ts";
import { interrupt, startServing } from "./command.ts";

const photo = readFileSync(
  fileURLToPath(new URL("../../node_modules/@upscalerjs/default-model/assets/fixture.png", import.meta.url)),
);
const model = loadModel();

let worker: Awaited<ReturnType<typeof serveWorker>>;
let memory: ResidentMemory;
beforeAll(async () => {
  worker = await serveWorker(0);
  memory = new ResidentMemory();
}, 60_000);
afterAll(() => worker?.close());

const post = (body: BodyInit | Uint8Array, type = "image/png", init: RequestInit = {}) =>
  fetch(worker.url, { method: "POST", body: body as BodyInit, headers: { "content-type": type }, ...init });

async function readRgb(bytes: Uint8Array): Promise<Image> {
  const decoded = sharp(bytes).autoOrient().flatten({ background: "white" }).toColourspace("srgb").raw();
  const { data, info } = await decoded.toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

async function enlarged(bytes: Uint8Array, type?: string): Promise<Image> {
  const response = await post(bytes, type);
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
  expect(response.headers.get("content-type")).toBe("image/png");
  return readRgb(new Uint8Array(await response.arrayBuffer()));
}

/** How far two images of one size are apart, at most. */
function distance(actual: Image, expected: Image): number {
  expect([actual.width, actual.height]).toEqual([expected.width, expected.height]);
  let most = 0;
  for (const [i, value] of expected.data.entries()) most = Math.max(most, Math.abs(value - actual.data[i]!));
  return most;
}

const noise = (width: number, height: number, channels: 3 | 4 = 3) => {
  const random = Tensor.rand([width * height * channels], width).data;
  return sharp(
    Uint8Array.from(random, (value) => 256 * value),
    { raw: { width, height, channels } },
  );
};

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}

interface Header {
  width: number;
  height: number;
  depth?: number;
  colourType?: number;
}

/** A PNG of chunks as they are given, whether or not they fit each other. */
function pngOf({ width, height, depth = 8, colourType = 2 }: Header, ...chunks: Buffer[]): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width);
  header.writeUInt32BE(height, 4);
  header.set([depth, colourType], 8);
  return Buffer.concat([photo.subarray(0, 8), chunk("IHDR", header), ...chunks, chunk("IEND", Buffer.alloc(0))]);
}

// the first, before anything else has grown the process
describe("memory", () => {
  it("stays within a Worker's 128 MB, whatever is sent", { timeout: 300_000 }, async () => {
    const sizes = { clients: 50, photos: 10, unfolded: 200e6, side: 200 };
    for await (const { name, peak } of runAll(worker.url, memory, sizes)) {
      // of the whole process: garbage, too, and what the runtime needs beside the Worker
      expect(peak, name).toBeLessThan(128e6);
    }
  });

  it("stays within it for photos as large as are allowed, three at once, each served in its turn", async () => {
    memory.reset();
    const side = Math.sqrt(MAX_PIXELS);
    const png = await sharp(photo).resize(side, side).png().toBuffer();
    expect(png.length).toBeLessThan(MAX_BYTES);
    const ends = await Promise.all(
      [1, 2, 3].map(async () => {
        const response = await post(png);
        expect(response.status).toBe(200);
        expect((await sharp(await response.arrayBuffer()).metadata()).width).toBe(2 * side);
        const held = Number(response.headers.get("x-linear-memory"));
        expect(held).toBeGreaterThan(1 << 20);
        expect(held).toBeLessThanOrEqual(MAX_LINEAR_MEMORY);
        return performance.now();
      }),
    );
    // one after the other: the first does not wait for the last
    const [first, second, third] = ends.sort((x, y) => x - y) as [number, number, number];
    expect(third - second).toBeGreaterThan((second - first) / 4);
    expect(second - first).toBeGreaterThan((third - second) / 4);
    expect(memory.peak - memory.idle).toBeLessThan(128e6);
  });
});

describe("a photo", () => {
  it("comes back as the same network enlarges it in Node, to the last bit", async () => {
    expect(runtime().build).toBe("relaxed");
    const image = await readRgb(photo);
    const actual = await enlarged(photo);
    expect(distance(actual, upscale(model, image, { tileSize: TILE_SIZE }))).toBe(0);
    // in the larger tiles of the demo, values near a half may round the other way
    expect(distance(actual, upscale(model, image))).toBeLessThanOrEqual(1);
  });

  it.each([
    ["baseline", {}],
    ["progressive", { progressive: true }],
    ["with colours in full resolution", { chromaSubsampling: "4:4:4" }],
  ])("may be a JPEG, %s", async (_, options) => {
    const jpeg = await sharp(photo)
      .jpeg({ quality: 80, ...options })
      .toBuffer();
    const expected = upscale(model, await readRgb(jpeg), { tileSize: TILE_SIZE });
    expect(distance(await enlarged(jpeg, "image/jpeg"), expected)).toBe(0);
  });

  it("is turned as its camera was held", async () => {
    const jpeg = await sharp(photo).resize(40, 24, { fit: "fill" }).withMetadata({ orientation: 6 }).jpeg().toBuffer();
    const actual = await enlarged(jpeg, "image/jpeg; charset=binary");
    expect([actual.width, actual.height]).toEqual([48, 80]);
    expect(distance(actual, upscale(model, await readRgb(jpeg)))).toBe(0);
  });

  const onWhite = { width: 31, height: 22 };
  it.each<[string, () => Promise<Buffer> | Buffer]>([
    ["a palette", () => noise(31, 22).png({ palette: true, colours: 12 }).toBuffer()],
    ["a palette with alpha", () => noise(31, 22, 4).png({ palette: true, colours: 30 }).toBuffer()],
    ["alpha", () => noise(31, 22, 4).png().toBuffer()],
    ["grey", () => noise(31, 22).greyscale().png().toBuffer()],
    ["sixteen bits", () => noise(31, 22).toColourspace("rgb16").png().toBuffer()],
    ["interlaced rows", () => noise(31, 22).png({ progressive: true }).toBuffer()],
    ["a text that unfolds to 64 MB", () => withChunk("zTXt", Buffer.from("Comment\0\0", "latin1"))],
    ["a profile that unfolds to 64 MB", () => withChunk("iCCP", Buffer.from("profile\0\0", "latin1"))],
    [
      "grey of two bits",
      () =>
        pngOf(
          { ...onWhite, depth: 2, colourType: 0 },
          chunk("IDAT", deflateSync(Uint8Array.from({ length: 22 * 9 }, (_, i) => (i % 9 ? i * 37 : 0)))),
        ),
    ],
    [
      "one grey that is transparent",
      () =>
        pngOf(
          { ...onWhite, colourType: 0 },
          chunk("tRNS", Buffer.from([0, 3])),
          chunk("IDAT", deflateSync(Uint8Array.from({ length: 22 * 32 }, (_, i) => (i % 32 ? i % 5 : 0)))),
        ),
    ],
  ])("may be a PNG with %s", async (_, make) => {
    const png = await make();
    const expected = upscale(model, await readRgb(png));
    // blending with white may round the other way, which the network carries on
    expect(distance(await enlarged(png), expected)).toBeLessThanOrEqual(3);
  });

  async function withChunk(type: string, start: Buffer): Promise<Buffer> {
    const png = await noise(31, 22).png().toBuffer();
    const bomb = chunk(type, Buffer.concat([start, deflateSync(Buffer.alloc(64 << 20))]));
    return Buffer.concat([png.subarray(0, 33), bomb, png.subarray(33)]);
  }

  it.each([
    [1, 1],
    [1, 300],
    [97, 2],
  ])("may be %i by %i", async (width, height) => {
    const png = await noise(width, height).png().toBuffer();
    const expected = upscale(model, await readRgb(png), { tileSize: TILE_SIZE });
    expect(distance(await enlarged(png), expected)).toBe(0);
  });
});

describe("what cannot be enlarged", () => {
  afterEach(async () => {
    const png = await noise(4, 4).png().toBuffer();
    expect((await post(png)).status).toBe(200);
  });

  async function refused(response: Response | Promise<Response>, status: number, message: string | RegExp) {
    const answer = await response;
    const { error } = (await answer.json()) as { error: string };
    expect({ status: answer.status, error }).toEqual({ status, error: expect.stringMatching(message) });
    expect(answer.headers.get("content-type")).toBe("application/json");
  }

  it.each(["GET", "PUT", "DELETE", "OPTIONS"])("by another method, %s", async (method) => {
    const response = await fetch(worker.url, { method });
    expect(response.headers.get("allow")).toBe("POST");
    await refused(response, 405, `expected POST with a photo, got ${method}`);
  });

  it("in another place", async () => {
    await refused(fetch(new URL("/favicon.ico", worker.url)), 404, "there is nothing at /favicon.ico");
  });

  it.each(["image/gif", "text/plain", "application/octet-stream", "constructor", "image/pngx"])(
    "of another type, %s",
    async (type) => {
      await refused(post(photo, type), 415, `expected content-type image/png or image/jpeg, got ${type}`);
    },
  );

  it("of no type", async () => {
    const response = fetch(worker.url, { method: "POST", body: photo });
    await refused(response, 415, /got none$/);
  });

  it("because it is garbage, or empty, or of the other type", async () => {
    const garbage = Uint8Array.from(Tensor.rand([5000], 3).data, (value) => 256 * value);
    await refused(post(garbage), 415, "the body is not image/png");
    await refused(post(garbage, "image/jpeg"), 415, "the body is not image/jpeg");
    await refused(post(new Uint8Array(0)), 400, "the body is empty");
    await refused(post(photo, "image/jpeg"), 415, "the body is not image/jpeg");
    await refused(post(Buffer.concat([photo.subarray(0, 8), garbage])), 422, /PNG/);
    await refused(post(Buffer.concat([Buffer.from([0xff, 0xd8, 0xff]), garbage]), "image/jpeg"), 422, /JPEG/);
  });

  it("because the body is too large, whether or not it says so", async () => {
    const message = `the body has more than ${MAX_BYTES} bytes`;
    await refused(post(new Uint8Array(MAX_BYTES + 1)), 413, message);
    let sent = 0;
    const endless = new ReadableStream({
      pull(controller) {
        controller.enqueue(new Uint8Array(1 << 16).fill(1));
        sent += 1 << 16;
        if (sent > MAX_BYTES + (1 << 17)) controller.close();
      },
    });
    const streamed = { duplex: "half" } as RequestInit;
    await refused(post(endless, "image/png", streamed), 413, message);
  });

  it("because it is compressed once more", async () => {
    const init = { method: "POST", body: photo, headers: { "content-type": "image/png", "content-encoding": "gzip" } };
    await refused(fetch(worker.url, init), 415, "expected no content-encoding, got gzip");
  });

  it("because it comes too slowly", async () => {
    const begin = performance.now();
    expect(await sendSlowly(worker.url, { type: "image/png", body: photo }, photo.length - 1, 1e6)).toBe("408");
    const seconds = (performance.now() - begin) / 1000;
    expect(seconds).toBeGreaterThan(SILENT_SECONDS - 1);
    expect(seconds).toBeLessThan(SILENT_SECONDS + 5);
  });

  it("because too many photos wait, and says when to come again", async () => {
    // in one packet, so that no answer is lost to what is still being sent
    const png = await sharp({ create: { width: 400, height: 400, channels: 3, background: "red" } })
      .png()
      .toBuffer();
    const answers = await Promise.all(Array.from({ length: MAX_PHOTOS + 4 }, () => post(png)));
    const statuses = await Promise.all(
      answers.map(async (answer) => {
        if (answer.status === 503) {
          expect(answer.headers.get("retry-after")).toBe(String(RETRY_SECONDS));
          expect(await answer.json()).toEqual({ error: "too many photos wait: try again in a few seconds" });
        } else await answer.arrayBuffer();
        return answer.status;
      }),
    );
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(MAX_PHOTOS);
    expect(statuses.filter((status) => status === 503).length).toBeGreaterThan(0);
  });

  it("because its client has gone, which takes no place of others", async () => {
    const png = await sharp(photo).resize(200, 200).png().toBuffer();
    const gone = Array.from({ length: MAX_PHOTOS }, async () => {
      await expect(post(png, "image/png", { signal: AbortSignal.timeout(300) })).rejects.toThrow(/abort|timeout/i);
    });
    await Promise.all(gone);
    expect(await postPatiently(worker.url, { type: "image/png", body: png })).toBeGreaterThan(0);
  });

  it("because its kind of JPEG is not supported", async () => {
    const cmyk = await noise(16, 16).toColourspace("cmyk").jpeg().toBuffer();
    await refused(post(cmyk, "image/jpeg"), 415, "the JPEG has 4 components: expected grey or colour");
    const jpeg = await noise(16, 16).jpeg().toBuffer();
    const frame = jpeg.findIndex((byte, i) => byte === 0xff && jpeg[i + 1] === 0xc0);
    const lossless = Buffer.from(jpeg);
    lossless[frame + 1] = 0xc3;
    await refused(post(lossless, "image/jpeg"), 415, "the JPEG is neither baseline nor progressive");
    const deep = Buffer.from(jpeg);
    deep[frame + 4] = 12;
    await refused(post(deep, "image/jpeg"), 415, "the JPEG has 12 bits per sample: expected 8");
  });

  it("because it declares too many pixels, without decoding any", async () => {
    const few = chunk("IDAT", deflateSync(Buffer.alloc(100)));
    for (const [width, height] of [
      [65535, 65535],
      [0xffffffff, 0xffffffff],
      [MAX_PIXELS + 1, 1],
      [513, 512],
    ] as const) {
      const message = `the image has ${width} x ${height} pixels, more than ${MAX_PIXELS}`;
      await refused(post(pngOf({ width, height }, few)), 413, message);
    }
    await refused(post(pngOf({ width: 0, height: 5 }, few)), 422, "the image has 0 x 5 pixels");

    const jpeg = await noise(16, 16).jpeg().toBuffer();
    const frame = jpeg.findIndex((byte, i) => byte === 0xff && jpeg[i + 1] === 0xc0);
    for (const [width, height, status] of [
      [65535, 65535, 413],
      [16, 20000, 413],
      [16, 0, 422],
    ] as const) {
      const changed = Buffer.from(jpeg);
      changed.writeUInt16BE(height, frame + 5);
      changed.writeUInt16BE(width, frame + 7);
      await refused(post(changed, "image/jpeg"), status, `the image has ${width} x ${height} pixels`);
    }
  });

  it("because it is cut off, anywhere", async () => {
    const jpeg = await sharp(photo).jpeg().toBuffer();
    const progressive = await sharp(photo).jpeg({ progressive: true }).toBuffer();
    for (const share of [0.01, 0.03, 0.1, 0.3, 0.6, 0.9, 0.99]) {
      await refused(post(photo.subarray(0, share * photo.length)), 422, "the PNG is cut off");
      for (const whole of [jpeg, progressive]) {
        await refused(post(whole.subarray(0, share * whole.length), "image/jpeg"), 422, /the JPEG is cut off/);
      }
    }
    await refused(post(photo.subarray(0, 8)), 422, "the PNG is cut off");
    await refused(post(jpeg.subarray(0, 3), "image/jpeg"), 422, "the JPEG is cut off");
    await refused(post(jpeg.subarray(0, -2), "image/jpeg"), 422, "the JPEG is cut off");
  });

  it("because its data do not fit its header", async () => {
    const size = { width: 8, height: 8 };
    const data = (bytes: number) => chunk("IDAT", deflateSync(Buffer.alloc(bytes)));
    await refused(post(pngOf(size, data(100))), 422, "the PNG holds less data than its header declares");
    await refused(post(pngOf(size, data(64 << 20))), 422, "the PNG holds more data than its header declares");
    await refused(post(pngOf(size)), 422, /the PNG/);
    await refused(post(pngOf(size, chunk("IDAT", Buffer.alloc(30)))), 422, /the PNG's data cannot be inflated/);
    await refused(post(pngOf({ ...size, colourType: 5 }, data(200))), 422, "the PNG has colour type 5");
    await refused(post(pngOf({ ...size, depth: 7 }, data(177))), 422, /the PNG/);
    await refused(post(pngOf({ ...size, colourType: 3 }, data(72))), 422, "the PNG cannot be decoded: Color palette");
    const badIndex = chunk("IDAT", deflateSync(Buffer.alloc(72, 1).map((_, i) => (i % 9 ? 9 : 0))));
    const palette = chunk("PLTE", Buffer.alloc(6));
    await refused(
      post(pngOf({ ...size, colourType: 3 }, palette, badIndex)),
      422,
      "the PNG cannot be decoded: Incorrect",
    );
    const wrongSum = data(200);
    wrongSum[wrongSum.length - 1]! ^= 1;
    await refused(post(pngOf(size, wrongSum)), 422, "the PNG is damaged: the checksum of IDAT does not match");
    const flipped = Buffer.from(photo);
    flipped[photo.length - 20]! ^= 0xff;
    await refused(post(flipped), 422, /the PNG/);
  });

  it("because its scans are too many or broken", async () => {
    const jpeg = await noise(16, 16).jpeg({ progressive: true }).toBuffer();
    const scan = jpeg.findIndex((byte, i) => byte === 0xff && jpeg[i + 1] === 0xda);
    const again = Buffer.from([0xff, 0xda, 0, 8, 1, 1, 0, 0, 0, 0, 0]);
    const many = Buffer.concat([jpeg.subarray(0, scan), ...Array<Buffer>(5000).fill(again), jpeg.subarray(scan)]);
    await refused(post(many, "image/jpeg"), 422, "the JPEG has more than 50 scans");
    const frame = jpeg.findIndex((byte, i) => byte === 0xff && jpeg[i + 1] === 0xc2);
    const noFrame = Buffer.concat([jpeg.subarray(0, frame), jpeg.subarray(scan)]);
    await refused(post(noFrame, "image/jpeg"), 422, "the JPEG holds no picture");
    const noTables = Buffer.concat([jpeg.subarray(0, 2), jpeg.subarray(frame)]);
    await refused(post(noTables, "image/jpeg"), 422, /the JPEG cannot be decoded: /);
  });

  it("whatever bits are flipped in it", async () => {
    const jpeg = await sharp(photo).resize(32, 32).jpeg().toBuffer();
    const png = await sharp(photo).resize(32, 32).png().toBuffer();
    const random = Tensor.rand([400], 11).data;
    for (let i = 0; i < 200; i++) {
      const [file, type] = i % 2 ? [jpeg, "image/jpeg"] : [png, "image/png"];
      const changed = Buffer.from(file);
      changed[Math.floor(random[2 * i]! * file.length)]! ^= 1 << Math.floor(8 * random[2 * i + 1]!);
      const response = await post(changed, type);
      await response.arrayBuffer();
      expect([200, 413, 415, 422], `flip ${i}`).toContain(response.status);
    }
  });
});

describe("the command", () => {
  it("serves to this machine until it is interrupted", async () => {
    const { url, process } = await startServing("examples/worker/main.ts", "--port", "0");
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
    expect((await fetch(url)).status).toBe(405);
    await interrupt(process);
    await expect(fetch(url)).rejects.toThrow("fetch failed");
  });

  it("refuses what it does not know", () => {
    for (const args of [["--port", "x"], ["--port", "70000"], ["--zoom"]]) {
      const { status, stderr } = spawnSync(process.execPath, ["examples/worker/main.ts", ...args], {
        cwd: ROOT,
        encoding: "utf8",
      });
      expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringMatching(/^worker: [^\n]+\n$/) });
    }
  });
});
