/** What is looked at of a PNG before it is decoded: https://www.w3.org/TR/png-3/. */
import { Buffer } from "node:buffer";
import { createInflate } from "node:zlib";
import { checkSides } from "./sides.ts";

const SIGNATURE_BYTES = 8;
/** Length, type and checksum. */
const FRAME_BYTES = 12;
/** All that pixels need. Others, such as iCCP and zTXt, hold compressed data of any size that nobody here reads. */
const NEEDED = ["IHDR", "PLTE", "IDAT", "IEND"];
/** Samples of a pixel by the type of colour. */
const SAMPLES: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

interface Chunk {
  readonly type: string;
  readonly data: Uint8Array<ArrayBuffer>;
  /** with length, type and checksum */
  readonly whole: Uint8Array<ArrayBuffer>;
}

/**
 * @returns the file with what its pixels need, and nothing else
 * @throws Error for a file that is damaged, cut off or too large, or whose data is more or less than its pixels
 */
export async function checkedPng(bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  const chunks = chunksOf(bytes);
  const [header] = chunks;
  if (header?.type !== "IHDR" || header.data.length !== 13 || chunks.at(-1)!.type !== "IEND") {
    throw new Error("the file is damaged");
  }
  const expected = inflatedBytes(header.data);
  await checkInflated(
    chunks.filter(({ type }) => type === "IDAT").map(({ data }) => data),
    expected,
  );
  const parts = [bytes.subarray(0, SIGNATURE_BYTES), ...chunks.map(({ whole }) => whole)];
  return new Uint8Array(Buffer.concat(parts));
}

/** The chunks that pixels need. */
function chunksOf(bytes: Uint8Array): readonly Chunk[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks: Chunk[] = [];
  for (let at = SIGNATURE_BYTES; chunks.at(-1)?.type !== "IEND"; ) {
    if (at + FRAME_BYTES > bytes.length) throw new Error("the file is cut off");
    const length = view.getUint32(at);
    const end = at + FRAME_BYTES + length;
    if (end > bytes.length) throw new Error("the file is cut off");
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (NEEDED.includes(type)) {
      const whole = bytes.subarray(at, end) as Uint8Array<ArrayBuffer>;
      chunks.push({ type, data: whole.subarray(8, -4), whole });
    }
    at = end;
  }
  return chunks;
}

/** Bytes of all rows with their filters, of which interlaced files have seven sets. */
function inflatedBytes(header: Uint8Array): number {
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  const [width, height, depth, colour, interlaced] = [
    view.getUint32(0),
    view.getUint32(4),
    header[8]!,
    header[9]!,
    header[12]!,
  ];
  const bits = (SAMPLES[colour] ?? 0) * depth;
  if (bits === 0) throw new Error("the file is damaged");
  // rows as they are inflated, put together, and without filters; red, green and blue
  checkSides(width, height, 3 * Math.ceil((bits * width * height) / 8) + 3 * width * height);
  const rows = (columns: number, lines: number) => (columns === 0 ? 0 : lines * (1 + Math.ceil((bits * columns) / 8)));
  if (interlaced === 0) return rows(width, height);
  return PASSES.reduce(
    (sum, [x, y, dx, dy]) =>
      sum + rows(Math.ceil(Math.max(width - x, 0) / dx), Math.ceil(Math.max(height - y, 0) / dy)),
    0,
  );
}

/** First column and row, and distances of columns and rows. */
const PASSES = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

/** Inflates in pieces that are counted and dropped: a small file may hold any number of bytes. */
async function checkInflated(parts: readonly Uint8Array[], expected: number): Promise<void> {
  const inflate = createInflate();
  const fed = feed(inflate, parts);
  let count = 0;
  try {
    for await (const piece of inflate) {
      count += (piece as Uint8Array).length;
      if (count > expected) throw new Error(`its data is more than the ${expected} bytes of its pixels`);
    }
  } finally {
    inflate.destroy();
  }
  await fed;
  if (count < expected) throw new Error("the file is cut off");
}

async function feed(inflate: ReturnType<typeof createInflate>, parts: readonly Uint8Array[]): Promise<void> {
  for (const part of parts) {
    if (inflate.destroyed) return;
    if (!inflate.write(part))
      await new Promise<void>((resolve) => inflate.once("drain", resolve).once("close", resolve));
  }
  inflate.end();
}
