import type { Type } from "../dtype.ts";
import { type Epilogue, NO_ACTIVATION } from "../planning/epilogue.ts";
import type { Operands } from "../planning/operator.ts";
import { type Planned, placeOf, planned } from "../planning/planned.ts";
import { Conv } from "../runtime/generated/kernels.ts";
import { KERNELS } from "../runtime/modules/kernels.ts";
import type { BlockFields } from "../runtime/modules.ts";
import type { Pointer, ProgramWriter } from "../runtime/program.ts";
import type { ConvGeometry } from "./geometry.ts";
import type { ConvPlan } from "./plan.ts";
import { writeSources } from "./tables.ts";
import {
  callPack,
  copiedBytes,
  copyWeights,
  givenBytes,
  heldWeights,
  packCalls,
  packingBytes,
  plainWeights,
  writeWeights,
} from "./weights.ts";

/** Bytes of tables that depend on the geometry alone. */
export const heldTables = (plan: ConvPlan) => ({ rows: plan.rows * 4, cols: plan.cols * 4, tables: plan.tableBytes });

/** Bytes that a convolution of constant weights keeps besides its parameter block: tables and weights. */
export const keptBytes = (plan: ConvPlan) => ({ ...heldTables(plan), ...heldWeights(plan) });

/** Where they lie. */
export type Kept = { readonly [Name in keyof ReturnType<typeof keptBytes>]: Pointer };

/** Bytes of what a kernel reads besides tensors: weights, biases, the tables of its algorithm. */
export const weightBytesOf = (plan: ConvPlan): number => plan.weightBytes + plan.tableBytes + heldWeights(plan).bias;

/** Writes the tables that depend on the geometry alone. */
export function writeTables(program: ProgramWriter, plan: ConvPlan, kept: Omit<Kept, "weights" | "bias">): void {
  const { y, x, paddingMode } = plan.geometry;
  writeSources(y, paddingMode, program.i32(kept.rows, plan.rows));
  writeSources(x, paddingMode, program.i32(kept.cols, plan.cols));
  plan.way.writeTables?.(plan.geometry, program.i32(kept.tables, plan.tableBytes / 4));
}

/** What differs between calls of one convolution. */
interface ConvOperands {
  readonly input: Pointer;
  readonly output: Pointer;
  /** 0 for none */
  readonly residual: Pointer;
  readonly workspace: Pointer;
  readonly activation: Epilogue | undefined;
}

/** Writes the parameter block of a convolution and adds its instruction. */
export function callConv(
  program: ProgramWriter,
  plan: ConvPlan,
  params: Pointer,
  kept: Kept,
  hasBias: boolean,
  operands: ConvOperands,
): void {
  program.params(
    Conv,
    params,
    paramsOf(plan.geometry, {
      input: operands.input,
      weights: kept.weights,
      bias: hasBias && plan.pack === null ? kept.bias : 0,
      output: operands.output,
      gradient: 0,
      rows: kept.rows,
      cols: kept.cols,
      tables: kept.tables,
      residual: operands.residual,
      workspace: operands.workspace,
      blockDepth: plan.blockDepth,
      blockPixels: plan.blockPixels,
      tileFilters: plan.tileFilters,
      activation: operands.activation,
    }),
  );
  program.call(KERNELS, plan.kernel, params, plan.items);
}

type ConvFields = BlockFields<typeof Conv>;

/** Fields of a parameter block besides the sizes of the geometry. */
interface Others
  extends Pick<
    ConvFields,
    | "input"
    | "weights"
    | "bias"
    | "output"
    | "gradient"
    | "rows"
    | "cols"
    | "tables"
    | "residual"
    | "workspace"
    | "blockDepth"
    | "blockPixels"
    | "tileFilters"
  > {
  readonly activation: Epilogue | undefined;
}

