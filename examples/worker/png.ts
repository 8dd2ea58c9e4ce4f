import { Buffer } from "node:buffer";
import { crc32, deflateSync, inflateSync } from "node:zlib";
import { convertIndexedToRgb, decode, type PngDataArray } from "fast-png";
import type { Image } from "../upscale/tiles.ts";
import { chunkOf, free, SIGNATURE } from "./chunks.ts";
import { checkSize, RequestError } from "./limits.ts";

/** The others are dropped: profiles and texts are compressed, and might inflate to any size. */
const KEPT = new Set(["IHDR", "PLTE", "tRNS", "IDAT", "IEND"]);
/** Of those that are kept: data in parts of a kilobyte, four times as many as are usual. */
const MAX_CHUNKS = 2048;
/** Channels and depths of each colour type. */
const TYPES: Readonly<Record<number, readonly [channels: number, depths: readonly number[]]>> = {
  0: [1, [1, 2, 4, 8, 16]],
  2: [3, [8, 16]],
  3: [1, [1, 2, 4, 8]],
  4: [2, [8, 16]],
  6: [4, [8, 16]],
};
/** Adam7: the first column and row of each pass, and the steps between those that follow. */
const PASSES = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

export const isPng = (bytes: Uint8Array) => SIGNATURE.every((byte, i) => bytes[i] === byte);

interface Header {
  width: number;
  height: number;
  depth: number;
  colourType: number;
  channels: number;
  interlaced: boolean;
}

interface Chunk {
  type: string;
  data: Uint8Array<ArrayBuffer>;
  /** with its length, name and checksum */
  whole: Uint8Array<ArrayBuffer>;
}

/**
 * Decodes a PNG onto white, without alpha, after its size has been checked and its data inflated no further than that.
 *
 * @throws RequestError for a body that is not a PNG, is too large, is cut off, or inflates to more than it declares
 */
export function decodePng(bytes: Uint8Array<ArrayBuffer>): Image {
  const chunks = readChunks(bytes);
  const header = readHeader(chunks[0]!);
  const { width, height } = header;
  checkSize(width, height);
  checkColours(chunks, header);
  const rows = inflateRows(chunks, header);
  // the decoder is given what has been measured, and none of what was sent to be inflated
  const others = chunks.filter(({ type }) => type === "PLTE" || type === "tRNS").map(({ whole }) => whole);
  const stored = deflateSync(rows, { level: 0 });
  const data = chunkOf("IDAT", stored);
  const file = Buffer.concat([SIGNATURE, chunks[0]!.whole, ...others, ...data, chunks.at(-1)!.whole]);
  free(rows, stored);
  const samples = readSamples(file, header);
  const image = { data: onWhite(samples, width * height), width, height };
  free(file, samples.values);
  return image;
}

function readChunks(bytes: Uint8Array<ArrayBuffer>): Chunk[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks: Chunk[] = [];
  for (let at = 8; chunks.at(-1)?.type !== "IEND"; ) {
    if (at + 12 > bytes.length) throw new RequestError(422, "the PNG is cut off");
    const length = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const end = at + 12 + length;
    if (end > bytes.length) throw new RequestError(422, "the PNG is cut off");
    if (chunks.length === 0 ? type !== "IHDR" || length !== 13 : type === "IHDR") {
      throw new RequestError(422, "the PNG does not begin with its one header");
    }
    if (KEPT.has(type)) {
      if (chunks.length === MAX_CHUNKS) throw new RequestError(422, `the PNG has more than ${MAX_CHUNKS} chunks`);
      if (crc32(bytes.subarray(at + 4, end - 4)) !== view.getUint32(end - 4)) {
        throw new RequestError(422, `the PNG is damaged: the checksum of ${type} does not match`);
      }
      chunks.push({ type, data: bytes.subarray(at + 8, end - 4), whole: bytes.subarray(at, end) });
    }
    at = end;
  }
  return chunks;
}

function readHeader({ data }: Chunk): Header {
  const view = new DataView(data.buffer, data.byteOffset);
  const [width, height] = [view.getUint32(0), view.getUint32(4)];
  const [depth, colourType] = [data[8]!, data[9]!];
  const [channels, depths] = TYPES[colourType] ?? [];
  if (channels === undefined) throw new RequestError(422, `the PNG has colour type ${colourType}`);
  if (!depths!.includes(depth)) throw new RequestError(422, `the PNG has colour type ${colourType} of ${depth} bits`);
  return { width, height, depth, colourType, channels, interlaced: data[12] === 1 };
}

