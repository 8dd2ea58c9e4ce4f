import { checkAxesCount, checkShape, countOf, show, wrongType, wrongValue } from "../check.ts";
import type { Constant } from "../operators/operator.ts";
import { DATA_TYPE, dataTypeName, type TensorProto } from "./model.ts";

/** What a value holds: float32, or what only shapes are computed from. */
export type Kind = "float" | "integer" | "boolean";

/** More than shape arithmetic has. Without a bound a few bytes of a file could ask for all memory. */
const MOST_ELEMENTS = 2 ** 20;

/** @throws RangeError where a constant that is computed when compiling would be too large; @returns its elements */
export function checkCount(where: string, shape: readonly number[]): number {
  checkAxesCount(where, shape.length);
  const count = countOf(checkShape(where, "shape", shape));
  if (count <= MOST_ELEMENTS) return count;
  throw wrongValue(where, `constants may have ${MOST_ELEMENTS} elements at most, shape ${show(shape)} has ${count}`);
}

/** @returns undefined for types that nothing here computes with */
export function kindOf(dataType: number): Kind | undefined {
  switch (dataType) {
    case DATA_TYPE.FLOAT:
    case DATA_TYPE.FLOAT16:
    case DATA_TYPE.BFLOAT16:
    case DATA_TYPE.DOUBLE:
      return "float";
    case DATA_TYPE.UINT8:
    case DATA_TYPE.INT8:
    case DATA_TYPE.UINT16:
    case DATA_TYPE.INT16:
    case DATA_TYPE.INT32:
    case DATA_TYPE.INT64:
    case DATA_TYPE.UINT32:
    case DATA_TYPE.UINT64:
      return "integer";
    case DATA_TYPE.BOOL:
      return "boolean";
    default:
      return undefined;
  }
}

/** A constant, and what its numbers mean. */
export interface TypedConstant extends Constant {
  readonly kind: Kind;
}

/**
 * The values of a tensor in a file: float32 as a view of the file where it is aligned there, other floats widened or
 * narrowed to float32, integers and booleans in a Float64Array.
 *
 * @throws TypeError for types that are not read and data outside the file, RangeError where data does not fill the shape
 */
export function tensorValue(where: string, tensor: TensorProto): TypedConstant {
  const { dims, dataType, rawData } = tensor;
  const kind = kindOf(dataType);
  if (kind === undefined) throw wrongType(where, `elements of type ${dataTypeName(dataType)} are not supported`);
  if (tensor.isExternal) throw wrongType(where, "its data is in another file; save the model with all data inside");
  checkAxesCount(where, dims.length);
  const shape = checkShape(where, "dims", dims);
  const count = countOf(shape);
  const data = rawData !== undefined ? rawValues(where, dataType, rawData) : typedValues(where, tensor);
  if (data.length !== count) {
    throw wrongValue(where, `dims ${show(shape)} have ${count} elements, but the data has ${data.length}`);
  }
  return { data, shape, kind };
}

function rawValues(where: string, dataType: number, raw: Uint8Array): Float32Array | Float64Array {
  switch (dataType) {
    case DATA_TYPE.FLOAT:
      return elements(where, Float32Array, raw);
    case DATA_TYPE.DOUBLE:
      return new Float32Array(elements(where, Float64Array, raw));
    case DATA_TYPE.FLOAT16:
      return widened(elements(where, Uint16Array, raw), halves());
    case DATA_TYPE.BFLOAT16:
      return bfloats(elements(where, Uint16Array, raw));
    case DATA_TYPE.INT64:
      return Float64Array.from(elements(where, BigInt64Array, raw), Number);
    case DATA_TYPE.UINT64:
      return Float64Array.from(elements(where, BigUint64Array, raw), Number);
    case DATA_TYPE.INT32:
      return new Float64Array(elements(where, Int32Array, raw));
    case DATA_TYPE.UINT32:
      return new Float64Array(elements(where, Uint32Array, raw));
    case DATA_TYPE.INT16:
      return new Float64Array(elements(where, Int16Array, raw));
    case DATA_TYPE.UINT16:
      return new Float64Array(elements(where, Uint16Array, raw));
    case DATA_TYPE.INT8:
      return new Float64Array(elements(where, Int8Array, raw));
    default: // UINT8, BOOL
      return new Float64Array(raw);
  }
}

function typedValues(
  where: string,
  { dataType, floatData, doubleData, intData }: TensorProto,
): Float32Array | Float64Array {
  switch (dataType) {
    case DATA_TYPE.FLOAT:
      return Array.isArray(floatData) ? new Float32Array(floatData) : elements(where, Float32Array, floatData);
    case DATA_TYPE.DOUBLE:
      return new Float32Array(doubleData);
    case DATA_TYPE.FLOAT16:
      return widened(new Uint16Array(intData), halves());
    case DATA_TYPE.BFLOAT16:
      return bfloats(new Uint16Array(intData));
    default:
      return new Float64Array(intData);
  }
}

interface TypedArrayType<T> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): T;
}

/** Little-endian, as every JavaScript engine of today is. */
function elements<T>(where: string, type: TypedArrayType<T>, raw: Uint8Array): T {
  const size = type.BYTES_PER_ELEMENT;
  if (raw.byteLength % size !== 0) {
    throw wrongValue(where, `data of ${raw.byteLength} bytes does not hold whole elements of ${size} bytes`);
  }
  const aligned = raw.byteOffset % size === 0 ? raw : raw.slice();
  return new type(aligned.buffer, aligned.byteOffset, raw.byteLength / size);
}

function widened(numbers: Uint16Array, table: Float32Array): Float32Array {
  const values = new Float32Array(numbers.length);
  for (let i = 0; i < numbers.length; ++i) values[i] = table[numbers[i]!]!;
  return values;
}

/** A bfloat16 is the upper half of a float32. */
function bfloats(numbers: Uint16Array): Float32Array {
  const bits = new Uint32Array(numbers.length);
  for (let i = 0; i < numbers.length; ++i) bits[i] = numbers[i]! << 16;
  return new Float32Array(bits.buffer);
}

let table: Float32Array | undefined;

/** The values of all float16 (IEEE 754-2008, 3.6: 1 sign, 5 exponent and 10 fraction bits). */
function halves(): Float32Array {
  if (table !== undefined) return table;
  table = new Float32Array(0x10000);
  for (let bits = 0; bits < 0x10000; ++bits) {
    const [sign, exponent, fraction] = [bits & 0x8000 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
    if (exponent === 31) table[bits] = fraction === 0 ? sign * Infinity : NaN;
    else if (exponent === 0) table[bits] = sign * fraction * 2 ** -24;
    else table[bits] = sign * (1024 + fraction) * 2 ** (exponent - 25);
  }
  return table;
}
