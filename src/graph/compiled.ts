import type { Type } from "../dtype.ts";
import type { Engine } from "../runtime/engine.ts";
import type { Block } from "../runtime/heap.ts";
import type { Fault } from "../runtime/program.ts";
import type { Explanation } from "./explain.ts";
import type { SavedWeights } from "./file.ts";

/** An input or output of a Session. */
export interface SessionPort extends Type {
  readonly name: string;
  /** axes whose length depends on data, of which the shape has the largest; absent where there are none */
  readonly dynamicAxes?: readonly number[];
}

/** A tensor that goes into, or comes out of, linear memory. */
export interface Port extends SessionPort {
  /** byte offset in linear memory; not used for an empty tensor */
  readonly at: number;
  /** where the length of each axis is found after a run, an i32; 0 for one whose length is known; absent where all are */
  readonly lengths?: readonly number[];
}

/** A step's instructions. */
export interface StepRange {
  readonly first: number;
  readonly calls: number;
}

/** Instructions that run, one after the other, if bytes of linear memory are what they must be. */
export interface Segment extends StepRange {
  readonly guards: readonly { readonly at: number; readonly expected: boolean }[];
}

/** Whether a segment is to run. */
export const isTaken = ({ heap: { u8 } }: Engine, { guards }: Pick<Segment, "guards">): boolean =>
  guards.every(({ at, expected }) => (u8[at] !== 0) === expected);

/** A value of a network that can be read after some of its instructions. */
export interface TracedValue extends Port {
  /** what the network's origin calls it, perhaps more than once */
  readonly names: readonly string[];
  /** how many instructions have passed by then */
  readonly after: number;
  readonly guards: Segment["guards"];
}

/** What a compiled network is made of. */
export interface Compiled {
  readonly engine: Engine;
  /** parameters, tables, packed weights, constants and instructions */
  readonly held: Block;
  /** tensors and workspaces */
  readonly arena: Block;
  /** address of the first instruction */
  readonly program: number;
  readonly calls: number;
  /** all instructions, in the order of execution */
  readonly segments: readonly Segment[];
  /** steps that compute anything, in the order of execution */
  readonly steps: readonly StepRange[];
  readonly faults: readonly Fault[];
  /** what steps compute, in their order; undefined for a Session that was saved and loaded */
  readonly values: readonly TracedValue[] | undefined;
  readonly inputs: readonly Port[];
  readonly residual: Port | undefined;
  readonly outputs: readonly Port[];
  /** whether run returns the one output itself, not a record */
  readonly single: boolean;
  readonly explanation: Explanation;
  /** for what needs more than the program; undefined for a Session that was saved and loaded */
  readonly origin: Origin | undefined;
}

/** Where a compiled network came from. */
export interface Origin {
  /** The file of `Session.save`. */
  save(weights: SavedWeights): Uint8Array<ArrayBuffer>;
}
