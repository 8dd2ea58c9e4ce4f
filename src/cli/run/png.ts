/**
 * PNG pixels (https://www.w3.org/TR/png-3/), decoded row by row while they are inflated: a small file may hold any number
 * of bytes, and only those of its pixels are ever looked at.
 */
import { once } from "node:events";
import * as zlib from "node:zlib";
import { checkSides } from "./sides.ts";

const SIGNATURE_BYTES = 8;
/** Length, type and checksum. */
const FRAME_BYTES = 12;
/** All that pixels need. Others, such as iCCP and zTXt, hold compressed data of any size that nobody here reads. */
const NEEDED = ["IHDR", "PLTE", "IDAT", "IEND"];
/** Not in the first versions of Node 20. */
const { crc32 } = zlib as { crc32?: typeof zlib.crc32 };

const [GREY, COLOURS, PALETTE, GREY_ALPHA, COLOURS_ALPHA] = [0, 2, 3, 4, 6];
/** Samples of a pixel, and the bits that they may have, by the type of colour. */
const KINDS: Readonly<Record<number, { readonly samples: number; readonly depths: readonly number[] }>> = {
  [GREY]: { samples: 1, depths: [1, 2, 4, 8, 16] },
  [COLOURS]: { samples: 3, depths: [8, 16] },
  [PALETTE]: { samples: 1, depths: [1, 2, 4, 8] },
  [GREY_ALPHA]: { samples: 2, depths: [8, 16] },
  [COLOURS_ALPHA]: { samples: 4, depths: [8, 16] },
};

/** Red, green and blue, eight bits each. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/**
 * Alpha is dropped, 16 bits are cut to 8.
 * @param memory MB that the whole command may take
 * @throws Error for a file that is damaged, cut off or too large, or whose data is more or less than its pixels
 */
export async function decodePng(bytes: Uint8Array, memory: number): Promise<Pixels> {
  const chunks = chunksOf(bytes);
  const header = headerOf(chunks[0]);
  const { width, height } = header;
  checkSides(width, height, bytes.length + 3 * width * height, memory);
  const palette = chunks.find(({ type }) => type === "PLTE")?.data;
  const rows = new Rows(header, palette);
  const parts = chunks.filter(({ type }) => type === "IDAT").map(({ data }) => data);
  await inflate(parts, (piece) => rows.take(piece));
  if (!rows.isDone) throw new Error("the file is cut off");
  return { width, height, data: rows.data };
}

interface Chunk {
  readonly type: string;
  readonly data: Uint8Array;
}

/** The chunks that pixels need. */
function chunksOf(bytes: Uint8Array): readonly Chunk[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks: Chunk[] = [];
  for (let at = SIGNATURE_BYTES; chunks.at(-1)?.type !== "IEND"; ) {
    if (at + FRAME_BYTES > bytes.length) throw new Error("the file is cut off");
    const end = at + FRAME_BYTES + view.getUint32(at);
    if (end > bytes.length) throw new Error("the file is cut off");
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (NEEDED.includes(type)) {
      const sum = crc32?.(bytes.subarray(at + 4, end - 4)) ?? view.getUint32(end - 4);
      if (sum !== view.getUint32(end - 4)) throw new Error(`the checksum of the chunk ${type} is wrong`);
      chunks.push({ type, data: bytes.subarray(at + 8, end - 4) });
    }
    at = end;
  }
  return chunks;
}

interface Header {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly colour: number;
  readonly samples: number;
  readonly isInterlaced: boolean;
}

function headerOf(chunk: Chunk | undefined): Header {
  if (chunk?.type !== "IHDR" || chunk.data.length !== 13) throw new Error("the file is damaged");
  const { data } = chunk;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const [depth, colour, compression, filter, interlace] = data.subarray(8) as unknown as number[];
  const kind = KINDS[colour!];
  if (kind === undefined || !kind.depths.includes(depth!) || compression !== 0 || filter !== 0 || interlace! > 1) {
    throw new Error("the file is damaged");
  }
  return {
    width: view.getUint32(0),
    height: view.getUint32(4),
    depth: depth!,
    colour: colour!,
    samples: kind.samples,
    isInterlaced: interlace === 1,
  };
}

/** @param take may throw, which ends it */
async function inflate(parts: readonly Uint8Array[], take: (piece: Uint8Array) => void): Promise<void> {
  const stream = zlib.createInflate();
  const ended = once(stream, "end");
  stream.on("data", (piece: Uint8Array) => {
    try {
      take(piece);
    } catch (error) {
      stream.destroy(error as Error);
    }
  });
  for (const part of parts) {
    if (!stream.write(part)) await Promise.race([once(stream, "drain"), ended]);
  }
  stream.end();
  await ended;
}

