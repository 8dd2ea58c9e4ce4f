import { weightBytes } from "../../../assembly/quantised/layout.ts";
import { tilesOf } from "../../../assembly/quotient.ts";
import { countOf } from "../../check.ts";
import type { Operands } from "../../planning/operator.ts";
import { type Places, placeOf } from "../../planning/planned.ts";
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
  /** indices of the arguments, of which the last two may not be given; -1 for none */
  readonly weight: number;
  readonly zeros: number;
  readonly bias: number;
}

/** Bytes of packed weights. */
export const packedBytes = ({ tile, groups, filters, depth }: ByteWeights): number =>
  groups * weightBytes(tile, filters, depth);

const PARTS = ["weight", "zeros", "bias"] as const;
const NO_PARTS = { weight: 0, zeros: 0, bias: 0, pack: 0 };

type Parts = typeof NO_PARTS;

/** How weights are packed, and the memory that it needs. */
export interface Packing {
  /** whether a run computes weights, or what belongs to them, and so packs them; otherwise it is done while the program is made */
  readonly computed: boolean;
  readonly held: Parts & { readonly packed: number };
  readonly staged: Parts;
  readonly workspace: { readonly packed: number };
}

export function packingOf(weights: ByteWeights, operands: Operands): Packing {
  const operandOf = (part: (typeof PARTS)[number]) => operands[weights[part]];
  const computed = PARTS.some((part) => operandOf(part) && operandOf(part)!.data === undefined);
  const bytesOf = (part: (typeof PARTS)[number], size: number) => {
    const operand = operandOf(part);
    return operand?.data === undefined ? 0 : countOf(operand.shape) * size;
  };
  const parts = {
    weight: bytesOf("weight", 1),
    zeros: bytesOf("zeros", 1),
    bias: bytesOf("bias", 4),
    pack: PackBytes.bytes,
  };
  const packed = packedBytes(weights);
  return computed
    ? { computed, held: { ...parts, packed: 0 }, staged: NO_PARTS, workspace: { packed } }
    : { computed, held: { ...NO_PARTS, packed }, staged: parts, workspace: { packed: 0 } };
}

/** Addresses of what {@link packingOf} asks for. */
export interface PackingPlaces extends Pick<Places, "inputs" | "parameters"> {
  readonly held: Parts & { readonly packed: Pointer };
  readonly staged: Parts;
  readonly workspace: { readonly packed: Pointer };
}

/**
 * Writes what the preparation is given of weights, and packs them, or lets each run do so.
 * @returns where the packed weights are
 */
export function writePacking(
  program: ProgramWriter,
  weights: ByteWeights,
  operands: Operands,
  { computed }: Packing,
  places: PackingPlaces,
): Pointer {
  const { held, staged, workspace } = places;
  const at = computed ? held : staged;
  const to = computed ? workspace.packed : held.packed;
  const pointerOf = (part: (typeof PARTS)[number]) => placeOf(program, places, weights[part], at[part]);
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
    zeroStep: countOf(operands[weights.zeros]?.shape ?? []) === 1 ? 0 : 1,
    signed: Number(isSigned(operands[weights.weight]!.dtype)),
  });
  program[computed ? "call" : "setup"](QUANTISED, "packBytes", at.pack, groups * tilesOf(filters, tile));
  return to;
}
