import { inflateSync } from "fflate";
import { checkBytes, show, wrongValue } from "../check.ts";
import { Tensor } from "../tensor.ts";
import { type NpyArray, readNpy } from "./npy.ts";

/**
 * NumPy's .npz: a ZIP archive of .npy files (PKWARE's APPNOTE.TXT). Each member has a header before its bytes; the directory
 * at the end of the archive repeats the headers and says where the members begin, and its own end says where it begins.
 */
const MEMBER = { signature: 0x04034b50, bytes: 30 };
const ENTRY = { signature: 0x02014b50, bytes: 46 };
const END = { signature: 0x06054b50, bytes: 22 };
const MOST_COMMENT_BYTES = 0xffff;

const STORED = 0;
const DEFLATED = 8;
/** What a bit of DEFLATE can say at most: 258 bytes in two bits. */
const MOST_EXPANSION = 1032;
/** What small files may inflate to, all members together; larger ones to as many times their own size as weights ever do. */
const MOST_INFLATED = { bytes: 2 ** 30, times: 4 };

/** A member as the directory describes it, checked. */
interface Member {
  readonly name: string;
  readonly method: number;
  readonly checksum: number;
  readonly bytes: Uint8Array;
  /** in bytes, when inflated */
  readonly size: number;
  /** where its header begins, and where its bytes end */
  readonly begin: number;
  readonly end: number;
}

/**
 * Reads a .npz file, as numpy.savez and numpy.savez_compressed write it.
 *
 * float32 arrays that are stored uncompressed are views of `bytes` where they lie at a multiple of four, otherwise copies. All
 * others are converted to float32: float16, int8, uint8 and bool (0 or 1) exactly; int64 and int32 must hold values that
 * float32 holds exactly, as torch's num_batches_tracked does. Arrays must be in C order (numpy.ascontiguousarray).
 *
 * A damaged archive is refused by its checksums. What is inflated is bounded: 1 GiB in all, or four times the file's size if
 * that is more.
 *
 * @param bytes the whole file
 * @returns tensors by the arrays' names, in the file's order, as `loadStateDict` takes them
 * @throws TypeError if `bytes` is neither, and for arrays of other types, such as float64 (numpy.float32(x) converts);
 *   RangeError for a file that breaks the format, is damaged, inflates to too much, or has integers that float32 cannot hold
 */
export function loadNpz(bytes: Uint8Array | ArrayBuffer): Record<string, Tensor> {
  const where = "loadNpz";
  const given = checkBytes(where, bytes);
  // a copy of shared memory, which decoders refuse
  const file = given.buffer instanceof ArrayBuffer ? given : given.slice();
  const members = readDirectory(where, file);
  checkSizes(where, members, file.length);
  const tensors = new Map<string, Tensor>();
  for (const member of members) {
    const name = member.name.replace(/\.npy$/, "");
    const own = `${where}: ${show(name)}`;
    if (name === member.name) throw wrongValue(where, `every member must be a .npy file, got ${show(name)}`);
    if (tensors.has(name)) throw wrongValue(own, "is in the file twice");
    tensors.set(name, tensorOf(own, readNpy(own, contentsOf(own, member))));
  }
  // not by assignment, where the name __proto__ would mean something else
  return Object.fromEntries(tensors);
}

function readDirectory(where: string, file: Uint8Array): readonly Member[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const end = endOf(where, view);
  const count = view.getUint16(end + 10, true);
  const bytes = view.getUint32(end + 12, true);
  const begin = view.getUint32(end + 16, true);
  checkShort(where, count < 0xffff && bytes < 0xffffffff && begin < 0xffffffff);
  if (view.getUint16(end + 8, true) !== count) throw wrongValue(where, "the archive must be one file, not a part");
  if (begin + bytes > end) throw damaged(where, "its directory does not end before the end of the archive");
  const members: Member[] = [];
  let at = begin;
  for (let index = 0; index < count; ++index) {
    if (at + ENTRY.bytes > end || view.getUint32(at, true) !== ENTRY.signature) {
      throw damaged(where, `its directory must have ${count} entries, but has ${index}`);
    }
    const nameBytes = view.getUint16(at + 28, true);
    const next = at + ENTRY.bytes + nameBytes + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
    if (next > end) throw damaged(where, "its directory is cut off");
    const name = new TextDecoder().decode(file.subarray(at + ENTRY.bytes, at + ENTRY.bytes + nameBytes));
    members.push(readMember(`${where}: ${show(name)}`, name, view, at, begin));
    at = next;
  }
  return members;
}

/** Where the end of the directory is: at the end of the file but for a comment. */
function endOf(where: string, view: DataView): number {
  const last = view.byteLength - END.bytes;
  for (let at = last; at >= 0 && at >= last - MOST_COMMENT_BYTES; --at) {
    if (view.getUint32(at, true) !== END.signature) continue;
    if (at + END.bytes + view.getUint16(at + 20, true) === view.byteLength) return at;
  }
  throw wrongValue(where, "the file must be a ZIP archive, but its end is not one, or is cut off");
}

