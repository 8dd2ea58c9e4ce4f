import { PbfReader, PbfWriter } from "pbf";

/** Damages files: bytes of any kind, and fields of ONNX's messages, so that the messages around them stay whole. */
export type Mutation = (bytes: Uint8Array, other: Uint8Array, below: (count: number) => number) => Uint8Array;

/** What lengths and counts of a file do not like: ends of ranges, and varints that are too long or too large. */
const NASTY = [
  [0],
  [1],
  [0x7f],
  [0x80],
  [0xff],
  [0xff, 0xff, 0xff, 0xff, 0x07],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
  [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01],
  [0x80, 0x80, 0x80, 0x80, 0x10],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
];

const NASTY_NUMBERS = [
  0,
  1,
  2,
  3,
  7,
  -1,
  -2,
  64,
  255,
  1e4,
  65536,
  1e6,
  2 ** 31 - 1,
  2 ** 31,
  -(2 ** 31),
  2 ** 40,
  2 ** 62,
];

const replaced = (bytes: Uint8Array, at: number, count: number, part: Uint8Array | number[]) =>
  new Uint8Array(Buffer.concat([bytes.subarray(0, at), Uint8Array.from(part), bytes.subarray(at + count)]));

/** Which fields are messages themselves, and what is in those. */
interface Schema {
  readonly [tag: number]: Schema;
}

const TENSOR: Schema = {};
const TYPE: Schema = { 2: { 1: { 2: { 1: {} } } } };
const GRAPH: Schema = { 1: { 5: { 5: TENSOR } }, 5: TENSOR, 11: TYPE, 12: TYPE };
const MODEL: Schema = { 7: GRAPH, 8: {} };

interface Field {
  readonly tag: number;
  readonly type: number;
  readonly value: number | Uint8Array;
}

function fieldsOf(bytes: Uint8Array): Field[] {
  const pbf = new PbfReader(bytes);
  const fields: Field[] = [];
  for (let tag = pbf.nextField(); tag !== 0; tag = pbf.nextField()) {
    const { type } = pbf;
    const value = type === 0 ? pbf.readVarint(true) : type === 5 ? pbf.readFloat() : pbf.readBytes();
    fields.push({ tag, type, value });
  }
  return fields;
}

function encoded(fields: readonly Field[]): Uint8Array {
  const pbf = new PbfWriter();
  for (const { tag, type, value } of fields) {
    if (typeof value !== "number") pbf.writeBytesField(tag, value);
    else if (type === 0) pbf.writeVarintField(tag, value);
    else pbf.writeFloatField(tag, value);
  }
  return pbf.finish();
}

/** Changes one field, at a depth that chance decides; `other` is a whole message that stands at the same place. */
function changed(bytes: Uint8Array, other: Uint8Array, schema: Schema, below: (count: number) => number): Uint8Array {
  const fields = fieldsOf(bytes);
  if (fields.length === 0) return bytes;
  const index = below(fields.length);
  const field = fields[index]!;
  const same = fieldsOf(other).filter(({ tag, type }) => tag === field.tag && type === field.type);
  const stranger = same[below(same.length)] ?? field;
  const inner = schema[field.tag];
  if (inner !== undefined && typeof field.value !== "number" && below(8) > 0) {
    const value = changed(field.value, stranger.value as Uint8Array, inner, below);
    return encoded(fields.with(index, { ...field, value }));
  }
  // a message is left one, for the changes that follow
  switch (below(inner === undefined ? 5 : 4)) {
    case 0:
      return encoded(fields.toSpliced(index, 1));
    case 1:
      return encoded([...fields, field]);
    case 2:
      return encoded(fields.toSpliced(below(fields.length), 0, stranger));
    case 3:
      return encoded(fields.with(index, stranger));
    default: {
      const value =
        typeof field.value === "number" ? NASTY_NUMBERS[below(NASTY_NUMBERS.length)]! : bent(field.value, below);
      return encoded(fields.with(index, { ...field, value }));
    }
  }
}

/** Bytes with one of them, or their end, another. */
function bent(bytes: Uint8Array, below: (count: number) => number): Uint8Array {
  if (bytes.length === 0 || below(4) === 0) return bytes.slice(0, below(bytes.length + 1));
  const copy = new Uint8Array(bytes);
  copy[below(bytes.length)]! ^= 1 << below(8);
  return copy;
}

export const MUTATIONS: Readonly<Record<string, Mutation>> = {
  flipBits(bytes, _, below) {
    const copy = new Uint8Array(bytes);
    for (let i = below(4); i >= 0; --i) copy[below(bytes.length)]! ^= 1 << below(8);
    return copy;
  },
  truncate: (bytes, _, below) => new Uint8Array(bytes.subarray(0, below(bytes.length))),
  overwrite(bytes, _, below) {
    const part = NASTY[below(NASTY.length)]!;
    return replaced(bytes, below(bytes.length), part.length, part);
  },
  insert: (bytes, _, below) => replaced(bytes, below(bytes.length), 0, NASTY[below(NASTY.length)]!),
  remove: (bytes, _, below) => replaced(bytes, below(bytes.length), 1 + below(16), []),
  splice(bytes, other, below) {
    const from = below(other.length);
    return replaced(bytes, below(bytes.length), below(32), other.subarray(from, from + below(64)));
  },
  join: (bytes, other) => replaced(bytes, bytes.length, 0, other),
};

/** Changes fields, for files that are whole. */
export const changeField: Mutation = (bytes, other, below) => changed(bytes, other, MODEL, below);
