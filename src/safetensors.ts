import { checkBytes, countOf, isInteger, settled, show, type View, wrongType, wrongValue } from "./check.ts";
import { byteLength, type DType, type TensorData } from "./dtype.ts";
import { type AnyTensor, checkValues } from "./functional/promotion.ts";
import { newData, Tensor } from "./tensor.ts";

/**
 * The file format of https://github.com/huggingface/safetensors: the length of a header in eight bytes (little endian),
 * the header in JSON, then the values of all tensors, one after the other without gaps.
 */
const LENGTH_BYTES = 8;

/** The limit of the format's own library: real headers have a few hundred bytes for each tensor. */
const MOST_HEADER_BYTES = 100_000_000;

/** How stored values become float32. */
interface Dtype {
  /** of one value */
  readonly bytes: number;
  /** @param values the bytes of a tensor, at any address */
  readonly read: (where: string, values: Uint8Array) => Float32Array;
}

const DTYPES: Readonly<Record<string, Dtype>> = {
  F32: { bytes: 4, read: (_, values) => aligned(values, Float32Array) },
  F64: { bytes: 8, read: (where, values) => converted(where, aligned(values, Float64Array), Number) },
  F16: { bytes: 2, read: (where, values) => converted(where, aligned(values, Uint16Array), halfToNumber) },
  BF16: { bytes: 2, read: readBfloat16 },
  I64: { bytes: 8, read: (where, values) => converted(where, aligned(values, BigInt64Array), exactBigInt) },
  U64: { bytes: 8, read: (where, values) => converted(where, aligned(values, BigUint64Array), exactBigInt) },
  I32: { bytes: 4, read: (where, values) => converted(where, aligned(values, Int32Array), exactNumber) },
  U32: { bytes: 4, read: (where, values) => converted(where, aligned(values, Uint32Array), exactNumber) },
  I16: { bytes: 2, read: (where, values) => converted(where, aligned(values, Int16Array), Number) },
  U16: { bytes: 2, read: (where, values) => converted(where, aligned(values, Uint16Array), Number) },
  I8: { bytes: 1, read: (where, values) => converted(where, aligned(values, Int8Array), Number) },
  U8: { bytes: 1, read: (where, values) => converted(where, values, Number) },
  BOOL: { bytes: 1, read: (where, values) => converted(where, values, (value) => (value === 0 ? 0 : 1)) },
};

/** What the header says about a tensor, checked. */
interface Entry {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** in bytes after the header */
  readonly begin: number;
  readonly end: number;
}

/**
 * Reads a .safetensors file.
 *
 * F32 tensors are views of `bytes` where they lie at a multiple of four, otherwise copies. All others are converted to
 * float32: F16, BF16, I16, U16, I8, U8 and BOOL (0 or 1) exactly, F64 rounded; I64, U64, I32 and U32 must hold values
 * that float32 holds exactly, as torch's num_batches_tracked does. The file's `__metadata__` is checked and left out.
 *
 * @param bytes the whole file
 * @returns tensors by name, in the file's order, as `loadStateDict` takes them
 * @throws TypeError if `bytes` is neither; RangeError for a file that breaks the format, has tensors of other types, or
 *   integers that float32 cannot hold
 */
export function loadSafetensors(bytes: Uint8Array | ArrayBuffer): Record<string, Tensor> {
  const where = "loadSafetensors";
  const file = checkBytes(where, bytes);
  const { header, dataAt } = readHeader(where, file);
  const entries = readEntries(where, header);
  checkCover(where, entries, file.length - dataAt);
  // not by assignment, where the name __proto__ would mean something else
  return Object.fromEntries(
    entries.map(({ name, dtype, shape, begin, end }) => {
      const values = file.subarray(dataAt + begin, dataAt + end);
      return [name, new Tensor(dtype.read(`${where}: ${show(name)}`, values), shape)];
    }),
  );
}

/** The format's names of what tensors hold. */
const NAME_OF: Readonly<Record<DType, string>> = {
  float32: "F32",
  float16: "F16",
  int64: "I64",
  int32: "I32",
  uint8: "U8",
  int8: "I8",
  bool: "BOOL",
};

