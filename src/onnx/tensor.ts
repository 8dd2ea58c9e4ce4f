import { checkAxesCount, checkShape, countOf, show, wrongType, wrongValue } from "../check.ts";
import type { DType, TensorData } from "../dtype.ts";
import { elementsOf } from "../elements.ts";
import { widened, widenedBfloat } from "../half.ts";
import type { Constant } from "../planning/constant.ts";
import { DATA_TYPE, dataTypeName, type TensorProto } from "./model.ts";

/**
 * The dtype that stands for a type of a file: floats are computed in float32, integers without a dtype of their own are
 * widened.
 * @returns undefined for types that nothing here computes with
 */
export function dtypeOf(dataType: number): DType | undefined {
  switch (dataType) {
    case DATA_TYPE.FLOAT:
    case DATA_TYPE.FLOAT16:
    case DATA_TYPE.BFLOAT16:
    case DATA_TYPE.DOUBLE:
      return "float32";
    case DATA_TYPE.INT64:
    case DATA_TYPE.UINT64:
    case DATA_TYPE.UINT32:
      return "int64";
    case DATA_TYPE.INT32:
    case DATA_TYPE.INT16:
    case DATA_TYPE.UINT16:
      return "int32";
    case DATA_TYPE.UINT8:
      return "uint8";
    case DATA_TYPE.INT8:
      return "int8";
    case DATA_TYPE.BOOL:
      return "bool";
    default:
      return undefined;
  }
}

/**
 * The values of a tensor in a file: float32 as a view of the file where it is aligned there, other floats widened or
 * narrowed to float32, integers and booleans in the dtype that stands for their type.
 *
 * @param files content of the files in which the model has weights, by their names there
 * @throws TypeError for types that are not read and data in a file that is not given, RangeError where data does not fill
 *   the shape, or lies outside of its file
 */
export function tensorValue(where: string, tensor: TensorProto, files: ExternalFiles): Constant {
  const { dims, dataType } = tensor;
  const dtype = dtypeOf(dataType);
  if (dtype === undefined) throw wrongType(where, `elements of type ${dataTypeName(dataType)} are not supported`);
  checkAxesCount(where, dims.length);
  const shape = checkShape(where, "dims", dims);
  const count = countOf(shape);
  const rawData = tensor.isExternal ? externalBytes(where, tensor.externalData, files) : tensor.rawData;
  const data = rawData !== undefined ? rawValues(where, dataType, rawData) : typedValues(dtype, where, tensor);
  if (data.length !== count) {
    throw wrongValue(where, `dims ${show(shape)} have ${count} elements, but the data has ${data.length}`);
  }
  return { dtype, shape, data };
}

/** Files beside a model, by the names that it has for them. */
export type ExternalFiles = ReadonlyMap<string, Uint8Array>;

function externalBytes(where: string, place: ReadonlyMap<string, string>, files: ExternalFiles): Uint8Array {
  const location = place.get("location") ?? "";
  const file = files.get(location);
  if (file === undefined) {
    throw wrongType(
      where,
      `its data is in another file: give loadOnnx the content as { externalData: { ${show(location)}: bytes } }`,
    );
  }
  const offset = Number(place.get("offset") ?? 0);
  const length = Number(place.get("length") ?? file.length - offset);
  const isPlace = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0;
  if (!isPlace || offset + length > file.length) {
    throw wrongValue(
      where,
      `its data is bytes ${show(place.get("offset") ?? 0)} and ${show(place.get("length") ?? "all")} that follow, of ` +
        `${show(location)}, which has ${file.length}`,
    );
  }
  return file.subarray(offset, offset + length);
}

const MOST_INT64 = 2n ** 63n - 1n;

function rawValues(where: string, dataType: number, raw: Uint8Array): TensorData {
  switch (dataType) {
    case DATA_TYPE.FLOAT:
      return elements(where, Float32Array, raw);
    case DATA_TYPE.DOUBLE:
      return new Float32Array(elements(where, Float64Array, raw));
    case DATA_TYPE.FLOAT16:
      return widened(elements(where, Uint16Array, raw));
    case DATA_TYPE.BFLOAT16:
      return widenedBfloat(elements(where, Uint16Array, raw));
    case DATA_TYPE.INT64:
      return elements(where, BigInt64Array, raw);
    case DATA_TYPE.UINT64:
      return BigInt64Array.from(elements(where, BigUint64Array, raw), (value) =>
        value < MOST_INT64 ? value : MOST_INT64,
      );
    case DATA_TYPE.INT32:
      return elements(where, Int32Array, raw);
    case DATA_TYPE.UINT32:
      return elementsOf("int64", elements(where, Uint32Array, raw), "saturate");
    case DATA_TYPE.INT16:
      return new Int32Array(elements(where, Int16Array, raw));
    case DATA_TYPE.UINT16:
      return new Int32Array(elements(where, Uint16Array, raw));
    case DATA_TYPE.INT8:
      return elements(where, Int8Array, raw);
    case DATA_TYPE.BOOL:
      return elementsOf("bool", raw, "saturate");
    default: // UINT8
      return raw;
  }
}

function typedValues(
  dtype: DType,
  where: string,
  { dataType, floatData, doubleData, intData }: TensorProto,
): TensorData {
  switch (dataType) {
    case DATA_TYPE.FLOAT:
      return Array.isArray(floatData) ? new Float32Array(floatData) : elements(where, Float32Array, floatData);
    case DATA_TYPE.DOUBLE:
      return new Float32Array(doubleData);
    case DATA_TYPE.FLOAT16:
      return widened(new Uint16Array(intData));
    case DATA_TYPE.BFLOAT16:
      return widenedBfloat(new Uint16Array(intData));
    default:
      return elementsOf(dtype, intData, "saturate");
  }
}

interface TypedArrayType<T> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): T;
}

/** Little-endian, as every current JavaScript engine is. */
function elements<T>(where: string, type: TypedArrayType<T>, raw: Uint8Array): T {
  const size = type.BYTES_PER_ELEMENT;
  if (raw.byteLength % size !== 0) {
    throw wrongValue(where, `data of ${raw.byteLength} bytes does not hold whole elements of ${size} bytes`);
  }
  const aligned = raw.byteOffset % size === 0 ? raw : raw.slice();
  return new type(aligned.buffer, aligned.byteOffset, raw.byteLength / size);
}
