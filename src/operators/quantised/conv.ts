import { depthOf, TILE_ROWS } from "../../../assembly/quantised/layout.ts";
import { countOf, show, wrongType, wrongValue } from "../../check.ts";
import { convCall } from "../../conv/call.ts";
import { type ConvGeometry, flopsOf, depthOf as lengthOf } from "../../conv/geometry.ts";
import type { Type } from "../../dtype.ts";
import type { Operands, Operator } from "../../planning/operator.ts";
import { type Planned, planned } from "../../planning/planned.ts";
import { ByteConv } from "../../runtime/generated/quantised.ts";
import { QUANTISED } from "../../runtime/modules/quantised.ts";
import type { ConvAttributes } from "../conv.ts";
import {
  BYTES,
  type Byte,
  checkType,
  endingFields,
  isByte,
  isSigned,
  numberOf,
  numbersFor,
  productScales,
  type Sums,
  writeElements,
  writeScales,
  zeroOf,
} from "./numbers.ts";
import { type ByteWeights, isComputed, packedBytes, packLater, packNow, partBytes, writePack } from "./weights.ts";
import { planBytes, resultBytes, windowFields, writeOffsets } from "./window.ts";

/** Attributes of a convolution of bytes: those of a convolution, over one axis or two. */
export interface ByteConvAttributes extends ConvAttributes {
  readonly axes: 1 | 2;
}

/** Which argument is what; -1 for none. */
interface Arguments {
  readonly weight: number;
  readonly zeros: number;
  readonly bias: number;
  /** index of the zero point of the input */
  readonly zero: number;
}

function plannedByteConv(
  geometry: ConvGeometry,
  shape: readonly number[],
  operands: Operands,
  { weight, zeros, bias, zero }: Arguments,
  sums: Sums,
): Planned {
  const { groups, channels, filters } = geometry;
  const alone = channels === 1 && filters === 1;
  const type: Type = { dtype: sums.dtype, shape };
  const plan = planBytes(geometry, alone, resultBytes(sums.dtype));
  const depth = lengthOf(geometry);
  const weights: ByteWeights = {
    tile: alone ? 1 : TILE_ROWS,
    groups,
    filters,
    depth,
    groupBytes: filters * depth,
    filterBytes: depth,
    depthBytes: 1,
    weight,
    zeros: operands[zeros] ? zeros : -1,
    bias: operands[bias] ? bias : -1,
  };
  const computed = isComputed(weights, operands);
  const packed = packedBytes(weights);
  const parts = partBytes(weights, operands);
  const kernel = alone ? "convBytesDepthwise" : "convBytes";
  const zeroPoint = operands[zero];
  return planned({
    types: [type],
    kernel,
    flops: flopsOf(geometry),
    weightBytes: packed,
    calls: computed ? 2 : 1,
    held: {
      params: ByteConv.bytes,
      offsets: depthOf(plan.depth) * 4,
      scales: sums.scales === undefined ? 0 : groups * filters * 4,
      zero: 4,
      packed: computed ? 0 : packed,
      ...(computed ? parts : { weight: 0, zeros: 0, bias: 0, pack: 0 }),
    },
    staged: computed ? { weight: 0, zeros: 0, bias: 0, pack: 0 } : parts,
    workspace: { scratch: plan.workspaceBytes, packed: computed ? packed : 0 },
    prepare(program, { inputs, parameters, outputs, held, staged, workspace }) {
      const at = computed ? held : staged;
      const panels = computed ? workspace.packed : held.packed;
      const items = writePack(program, weights, operands, { inputs, parameters }, at, panels);
      if (computed) packLater(program, at, items);
      else packNow(program, at, items);
      writeOffsets(geometry, plan, alone, program.i32(held.offsets, depthOf(plan.depth)));
      if (sums.scales !== undefined) writeScales(program, held.scales, sums.scales, groups * filters);
      const constant = zero < 0 ? null : parameters[zero];
      if (constant) writeElements(program, held.zero, constant.data);
      program.params(ByteConv, held.params, {
        ...windowFields(geometry, plan),
        ...endingFields(sums),
        input: inputs[0]!,
        weights: panels,
        scales: sums.scales === undefined ? 0 : held.scales,
        zero: zeroPoint ? (constant ? held.zero : inputs[zero]!) : 0,
        output: outputs[0]!,
        offsets: held.offsets,
        workspace: workspace.scratch,
        signed: Number(isSigned(operands[0]!.dtype)),
      });
      program.call(QUANTISED, kernel, held.params, plan.items);
    },
  });
}

