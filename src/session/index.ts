import { checkBytes, countOf, show, wrongValue } from "../check.ts";
import { byteLength, DTYPES, elementBytes } from "../dtype.ts";
import { checkFetchOptions, checkUrl, type FetchOptions, type FetchProgress, fetchBytes } from "../fetch.ts";
import type { Compiled, Port } from "../graph/compiled.ts";
import {
  aligned,
  CHECKSUM_AT,
  checksumOf,
  HEAD_BYTES,
  HEADER_LENGTH_AT,
  isSaved,
  MAGIC,
  OPERATION,
  OPERATION_COUNT_AT,
  OPERATION_WORDS,
  type SavedHeader,
  type SavedPort,
  SEGMENT,
} from "../graph/file.ts";
import { type Result, Session } from "../graph/session.ts";
import { widenInto } from "../half.ts";
import type { Engine } from "../runtime/engine.ts";
import { KERNELS_HASH, VERSION } from "../runtime/generated/version.ts";
import type { Block } from "../runtime/heap.ts";
import { MODULES } from "../runtime/modules/all.ts";
import type { KernelModule } from "../runtime/modules.ts";
import { INSTRUCTION_BYTES } from "../runtime/program.ts";
import { engine } from "../runtime/runtime.ts";
import type { Tensor } from "../tensor.ts";
import { isSafe, PARAMETER_BYTES } from "./setup.ts";

export type { FetchOptions, FetchProgress, Result, Session };

/** The content of a file, of which the header is checked. */
interface Saved {
  readonly header: SavedHeader;
  readonly operations: Uint32Array;
  readonly data: Uint8Array;
}

const damaged = (where: string, what: string) =>
  wrongValue(where, `bytes are not a saved Session, or are damaged: ${what}`);

/**
 * Makes a Session from the bytes of `Session.save` or of `npx convwasm build`, without parser, passes or planner.
 *
 * A program is code. The file is checked as a whole (checksum, version) and in all that is read here: places, addresses, and
 * the parameters of what packs the weights. But a kernel that runs later does whatever its parameters say: load only programs
 * that you trust.
 *
 * @param bytes a Uint8Array or an ArrayBuffer; nothing refers to it afterwards
 * @returns a Session that runs as the saved one did, by the build of the kernels that is in use here
 * @throws TypeError for another argument; RangeError for bytes that are damaged, or made by another version, and when memory
 *   does not suffice
 */
export function loadSession<R extends Result = Tensor>(bytes: Uint8Array | ArrayBuffer): Session<R> {
  const where = "loadSession";
  const given = checkBytes(where, bytes);
  // views of words need alignment
  const file = given.byteOffset % 8 === 0 ? given : new Uint8Array(given);
  return new Session<R>(place(where, engine(), readSaved(where, file)));
}

/**
 * {@link loadSession} of a file from the network, streamed. As there: only of programs that you trust.
 *
 * @param url a string or a URL, on a page also a relative one
 * @param options onProgress, called with each piece; signal; cache, whether the browser keeps the file
 * @returns a Session that runs as the saved one did
 * @throws the signal's reason; Error where the server does not answer, or answers with another status than 200, with what came:
 *   status, content type, first bytes; RangeError where something else came in place of a Session, and as {@link loadSession}
 */
export async function fetchSession<R extends Result = Tensor>(
  url: string | URL,
  options?: FetchOptions,
): Promise<Session<R>> {
  const where = "fetchSession";
  const checked = checkFetchOptions(where, options);
  return loadSession<R>(await fetchBytes(where, checkUrl(where, url), checked));
}

