import { matmulOperator } from "../operators/linear.ts";
import type { Constant } from "../planning/constant.ts";
import type { BlockFields, BlockLayout, KernelModule } from "../runtime/modules.ts";
import { ARENA, HELD, INSTRUCTION_BYTES, type Pointer, ProgramWriter, STAGED } from "../runtime/program.ts";
import { SEGMENT, type SegmentCode } from "./file.ts";
import { isCallOf } from "./network.ts";
import { type NetworkPlan, writeSteps } from "./plan.ts";

/** One step of building a program's held memory: see file.ts. */
export type Operation =
  | { readonly kind: "bytes"; readonly segment: SegmentCode; readonly at: number; readonly bytes: Uint8Array }
  | {
      readonly kind: "constant";
      readonly segment: SegmentCode;
      readonly at: number;
      readonly constant: Constant;
      /** whether it is multiplied with what the network is given, and not otherwise used */
      readonly isWeight: boolean;
    }
  | {
      readonly kind: "addresses";
      readonly segment: SegmentCode;
      readonly target: SegmentCode;
      readonly words: readonly number[];
    }
  | {
      readonly kind: "setup";
      /** index in the list of kernels */
      readonly kernel: number;
      /** offset of its parameters in the staged memory */
      readonly params: number;
      readonly items: number;
    };

/** A program as the operations that build it. */
export interface Recording {
  readonly operations: readonly Operation[];
  /** names of the kernels that it calls, each with its module's before it */
  readonly kernels: readonly string[];
  /** at offsets in the held memory */
  readonly faults: readonly { readonly at: number; readonly message: string }[];
}

/** Notes what builds a planned network's held memory, in place of building it: nothing in linear memory is read or written. */
export function recordProgram(plan: NetworkPlan): Recording {
  const recorder = new Recorder(plan);
  writeSteps(recorder, plan);
  const { network, constants } = plan;
  const factors = new Set(network.calls.flatMap((call) => (isCallOf(call, matmulOperator) ? call.inputs : [])));
  for (const [value, pointer] of constants) {
    recorder.isWeight = factors.has(value);
    recorder.constant(pointer, network.constants.get(value)!);
  }
  return recorder.finish(plan);
}

/** Held memory begins at address 0 here, staged memory after it. */
class Recorder extends ProgramWriter {
  /** whether the constants that follow are weights */
  isWeight = true;
  readonly #operations: Operation[];
  readonly #kernels: string[];
  readonly #memory: Uint8Array<ArrayBuffer>;
  readonly #words: Int32Array;
  readonly #stagedAt: number;
  /** what was written since the last operation of each segment, in bytes */
  readonly #written: Record<0 | 1, { readonly begin: number; readonly end: number }[]> = { 0: [], 1: [] };
  /** words with addresses, by their segment and the one that they point into */
  readonly #addresses = new Map<string, { segment: SegmentCode; target: SegmentCode; words: number[] }>();

  constructor({ bytes, instructions }: NetworkPlan) {
    const operations: Operation[] = [];
    const kernels: string[] = [];
    const memory = new ArrayBuffer(bytes.held + bytes.staged);
    const indexOf = (name: string) => {
      const index = kernels.indexOf(name);
      return index < 0 ? kernels.push(name) - 1 : index;
    };
    const nameOf = (module: KernelModule, kernel: string) => `${module.name}.${kernel}`;
    super(
      {
        heap: {
          i32: new Int32Array(memory),
          f32: new Float32Array(memory),
          f64: new Float64Array(memory),
          write: (at, constant) => {
            const [segment, offset] = at < bytes.held ? [SEGMENT.held, at] : [SEGMENT.staged, at - bytes.held];
            operations.push({ kind: "constant", segment, at: offset, constant, isWeight: this.isWeight });
          },
        },
        indexOf: (module, kernel) => indexOf(nameOf(module, kernel)),
        kernel: (module, kernel) => (params, _, items) => {
          this.#note(SEGMENT.staged);
          const index = indexOf(nameOf(module, kernel));
          operations.push({ kind: "setup", kernel: index, params: params - bytes.held, items });
        },
      },
      { held: 0, arena: null, staged: bytes.held },
      instructions - HELD,
    );
    this.#operations = operations;
    this.#kernels = kernels;
    this.#memory = new Uint8Array(memory);
    this.#words = new Int32Array(memory);
    this.#stagedAt = bytes.held;
  }

  override params<L extends BlockLayout>(layout: L, at: Pointer, fields: BlockFields<L>): void {
    this.#wrote(at, layout.bytes);
    super.params(layout, at, fields);
  }

  override i32(at: Pointer, count: number): Int32Array<ArrayBuffer> {
    this.#wrote(at, 4 * count);
    return super.i32(at, count);
  }

  override f32(at: Pointer, count: number): Float32Array<ArrayBuffer> {
    this.#wrote(at, 4 * count);
    return super.f32(at, count);
  }

  override f64(at: Pointer, count: number): Float64Array<ArrayBuffer> {
    this.#wrote(at, 8 * count);
    return super.f64(at, count);
  }

  protected override pointer(word: number, pointer: Pointer): void {
    super.pointer(word, pointer);
    if (pointer === 0) return;
    const isStaged = 4 * word >= this.#stagedAt;
    if (pointer >= STAGED) this.#words[word]! -= this.#stagedAt;
    const segment = isStaged ? SEGMENT.staged : SEGMENT.held;
    const target = pointer >= STAGED ? SEGMENT.staged : pointer >= ARENA ? SEGMENT.arena : SEGMENT.held;
    const key = `${segment} ${target}`;
    const list = this.#addresses.get(key) ?? { segment, target, words: [] };
    this.#addresses.set(key, list);
    list.words.push(isStaged ? word - this.#stagedAt / 4 : word);
  }

  /** The whole recording: everything has been written. */
  finish({ instructions, calls }: NetworkPlan): Recording {
    this.#wrote(instructions, calls * INSTRUCTION_BYTES);
    this.#note(SEGMENT.held);
    return { operations: this.#operations, kernels: this.#kernels, faults: this.faults };
  }

  #wrote(at: Pointer, bytes: number): void {
    if (bytes === 0) return;
    const begin = this.addressOf(at);
    const segment = at >= STAGED ? SEGMENT.staged : SEGMENT.held;
    this.#written[segment].push({ begin, end: begin + bytes });
  }

  /** Adds operations for what was written to a segment since the last time. */
  #note(segment: 0 | 1): void {
    const base = segment === SEGMENT.staged ? this.#stagedAt : 0;
    const ranges = this.#written[segment].sort((a, b) => a.begin - b.begin);
    this.#written[segment] = [];
    for (let i = 0; i < ranges.length; ) {
      const { begin } = ranges[i]!;
      let { end } = ranges[i]!;
      for (++i; i < ranges.length && ranges[i]!.begin <= end; ++i) end = Math.max(end, ranges[i]!.end);
      this.#operations.push({ kind: "bytes", segment, at: begin - base, bytes: this.#memory.slice(begin, end) });
    }
    for (const [key, { segment: of, target, words }] of this.#addresses) {
      if (of !== segment) continue;
      this.#operations.push({ kind: "addresses", segment, target, words });
      this.#addresses.delete(key);
    }
  }
}
