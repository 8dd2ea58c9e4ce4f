import { asHalves } from "../half.ts";
import { KERNELS_HASH, VERSION } from "../runtime/generated/version.ts";
import { ARENA, HELD } from "../runtime/program.ts";
import type { Compiled, Port } from "./compiled.ts";
import {
  aligned,
  CHECKSUM_AT,
  checksumOf,
  HEAD_BYTES,
  HEADER_LENGTH_AT,
  MAGIC,
  OPERATION,
  OPERATION_COUNT_AT,
  OPERATION_WORDS,
  type SavedHeader,
  type SavedPort,
  type SavedWeights,
  SEGMENT,
  sumsOf,
} from "./file.ts";
import type { Graph } from "./graph.ts";
import { describe, type NetworkPlan } from "./plan.ts";
import { type Operation, recordProgram } from "./record.ts";

/**
 * A planned network as a file. What float16 holds exactly is always saved so.
 * @param ending what compile's options add: the residual is the last input
 */
export function savePlan(
  plan: NetworkPlan,
  ending: { readonly single: boolean; readonly hasResidual: boolean },
  explanation: Compiled["explanation"],
  weights: SavedWeights,
): Uint8Array<ArrayBuffer> {
  const { single, hasResidual } = ending;
  const { operations, kernels, faults } = recordProgram(plan);
  const { bytes, calls, instructions } = plan;
  const described = describe(plan, plan.placeOf);
  const inputs = described.inputs.map(savedPort);
  const { build: _, ...explained } = explanation;
  const header: SavedHeader = {
    version: VERSION,
    abi: KERNELS_HASH,
    kernels,
    heldBytes: bytes.held,
    stagedBytes: bytes.staged,
    arenaBytes: bytes.arena,
    program: instructions - HELD,
    calls,
    inputs: hasResidual ? inputs.slice(0, -1) : inputs,
    outputs: described.outputs.map(savedPort),
    residual: hasResidual ? inputs.at(-1)! : null,
    single,
    segments: described.segments.map(({ guards, ...range }) => ({
      ...range,
      guards: guards.map(({ at, expected }) => ({ at: at - ARENA, expected })),
    })),
    steps: described.steps,
    faults,
    explanation: explained,
  };
  return fileOf(
    header,
    operations.map((operation) => encoded(operation, weights)),
  );
}

/**
 * Whether weights are what they were: those of a module belong to the caller, who may train it, and are not copied. What passes
 * have made of them is nobody else's.
 * @returns a function that says whether they are the same still
 */
export function watched({ constants }: Graph): () => boolean {
  const sums = () =>
    Array.from(constants.values(), ({ data }) =>
      data instanceof Float32Array ? sumsOf(new Uint32Array(data.buffer, data.byteOffset, data.length)) : [],
    ).join();
  const before = sums();
  return () => sums() === before;
}

function savedPort({ name, dtype, shape, at, lengths }: Port): SavedPort {
  const [segment, base] = at >= ARENA ? (["arena", ARENA] as const) : (["held", HELD] as const);
  const port: SavedPort = { name, dtype, shape, segment, at: Math.max(at - base, 0) };
  return lengths === undefined
    ? port
    : { ...port, lengths: lengths.map((place) => (place === 0 ? -1 : place - ARENA)) };
}

/** The words of an operation but for its place in the data, and the data. */
interface Encoded {
  readonly code: number;
  readonly segment: number;
  readonly at: number;
  readonly count: number;
  readonly more: number;
  readonly data: Uint8Array;
}

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView) => new Uint8Array(buffer, byteOffset, byteLength);

const NOTHING = new Uint8Array();

function encoded(operation: Operation, weights: SavedWeights): Encoded {
  switch (operation.kind) {
    case "setup": {
      const { kernel, params, items } = operation;
      return { code: OPERATION.setup, segment: SEGMENT.staged, at: params, count: items, more: kernel, data: NOTHING };
    }
    case "addresses": {
      const { segment, target, words } = operation;
      const data = bytesOf(Uint32Array.from(words));
      return { code: OPERATION.addresses, segment, at: 0, count: words.length, more: target, data };
    }
    case "bytes": {
      const { segment, at, bytes } = operation;
      return { code: OPERATION.bytes, segment, at, count: bytes.length, more: 0, data: bytes };
    }
    case "constant": {
      const { segment, at, constant, isWeight } = operation;
      const rounded = weights === "float16" && isWeight && constant.shape.length > 1;
      const halves = constant.dtype === "float32" ? asHalves(constant.data as Float32Array, rounded) : undefined;
      if (halves !== undefined) {
        return { code: OPERATION.halves, segment, at, count: halves.length, more: 0, data: bytesOf(halves) };
      }
      const bytes = bytesOf(constant.data as ArrayBufferView);
      const data = constant.dtype === "bool" ? bytes.map((value) => Math.min(value, 1)) : bytes;
      return { code: OPERATION.bytes, segment, at, count: data.length, more: 0, data };
    }
  }
}

function fileOf(header: SavedHeader, operations: readonly Encoded[]): Uint8Array<ArrayBuffer> {
  const json = new TextEncoder().encode(JSON.stringify(header));
  const operationsAt = aligned(HEAD_BYTES + json.length);
  const dataAt = operationsAt + operations.length * OPERATION_WORDS * 4;
  const size = operations.reduce((sum, { data }) => sum + aligned(data.length), 0);
  const file = new Uint8Array(dataAt + size);
  const view = new DataView(file.buffer);
  file.set(MAGIC);
  view.setUint32(HEADER_LENGTH_AT, json.length, true);
  view.setUint32(OPERATION_COUNT_AT, operations.length, true);
  file.set(json, HEAD_BYTES);
  const words = new Uint32Array(file.buffer, operationsAt, operations.length * OPERATION_WORDS);
  let at = 0;
  for (const [index, { code, segment, at: place, count, more, data }] of operations.entries()) {
    words.set([code, segment, place, count, at, more], index * OPERATION_WORDS);
    file.set(data, dataAt + at);
    at += aligned(data.length);
  }
  for (const [index, sum] of checksumOf(file).entries()) view.setUint32(CHECKSUM_AT + 4 * index, sum, true);
  return file;
}