/** Palettes and transparency of any length would be read, and be looked through for each pixel. */
function checkColours(chunks: readonly Chunk[], { colourType, channels }: Header): void {
  for (const [type, most] of [
    ["PLTE", 3 * 256],
    ["tRNS", colourType === 3 ? 256 : 2 * channels],
  ] as const) {
    const [first, second] = chunks.filter((chunk) => chunk.type === type);
    if (second !== undefined || (first !== undefined && first.data.length > most)) {
      throw new RequestError(422, `the PNG has more than ${most} bytes of ${type}`);
    }
  }
}

/** Inflates the data not much further than the header declares: a bomb costs no more than a picture. */
function inflateRows(chunks: readonly Chunk[], header: Header): Uint8Array<ArrayBuffer> {
  const expected = unfoldedBytes(header);
  const tooMuch = () => new RequestError(422, "the PNG holds more data than its header declares");
  const data = Buffer.concat(chunks.filter(({ type }) => type === "IDAT").map((chunk) => chunk.data));
  let rows: Uint8Array<ArrayBuffer>;
  try {
    // workerd's buffer grows by leaps, none of which may pass the limit
    rows = inflateSync(data, { maxOutputLength: 2 * expected + (1 << 16) });
  } catch (error) {
    if (error instanceof RangeError) throw tooMuch();
    throw new RequestError(422, `the PNG's data cannot be inflated: ${(error as Error).message}`);
  } finally {
    free(data);
  }
  if (rows.length > expected) throw tooMuch();
  if (rows.length < expected) throw new RequestError(422, "the PNG holds less data than its header declares");
  return rows;
}

/** Bytes of all rows, each with the number of its filter. */
function unfoldedBytes({ width, height, depth, channels, interlaced }: Header): number {
  const rows = (columns: number, count: number) =>
    columns === 0 ? 0 : count * (1 + Math.ceil((columns * depth * channels) / 8));
  if (!interlaced) return rows(width, height);
  return PASSES.reduce((sum, [x, y, stepX, stepY]) => {
    const columns = Math.max(0, Math.ceil((width - x) / stepX));
    return sum + rows(columns, Math.max(0, Math.ceil((height - y) / stepY)));
  }, 0);
}

/** Eight bits each. */
interface Samples {
  values: PngDataArray;
  channels: number;
  /** whether a pixel without alpha, whose first sample is at this index, is visible */
  opaque(at: number): boolean;
}

/** Palettes are looked up, sixteen bits cut to eight, fewer spread to eight. */
function readSamples(file: Uint8Array, { depth, colourType }: Header): Samples {
  try {
    const decoded = decode(file);
    const { data, channels, transparency } = decoded;
    if (colourType === 3) {
      const values = convertIndexedToRgb(decoded);
      return { values, channels: decoded.palette![0]!.length, opaque: () => true };
    }
    const isOpaque = (samples: ArrayLike<number>) => (at: number) =>
      transparency === undefined || transparency.some((value, channel) => samples[at + channel] !== value);
    if (depth < 8) {
      // greys packed into bytes: indices into themselves
      const greys = Array.from({ length: 2 ** depth }, (_, value) => [value] as unknown as [number, number, number]);
      const samples = convertIndexedToRgb({ ...decoded, palette: greys });
      const values = samples.map((value) => (value * 255) / (2 ** depth - 1));
      return { values, channels: 1, opaque: isOpaque(samples) };
    }
    const values = depth === 16 ? Uint8Array.from(data, (value) => value >> 8) : data;
    return { values, channels, opaque: isOpaque(data) };
  } catch (error) {
    throw new RequestError(422, `the PNG cannot be decoded: ${(error as Error).message}`);
  }
}

function onWhite({ values, channels, opaque }: Samples, pixels: number): Uint8ClampedArray {
  const colours = channels < 3 ? 1 : 3;
  const result = new Uint8ClampedArray(3 * pixels);
  for (let pixel = 0; pixel < pixels; pixel++) {
    const at = pixel * channels;
    const alpha = channels > colours ? values[at + colours]! / 255 : opaque(at) ? 1 : 0;
    for (let colour = 0; colour < 3; colour++) {
      result[3 * pixel + colour] = 255 + (values[at + (colour % colours)]! - 255) * alpha;
    }
  }
  return result;
}