/**
 * Writes a .safetensors file of tensors of any dtype, in the record's order.
 *
 * @param tensors tensors by name, as `stateDict` returns them
 * @returns the whole file
 * @throws TypeError if it is not a record of tensors; RangeError for the name `__metadata__`, which the format reserves
 */
export function saveSafetensors(tensors: Readonly<Record<string, AnyTensor>>): Uint8Array<ArrayBuffer> {
  const where = "saveSafetensors";
  if (typeof tensors !== "object" || tensors === null) {
    throw wrongType(where, `tensors must be a record of tensors, got ${show(tensors)}`);
  }
  const entries: [string, object][] = [];
  const views: View<DType, TensorData>[] = [];
  let size = 0;
  for (const [name, value] of Object.entries(tensors)) {
    if (name === METADATA) throw wrongValue(where, `no tensor can be called ${METADATA}, which the format reserves`);
    const view = checkValues(where, show(name), value) as View<DType, TensorData>;
    const { dtype, shape } = view;
    const begin = size;
    size += byteLength(view);
    entries.push([name, { dtype: NAME_OF[dtype], shape, data_offsets: [begin, size] }]);
    views.push(view);
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  // spaces, so that the values lie at a multiple of eight
  const headerBytes = Math.ceil(json.length / 8) * 8;
  const file = new Uint8Array(LENGTH_BYTES + headerBytes + size);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerBytes), true);
  file.fill(0x20, LENGTH_BYTES, LENGTH_BYTES + headerBytes).set(json, LENGTH_BYTES);
  let at = LENGTH_BYTES + headerBytes;
  for (const view of views) {
    const { data } = settled(where, view);
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return file;
}

const METADATA = "__metadata__";

function readHeader(where: string, file: Uint8Array): { header: Record<string, unknown>; dataAt: number } {
  if (file.length < LENGTH_BYTES) {
    throw wrongValue(
      where,
      `the file must begin with ${LENGTH_BYTES} bytes for the header's length, but has ${file.length}`,
    );
  }
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const length = Number(view.getBigUint64(0, true));
  if (length > MOST_HEADER_BYTES) {
    throw wrongValue(where, `the header must have at most ${MOST_HEADER_BYTES} bytes, the file says ${length}`);
  }
  const dataAt = LENGTH_BYTES + length;
  if (dataAt > file.length) {
    throw wrongValue(where, `the header's ${length} bytes end past the file, which has ${file.length} bytes`);
  }
  let text: string;
  let header: unknown;
  try {
    // a copy, since decoders refuse shared memory
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(file.slice(LENGTH_BYTES, dataAt));
    header = JSON.parse(text);
  } catch (cause) {
    throw new RangeError(`${where}: the header must be JSON in UTF-8 (${(cause as Error).message})`, { cause });
  }
  const members = checkMembers(where, "the header", header);
  let count = 0;
  for (const [name, value] of Object.entries(members)) {
    count += 1 + Object.keys(checkMembers(where, show(name), value)).length;
  }
  // JSON.parse keeps the last of several members with one name; each has a colon in the text
  if (countColons(text) !== count) throw wrongValue(where, "the header must not repeat a name or nest objects deeper");
  return { header: members, dataAt };
}

function checkMembers(where: string, name: string, value: unknown): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw wrongValue(where, `${name} must be a JSON object, got ${show(value)}`);
}

/** Colons of a JSON text, without those in strings. */
function countColons(text: string): number {
  let count = 0;
  let inString = false;
  for (let i = 0; i < text.length; ++i) {
    const code = text.charCodeAt(i);
    if (code === 0x22) inString = !inString;
    else if (code === 0x5c) ++i;
    else if (code === 0x3a && !inString) ++count;
  }
  return count;
}

function readEntries(where: string, header: Record<string, unknown>): readonly Entry[] {
  const entries: Entry[] = [];
  for (const [name, value] of Object.entries(header)) {
    const members = value as Record<string, unknown>;
    if (name === METADATA) {
      if (Object.values(members).every((each) => typeof each === "string")) continue;
      throw wrongValue(where, `${METADATA} must hold strings`);
    }
    entries.push(readEntry(where, name, members));
  }
  return entries;
}