/** Pixels of an interlaced file come in seven passes: first column and row, distances of columns and of rows. */
const PASSES = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;
const ALL = [[0, 0, 1, 1]] as const;

/** Makes pixels of inflated bytes, which may end anywhere. */
class Rows {
  readonly data: Uint8Array;
  readonly #header: Header;
  readonly #palette: Uint8Array | undefined;
  /** those that have pixels, and still have rows to come */
  readonly #passes: (readonly [x: number, y: number, dx: number, dy: number])[];
  /** of a pixel, one at least: how far back filters look */
  readonly #step: number;
  /** with the number of the filter before it */
  #row = new Uint8Array();
  #before = new Uint8Array();
  #filled = 0;
  /** row of the picture that is filled */
  #y = 0;

  constructor(header: Header, palette: Uint8Array | undefined) {
    const { width, height, depth, samples, isInterlaced, colour } = header;
    if (colour === PALETTE && palette === undefined) throw new Error("the file has no palette");
    this.data = new Uint8Array(3 * width * height);
    this.#header = header;
    this.#palette = palette;
    this.#step = Math.max((depth * samples) >> 3, 1);
    this.#passes = (isInterlaced ? PASSES : ALL).filter(([x, y]) => x < width && y < height);
    this.#begin();
  }

  get isDone(): boolean {
    return this.#passes.length === 0;
  }

  take(piece: Uint8Array): void {
    for (let at = 0; at < piece.length; ) {
      if (this.isDone) throw new Error("its data is more than its pixels");
      const part = piece.subarray(at, at + this.#row.length - this.#filled);
      this.#row.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled === this.#row.length) this.#end();
    }
  }

  /** Before the first row of a pass. */
  #begin(): void {
    const [pass] = this.#passes;
    if (pass === undefined) return;
    const { width, depth, samples } = this.#header;
    const columns = Math.ceil((width - pass[0]) / pass[2]);
    const bytes = 1 + Math.ceil((columns * depth * samples) / 8);
    this.#row = new Uint8Array(bytes);
    this.#before = new Uint8Array(bytes);
    this.#filled = 0;
    this.#y = pass[1];
  }

  /** After a row. */
  #end(): void {
    unfilter(this.#row, this.#before, this.#step);
    const [[x, , dx, dy]] = this.#passes as [(typeof PASSES)[number]];
    this.#write(x, dx);
    [this.#row, this.#before] = [this.#before, this.#row];
    this.#filled = 0;
    this.#y += dy;
    if (this.#y < this.#header.height) return;
    this.#passes.shift();
    this.#begin();
  }

  #write(first: number, distance: number): void {
    const { width, depth, samples, colour } = this.#header;
    const row = this.#row;
    const palette = this.#palette;
    const bytes = depth === 16 ? 2 : 1;
    const scale = colour === PALETTE || depth >= 8 ? 1 : 255 / (2 ** depth - 1);
    const isColour = samples >= 3;
    for (let x = first, pixel = 0; x < width; x += distance, ++pixel) {
      const write = 3 * (this.#y * width + x);
      const bit = pixel * depth;
      const read = 1 + (depth < 8 ? bit >> 3 : pixel * samples * bytes);
      const value = depth < 8 ? ((row[read]! >> (8 - depth - (bit & 7))) & (2 ** depth - 1)) * scale : row[read]!;
      for (let each = 0; each < 3; ++each) {
        if (colour !== PALETTE) this.data[write + each] = isColour ? row[read + each * bytes]! : value;
        else if (3 * value + each < palette!.length) this.data[write + each] = palette![3 * value + each]!;
        else throw new Error("a pixel is not in the palette");
      }
    }
  }
}

/** Puts back what was subtracted of each byte: that of the pixel to the left, above, or a mixture. */
function unfilter(row: Uint8Array, above: Uint8Array, step: number): void {
  const filter = row[0]!;
  if (filter > 4) throw new Error("the file is damaged");
  for (let at = 1; filter > 0 && at < row.length; ++at) {
    const left = at > step ? row[at - step]! : 0;
    const up = above[at]!;
    if (filter === 1) row[at]! += left;
    else if (filter === 2) row[at]! += up;
    else if (filter === 3) row[at]! += (left + up) >> 1;
    else row[at]! += paeth(left, up, at > step ? above[at - step]! : 0);
  }
}

function paeth(left: number, up: number, corner: number): number {
  const [a, b, c] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)];
  if (a <= b && a <= c) return left;
  return b <= c ? up : corner;
}
