import type { Binary } from "../runtime/features.ts";
import { VERSION } from "../runtime/generated/version.ts";
import { INSTRUCTION_BYTES } from "../runtime/program.ts";
import type { Compiled, Segment, SessionPort, StepRange } from "./compiled.ts";
import type { Explanation } from "./explain.ts";

/*
 * A compiled network as bytes, all numbers little-endian:
 *
 *   "cwasm\0\0\0" | checksum u32 | bytes of the header u32 | header, JSON | zeros up to a multiple of 64 |
 *   image | words of the image that hold addresses in it, u32 | words that hold addresses in the arena, u32
 *
 * The image is the held memory of the program, instructions included. In it an address is an offset from the beginning of the image,
 * or of the arena, and an instruction names its kernel by its index in the header's list.
 */

export const MAGIC = /* @__PURE__ */ Uint8Array.from([0x63, 0x77, 0x61, 0x73, 0x6d, 0, 0, 0]);
/** Bytes of magic, checksum and the header's length. */
export const HEAD_BYTES = 16;
const ALIGNMENT = 64;

/** An input or output: `at` is an offset in the image, or in the arena. */
export interface SavedPort extends SessionPort {
  readonly segment: "held" | "arena";
  readonly at: number;
  /** offset in the arena of the length of each axis, -1 for one whose length is known; absent where all are */
  readonly lengths?: readonly number[];
}

export interface SavedHeader {
  /** version of the package whose kernels the program calls */
  readonly version: string;
  readonly build: Binary;
  /** names of the kernels that instructions call, each with its module's before it, as "kernels.convGemm" */
  readonly kernels: readonly string[];
  readonly heldBytes: number;
  readonly arenaBytes: number;
  /** offset of the first instruction in the image, and how many there are */
  readonly program: number;
  readonly calls: number;
  /** how many words hold addresses of each kind */
  readonly pointers: { readonly held: number; readonly arena: number };
  readonly inputs: readonly SavedPort[];
  readonly outputs: readonly SavedPort[];
  readonly residual: SavedPort | null;
  readonly single: boolean;
  /** all instructions; guards' bytes lie in the arena, at these offsets */
  readonly segments: readonly Segment[];
  readonly steps: readonly StepRange[];
  /** words of the image that kernels set to 1 for input that they cannot use */
  readonly faults: readonly { readonly at: number; readonly message: string }[];
  readonly explanation: Explanation;
}

/** Where the image begins in the file. */
export const imageAt = (headerBytes: number): number => Math.ceil((HEAD_BYTES + headerBytes) / ALIGNMENT) * ALIGNMENT;

/** FNV-1a over all bytes after the checksum. */
export function checksumOf(file: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (let i = MAGIC.length + 4; i < file.length; ++i) hash = Math.imul(hash ^ file[i]!, 0x01000193);
  return hash >>> 0;
}

export function saveProgram(compiled: Compiled): Uint8Array<ArrayBuffer> {
  const { engine, held, arena, program, calls, pointers, inputs, outputs, residual } = compiled;
  const image = engine.heap.u8.slice(held.offset, held.offset + held.bytes);
  const words = new Int32Array(image.buffer);
  const inImage = (word: number) => word - held.offset / 4;
  for (const word of pointers.held) words[inImage(word)]! -= held.offset;
  for (const word of pointers.arena) words[inImage(word)]! -= arena.offset;
  const kernels: string[] = [];
  const first = (program - held.offset) / 4;
  for (let i = 0; i < calls; ++i) {
    const at = first + (i * INSTRUCTION_BYTES) / 4;
    const name = engine.nameOf(words[at]!);
    if (!kernels.includes(name)) kernels.push(name);
    words[at] = kernels.indexOf(name);
  }
  const portOf = ({ name, dtype, shape, at, lengths }: (typeof inputs)[number]): SavedPort => {
    const inArena = at >= arena.offset && at < arena.offset + arena.bytes;
    const offset = at - (inArena ? arena.offset : held.offset);
    const port: SavedPort = { name, dtype, shape, segment: inArena ? "arena" : "held", at: offset };
    return lengths === undefined
      ? port
      : { ...port, lengths: lengths.map((address) => (address === 0 ? -1 : address - arena.offset)) };
  };
  const header: SavedHeader = {
    version: VERSION,
    build: engine.binary,
    kernels,
    heldBytes: held.bytes,
    arenaBytes: arena.bytes,
    program: program - held.offset,
    calls,
    pointers: { held: pointers.held.length, arena: pointers.arena.length },
    inputs: inputs.map(portOf),
    outputs: outputs.map(portOf),
    residual: residual === undefined ? null : portOf(residual),
    single: compiled.single,
    segments: compiled.segments.map(({ guards, ...range }) => ({
      ...range,
      guards: guards.map(({ at, expected }) => ({ at: at - arena.offset, expected })),
    })),
    steps: compiled.steps,
    faults: compiled.faults.map(({ at, message }) => ({ at: at - held.offset, message })),
    explanation: compiled.explanation,
  };
  const json = new TextEncoder().encode(JSON.stringify(header));
  const image0 = imageAt(json.length);
  const file = new Uint8Array(image0 + image.length + 4 * (pointers.held.length + pointers.arena.length));
  const view = new DataView(file.buffer);
  file.set(MAGIC);
  view.setUint32(MAGIC.length + 4, json.length, true);
  file.set(json, HEAD_BYTES);
  file.set(image, image0);
  new Uint32Array(file.buffer, image0 + image.length).set([...pointers.held, ...pointers.arena].map(inImage));
  view.setUint32(MAGIC.length, checksumOf(file), true);
  return file;
}
