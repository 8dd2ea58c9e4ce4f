import { PbfReader, PbfWriter } from "pbf";

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
  const pbf = new PbfReader(message);
  while (pbf.pos < pbf.length) {
    const begin = pbf.pos;
    const tag = pbf.nextField();
    const content = pbf.type === 2 ? pbf.readBytes() : undefined;
    if (content === undefined) pbf.skip(pbf.type);
    yield { tag, raw: message.subarray(begin, pbf.pos), content };
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
