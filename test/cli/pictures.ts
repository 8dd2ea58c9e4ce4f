/** Pictures that no encoder would write. */
import { crc32, deflateSync } from "node:zlib";

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

export function pngChunk(type: string, data: Uint8Array): Uint8Array {
  const chunk = new Uint8Array(12 + data.length);
  const view = new DataView(chunk.buffer);
  view.setUint32(0, data.length);
  chunk.set(new TextEncoder().encode(type), 4);
  chunk.set(data, 8);
  view.setUint32(8 + data.length, crc32(chunk.subarray(4, 8 + data.length)));
  return chunk;
}

interface Declared {
  readonly width: number;
  readonly height: number;
  readonly depth?: number;
  /** 2: red, green and blue */
  readonly colour?: number;
}

/** @param inflated rows, each after the number of its filter */
export function png(
  { width, height, depth = 8, colour = 2 }: Declared,
  inflated: Uint8Array,
  ...others: readonly Uint8Array[]
): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([depth, colour], 8);
  return joined([
    Uint8Array.from(SIGNATURE),
    pngChunk("IHDR", header),
    ...others,
    pngChunk("IDAT", deflateSync(inflated)),
    pngChunk("IEND", new Uint8Array()),
  ]);
}

/** A PNG of zeros. */
export const blackPng = (width: number, height: number): Uint8Array<ArrayBuffer> =>
  png({ width, height }, new Uint8Array(height * (1 + 3 * width)));

/** A JPEG with an Exif segment that says how the camera was held. */
export function heldJpeg(jpeg: Uint8Array, orientation: number, isLittle = false): Uint8Array<ArrayBuffer> {
  const exif = new Uint8Array(36);
  exif.set([0xff, 0xe1, 0, 34, ...new TextEncoder().encode("Exif\0\0"), ...(isLittle ? [0x49, 0x49] : [0x4d, 0x4d])]);
  const view = new DataView(exif.buffer, 10);
  view.setUint16(2, 42, isLittle);
  view.setUint32(4, 8, isLittle);
  view.setUint16(8, 1, isLittle);
  view.setUint16(10, 0x0112, isLittle);
  view.setUint16(12, 3, isLittle);
  view.setUint32(14, 1, isLittle);
  view.setUint16(18, orientation, isLittle);
  return joined([jpeg.subarray(0, 2), exif, jpeg.subarray(2)]);
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