/** The fields of a parameter block. */
export const paramsOf = ({ batch, groups, channels, filters, y, x }: ConvGeometry, others: Others): ConvFields => ({
  ...others,
  batch,
  groups,
  channels,
  filters,
  height: y.length,
  width: x.length,
  kernelHeight: y.kernel,
  kernelWidth: x.kernel,
  strideHeight: y.stride,
  strideWidth: x.stride,
  dilationHeight: y.dilation,
  dilationWidth: x.dilation,
  outHeight: y.out,
  outWidth: x.out,
  padTop: y.before,
  padLeft: x.before,
  ...(others.activation ?? NO_ACTIVATION),
});

/** For kernels that read torch's order. */
const NO_COPIES = { weight: 0, bias: 0 };

/**
 * A convolution whose weight or bias is computed: it is packed in each run, unless the kernel reads it as it is.
 * Arguments as {@link plannedConv}'s; of a plan for such weights.
 */
export function plannedComputedConv(plan: ConvPlan, type: Type, operands: Operands): Planned {
  const { kernel, algorithm, reason, flops, pack } = plan;
  const given = givenBytes(plan);
  const packed = packingBytes(plan);
  const constantBytes = (index: 1 | 2, bytes: number) => (operands[index]?.data === undefined ? 0 : bytes);
  return planned({
    types: [type],
    endings: { residual: true, activation: true },
    kernel,
    algorithm,
    reason: `${reason}, for weights that are computed`,
    flops,
    weightBytes: plan.tableBytes,
    calls: 1 + packCalls(plan),
    held: {
      params: Conv.bytes,
      ...heldTables(plan),
      pack: packed.pack,
      taps: packed.taps,
      weight: constantBytes(1, given.weight),
      bias: constantBytes(2, given.bias),
    },
    workspace: { weights: pack === null ? 0 : plan.weightBytes, packing: packed.scratch, scratch: plan.workspaceBytes },
    prepare(program, places) {
      const { inputs, outputs, residual, activation, held, workspace } = places;
      // one of the two may be constant
      const staged = {
        weight: placeOf(program, places, 1, held.weight),
        bias: placeOf(program, places, 2, held.bias),
      };
      writeTables(program, plan, held);
      const packing = { pack: held.pack, taps: held.taps, scratch: workspace.packing };
      callPack(program, plan, plainWeights(plan, staged), workspace.weights, packing);
      const weights = pack === null ? staged.weight : workspace.weights;
      callConv(program, plan, held.params, { ...held, weights, bias: staged.bias }, staged.bias !== 0, {
        input: inputs[0]!,
        output: outputs[0]!,
        residual,
        workspace: workspace.scratch,
        activation,
      });
    },
  });
}

/** Whether weight or bias depend on what a network is given. */
export const isComputed = (operands: Operands): boolean =>
  operands.slice(1).some((operand) => operand !== null && operand.data === undefined);

/** A convolution as a call. Arguments: input, weight and bias, of which the latter two are constant. */
export function plannedConv(plan: ConvPlan, type: Type): Planned {
  const { kernel, algorithm, reason, flops, pack } = plan;
  return planned({
    types: [type],
    endings: { residual: true, activation: true },
    kernel,
    algorithm,
    reason,
    flops,
    weightBytes: weightBytesOf(plan),
    held: { params: Conv.bytes, ...keptBytes(plan) },
    staged: { ...copiedBytes(plan), ...packingBytes(plan) },
    workspace: { scratch: plan.workspaceBytes },
    prepare(program, { inputs, parameters, outputs, residual, activation, held, staged, workspace }) {
      const weight = parameters[1]!;
      const bias = parameters[2] ?? undefined;
      const copies = pack === null ? NO_COPIES : copyWeights(program, weight, bias, staged);
      writeTables(program, plan, held);
      writeWeights(program, plan, { ...plainWeights(plan, copies), weight, bias }, held, staged);
      callConv(program, plan, held.params, held, bias !== undefined, {
        input: inputs[0]!,
        output: outputs[0]!,
        residual,
        workspace: workspace.scratch,
        activation,
      });
    },
  });
}