function readSaved(where: string, file: Uint8Array): Saved {
  if (file.length < HEAD_BYTES || file.length % 4 !== 0 || !isSaved(file)) {
    throw damaged(where, "they do not begin like one, or end too early");
  }
  if (!MAGIC.every((byte, at) => file[at] === byte)) throw another(where, "another version of convwasm", VERSION);
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (checksumOf(file).some((sum, index) => sum !== view.getUint32(CHECKSUM_AT + 4 * index, true))) {
    throw damaged(where, "the checksum differs");
  }
  const headerBytes = view.getUint32(HEADER_LENGTH_AT, true);
  const operationsAt = aligned(HEAD_BYTES + headerBytes);
  const words = view.getUint32(OPERATION_COUNT_AT, true) * OPERATION_WORDS;
  if (operationsAt + 4 * words > file.length) throw damaged(where, "they end too early");
  let header: SavedHeader;
  try {
    header = JSON.parse(new TextDecoder().decode(file.subarray(HEAD_BYTES, HEAD_BYTES + headerBytes)));
  } catch (cause) {
    throw Object.assign(damaged(where, "the header is not JSON"), { cause });
  }
  if (typeof header !== "object" || header === null) throw damaged(where, "the header is no record");
  const { version, abi } = header;
  if (version !== VERSION) throw another(where, `version ${show(version)}`, VERSION);
  if (abi !== KERNELS_HASH) throw another(where, `a package with the kernels ${show(abi)}`, `with ${KERNELS_HASH}`);
  if (!isSound(header)) throw damaged(where, "the header does not fit");
  const operations = new Uint32Array(file.buffer, file.byteOffset + operationsAt, words);
  return { header, operations, data: file.subarray(operationsAt + 4 * words) };
}

const another = (where: string, maker: string, own: string) =>
  wrongValue(
    where,
    `the Session was saved by ${maker}, this is ${own}: build it again, by npx convwasm build or by compile and Session.save`,
  );

const isCount = (value: unknown, most: number): value is number =>
  typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= most;

/** Reach of 32-bit addresses. */
const MOST_BYTES = 0xffff0000;

/** Whether everything in it is of its kind, and lies inside. */
function isSound(header: SavedHeader): boolean {
  const { kernels, heldBytes, stagedBytes, arenaBytes, program, calls, inputs, outputs, residual } = header;
  const { single, segments, steps, faults, explanation } = header;
  const isRange = (range: unknown) => {
    const { first, calls: count } = (range ?? {}) as { first?: unknown; calls?: unknown };
    return isCount(first, calls) && isCount(count, calls - first);
  };
  const isGuard = (each: unknown) => {
    const { at, expected } = (each ?? {}) as { at?: unknown; expected?: unknown };
    return isCount(at, arenaBytes - 1) && typeof expected === "boolean";
  };
  const isSegment = (each: unknown) => isRange(each) && isList((each as { guards?: unknown }).guards, isGuard);
  const isFault = (each: unknown) => {
    const { at, message } = (each ?? {}) as { at?: unknown; message?: unknown };
    return isCount(at, heldBytes - 4) && at % 4 === 0 && typeof message === "string";
  };
  const isOwnPort = (port: unknown) => isPort(port as SavedPort, header);
  return (
    isList(kernels, (name) => moduleOf(name) !== undefined) &&
    [heldBytes, stagedBytes, arenaBytes].every((bytes) => isCount(bytes, MOST_BYTES) && bytes % 64 === 0) &&
    isCount(program, heldBytes) &&
    program % 4 === 0 &&
    isCount(calls, (heldBytes - program) / INSTRUCTION_BYTES) &&
    isList(inputs, isOwnPort) &&
    isList(outputs, isOwnPort) &&
    outputs.length > 0 &&
    (residual === null || isOwnPort(residual)) &&
    (single === (outputs.length === 1) || single === false) &&
    isList(steps, isRange) &&
    isList(segments, isSegment) &&
    isList(faults, isFault) &&
    // threads have workspaces of this size
    isCount(explanation?.totals?.bytes?.workspace, MOST_BYTES)
  );
}

const isList = (value: unknown, isItem: (item: unknown) => boolean): boolean =>
  Array.isArray(value) && value.every(isItem);

