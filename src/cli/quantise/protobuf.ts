import { PbfWriter } from "pbf";

/*
 * A message is copied field by field, so that whatever this program does not know stays as it is in the file.
 */

/** A field of a message: its bytes with its number, and what it holds if that has a length. */
export interface RawField {
  readonly tag: number;
  readonly raw: Uint8Array;
  readonly content: Uint8Array | undefined;
}

/** The fields of a message that has been read once already. */
export function* fieldsOf(message: Uint8Array): Generator<RawField> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = message[at++]!;
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const begin = at;
    const key = varint();
    let content: Uint8Array | undefined;
    const wire = key & 7;
    if (wire === 0) varint();
    else if (wire === 1) at += 8;
    else if (wire === 5) at += 4;
    else {
      const length = varint();
      content = message.subarray(at, at + length);
      at += length;
    }
    yield { tag: key >>> 3, raw: message.subarray(begin, at), content };
  }
}

/** The bytes that a function writes. */
export function written(write: (pbf: PbfWriter) => void): Uint8Array {
  const pbf = new PbfWriter();
  write(pbf);
  return pbf.finish();
}

/** A field that holds bytes: a message, a string. */
export const field = (tag: number, content: Uint8Array): Uint8Array =>
  written((pbf) => pbf.writeBytesField(tag, content));

export function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