/**
 * @param at where the entry in the directory is
 * @param most where the directory begins, and so every member must have ended
 */
function readMember(where: string, name: string, view: DataView, at: number, most: number): Member {
  const flags = view.getUint16(at + 8, true);
  const method = view.getUint16(at + 10, true);
  const length = view.getUint32(at + 20, true);
  const size = view.getUint32(at + 24, true);
  const begin = view.getUint32(at + 42, true);
  checkShort(where, length < 0xffffffff && size < 0xffffffff && begin < 0xffffffff);
  if ((flags & 1) !== 0) throw wrongValue(where, "is encrypted, which is not supported");
  if (method !== STORED && method !== DEFLATED) {
    throw wrongValue(where, `must be stored or deflated (methods ${STORED}, ${DEFLATED}), got method ${method}`);
  }
  if (begin + MEMBER.bytes > most || view.getUint32(begin, true) !== MEMBER.signature) {
    throw damaged(where, `no member begins at byte ${begin}`);
  }
  const first = begin + MEMBER.bytes + view.getUint16(begin + 26, true) + view.getUint16(begin + 28, true);
  const end = first + length;
  if (end > most) throw damaged(where, `its ${length} bytes from byte ${first} do not end before the directory`);
  if (method === STORED ? size !== length : size > length * MOST_EXPANSION) {
    throw damaged(where, `${length} bytes ${method === STORED ? "stored" : "deflated"} cannot be ${size} bytes`);
  }
  const bytes = new Uint8Array(view.buffer as ArrayBuffer, view.byteOffset + first, length);
  return { name, method, checksum: view.getUint32(at + 16, true), bytes, size, begin, end };
}

/** Checks, before anything is inflated, that no byte is used twice and how much memory all members take. */
function checkSizes(where: string, members: readonly Member[], fileBytes: number): void {
  let free = 0;
  for (const { name, begin, end } of members.toSorted((a, b) => a.begin - b.begin)) {
    if (begin < free) throw damaged(where, `${show(name)} begins at byte ${begin}, inside another member`);
    free = end;
  }
  const inflated = members.reduce((sum, { method, size }) => sum + (method === DEFLATED ? size : 0), 0);
  const most = Math.max(MOST_INFLATED.bytes, MOST_INFLATED.times * fileBytes);
  if (inflated > most) {
    throw wrongValue(where, `the arrays of a file of this size may inflate to ${most} bytes, but have ${inflated}`);
  }
}

/** The bytes of a member, inflated and compared with their checksum. */
function contentsOf(where: string, { method, checksum, bytes, size }: Member): Uint8Array {
  const contents = method === STORED ? bytes : inflated(where, bytes, size);
  if (crc32(contents) !== checksum) throw damaged(where, "its checksum differs");
  return contents;
}

function inflated(where: string, bytes: Uint8Array, size: number): Uint8Array {
  let contents: Uint8Array;
  try {
    // into a given array, more than which is not written
    contents = inflateSync(bytes, { out: new Uint8Array(size) });
  } catch (cause) {
    throw new RangeError(`${where}: cannot be inflated to ${size} bytes (${(cause as Error).message})`, { cause });
  }
  if (contents.length !== size) throw damaged(where, `inflates to ${contents.length} bytes instead of ${size}`);
  return contents;
}

let table: Uint32Array | undefined;

/** What each byte adds to a checksum, with the polynomial of ZIP, its lowest power in the highest bit. */
function crcTable(): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let rest = byte;
    for (let bit = 0; bit < 8; ++bit) rest = (rest >>> 1) ^ (rest & 1 ? 0xedb88320 : 0);
    return rest;
  });
}

function crc32(bytes: Uint8Array): number {
  table ??= crcTable();
  let rest = -1;
  for (let i = 0; i < bytes.length; ++i) rest = table[(rest ^ bytes[i]!) & 0xff]! ^ (rest >>> 8);
  return ~rest >>> 0;
}

/** @throws RangeError for an integer that float32 cannot hold */
function tensorOf(where: string, { dtype, shape, data }: NpyArray): Tensor {
  if (dtype === "float32") return new Tensor(data as Float32Array, shape);
  const tensor = converted(where, new Tensor(data as Int32Array, shape, dtype as "int32"));
  if (dtype === "int64" || dtype === "int32") {
    const wrong = tensor.data.findIndex((value, i) => BigInt(value) !== BigInt(data[i]!));
    if (wrong >= 0) throw wrongValue(where, `float32 cannot hold the integer ${data[wrong]}`);
  }
  return tensor;
}

function converted(where: string, tensor: Tensor<"int32">): Tensor {
  try {
    return tensor.to("float32");
  } catch (cause) {
    throw new RangeError(`${where}: there is no memory for ${tensor.size} float32 values`, { cause });
  }
}

const damaged = (where: string, what: string) => wrongValue(where, `the archive is damaged: ${what}`);

/** @param isShort whether sizes and places are in the fields of archives below 4 GiB */
function checkShort(where: string, isShort: boolean): void {
  if (!isShort) throw wrongValue(where, "archives in the ZIP64 format, of 2 GiB or more, are not supported");
}