function readEntry(where: string, name: string, members: Record<string, unknown>): Entry {
  const fault = (what: string) => wrongValue(where, `${show(name)} ${what}`);
  const names = Object.keys(members).sort().join(", ");
  if (names !== "data_offsets, dtype, shape") {
    throw fault(`must have dtype, shape and data_offsets only, got ${show(names)}`);
  }
  const { dtype: dtypeName, shape, data_offsets: offsets } = members;
  const known = typeof dtypeName === "string" && Object.hasOwn(DTYPES, dtypeName) ? DTYPES[dtypeName] : undefined;
  if (known === undefined) {
    throw fault(`has the dtype ${show(dtypeName)} (known: ${Object.keys(DTYPES).join(", ")})`);
  }
  if (!isLengths(shape)) throw fault(`must have a shape of whole numbers from 0, got ${show(shape)}`);
  if (!isLengths(offsets) || offsets.length !== 2 || offsets[0]! > offsets[1]!) {
    throw fault(`must have data_offsets [begin, end], got ${show(offsets)}`);
  }
  const [begin, end] = offsets as readonly [number, number];
  const size = countOf(shape) * known.bytes;
  if (end - begin !== size) {
    throw fault(`has ${end - begin} bytes, but shape ${show(shape)} in ${dtypeName} needs ${size}`);
  }
  return { name, dtype: known, shape, begin, end };
}

const isLengths = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every((each) => isInteger(each) && each >= 0 && each <= Number.MAX_SAFE_INTEGER);

/** Checks that the tensors fill the bytes after the header, without gaps or overlaps. */
function checkCover(where: string, entries: readonly Entry[], size: number): void {
  let covered = 0;
  for (const { name, begin, end } of entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (end > size) {
      throw wrongValue(where, `${show(name)} ends at byte ${end}, but only ${size} bytes follow the header`);
    }
    if (begin !== covered) {
      const fault = begin < covered ? "overlaps another tensor" : "leaves a gap";
      throw wrongValue(where, `${show(name)} begins at byte ${begin} and ${fault}, expected ${covered}`);
    }
    covered = end;
  }
  if (covered !== size) {
    throw wrongValue(where, `the tensors have ${covered} bytes, but ${size} bytes follow the header`);
  }
}

interface ArrayOf<T> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): T;
}

/** The bytes as numbers of a type: a view where the address allows, otherwise a copy. */
function aligned<T>(values: Uint8Array, type: ArrayOf<T>): T {
  const size = type.BYTES_PER_ELEMENT;
  const at = values.byteOffset % size === 0 ? values : values.slice();
  return new type(at.buffer, at.byteOffset, at.length / size);
}

function converted<T>(where: string, values: ArrayLike<T>, convert: (value: T, where: string) => number): Float32Array {
  const result = newData(where, [values.length]);
  for (let i = 0; i < result.length; ++i) result[i] = convert(values[i]!, where);
  return result;
}

/** The upper half of a float32. */
function readBfloat16(where: string, values: Uint8Array): Float32Array {
  const halves = aligned(values, Uint16Array);
  const result = newData(where, [halves.length]);
  const bits = new Uint32Array(result.buffer);
  for (let i = 0; i < bits.length; ++i) bits[i] = halves[i]! << 16;
  return result;
}

/** IEEE 754 binary16: one sign bit, five exponent bits, ten mantissa bits. */
function halfToNumber(bits: number): number {
  const exponent = (bits >> 10) & 31;
  const mantissa = bits & 1023;
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 31) return mantissa === 0 ? sign * Infinity : NaN;
  return sign * (exponent === 0 ? mantissa * 2 ** -24 : (1024 + mantissa) * 2 ** (exponent - 25));
}

function exactNumber(value: number, where: string): number {
  if (Math.fround(value) === value) return value;
  throw wrongValue(where, `float32 cannot hold the integer ${value}`);
}

function exactBigInt(value: bigint, where: string): number {
  const rounded = Math.fround(Number(value));
  if (BigInt(rounded) === value) return rounded;
  throw wrongValue(where, `float32 cannot hold the integer ${value}`);
}
