import { countOf, show, wrongValue } from "../check.ts";
import { byteLength } from "../dtype.ts";
import { type Constant, numbersOf } from "../planning/constant.ts";
import { NO_ACTIVATION } from "../planning/epilogue.ts";
import type { Operands, Operator } from "../planning/operator.ts";
import { planned } from "../planning/planned.ts";
import { ChannelScales, ScaleChannels } from "../runtime/generated/operators.ts";
import { OPERATORS } from "../runtime/modules/operators.ts";
import type { Pointer, ProgramWriter } from "../runtime/program.ts";

/** Attributes of a batch normalisation. */
export interface BatchNormAttributes {
  /** added to the variance */
  readonly eps: number;
  /** whether the channels are the first axis, not the second */
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
  const numbers = parameters.map((operand) => (operand ? numbersOf(operand as Constant) : undefined));
  const [mean, variance, weight, bias] = numbers;
  const scale = Float64Array.from(variance!, (value, c) => (weight?.[c] ?? 1) / Math.sqrt(value + eps));
  return { scale, shift: scale.map((factor, c) => (bias?.[c] ?? 0) - mean![c]! * factor) };
}

/**
 * torch.nn.functional.batch_norm in evaluation mode. Arguments: input (N, C, ...), or (C, ...) if it is unbatched; mean,
 * variance, weight and bias (C).
 */
export const batchNormOperator: Operator<BatchNormAttributes> = {
  name: "batchNorm",
  parameters: [1, 2, 3, 4],
  plan(where, operands, { eps, unbatched }) {
    const { dtype, shape } = operands[0]!;
    const axis = unbatched ? 0 : 1;
    checkParameters(where, operands, axis);
    const batch = countOf(shape.slice(0, axis));
    const channels = shape[axis]!;
    const table = channels * ENTRY_BYTES;
    const parameters = operands.slice(1);
    const computed = parameters.some((operand) => operand !== null && operand.data === undefined);
    return planned({
      types: [{ dtype, shape }],
      endings: { residual: false, activation: true },
      kernel: "scaleChannels",
      flops: 2 * countOf(shape),
      weightBytes: computed ? 0 : table,
      calls: computed ? 2 : 1,
      held: {
        params: ScaleChannels.bytes,
        table: computed ? 0 : table,
        scales: computed ? ChannelScales.bytes : 0,
        constants: parameters.filter((operand) => computed && operand?.data !== undefined).length * channels * 4,
      },
      workspace: { table: computed ? table : 0 },
      prepare(program, { inputs, outputs, parameters, activation, held, workspace }) {
        if (computed) {
          const [mean, variance, weight, bias] = placesOf(program, inputs, parameters, held.constants);
          const scales = {
            mean: mean!,
            variance: variance!,
            weight: weight!,
            bias: bias!,
            table: workspace.table,
            eps,
          };
          program.params(ChannelScales, held.scales, scales);
          program.call(OPERATORS, "channelScales", held.scales, channels);
        } else {
          const { scale, shift } = normalisation(parameters.slice(1), eps);
          const entries = program.f64(held.table, 2 * channels);
          for (let c = 0; c < channels; ++c) {
            entries[2 * c] = scale[c]!;
            entries[2 * c + 1] = shift[c]!;
          }
        }
        program.params(ScaleChannels, held.params, {
          from: inputs[0]!,
          to: outputs[0]!,
          table: computed ? workspace.table : held.table,
          channels,
          pixels: countOf(shape.slice(axis + 1)),
          ...(activation ?? NO_ACTIVATION),
        });
        program.call(OPERATORS, "scaleChannels", held.params, batch * channels);
      },
    });
  },
  inPlace: [0],
};

/** Where mean, variance, weight and bias lie; those that are constant are written one after the other. */
function placesOf(
  program: ProgramWriter,
  inputs: readonly Pointer[],
  parameters: readonly (Constant | null)[],
  constants: Pointer,
): readonly Pointer[] {
  let next = constants;
  return [1, 2, 3, 4].map((index) => {
    const constant = parameters[index];
    if (!constant) return inputs[index] ?? 0;
    const at = next;
    program.constant(at, constant);
    next += byteLength(constant);
    return at;
  });
}

/** Scale and shift of a channel in the kernel's table. */
const ENTRY_BYTES = 16;

function checkParameters(where: string, operands: Operands, axis: number): void {
  const { shape } = operands[0]!;
  if (shape.length <= axis) throw wrongValue(where, `input must be (N, C) or (N, C, ...), got shape ${show(shape)}`);
  for (const [index, name] of ["mean", "variance", "weight", "bias"].entries()) {
    const operand = operands[index + 1];
    if (!operand || (operand.shape.length === 1 && operand.shape[0] === shape[axis])) continue;
    throw wrongValue(
      where,
      `${name} must have shape [${shape[axis]}], one value for each channel of input, got ${show(operand.shape)}`,
    );
  }
}
