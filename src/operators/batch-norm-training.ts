import { countOf, show, wrongValue } from "../check.ts";
import { float32 } from "../dtype.ts";
import type { Operand, Operator } from "../planning/operator.ts";
import { planned } from "../planning/planned.ts";
import { NormalizeBatch, NormalizeBatchGradient } from "../runtime/generated/tensors.ts";
import { TENSORS } from "../runtime/modules/tensors.ts";

/** Attributes of a batch normalisation by the batch's own statistics. */
export interface BatchNormTrainingAttributes {
  /** added to the variance */
  readonly eps: number;
}

function sizesOf(where: string, { shape }: Operand, parameters: readonly (Operand | null | undefined)[]) {
  if (shape.length < 2) throw wrongValue(where, `input must be (N, C, ...), got shape ${show(shape)}`);
  const [batch, channels] = shape as [number, number];
  for (const [i, parameter] of parameters.entries()) {
    if (!parameter || (parameter.shape.length === 1 && parameter.shape[0] === channels)) continue;
    const name = i === 0 ? "weight" : "bias";
    throw wrongValue(where, `${name} must have shape [${channels}], got ${show(parameter.shape)}`);
  }
  return { batch, channels, pixels: countOf(shape.slice(2)) };
}

/**
 * torch.nn.functional.batch_norm in training mode. Arguments: input (N, C, ...), weight and bias (C). Results: the input
 * normalised, the mean and the biased variance of each channel.
 */
export const batchNormTrainingOperator: Operator<BatchNormTrainingAttributes> = {
  name: "batchNormTraining",
  plan(where, operands, { eps }) {
    const input = operands[0]!;
    const sizes = sizesOf(where, input, operands.slice(1));
    // as torch: of an empty batch there is nothing to normalise
    if (sizes.batch * sizes.pixels === 1) {
      throw wrongValue(
        where,
        `needs more than 1 value for each channel in training mode, got input shape ${show(input.shape)}`,
      );
    }
    const each = float32([sizes.channels]);
    return planned({
      types: [float32(input.shape), each, each],
      kernel: "normalizeBatch",
      flops: 7 * countOf(input.shape),
      held: { params: NormalizeBatch.bytes },
      prepare(program, { inputs: [from, weight, bias], outputs: [to, mean, variance], held: { params } }) {
        program.params(NormalizeBatch, params, {
          from: from!,
          to: to!,
          weight: weight ?? 0,
          bias: bias ?? 0,
          mean: mean!,
          variance: variance!,
          ...sizes,
          eps,
        });
        program.call(TENSORS, "normalizeBatch", params, sizes.channels);
      },
    });
  },
};

/** Its gradient. Arguments: the result's gradient, input, weight. Results: gradients of input, weight and bias. */
export const batchNormGradientOperator: Operator<BatchNormTrainingAttributes> = {
  name: "batchNormGradient",
  plan(where, operands, { eps }) {
    const input = operands[1]!;
    const sizes = sizesOf(where, input, operands.slice(2));
    const each = float32([sizes.channels]);
    return planned({
      types: [float32(input.shape), each, each],
      kernel: "normalizeBatchGradient",
      flops: 14 * countOf(input.shape),
      held: { params: NormalizeBatchGradient.bytes },
      prepare(program, { inputs, outputs: [to, ofWeight, ofBias], held: { params } }) {
        const [gradient, from, weight] = inputs;
        program.params(NormalizeBatchGradient, params, {
          gradient: gradient!,
          input: from!,
          weight: weight ?? 0,
          to: to!,
          ofWeight: ofWeight!,
          ofBias: ofBias!,
          ...sizes,
          eps,
        });
        program.call(TENSORS, "normalizeBatchGradient", params, sizes.channels);
      },
    });
  },
};
