import { countOf, show, wrongValue } from "../check.ts";
import { type Epilogue, NO_EPILOGUE } from "../conv/epilogue.ts";
import type { Operands, Operator } from "./operator.ts";

/** Attributes of a batch normalisation. */
export interface BatchNormAttributes {
  /** added to the variance */
  readonly eps: number;
  readonly epilogue: Epilogue;
  /** whether the first axis is that of the channels, and not the second */
  readonly unbatched?: boolean;
}

/**
 * A normalisation of channels as x * scale + shift.
 * @param parameters mean, variance, weight and bias, which are constant
 */
export function normalisation(
  parameters: Operands,
  eps: number,
): { readonly scale: Float64Array; readonly shift: Float64Array } {
  const [mean, variance, weight, bias] = parameters.map((operand) => operand?.data);
  const scale = Float64Array.from(variance!, (value, c) => (weight?.[c] ?? 1) / Math.sqrt(value + eps));
  return { scale, shift: scale.map((factor, c) => (bias?.[c] ?? 0) - mean![c]! * factor) };
}

/**
 * torch.nn.functional.batch_norm in evaluation mode. Arguments: input (N, C, ...), or (C, ...) where it is unbatched; mean,
 * variance, weight and bias (C).
 */
export const batchNormOperator: Operator<BatchNormAttributes> = {
  name: "batchNorm",
  parameters: [1, 2, 3, 4],
  infer(where, operands, { unbatched }) {
    const { shape } = operands[0]!;
    const axis = unbatched ? 0 : 1;
    if (shape.length <= axis) throw wrongValue(where, `input must be (N, C) or (N, C, ...), got shape ${show(shape)}`);
    for (const [index, name] of ["mean", "variance", "weight", "bias"].entries()) {
      const operand = operands[index + 1];
      if (!operand || (operand.shape.length === 1 && operand.shape[0] === shape[axis])) continue;
      throw wrongValue(
        where,
        `${name} must have shape [${shape[axis]}], one value for each channel of input, got ${show(operand.shape)}`,
      );
    }
    return [shape];
  },
  prepare(where, { heap, kernels }, operands, { eps, unbatched, epilogue: { activation, alpha, beta } }) {
    const { shape } = operands[0]!;
    const axis = unbatched ? 0 : 1;
    const [batch, channels, pixels] = [countOf(shape.slice(0, axis)), shape[axis]!, countOf(shape.slice(axis + 1))];
    const { scale, shift } = normalisation(operands.slice(1), eps);
    const block = heap.allocate(where, channels * 16);
    const table = new Float64Array(heap.memory.buffer, block.offset, channels * 2);
    for (let c = 0; c < channels; ++c) table.set([scale[c]!, shift[c]!], 2 * c);
    let [from, to] = [0, 0];
    return {
      kernel: "scaleChannels",
      flops: 2 * countOf(shape),
      weightBytes: channels * 16,
      workspaceBytes: 0,
      blocks: [block],
      bind({ inputs, outputs }) {
        [from, to] = [inputs[0]!, outputs[0]!];
      },
      run: () => kernels.scaleChannels(from, to, batch, channels, pixels, block.offset, activation, alpha, beta),
    };
  },
  withEpilogue: (attributes, epilogue) =>
    attributes.epilogue === NO_EPILOGUE ? { ...attributes, epilogue } : undefined,
  inPlace: [0],
};
