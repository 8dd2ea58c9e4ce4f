import type { Compiled, Segment, SessionPort, StepRange } from "./compiled.ts";

/*
 * A compiled network as bytes, all numbers little-endian:
 *
 *   "cwasm\0" | 2 | 0 | checksum u32[4] | bytes of the header u32 | number of operations u32 | header, JSON | zeros up to a
 *   multiple of 8 | operations u32[6] | data, each piece at a multiple of 8
 *
 * The operations build the held memory of the program, instructions included, from nothing, in their order: weights lie in
 * the file in torch's order, are staged, and are packed from there. An address is an offset in its segment until an operation
 * adds the segment's, and an instruction names its kernel by its index in the header's list.
 */

/** The seventh byte is the number of this form. */
export const MAGIC = /* @__PURE__ */ Uint8Array.from([0x63, 0x77, 0x61, 0x73, 0x6d, 0, 2, 0]);
/** How many bytes of it every form has. */
const MAGIC_NAME_BYTES = 6;
/** Whether bytes begin like a saved Session, of whatever form. */
export const isSaved = (bytes: Uint8Array): boolean =>
  MAGIC.subarray(0, MAGIC_NAME_BYTES).every((byte, at) => bytes[at] === byte);
/** Bytes before the header. */
export const HEAD_BYTES = 32;
/** Where the checksum lies, and what follows it. */
export const CHECKSUM_AT = 8;
export const HEADER_LENGTH_AT = 24;
export const OPERATION_COUNT_AT = 28;

/** How weights may be saved: as they are, or rounded to float16. */
export const SAVED_WEIGHTS = ["float32", "float16"] as const;
export type SavedWeights = (typeof SAVED_WEIGHTS)[number];

/** Pieces of memory: what is kept, what is needed while the program is built, tensors and workspaces. */
export const SEGMENT = { held: 0, staged: 1, arena: 2 } as const;
export type SegmentCode = (typeof SEGMENT)[keyof typeof SEGMENT];

/** What an operation does. Its words: this | segment | offset there | count | offset in the data | one more. */
export const OPERATION = {
  /** copies `count` bytes of data */
  bytes: 0,
  /** writes `count` float16 of data as float32 */
  halves: 1,
  /** data is `count` indices of words of the segment: adds to each the address of the segment that the last word names */
  addresses: 2,
  /** runs the kernel that the last word names, with the parameters there, for `count` items */
  setup: 3,
} as const;
export const OPERATION_WORDS = 6;

/** Pieces of data begin at multiples of it. */
const ALIGNMENT = 8;
export const aligned = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

/** An input or output: `at` is an offset in its segment. */
export interface SavedPort extends SessionPort {
  readonly segment: "held" | "arena";
  readonly at: number;
  /** offset in the arena of the length of each axis, -1 for one whose length is known; absent where all are */
  readonly lengths?: readonly number[];
}

export interface SavedHeader {
  /** of the package, and of the kernels that the program calls */
  readonly version: string;
  readonly abi: string;
  /** names of the kernels that instructions and operations call, each with its module's before it, as "kernels.convGemm" */
  readonly kernels: readonly string[];
  readonly heldBytes: number;
  readonly stagedBytes: number;
  readonly arenaBytes: number;
  /** offset of the first instruction in the held memory, and how many there are */
  readonly program: number;
  readonly calls: number;
  readonly inputs: readonly SavedPort[];
  readonly outputs: readonly SavedPort[];
  readonly residual: SavedPort | null;
  readonly single: boolean;
  /** all instructions; guards' bytes lie in the arena, at these offsets */
  readonly segments: readonly Segment[];
  readonly steps: readonly StepRange[];
  /** held words that kernels set to 1 for input that they cannot use */
  readonly faults: readonly { readonly at: number; readonly message: string }[];
  /** but for the build, which is that of the engine that loads it */
  readonly explanation: Omit<Compiled["explanation"], "build">;
}

/** Of all words after the checksum. */
export const checksumOf = (file: Uint8Array): Sums =>
  sumsOf(new Uint32Array(file.buffer, file.byteOffset, file.length / 4), HEADER_LENGTH_AT / 4);

export type Sums = readonly [number, number, number, number];

/** Four sums side by side, each of every fourth word from the first one on, so that no change of one word is lost. */
export function sumsOf(words: Uint32Array, first = 0): Sums {
  let [a, b, c, d] = [1, 2, 3, 4];
  const mixed = (sum: number, word: number) => {
    const product = Math.imul(sum ^ word, 0x9e3779b1);
    return product ^ (product >>> 15);
  };
  let i = first;
  for (; i + 3 < words.length; i += 4) {
    a = mixed(a, words[i]!);
    b = mixed(b, words[i + 1]!);
    c = mixed(c, words[i + 2]!);
    d = mixed(d, words[i + 3]!);
  }
  for (; i < words.length; ++i) a = mixed(a, words[i]!);
  return [a >>> 0, b >>> 0, c >>> 0, d >>> 0];
}