function isPort(port: SavedPort, { heldBytes, arenaBytes }: SavedHeader): boolean {
  const { name, dtype, shape, segment, at, lengths } = port ?? {};
  if (typeof name !== "string" || !DTYPES.includes(dtype)) return false;
  if (!isList(shape, (length) => isCount(length, MOST_BYTES)) || shape.length > 64) return false;
  if (segment !== "held" && segment !== "arena") return false;
  const isLength = (place: unknown) => place === -1 || (isCount(place, arenaBytes - 4) && place % 4 === 0);
  if (lengths !== undefined && !(isList(lengths, isLength) && lengths.length === shape.length)) return false;
  const end = segment === "held" ? heldBytes : arenaBytes;
  return (
    countOf(shape) === 0 ||
    (isCount(at, end) && at % elementBytes(dtype) === 0 && at + byteLength({ dtype, shape }) <= end)
  );
}

/** Frozen with everything in it, which is JSON. */
function frozen<T>(value: T): T {
  if (typeof value === "object" && value !== null) for (const each of Object.values(Object.freeze(value))) frozen(each);
  return value;
}

function moduleOf(name: unknown): KernelModule | undefined {
  if (typeof name !== "string") return undefined;
  return MODULES.find((module) => module.kernels.some((kernel) => name === `${module.name}.${kernel}`));
}

/** Builds the held memory, operation by operation, each of which is checked before it does anything. */
class Builder {
  readonly #where: string;
  readonly #engine: Engine;
  readonly #saved: Saved;
  readonly #held: Block;
  /** lists of words that hold addresses in the arena, which has no place yet */
  readonly #arenaWords: Uint32Array[] = [];

  constructor(where: string, engine: Engine, saved: Saved, held: Block) {
    this.#where = where;
    this.#engine = engine;
    this.#saved = saved;
    this.#held = held;
  }

  /** @throws RangeError for an operation that leads outside */
  run(staged: Block): void {
    const { operations } = this.#saved;
    for (let i = 0; i < operations.length; i += OPERATION_WORDS) {
      const [code, segment, at, count, from, more] = operations.subarray(i, i + OPERATION_WORDS) as unknown as number[];
      const block = segment === SEGMENT.held ? this.#held : staged;
      const isDone = segment! <= SEGMENT.staged && this.#operate(code!, block, at!, count!, from!, more!, staged);
      if (!isDone) throw damaged(this.#where, `operation ${i / OPERATION_WORDS} leads outside`);
    }
  }

  #operate(code: number, block: Block, at: number, count: number, from: number, more: number, staged: Block): boolean {
    const { data } = this.#saved;
    const { f32, u8 } = this.#engine.heap;
    const has = (bytes: number, size: number) =>
      from % 8 === 0 && from + bytes <= data.length && at % size === 0 && at + count * size <= block.bytes;
    switch (code) {
      case OPERATION.bytes:
        if (!has(count, 1)) return false;
        u8.set(data.subarray(from, from + count), block.offset + at);
        return true;
      case OPERATION.halves: {
        if (!has(2 * count, 4)) return false;
        const begin = (block.offset + at) / 4;
        widenInto(f32.subarray(begin, begin + count), new Uint16Array(data.buffer, data.byteOffset + from, count));
        return true;
      }
      case OPERATION.addresses: {
        if (from % 8 !== 0 || from + 4 * count > data.length) return false;
        const words = new Uint32Array(data.buffer, data.byteOffset + from, count);
        if (more === SEGMENT.arena && block === this.#held) {
          this.#arenaWords.push(words);
          return true;
        }
        return more <= SEGMENT.staged && this.#move(words, block, more === SEGMENT.held ? this.#held : staged);
      }
      case OPERATION.setup:
        return this.#setup(block, at, count, more, staged);
      default:
        return false;
    }
  }

