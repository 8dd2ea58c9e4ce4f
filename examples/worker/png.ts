import { convertIndexedToRgb, decode } from "fast-png";
import type { Image } from "../upscale/tiles.ts";
import { checkSize, RequestError } from "./limits.ts";

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** The others are dropped: profiles and texts are compressed, and might inflate to any size. */
const KEPT = new Set(["IHDR", "PLTE", "tRNS", "IDAT", "IEND"]);
const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
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
  interlaced: boolean;
}

interface Chunk {
  type: string;
  data: Uint8Array<ArrayBuffer>;
  /** with its length, name and checksum */
  whole: Uint8Array<ArrayBuffer>;
}

/**
 * Decodes a PNG onto white, without alpha, once its size is checked and its data measured.
 *
 * @throws RequestError for a body that is not a PNG, is too large, is cut off, or inflates to more than it declares
 */
export async function decodePng(bytes: Uint8Array<ArrayBuffer>): Promise<Image> {
  const chunks = readChunks(bytes);
  const header = readHeader(chunks[0]!);
  checkSize(header.width, header.height);
  const data = chunks.filter(({ type }) => type === "IDAT").map((chunk) => chunk.data);
  await checkUnfolded(data, header);
  const file = new Blob([bytes.subarray(0, 8), ...chunks.map(({ whole }) => whole)]);
  const { width, height } = header;
  return { data: onWhite(readSamples(await file.bytes(), header), width * height), width, height };
}

function readChunks(bytes: Uint8Array<ArrayBuffer>): Chunk[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks: Chunk[] = [];
  for (let at = 8; chunks.at(-1)?.type !== "IEND"; ) {
    if (at + 12 > bytes.length) throw new RequestError(400, "the PNG is cut off");
    const length = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const end = at + 12 + length;
    if (end > bytes.length) throw new RequestError(400, "the PNG is cut off");
    if (chunks.length === 0 ? type !== "IHDR" || length !== 13 : type === "IHDR") {
      throw new RequestError(400, "the PNG does not begin with its one header");
    }
    if (KEPT.has(type)) chunks.push({ type, data: bytes.subarray(at + 8, end - 4), whole: bytes.subarray(at, end) });
    at = end;
  }
  return chunks;
}

function readHeader({ data }: Chunk): Header {
  const view = new DataView(data.buffer, data.byteOffset);
  const [width, height] = [view.getUint32(0), view.getUint32(4)];
  const [depth, colourType] = [data[8]!, data[9]!];
  if (CHANNELS[colourType] === undefined) throw new RequestError(400, `the PNG has colour type ${colourType}`);
  return { width, height, depth, colourType, interlaced: data[12] === 1 };
}

/** Inflates the data without keeping it, no further than the header allows: a bomb costs no memory. */
async function checkUnfolded(data: Uint8Array<ArrayBuffer>[], header: Header): Promise<void> {
  const expected = unfoldedBytes(header);
  let count = 0;
  try {
    for await (const part of new Blob(data).stream().pipeThrough(new DecompressionStream("deflate"))) {
      count += part.length;
      if (count > expected) break;
    }
  } catch (error) {
    throw new RequestError(400, `the PNG's data cannot be inflated: ${(error as Error).message}`);
  }
  if (count !== expected) {
    throw new RequestError(400, `the PNG holds ${count < expected ? "less" : "more"} data than its header declares`);
  }
}

/** Bytes of all rows, each with the number of its filter. */
function unfoldedBytes({ width, height, depth, colourType, interlaced }: Header): number {
  const rows = (columns: number, count: number) =>
    columns === 0 ? 0 : count * (1 + Math.ceil((columns * depth * CHANNELS[colourType]!) / 8));
  if (!interlaced) return rows(width, height);
  return PASSES.reduce((sum, [x, y, stepX, stepY]) => {
    const columns = Math.max(0, Math.ceil((width - x) / stepX));
    return sum + rows(columns, Math.max(0, Math.ceil((height - y) / stepY)));
  }, 0);
}

/** Eight bits each. */
interface Samples {
  values: ArrayLike<number>;
  channels: number;
  /** whether a pixel without alpha, whose first sample is at this index, is visible */
  opaque(at: number): boolean;
}

/** Palettes are looked up, sixteen bits cut to eight, fewer spread to eight. */
function readSamples(file: Uint8Array, { depth, colourType }: Header): Samples {
  try {
    const decoded = decode(file, { checkCrc: true });
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
    throw new RequestError(400, `the PNG cannot be decoded: ${(error as Error).message}`);
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
