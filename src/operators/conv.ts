import { type ConvCall, type ConvOptions, type ConvTransposeOptions, convCall, transposeCall } from "../conv/call.ts";
import { plannedConv } from "../conv/convolution.ts";
import type { ConvGeometry, Pads } from "../conv/geometry.ts";
import { planConv } from "../conv/plan.ts";
import { planTransposed } from "../conv/transposed.ts";
import { planWeightGradient } from "../conv/weight-gradient.ts";
import { float32 } from "../dtype.ts";
import type { Operands, Operator } from "../planning/operator.ts";

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

/** A checked convolution and the shape of its result. */
export interface GeometryAttributes {
  readonly geometry: ConvGeometry;
  readonly shape: readonly number[];
}

const callOf = (
  where: string,
  axes: 1 | 2,
  [input, weight, bias]: Operands,
  { options, pads }: ConvAttributes,
): ConvCall => convCall({ where, axes, input: input!.shape, weight: weight!.shape, bias: bias?.shape, options, pads });

/** How many values a planned convolution pads its input with, before and after each axis. */
export function padsOf(operands: Operands, attributes: ConvAttributes, axes: 1 | 2): Pads {
  const { y, x } = callOf("convolution", axes, operands, attributes).geometry;
  return (axes === 1 ? [x] : [y, x]).map(({ before, after }) => [before, after]);
}

/** Arguments: input, weight, bias. */
const convolution = (name: string, axes: 1 | 2): Operator<ConvAttributes> => ({
  name,
  parameters: [1, 2],
  plan(where, operands, attributes, uses) {
    const { geometry, algorithm, outputShape } = callOf(where, axes, operands, attributes);
    return plannedConv(planConv(where, geometry, algorithm, uses), float32(outputShape));
  },
});

/** Arguments: input, weight, bias. */
const transposed = (name: string, axes: 1 | 2): Operator<ConvTransposeAttributes> => ({
  name,
  parameters: [1, 2],
  plan(where, [input, weight, bias], { options }, uses) {
    const shapes = { input: input!.shape, weight: weight!.shape, bias: bias?.shape };
    const { geometry, outputShape } = transposeCall({ where, axes, ...shapes, options });
    return planTransposed(where, geometry, float32(outputShape), uses);
  },
});

/** torch.nn.functional.conv1d */
export const conv1dOperator = /* @__PURE__ */ convolution("conv1d", 1);
/** torch.nn.functional.conv2d */
export const conv2dOperator = /* @__PURE__ */ convolution("conv2d", 2);
/** torch.nn.functional.conv_transpose1d */
export const convTranspose1dOperator = /* @__PURE__ */ transposed("convTranspose1d", 1);
/** torch.nn.functional.conv_transpose2d */
export const convTranspose2dOperator = /* @__PURE__ */ transposed("convTranspose2d", 2);

/** A convolution of a geometry. Arguments: input, weight. */
export const geometryOperator: Operator<GeometryAttributes> = {
  name: "convolution",
  parameters: [1, 2],
  plan: (where, _operands, { geometry, shape }, uses) =>
    plannedConv(planConv(where, geometry, "auto", uses), float32(shape)),
};

/** torch.nn.grad.conv2d_input, for zeros as padding. Arguments: gradient of the output, weight. */
export const inputGradientOperator: Operator<GeometryAttributes> = {
  name: "convInputGradient",
  parameters: [1, 2],
  plan: (where, _operands, { geometry, shape }, uses) => planTransposed(where, geometry, float32(shape), uses),
};

/** torch.nn.grad.conv2d_weight. Arguments: input, gradient of the output. */
export const weightGradientOperator: Operator<GeometryAttributes> = {
  name: "convWeightGradient",
  plan: (_where, _operands, { geometry, shape }) => planWeightGradient(geometry, float32(shape)),
};
