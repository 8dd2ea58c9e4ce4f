import { sameShape, show, wrongValue } from "../check.ts";
import { type Epilogue, NO_EPILOGUE } from "../conv/epilogue.ts";
import { type ConvOptions, convCall, type Pads } from "../conv/geometry.ts";
import { phasesOf } from "../conv/phases.ts";
import { planConv } from "../conv/plan.ts";
import { asStep, prepareConv } from "../conv/step.ts";
import { prepareTranspose } from "../conv/transpose.ts";
import { type ConvTransposeOptions, transposeCall } from "../conv/transpose-geometry.ts";
import type { Operand, Operands, Operator } from "./operator.ts";

/** Attributes of a convolution: the options of the function, and what happens to its outputs. */
export interface ConvAttributes {
  readonly options: ConvOptions;
  /** values before and after each axis, in place of options.padding */
  readonly pads?: Pads;
  readonly epilogue: Epilogue;
}

/** Attributes of a transposed convolution. */
export interface ConvTransposeAttributes {
  readonly options: ConvTransposeOptions;
  readonly epilogue: Epilogue;
}

const weightOf = (operand: Operand) => operand.data as Float32Array;

/** Arguments: input, weight, bias, residual (in the result's shape). */
function convolution(name: string, axes: 1 | 2): Operator<ConvAttributes> {
  const callOf = (where: string, [input, weight, bias]: Operands, { options, pads }: ConvAttributes) =>
    convCall(where, axes, input!.shape, weight!, bias ?? undefined, options, undefined, pads);
  return {
    name,
    parameters: [1, 2],
    residual: 3,
    infer(where, operands, attributes) {
      const { geometry, algorithm, outputShape } = callOf(where, operands, attributes);
      const residual = operands[3];
      if (residual && !sameShape(residual.shape, outputShape)) {
        throw wrongValue(
          where,
          `residual must have the result's shape ${show(outputShape)}, got ${show(residual.shape)}`,
        );
      }
      // refuses an algorithm that cannot serve the shapes
      planConv(where, geometry, algorithm, "many");
      return [outputShape];
    },
    prepare(where, engine, operands, attributes) {
      const { geometry, algorithm } = callOf(where, operands, attributes);
      const plan = planConv(where, geometry, algorithm, "many");
      const [weight, bias] = [weightOf(operands[1]!), operands[2] ? weightOf(operands[2]) : undefined];
      return asStep(prepareConv(where, engine, plan, weight, bias, attributes.epilogue), weight.length, bias?.length);
    },
    withEpilogue: (attributes, epilogue) =>
      attributes.epilogue === NO_EPILOGUE ? { ...attributes, epilogue } : undefined,
  };
}

/** Arguments: input, weight, bias. */
function transposed(name: string, axes: 1 | 2): Operator<ConvTransposeAttributes> {
  const callOf = (where: string, [input, weight, bias]: Operands, { options }: ConvTransposeAttributes) =>
    transposeCall(where, axes, input!.shape, weight!.shape, bias?.shape, options);
  return {
    name,
    parameters: [1, 2],
    infer: (where, operands, attributes) => [callOf(where, operands, attributes).outputShape],
    prepare(where, engine, operands, attributes) {
      const { geometry } = callOf(where, operands, attributes);
      const [weight, bias] = [weightOf(operands[1]!), operands[2] ? weightOf(operands[2]) : undefined];
      return prepareTranspose(where, engine, geometry, weight, bias, attributes.epilogue, "many");
    },
    withEpilogue(attributes, epilogue, operands) {
      if (attributes.epilogue !== NO_EPILOGUE) return undefined;
      const { geometry: g } = callOf(name, operands, attributes);
      const outputs = phasesOf(g, 1)
        .flat()
        .reduce((sum, { y, x }) => sum + y.count * x.count, 0);
      // outputs that meet no tap are filled with the bias alone
      return outputs === g.height * g.width ? { ...attributes, epilogue } : undefined;
    },
  };
}

/** torch.nn.functional.conv1d */
export const conv1dOperator = /* @__PURE__ */ convolution("conv1d", 1);
/** torch.nn.functional.conv2d */
export const conv2dOperator = /* @__PURE__ */ convolution("conv2d", 2);
/** torch.nn.functional.conv_transpose1d */
export const convTranspose1dOperator = /* @__PURE__ */ transposed("convTranspose1d", 1);
/** torch.nn.functional.conv_transpose2d */
export const convTranspose2dOperator = /* @__PURE__ */ transposed("convTranspose2d", 2);
