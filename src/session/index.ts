import { checkBytes, countOf, show, wrongValue } from "../check.ts";
import { byteLength, DTYPES } from "../dtype.ts";
import type { Compiled, Port } from "../graph/compiled.ts";
import { checksumOf, HEAD_BYTES, imageAt, MAGIC, type SavedHeader, type SavedPort } from "../graph/save.ts";
import { type Result, Session } from "../graph/session.ts";
import type { Engine } from "../runtime/engine.ts";
import { VERSION } from "../runtime/generated/version.ts";
import { MODULES } from "../runtime/modules/all.ts";
import type { KernelModule } from "../runtime/modules.ts";
import { INSTRUCTION_BYTES } from "../runtime/program.ts";
import { engine } from "../runtime/runtime.ts";
import type { Tensor } from "../tensor.ts";

export type { Result, Session };

/** The checked content of a file: everything lies inside it. */
interface Saved {
  readonly header: SavedHeader;
  readonly image: Uint8Array;
  readonly heldWords: Uint32Array;
  readonly arenaWords: Uint32Array;
}

/**
 * Makes a Session from the bytes of `Session.save`, without parser, passes or planner.
 *
 * A program is code. It is checked as a whole (checksum, version, build) and in its structure (kernels that exist, addresses
 * that stay inside), but a kernel does whatever its parameters say: load only programs that you trust.
 *
 * @param bytes a Uint8Array or an ArrayBuffer; it is copied
 * @returns a Session that runs as the saved one did
 * @throws TypeError for another argument; RangeError for bytes that are damaged, or made by another version or for another
 *   build of the kernels, and when memory does not suffice
 */
export function loadSession<R extends Result = Tensor>(bytes: Uint8Array | ArrayBuffer): Session<R> {
  const where = "loadSession";
  // a copy: views of words need alignment
  const saved = readSaved(where, new Uint8Array(checkBytes(where, bytes)));
  return new Session<R>(place(where, engine(), saved));
}

function readSaved(where: string, file: Uint8Array): Saved {
  const damaged = (what: string) => wrongValue(where, `bytes are not a saved Session, or are damaged: ${what}`);
  if (file.length < HEAD_BYTES || MAGIC.some((byte, at) => file[at] !== byte)) {
    throw damaged("they do not begin like one");
  }
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (view.getUint32(MAGIC.length, true) !== checksumOf(file)) throw damaged("the checksum differs");
  const headerBytes = view.getUint32(MAGIC.length + 4, true);
  if (HEAD_BYTES + headerBytes > file.length) throw damaged("they end too early");
  let header: SavedHeader;
  try {
    header = JSON.parse(new TextDecoder().decode(file.subarray(HEAD_BYTES, HEAD_BYTES + headerBytes)));
  } catch (cause) {
    throw Object.assign(damaged("the header is not JSON"), { cause });
  }
  if (typeof header !== "object" || header === null) throw damaged("the header is no record");
  if (header.version !== VERSION) {
    throw wrongValue(
      where,
      `the Session was saved by version ${show(header.version)}, this is ${VERSION}: compile and save it again`,
    );
  }
  const fault = faultOf(header, file.length - imageAt(headerBytes));
  if (fault !== undefined) throw damaged(fault);
  const { heldBytes, pointers } = header;
  const at = imageAt(headerBytes);
  const wordsAt = file.byteOffset + at + heldBytes;
  const image = file.subarray(at, at + heldBytes);
  const heldWords = new Uint32Array(file.buffer, wordsAt, pointers.held);
  const arenaWords = new Uint32Array(file.buffer, wordsAt + 4 * pointers.held, pointers.arena);
  const saved = { header, image, heldWords, arenaWords };
  const address = addressFault(saved) ?? instructionFault(saved);
  if (address !== undefined) throw damaged(address);
  return saved;
}

const isCount = (value: unknown, most: number): value is number =>
  typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= most;

/** Reach of 32-bit addresses. */
const MOST_BYTES = 0xffff0000;

