/** Small files that are, or claim to be, large ones. */
import { Buffer } from "node:buffer";
import { deflateSync } from "node:zlib";
import sharp from "sharp";
import { chunkOf, encodeRows, SIGNATURE } from "../chunks.ts";
import { MAX_BYTES, MAX_PIXELS } from "../limits.ts";

type Bytes = Buffer<ArrayBuffer>;
export type Type = "image/png" | "image/jpeg";

export interface Bomb {
  name: string;
  type: Type;
  body: Buffer;
  status: number;
}

/** Pixels that cannot be compressed, the same each time. */
export function noise(length: number): Bytes {
  const bytes = Buffer.alloc(length);
  let state = 1;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

/** A photo as large as any, or of `side` by `side` pixels. */
export function photoOf(type: Type, side = Math.sqrt(MAX_PIXELS)): Promise<Buffer> {
  // less of it than of a photo's own colours, so that the file stays below what is allowed
  const grain = noise(3 * side * side).map((value, i) => (value >> 3) + ((i / side) & 127));
  const image = sharp(grain, { raw: { width: side, height: side, channels: 3 } });
  return (type === "image/png" ? image.png() : image.jpeg()).toBuffer();
}

/** `unfolded`: bytes that compressed data unfold to. */
export async function makeBombs(unfolded: number): Promise<Bomb[]> {
  const zeros = deflateSync(Buffer.alloc(unfolded), { level: 9 });
  const png = (name: string, status: number, body: Buffer): Bomb => ({ name, type: "image/png", status, body });
  const jpeg = (name: string, status: number, body: Buffer): Bomb => ({ name, type: "image/jpeg", status, body });
  const small = Buffer.concat(encodeRows(Buffer.alloc(4 * (1 + 3 * 4)), 4, 4));
  const photo = await sharp(noise(3 * 16 * 16), { raw: { width: 16, height: 16, channels: 3 } })
    .jpeg({ progressive: true })
    .toBuffer();
  const frame = photo.findIndex((byte, i) => byte === 0xff && photo[i + 1] === 0xc2);
  const scan = photo.findIndex((byte, i) => byte === 0xff && photo[i + 1] === 0xda);
  const emptyScan = Buffer.from([0xff, 0xda, 0, 8, 1, 1, 0, 0, 0, 0, 0]);
  const side = Math.sqrt(MAX_PIXELS);
  const row = 1 + 3 * side;
  return [
    png("data of one pixel that unfold", 422, pngOf({}, ...chunkOf("IDAT", zeros))),
    png("data of the largest picture that unfold", 422, pngOf({ side }, ...chunkOf("IDAT", zeros))),
    png("data in parts that unfold", 422, pngOf({}, inParts("IDAT", zeros, 1000))),
    png("data in parts of a byte", 422, pngOf({ side }, inParts("IDAT", noise(100_000), 1))),
    png("a colour profile that unfolds", 200, withChunk(small, "iCCP", "profile\0\0", zeros)),
    png("a compressed text that unfolds", 200, withChunk(small, "zTXt", "Comment\0\0", zeros)),
    png("an international text that unfolds", 200, withChunk(small, "iTXt", "Comment\0\x01\0\0\0", zeros)),
    png("a size of 4 billion squared", 413, pngOf({ side: 0xffffffff }, ...chunkOf("IDAT", zeros))),
    png(
      "a palette of 600,000 colours",
      422,
      pngOf({ type: 3 }, ...chunkOf("PLTE", noise(1_800_000)), ...chunkOf("IDAT", deflateSync(Buffer.alloc(2)))),
    ),
    png(
      "transparency of 260,000 greys",
      422,
      pngOf(
        { side, type: 0 },
        ...chunkOf("tRNS", noise(520_000)),
        ...chunkOf("IDAT", deflateSync(Buffer.alloc(side * (1 + side)))),
      ),
    ),
    png(
      "a filter that does not exist",
      422,
      pngOf({ side }, ...chunkOf("IDAT", deflateSync(Buffer.alloc(side * row, 9)))),
    ),
    png("noise", 422, Buffer.concat([SIGNATURE, noise(MAX_BYTES - 8)])),
    png("a body that is too long", 413, noise(MAX_BYTES + 1)),
    jpeg("a size of 65,535 squared", 413, withSize(photo, frame, 65535)),
    jpeg(
      "5,000 scans",
      422,
      Buffer.concat([photo.subarray(0, scan), ...Array<Buffer>(5000).fill(emptyScan), photo.subarray(scan)]),
    ),
    jpeg("no tables", 422, Buffer.concat([photo.subarray(0, 2), photo.subarray(frame)])),
    jpeg("noise", 422, Buffer.concat([photo.subarray(0, 3), noise(MAX_BYTES - 3)])),
  ];
}

/** Of chunks as they are given, whether or not they fit each other. */
function pngOf({ side = 1, type = 2 }: { side?: number; type?: number }, ...chunks: Uint8Array[]): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side);
  header.writeUInt32BE(side, 4);
  header.set([8, type], 8);
  return Buffer.concat([SIGNATURE, ...chunkOf("IHDR", header), ...chunks, ...chunkOf("IEND", Buffer.alloc(0))]);
}

function inParts(type: string, data: Bytes, length: number): Buffer {
  const count = Math.ceil(data.length / length);
  return Buffer.concat(
    Array.from({ length: count }, (_, i) => chunkOf(type, data.subarray(i * length, (i + 1) * length))).flat(),
  );
}

/** Between the header and the rest. */
function withChunk(png: Buffer, type: string, start: string, data: Bytes): Buffer {
  const chunk = chunkOf(type, Buffer.concat([Buffer.from(start, "latin1"), data]));
  return Buffer.concat([png.subarray(0, 33), ...chunk, png.subarray(33)]);
}

function withSize(jpeg: Buffer, frame: number, side: number): Buffer {
  const changed = Buffer.from(jpeg);
  changed.writeUInt16BE(side, frame + 5);
  changed.writeUInt16BE(side, frame + 7);
  return changed;
}
