import {
  aligned,
  CHECKSUM_AT,
  checksumOf,
  HEAD_BYTES,
  HEADER_LENGTH_AT,
  MAGIC,
  OPERATION_COUNT_AT,
  OPERATION_WORDS,
  type SavedHeader,
} from "../../src/graph/file.ts";

/** The parts of a saved Session. */
export interface SavedParts {
  readonly header: SavedHeader;
  readonly operations: Uint32Array<ArrayBuffer>;
  readonly data: Uint8Array<ArrayBuffer>;
}

/** Copies of the parts. */
export function partsOf(file: Uint8Array): SavedParts {
  const view = new DataView(file.buffer, file.byteOffset);
  const headerBytes = view.getUint32(HEADER_LENGTH_AT, true);
  const at = aligned(HEAD_BYTES + headerBytes);
  const words = view.getUint32(OPERATION_COUNT_AT, true) * OPERATION_WORDS;
  return {
    header: JSON.parse(new TextDecoder().decode(file.subarray(HEAD_BYTES, HEAD_BYTES + headerBytes))),
    operations: new Uint32Array(file.slice(at, at + 4 * words).buffer),
    data: file.slice(at + 4 * words),
  };
}

/** A file of parts, with a checksum that fits. */
export function assembled({ header, operations, data }: Omit<SavedParts, "header"> & { header: unknown }): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(header));
  const at = aligned(HEAD_BYTES + json.length);
  const file = new Uint8Array(at + operations.byteLength + data.length);
  const view = new DataView(file.buffer);
  file.set(MAGIC);
  view.setUint32(HEADER_LENGTH_AT, json.length, true);
  view.setUint32(OPERATION_COUNT_AT, operations.length / OPERATION_WORDS, true);
  file.set(json, HEAD_BYTES);
  new Uint32Array(file.buffer, at, operations.length).set(operations);
  file.set(data, at + operations.byteLength);
  for (const [index, sum] of checksumOf(file).entries()) view.setUint32(CHECKSUM_AT + 4 * index, sum, true);
  return file;
}