/** @param rest bytes that follow the header */
function faultOf(header: SavedHeader, rest: number): string | undefined {
  const { build, kernels, heldBytes, arenaBytes, program, calls, pointers, inputs, outputs, residual } = header;
  if (build !== "simd" && build !== "relaxed") return "the build is unknown";
  if (!Array.isArray(kernels) || !kernels.every((name) => moduleOf(name) !== undefined)) return "a kernel is unknown";
  if (!isCount(heldBytes, rest) || heldBytes % 64 !== 0 || !isCount(arenaBytes, MOST_BYTES)) return "sizes do not fit";
  if (!isCount(program, heldBytes) || program % 4 !== 0) return "the program lies outside";
  if (!isCount(calls, (heldBytes - program) / INSTRUCTION_BYTES)) return "the program is too long";
  const words = Number(pointers?.held) + Number(pointers?.arena);
  if (!isCount(pointers?.held, rest) || !isCount(pointers?.arena, rest)) return "addresses are not counted";
  if (rest !== heldBytes + 4 * words) return "the length is wrong";
  if (!Array.isArray(inputs) || !Array.isArray(outputs) || outputs.length === 0) return "there are no outputs";
  const ports = [...inputs, ...outputs, ...(residual === null ? [] : [residual])];
  if (!ports.every((port) => isPort(port, header))) return "an input or output lies outside";
  const { single, segments, steps, faults, explanation } = header;
  if (single !== (outputs.length === 1) && single !== false) return "the outputs contradict each other";
  const isRange = (range: unknown) => {
    const { first, calls: count } = (range ?? {}) as { first?: unknown; calls?: unknown };
    return isCount(first, calls) && isCount(count, calls - first);
  };
  if (!Array.isArray(steps) || !steps.every(isRange)) return "steps lie outside of the program";
  const isGuard = (each: unknown) => {
    const { at, expected } = (each ?? {}) as { at?: unknown; expected?: unknown };
    return isCount(at, arenaBytes - 1) && typeof expected === "boolean";
  };
  const isSegment = (each: unknown) => {
    const { guards } = (each ?? {}) as { guards?: unknown };
    return isRange(each) && Array.isArray(guards) && guards.every(isGuard);
  };
  if (!Array.isArray(segments) || !segments.every(isSegment)) return "segments lie outside of the program";
  const isFault = (each: unknown) => {
    const { at, message } = (each ?? {}) as { at?: unknown; message?: unknown };
    return isCount(at, heldBytes - 4) && at % 4 === 0 && typeof message === "string";
  };
  if (!Array.isArray(faults) || !faults.every(isFault)) return "fault words lie outside";
  // threads have workspaces of this size
  return isCount(explanation?.totals?.bytes?.workspace, MOST_BYTES) ? undefined : "the explanation is incomplete";
}

function isPort(port: SavedPort, { heldBytes, arenaBytes }: SavedHeader): boolean {
  const { name, dtype, shape, segment, at, lengths } = port ?? {};
  if (typeof name !== "string" || !DTYPES.includes(dtype) || !Array.isArray(shape)) return false;
  if (shape.length > 64 || !shape.every((length) => isCount(length, MOST_BYTES))) return false;
  if (segment !== "held" && segment !== "arena") return false;
  const isLength = (place: unknown) => place === -1 || (isCount(place, arenaBytes - 4) && place % 4 === 0);
  if (lengths !== undefined && !(Array.isArray(lengths) && lengths.length === shape.length && lengths.every(isLength)))
    return false;
  const end = segment === "held" ? heldBytes : arenaBytes;
  return countOf(shape) === 0 || (isCount(at, end) && at % 8 === 0 && at + byteLength({ dtype, shape }) <= end);
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

/** Words that hold addresses lie in the image, and the addresses in their segment. */
function addressFault({ header, image, heldWords, arenaWords }: Saved): string | undefined {
  const words = new DataView(image.buffer, image.byteOffset, image.byteLength);
  for (const [list, end] of [
    [heldWords, header.heldBytes],
    [arenaWords, header.arenaBytes],
  ] as const) {
    for (const word of list) {
      if (word >= image.length / 4) return "an address lies outside of the image";
      if (words.getUint32(4 * word, true) > end) return "an address points outside";
    }
  }
  return undefined;
}

/** Instructions name kernels of the list, and their parameters lie in the image. */
function instructionFault({ header, image, heldWords }: Saved): string | undefined {
  const words = new DataView(image.buffer, image.byteOffset, image.byteLength);
  const isAddress = new Set(heldWords);
  for (let i = 0; i < header.calls; ++i) {
    const at = header.program + i * INSTRUCTION_BYTES;
    if (words.getUint32(at, true) >= header.kernels.length) return `instruction ${i} calls no kernel`;
    const params = words.getUint32(at + 4, true);
    if (!isAddress.has(at / 4 + 1) || params % 4 !== 0) return `instruction ${i} has no parameters`;
    if (words.getInt32(at + 8, true) < 0) return `instruction ${i} has no items`;
  }
  return undefined;
}

function place(where: string, engine: Engine, saved: Saved): Compiled {
  const { header, image, heldWords, arenaWords } = saved;
  const { heap } = engine;
  if (header.build !== engine.binary) {
    throw wrongValue(
      where,
      `the Session was saved for the ${header.build} build, this is the ${engine.binary} one: ` +
        `configure({ build: "${header.build}" }) first, or compile and save it again`,
    );
  }
  const indices = header.kernels.map((name) => {
    const module = moduleOf(name)!;
    return engine.indexOf(module, name.slice(module.name.length + 1));
  });
  heap.ensure(where, header.heldBytes + header.arenaBytes);
  return heap.claim((allocate) => {
    const held = allocate(where, header.heldBytes);
    const arena = allocate(where, header.arenaBytes);
    heap.u8.set(image, held.offset);
    const { i32 } = heap;
    const first = held.offset / 4;
    const inMemory = (words: Uint32Array) => Array.from(words, (word) => first + word);
    const pointers = { held: inMemory(heldWords), arena: inMemory(arenaWords) };
    for (const word of pointers.held) i32[word]! += held.offset;
    for (const word of pointers.arena) i32[word]! += arena.offset;
    const program = held.offset + header.program;
    for (let i = 0; i < header.calls; ++i) {
      const word = (program + i * INSTRUCTION_BYTES) / 4;
      i32[word] = indices[i32[word]!]!;
    }
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
      pointers,
      program,
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
      explanation: frozen(header.explanation),
    };
  });
}
