import { depthOf, TILE_ROWS } from "../../../assembly/quantised/layout.ts";
import { convCall } from "../../conv/call.ts";
import { type ConvGeometry, flopsOf } from "../../conv/geometry.ts";
import type { Type } from "../../dtype.ts";
import type { Operands, Operator } from "../../planning/operator.ts";
import { type Planned, placeOf, planned } from "../../planning/planned.ts";
import { ByteConv } from "../../runtime/generated/quantised.ts";
import { QUANTISED } from "../../runtime/modules/quantised.ts";
import type { ConvAttributes } from "../conv.ts";
import {
  BYTES,
  type Byte,
  checkByte,
  checkType,
  checkZero,
  endingFields,
  isSigned,
  numberOf,
  numbersFor,
  productScales,
  type Sums,
  writeScales,
  zeroOf,
} from "./numbers.ts";
import { type ByteWeights, packedBytes, packingOf, writePacking } from "./weights.ts";
import { isAlone, planBytes, resultBytes, windowFields, writeOffsets } from "./window.ts";

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
  const { groups, filters } = geometry;
  const alone = isAlone(geometry);
  const type: Type = { dtype: sums.dtype, shape };
  const plan = planBytes(geometry, resultBytes(sums.dtype));
  const { depth } = plan;
  const weights: ByteWeights = {
    tile: alone ? 1 : TILE_ROWS,
    groups,
    filters,
    depth,
    groupBytes: filters * depth,
    filterBytes: depth,
    depthBytes: 1,
    weight,
    zeros,
    bias,
  };
  const packing = packingOf(weights, operands);
  const kernel = alone ? "convBytesDepthwise" : "convBytes";
  return planned({
    types: [type],
    kernel,
    flops: flopsOf(geometry),
    weightBytes: packedBytes(weights),
    calls: packing.computed ? 2 : 1,
    held: {
      params: ByteConv.bytes,
      offsets: depthOf(depth) * 4,
      scales: sums.scales === undefined ? 0 : groups * filters * 4,
      zero: 4,
      ...packing.held,
    },
    staged: packing.staged,
    workspace: { scratch: plan.workspaceBytes, ...packing.workspace },
    prepare(program, places) {
      const { inputs, outputs, held, workspace } = places;
      const panels = writePacking(program, weights, operands, packing, places);
      writeOffsets(geometry, plan, program.i32(held.offsets, depthOf(depth)));
      if (sums.scales !== undefined) writeScales(program, held.scales, sums.scales, groups * filters);
      program.params(ByteConv, held.params, {
        ...windowFields(geometry, plan),
        ...endingFields(sums),
        input: inputs[0]!,
        weights: panels,
        scales: sums.scales === undefined ? 0 : held.scales,
        zero: placeOf(program, places, zero, held.zero),
        output: outputs[0]!,
        offsets: held.offsets,
        workspace: workspace.scratch,
        signed: Number(isSigned(operands[0]!.dtype)),
      });
      program.call(QUANTISED, kernel, held.params, plan.items);
    },
  });
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
    const [x, w] = operands;
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
    const all = { weight: 1, zeros: 3, bias: -1, zero: 2 };
    return plannedByteConv(geometry, outputShape, operands, all, sums);
  },
};
