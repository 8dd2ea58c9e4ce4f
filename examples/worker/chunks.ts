/** The parts of PNGs. */
import { Buffer } from "node:buffer";
import { crc32, deflateSync } from "node:zlib";

export const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** A chunk in parts, so that its data is not copied. */
export function chunkOf(type: string, data: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>[] {
  const begin = Buffer.alloc(8);
  begin.writeUInt32BE(data.length);
  begin.write(type, 4, "latin1");
  const end = Buffer.alloc(4);
  end.writeUInt32BE(crc32(data, crc32(begin.subarray(4))));
  return [begin, data, end];
}

/** A PNG, in parts, of eight bits per colour; each of its rows begins with the number of its filter. */
export function encodeRows(rows: Uint8Array, width: number, height: number): Uint8Array<ArrayBuffer>[] {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width);
  header.writeUInt32BE(height, 4);
  header.set([8, 2], 8);
  return [
    SIGNATURE,
    ...chunkOf("IHDR", header),
    ...chunkOf("IDAT", deflateSync(rows, { level: 3 })),
    ...chunkOf("IEND", new Uint8Array(0)),
  ];
}

/** Frees large arrays of ours at once: the garbage of a few photos would exceed everything that is in use. */
export function free(...arrays: readonly ArrayBufferView[]): void {
  for (const { buffer } of arrays) {
    // small Buffers share one, of 64 KB in Node 26, which cannot be freed
    if (buffer instanceof ArrayBuffer && buffer.byteLength > 1 << 17) buffer.transfer(0);
  }
}