  /** Gives the arena its place. @throws RangeError for an address outside */
  placeArena(arena: Block): void {
    if (this.#arenaWords.every((words) => this.#move(words, this.#held, arena))) return;
    throw damaged(this.#where, "an address points outside");
  }

  /** Makes offsets in a segment addresses. */
  #move(words: Uint32Array, { offset, bytes }: Block, target: Block): boolean {
    const { i32 } = this.#engine.heap;
    return words.every((word) => {
      const at = offset / 4 + word;
      if (4 * word + 4 > bytes || i32[at]! >>> 0 > target.bytes) return false;
      i32[at]! += target.offset;
      return true;
    });
  }

  #setup(block: Block, at: number, items: number, kernel: number, staged: Block): boolean {
    const name = this.#saved.header.kernels[kernel];
    if (name === undefined || block !== staged || at % 8 !== 0 || at + PARAMETER_BYTES > staged.bytes) return false;
    const { i32 } = this.#engine.heap;
    const places = { i32, u32: new Uint32Array(i32.buffer), staged, held: this.#held };
    const params = staged.offset + at;
    if (!isSafe(name, params, items, places)) return false;
    const module = moduleOf(name)!;
    this.#engine.kernel(module, name.slice(module.name.length + 1))(params, 0, items);
    return true;
  }

  /** Instructions name kernels of the list, and their parameters lie in the held memory. */
  link(): void {
    const { kernels, program, calls } = this.#saved.header;
    const indices = kernels.map((name) => {
      const module = moduleOf(name)!;
      return this.#engine.indexOf(module, name.slice(module.name.length + 1));
    });
    const { i32 } = this.#engine.heap;
    const { offset, bytes } = this.#held;
    for (let i = 0; i < calls; ++i) {
      const word = (offset + program + i * INSTRUCTION_BYTES) / 4;
      const index = indices[i32[word]!];
      const params = i32[word + 1]! >>> 0;
      const isPlace = params % 4 === 0 && params >= offset && params < offset + bytes;
      if (index === undefined || !isPlace || i32[word + 2]! < 0) {
        throw damaged(this.#where, `instruction ${i} calls no kernel, or has no parameters`);
      }
      i32[word] = index;
    }
  }
}

function place(where: string, engine: Engine, saved: Saved): Compiled {
  const { header } = saved;
  const { heldBytes, stagedBytes, arenaBytes } = header;
  const { heap } = engine;
  heap.ensure(where, heldBytes + Math.max(arenaBytes, stagedBytes));
  return heap.claim((allocate) => {
    const held = allocate(where, heldBytes);
    const builder = new Builder(where, engine, saved, held);
    // freed before the arena is allocated, which may take its place
    heap.lend(where, stagedBytes, (staged) => builder.run(staged));
    const arena = allocate(where, arenaBytes);
    builder.placeArena(arena);
    builder.link();
    const portOf = ({ name, dtype, shape, segment, at, lengths }: SavedPort): Port => ({
      name,
      dtype,
      shape: Object.freeze([...shape]),
      at: at + (segment === "held" ? held.offset : arena.offset),
      ...(lengths && { lengths: lengths.map((place) => (place < 0 ? 0 : place + arena.offset)) }),
    });
    return {
      engine,
      held,
      arena,
      program: held.offset + header.program,
      calls: header.calls,
      segments: header.segments.map(({ first, calls, guards }) => ({
        first,
        calls,
        guards: guards.map(({ at, expected }) => ({ at: at + arena.offset, expected })),
      })),
      steps: header.steps,
      faults: header.faults.map(({ at, message }) => ({ at: at + held.offset, message })),
      values: undefined,
      inputs: header.inputs.map(portOf),
      outputs: header.outputs.map(portOf),
      residual: header.residual === null ? undefined : portOf(header.residual),
      single: header.single,
      explanation: frozen({ build: engine.build, ...header.explanation }),
      origin: undefined,
    };
  });
}
