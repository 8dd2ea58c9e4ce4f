/** NumPy's .npy: magic, version, length of the header, a Python literal, the elements (numpy.lib.format). */
import { checkAxesCount, checkShape, show, wrongType, wrongValue } from "../check.ts";
import { arrayOf, byteLength, type DType, elementBytes, type TensorData, type Type } from "../dtype.ts";

/** An array of a .npy file. */
export interface NpyArray extends Type {
  readonly data: TensorData;
}

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
const ALIGNMENT = 64;
/** As numpy.load, which takes no longer one from strangers. */
const MOST_HEADER_BYTES = 10_000;

/** NumPy's name of each dtype, in the byte order of WebAssembly. */
const DESCR: Readonly<Record<DType, string>> = {
  float32: "<f4",
  float16: "<f2",
  int64: "<i8",
  int32: "<i4",
  uint8: "|u1",
  int8: "|i1",
  bool: "|b1",
};
const KNOWN = Object.entries(DESCR) as readonly (readonly [DType, string])[];

/** Whether a file begins as a .npy does. */
export const isNpy = (bytes: Uint8Array): boolean => MAGIC.every((byte, at) => bytes[at] === byte);

/**
 * Reads a .npy file.
 *
 * @param where begins each message
 * @param bytes the whole file
 * @returns dtype, shape and elements in row-major order: a view of `bytes` where they are aligned there, else a copy
 * @throws TypeError for elements of a type that is none of {@link DType}, RangeError for a damaged file and for arrays in
 *   Fortran's order
 */
export function readNpy(where: string, bytes: Uint8Array): NpyArray {
  const { header, end } = readHeader(where, bytes);
  const type = /'descr': *(?:'([^']*)'|\[)/.exec(header);
  const lengths = /'shape': *\(([\d, ]*)\)/.exec(header)?.[1];
  const order = /'fortran_order': *(True|False)/.exec(header)?.[1];
  if (type === null || lengths === undefined || order === undefined) throw wrongValue(where, "the header is damaged");
  const [, descr = "fields"] = type;
  const dtype = KNOWN.find(([, name]) => name === descr)?.[0];
  if (dtype === undefined) {
    const known = KNOWN.map(([name, each]) => `${each} (${name})`).join(", ");
    throw wrongType(where, `the elements must be one of ${known}, got ${show(descr)}`);
  }
  if (order === "True") throw wrongValue(where, "the array must be in C order: save np.ascontiguousarray(x)");
  const shape = lengths.split(",").flatMap((length) => (length.trim() === "" ? [] : Number(length)));
  checkAxesCount(where, shape.length);
  const size = byteLength({ dtype, shape: checkShape(where, "shape", shape) });
  if (bytes.length !== end + size) {
    throw wrongValue(
      where,
      `shape ${show(shape)} of ${dtype} needs ${size} bytes, but there are ${bytes.length - end}`,
    );
  }
  return { dtype, shape, data: elements(dtype, bytes.subarray(end)) };
}

/** @returns the Python literal, and where it ends */
function readHeader(where: string, bytes: Uint8Array): { readonly header: string; readonly end: number } {
  if (!isNpy(bytes)) throw wrongValue(where, "the file does not begin as a .npy does");
  if (bytes.length < 12) throw wrongValue(where, "the file is cut off");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const wide = bytes[6]! >= 2;
  const begin = wide ? 12 : 10;
  const length = wide ? view.getUint32(8, true) : view.getUint16(8, true);
  if (length > MOST_HEADER_BYTES) {
    throw wrongValue(where, `the header must have at most ${MOST_HEADER_BYTES} bytes, the file says ${length}`);
  }
  const end = begin + length;
  if (bytes.length < end) throw wrongValue(where, "the file is cut off");
  return { header: new TextDecoder("latin1").decode(bytes.subarray(begin, end)), end };
}

function elements(dtype: DType, bytes: Uint8Array): TensorData {
  // NumPy takes any byte for true that is not 0
  if (dtype === "bool") return bytes.map((value) => (value === 0 ? 0 : 1));
  const aligned = bytes.byteOffset % elementBytes(dtype) === 0 ? bytes : bytes.slice();
  return new (arrayOf(dtype))(aligned.buffer, aligned.byteOffset, aligned.byteLength / elementBytes(dtype));
}

/** Writes a .npy file of version 1.0. */
export function writeNpy({ dtype, shape, data }: NpyArray): Uint8Array<ArrayBuffer> {
  const lengths = shape.map((length) => `${length},`).join(" ");
  const literal = `{'descr': '${DESCR[dtype]}', 'fortran_order': False, 'shape': (${lengths}), }`;
  const begin = MAGIC.length + 4;
  const headerBytes = Math.ceil((begin + literal.length + 1) / ALIGNMENT) * ALIGNMENT - begin;
  const file = new Uint8Array(begin + headerBytes + data.byteLength);
  file.set([...MAGIC, 1, 0, headerBytes & 0xff, headerBytes >> 8]);
  file.set(new TextEncoder().encode(`${literal.padEnd(headerBytes - 1)}\n`), begin);
  file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), begin + headerBytes);
  return file;
}
