import {
  type AxisCount,
  type ConvCall,
  type ConvOptions,
  type ConvTransposeOptions,
  convCall,
  type TransposeCall,
  transposeCall,
} from "../conv/call.ts";
import { isComputed, plannedComputedConv, plannedConv } from "../conv/convolution.ts";
import type { Algorithm, ConvGeometry, Pads } from "../conv/geometry.ts";
import { planConv } from "../conv/plan.ts";
import { planTransposed } from "../conv/transposed.ts";
import { volumeOf } from "../conv/volume.ts";
import { planWeightGradient } from "../conv/weight-gradient.ts";
import { float32, type Type } from "../dtype.ts";
import type { Operands, Operator, Uses } from "../planning/operator.ts";
import type { Planned } from "../planning/planned.ts";

/** Attributes of a convolution. */
export interface ConvAttributes {
  readonly options: ConvOptions;
  /** values before and after each axis, in place of options.padding */
  readonly pads?: Pads;
}

/** Attributes of a transposed convolution. */
export interface ConvTransposeAttributes {
  readonly options: ConvTransposeOptions;
}

/** A convolution over some axes. */
export interface ConvolutionOperator extends Operator<ConvAttributes> {
  readonly axes: AxisCount;
}

/** A transposed convolution over some axes. */
export interface TransposingOperator extends Operator<ConvTransposeAttributes> {
  readonly axes: AxisCount;
}

/** A checked convolution and the shape of its result. */
export interface GeometryAttributes {
  readonly geometry: ConvGeometry;
  readonly shape: readonly number[];
}

const callOf = (
  where: string,
  axes: AxisCount,
  [input, weight, bias]: Operands,
  { options, pads }: ConvAttributes,
): ConvCall => convCall({ where, axes, input: input!.shape, weight: weight!.shape, bias: bias?.shape, options, pads });

/** How many values a planned convolution pads its input with, before and after each axis. */
export const padsOf = (operands: Operands, attributes: ConvAttributes, axes: AxisCount): Pads =>
  callOf("convolution", axes, operands, attributes).axes.map(({ before, after }) => [before, after]);

/** Plans a convolution; computed weights are packed once for each run. */
export function convOf(
  where: string,
  geometry: ConvGeometry,
  algorithm: Algorithm,
  type: Type,
  operands: Operands,
  uses: Uses,
): Planned {
  if (!isComputed(operands)) return plannedConv(planConv(where, geometry, algorithm, uses), type);
  return plannedComputedConv(planConv(where, geometry, algorithm, "once", "computed"), type, operands);
}

/** What becomes of a checked call before it is planned: see conv/volume.ts. */
type Folding = <C extends TransposeCall>(call: C) => C;

/** Arguments: input, weight, bias. */
const convolution = (name: string, axes: AxisCount, folded: Folding = (call) => call): ConvolutionOperator => ({
  name,
  axes,
  parameters: [1, 2],
  plan(where, operands, attributes, uses) {
    const { geometry, algorithm, outputShape } = folded(callOf(where, axes, operands, attributes));
    return convOf(where, geometry, algorithm, float32(outputShape), operands, uses);
  },
});

function transposedOf(where: string, g: ConvGeometry, type: Type, operands: Operands, uses: Uses): Planned {
  return planTransposed(where, g, type, isComputed(operands) ? operands : undefined, uses);
}

/** Arguments: input, weight, bias. */
const transposed = (name: string, axes: AxisCount, folded: Folding = (call) => call): TransposingOperator => ({
  name,
  axes,
  parameters: [1, 2],
  plan(where, operands, { options }, uses) {
    const [input, weight, bias] = operands;
    const shapes = { input: input!.shape, weight: weight!.shape, bias: bias?.shape };
    const { geometry, outputShape } = folded(transposeCall({ where, axes, ...shapes, options }));
    return transposedOf(where, geometry, float32(outputShape), operands, uses);
  },
});

/** torch.nn.functional.conv1d */
export const conv1dOperator = /* @__PURE__ */ convolution("conv1d", 1);
/** torch.nn.functional.conv2d */
export const conv2dOperator = /* @__PURE__ */ convolution("conv2d", 2);
/** torch.nn.functional.conv3d */
export const conv3dOperator = /* @__PURE__ */ convolution("conv3d", 3, volumeOf);
/** torch.nn.functional.conv_transpose1d */
export const convTranspose1dOperator = /* @__PURE__ */ transposed("convTranspose1d", 1);
/** torch.nn.functional.conv_transpose2d */
export const convTranspose2dOperator = /* @__PURE__ */ transposed("convTranspose2d", 2);
/** torch.nn.functional.conv_transpose3d */
export const convTranspose3dOperator = /* @__PURE__ */ transposed("convTranspose3d", 3, volumeOf);

/** A convolution of a geometry. Arguments: input, weight. */
export const geometryOperator: Operator<GeometryAttributes> = {
  name: "convolution",
  parameters: [1, 2],
  plan: (where, operands, { geometry, shape }, uses) => convOf(where, geometry, "auto", float32(shape), operands, uses),
};

/** torch.nn.grad.conv2d_input, for zeros as padding. Arguments: gradient of the output, weight. */
export const inputGradientOperator: Operator<GeometryAttributes> = {
  name: "convInputGradient",
  parameters: [1, 2],
  plan: (where, operands, { geometry, shape }, uses) => transposedOf(where, geometry, float32(shape), operands, uses),
};

/** torch.nn.grad.conv2d_weight. Arguments: input, gradient of the output. */
export const weightGradientOperator: Operator<GeometryAttributes> = {
  name: "convWeightGradient",
  plan: (_where, _operands, { geometry, shape }) => planWeightGradient(geometry, float32(shape)),
};