/** @throws TypeError for what holds no bytes */
export function checkByte(where: string, name: string, operands: Operands, index: number): Byte {
  const { dtype } = operands[index]!;
  if (isByte(dtype)) return dtype;
  throw wrongType(where, `${name} must hold ${BYTES.join(" or ")}, but holds ${dtype}`);
}

/**
 * ONNX's QLinearConv, computed as onnxruntime does: exact sums, multiplied by the scales as one float32 and rounded half to even.
 * Arguments: input, its scale and zero point, weight, scale and zero point, scale and zero point of the result, bias (int32).
 */
export const qlinearConvOperator: Operator<ByteConvAttributes> = {
  name: "qlinearConv",
  dtypes: "all",
  parameters: [1, 2, 3, 4, 5, 6, 7, 8],
  plan(where, operands, { axes, options, pads }) {
    const [x, xScale, xZero, w, wScale, wZero, yScale, yZero, bias] = operands;
    const dtype = checkByte(where, "input", operands, 0);
    const weightType = checkByte(where, "weight", operands, 3);
    const { geometry, outputShape } = convCall({
      where,
      axes,
      input: x!.shape,
      weight: w!.shape,
      bias: bias?.shape,
      options,
      pads,
    });
    const filters = w!.shape[0]!;
    if (bias) checkType(where, "bias", bias, "int32");
    zeroOf(where, "the input's zero point", xZero, dtype);
    if (wZero) numbersFor(where, "the weight's zero point", wZero, weightType, filters);
    const scales = productScales(
      numberOf(where, "the input's scale", xScale!, "float32"),
      numbersFor(where, "the weight's scale", wScale!, "float32", filters),
      numberOf(where, "the result's scale", yScale!, "float32"),
    );
    const out = yZero ? checkByte(where, "the result's zero point", operands, 7) : "uint8";
    const sums = { dtype: out, scales, zero: zeroOf(where, "the result's zero point", yZero, out) };
    return plannedByteConv(geometry, outputShape, operands, { weight: 3, zeros: 5, bias: 8, zero: 2 }, sums);
  },
};

/** ONNX's ConvInteger: exact sums, int32. Arguments: input, weight, zero points of both. */
export const convIntegerOperator: Operator<ByteConvAttributes> = {
  name: "convInteger",
  dtypes: BYTES,
  parameters: [1, 3],
  plan(where, operands, { axes, options, pads }) {
    const [x, w, xZero, wZero] = operands;
    const { geometry, outputShape } = convCall({
      where,
      axes,
      input: x!.shape,
      weight: w!.shape,
      options,
      pads,
    });
    checkZero(where, "the input's zero point", operands, 2, x!.dtype as Byte, 1);
    checkZero(where, "the weight's zero point", operands, 3, w!.dtype as Byte, w!.shape[0]!);
    const sums = { dtype: "int32" } as const;
    const all = { weight: 1, zeros: wZero ? 3 : -1, bias: -1, zero: xZero ? 2 : -1 };
    return plannedByteConv(geometry, outputShape, operands, all, sums);
  },
};

/** Checks a zero point that a run may compute. */
export function checkZero(
  where: string,
  name: string,
  operands: Operands,
  index: number,
  dtype: Byte,
  count: number,
): void {
  const zero = operands[index];
  if (!zero) return;
  checkType(where, name, zero, dtype);
  const given = countOf(zero.shape);
  if (given === 1 || given === count) return;
  const expected = count === 1 ? "one number" : `one number, or one for each of ${count}`;
  throw wrongValue(where, `${name} must have ${expected}, got shape ${show(zero.shape)}`);
}
