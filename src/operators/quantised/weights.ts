import { weightBytes } from "../../../assembly/quantised/layout.ts";
import { tilesOf } from "../../../assembly/quotient.ts";
import { countOf } from "../../check.ts";
import type { Operands } from "../../planning/operator.ts";
import type { Places } from "../../planning/planned.ts";
import { PackBytes } from "../../runtime/generated/quantised.ts";
import { QUANTISED } from "../../runtime/modules/quantised.ts";
import type { Pointer, ProgramWriter } from "../../runtime/program.ts";
import { isSigned } from "./numbers.ts";

/** Weights of a product, and where they lie. */
export interface ByteWeights {
  /** filters in a panel */
  readonly tile: number;
  readonly groups: number;
  /** of a group */
  readonly filters: number;
  readonly depth: number;
  /** bytes from one group, filter, and number along the summed axis to the next */
  readonly groupBytes: number;
  readonly filterBytes: number;
  readonly depthBytes: number;
  /** indices of the arguments; -1 for none */
  readonly weight: number;
  readonly zeros: number;
  readonly bias: number;
}

/** Bytes of packed weights. */
export const packedBytes = ({ tile, groups, filters, depth }: ByteWeights): number =>
  groups * weightBytes(tile, filters, depth);

const given = (operands: Operands, index: number) => (index < 0 ? null : (operands[index] ?? null));

const PARTS = ["weight", "zeros", "bias"] as const;

/** Whether a run computes weights, or what belongs to them. */
export const isComputed = (weights: ByteWeights, operands: Operands): boolean =>
  PARTS.some((part) => given(operands, weights[part])?.data === undefined && given(operands, weights[part]) !== null);

/** Bytes that the parts of weights take which the preparation is given. */
export function partBytes(weights: ByteWeights, operands: Operands) {
  const bytesOf = (part: (typeof PARTS)[number], size: number) => {
    const operand = given(operands, weights[part]);
    return operand?.data === undefined ? 0 : countOf(operand.shape) * size;
  };
  return {
    weight: bytesOf("weight", 1),
    zeros: bytesOf("zeros", 1),
    bias: bytesOf("bias", 4),
    pack: PackBytes.bytes,
  };
}

type Parts = { readonly [Name in keyof ReturnType<typeof partBytes>]: Pointer };

/**
 * Writes what the preparation is given of weights, and the parameter block of packing.
 * @returns items of the pack kernel
 */
export function writePack(
  program: ProgramWriter,
  weights: ByteWeights,
  operands: Operands,
  { inputs, parameters }: Pick<Places, "inputs" | "parameters">,
  at: Parts,
  to: Pointer,
): number {
  const pointerOf = (part: (typeof PARTS)[number]): Pointer => {
    const index = weights[part];
    const constant = index < 0 ? null : parameters[index];
    if (!constant) return index < 0 ? 0 : inputs[index]!;
    program.constant(at[part], constant);
    return at[part];
  };
  const { tile, groups, filters, depth, groupBytes, filterBytes, depthBytes } = weights;
  program.params(PackBytes, at.pack, {
    from: pointerOf("weight"),
    zeros: pointerOf("zeros"),
    bias: pointerOf("bias"),
    to,
    filters,
    depth,
    tile,
    groupBytes,
    filterBytes,
    depthBytes,
    zeroStep: countOf(given(operands, weights.zeros)?.shape ?? []) === 1 ? 0 : 1,
    signed: Number(isSigned(operands[weights.weight]!.dtype)),
  });
  return groups * tilesOf(filters, tile);
}

/** Packs weights while the program is made. */
export function packNow(program: ProgramWriter, at: Parts, items: number): void {
  program.setup(QUANTISED, "packBytes", at.pack, items);
}

/** Packs weights in each run. */
export function packLater(program: ProgramWriter, at: Parts, items: number): void {
  program.call(QUANTISED, "packBytes", at.pack, items);
}
