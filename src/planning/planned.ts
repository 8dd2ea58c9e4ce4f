import type { Type } from "../dtype.ts";
import { blockBytes, type Offsets, offsetsFrom, type Sizes } from "../runtime/layout.ts";
import type { Pointer, ProgramWriter } from "../runtime/program.ts";
import type { Constant } from "./constant.ts";
import type { Epilogue } from "./epilogue.ts";

/** The places of everything that a planned call reads and writes. */
export interface Places {
  /** 0 for an argument that is not given, and for constant parameters */
  readonly inputs: readonly Pointer[];
  /** by the indices of {@link Operator.parameters}; null for one that is not given or not constant */
  readonly parameters: readonly (Constant | null)[];
  readonly outputs: readonly Pointer[];
  /** added to the results, in their shape; 0 for none */
  readonly residual: Pointer;
  /** applied to the results; undefined for none */
  readonly activation: Epilogue | undefined;
  /** heldBytes, kept with the network */
  readonly held: Pointer;
  /** stagedBytes, until `prepare` returns */
  readonly staged: Pointer;
  /** workspaceBytes, while the instructions run */
  readonly workspace: Pointer;
}

/**
 * Where a parameter lies that may be constant: a constant is written to a place of its own.
 * @param at that place
 * @returns 0 for one that is not given
 */
export function placeOf(
  program: ProgramWriter,
  { inputs, parameters }: Pick<Places, "inputs" | "parameters">,
  index: number,
  at: Pointer,
): Pointer {
  const constant = parameters[index];
  if (!constant) return inputs[index] ?? 0;
  program.constant(at, constant);
  return at;
}

/** What a kernel may do to its results while they are in the cache. */
export interface Endings {
  /** adding a tensor of the result's shape, before the activation */
  readonly residual: boolean;
  readonly activation: boolean;
}

/** A call with everything decided and counted, and nothing allocated yet. */
export interface Planned {
  /** of the results */
  readonly types: readonly Type[];
  /** the results themselves, if they are already known: nothing is prepared then */
  readonly constants?: readonly Constant[];
  /** where each result begins in the first argument, in elements, if all are parts of it: nothing is computed then */
  readonly parts?: readonly number[];
  /** where each argument begins in the result, in elements, if the result is just all of them in a row */
  readonly whole?: readonly number[];
  /** results of which only a run knows how long an axis is: their types have the most, and the result `count` (int32) the length */
  readonly counted?: readonly { readonly result: number; readonly axis: number; readonly count: number }[];
  /** what may end the call; absent for nothing */
  readonly endings?: Endings;
  /** the kernel that does most of the work */
  readonly kernel: string;
  /** for convolutions, how it is computed */
  readonly algorithm?: string;
  /** why this algorithm */
  readonly reason?: string;
  /** multiplications and additions of the plain definition */
  readonly flops: number;
  /** weights as the kernels read them */
  readonly weightBytes: number;
  readonly heldBytes: number;
  readonly stagedBytes: number;
  readonly workspaceBytes: number;
  /** number of instructions */
  readonly calls: number;
  /** Writes parameters and tables, packs weights, and adds the instructions. Outputs must not overlap inputs unless the operator says so. */
  prepare(program: ProgramWriter, places: Places): void;
}

/** {@link Places} with the arrays of the call by name. */
export type NamedPlaces<H extends Sizes, S extends Sizes, W extends Sizes> = Omit<
  Places,
  "held" | "staged" | "workspace"
> & { readonly held: Offsets<H>; readonly staged: Offsets<S>; readonly workspace: Offsets<W> };

/** A call that is computed, with the arrays that it needs: their sizes are given here, their places come back by the same names. */
export interface Plan<H extends Sizes, S extends Sizes, W extends Sizes>
  extends Omit<
    Planned,
    "constants" | "weightBytes" | "heldBytes" | "stagedBytes" | "workspaceBytes" | "calls" | "prepare"
  > {
  /** default 0 */
  readonly weightBytes?: number;
  /** default 1 */
  readonly calls?: number;
  readonly held?: H;
  readonly staged?: S;
  readonly workspace?: W;
  prepare(program: ProgramWriter, places: NamedPlaces<H, S, W>): void;
}

type None = Record<never, number>;

/** Counts the memory of a call. */
export function planned<H extends Sizes = None, S extends Sizes = None, W extends Sizes = None>({
  held = {} as H,
  staged = {} as S,
  workspace = {} as W,
  weightBytes = 0,
  calls = 1,
  prepare,
  ...rest
}: Plan<H, S, W>): Planned {
  return {
    ...rest,
    weightBytes,
    calls,
    heldBytes: blockBytes(held),
    stagedBytes: blockBytes(staged),
    workspaceBytes: blockBytes(workspace),
    prepare(program, places) {
      prepare(program, {
        ...places,
        held: offsetsFrom(places.held, held),
        staged: offsetsFrom(places.staged, staged),
        workspace: offsetsFrom(places.workspace, workspace),
      });
    },
  };
}

const NOTHING = { kernel: "none", flops: 0, weightBytes: 0, heldBytes: 0, stagedBytes: 0, workspaceBytes: 0, calls: 0 };

/** A call whose results are parts of its first argument, at these elements: [0] for the argument itself under another shape. */
export function plannedParts(types: readonly Type[], parts: readonly number[]): Planned {
  return { ...NOTHING, types, parts, prepare() {} };
}

/** A call whose results are known already. */
export function plannedConstants(constants: readonly Constant[]): Planned {
  return { ...NOTHING, types: constants, constants, prepare() {} };
}
