import { Tensor } from "../../index.ts";
import { Failure } from "../command.ts";

/** NumPy's format: magic, version, length of the header, a Python literal, the values (numpy.lib.format). */
const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
const ALIGNMENT = 64;

export const isNpy = (bytes: Uint8Array): boolean => MAGIC.every((byte, at) => bytes[at] === byte);

/** @throws Failure for anything but a whole float32 array in C order */
export function readNpy(path: string, bytes: Uint8Array<ArrayBuffer>): Tensor {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12) throw new Failure(`${path}: the file is cut off`);
  const wide = bytes[6]! >= 2;
  const begin = wide ? 12 : 10;
  const end = begin + (wide ? view.getUint32(8, true) : view.getUint16(8, true));
  const header = new TextDecoder("latin1").decode(bytes.subarray(begin, end));
  const type = /'descr': *'([^']*)'/.exec(header)?.[1];
  const lengths = /'shape': *\(([\d, ]*)\)/.exec(header)?.[1];
  if (type === undefined || lengths === undefined) throw new Failure(`${path}: the header is damaged`);
  if (type !== "<f4" || !/'fortran_order': *False/.test(header)) {
    throw new Failure(`${path} must hold float32 in C order, got ${type}: save np.ascontiguousarray(x, "<f4")`);
  }
  const shape = lengths.split(",").flatMap((length) => (length.trim() === "" ? [] : Number(length)));
  const count = shape.reduce((product, length) => product * length, 1);
  if (bytes.length !== end + 4 * count) {
    throw new Failure(`${path}: [${shape.join(", ")}] needs ${4 * count} bytes, but there are ${bytes.length - end}`);
  }
  return new Tensor(new Float32Array(bytes.slice(end).buffer), shape);
}

export function writeNpy({ data, shape }: Tensor): Uint8Array {
  const lengths = shape.map((length) => `${length},`).join(" ");
  const literal = `{'descr': '<f4', 'fortran_order': False, 'shape': (${lengths}), }`;
  const begin = MAGIC.length + 4;
  const headerBytes = Math.ceil((begin + literal.length + 1) / ALIGNMENT) * ALIGNMENT - begin;
  const file = new Uint8Array(begin + headerBytes + data.byteLength);
  file.set([...MAGIC, 1, 0, headerBytes & 0xff, headerBytes >> 8]);
  file.set(new TextEncoder().encode(`${literal.padEnd(headerBytes - 1)}\n`), begin);
  file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), begin + headerBytes);
  return file;
}
