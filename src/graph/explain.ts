import { largestOf } from "../check.ts";
import type { Algorithm } from "../conv/geometry.ts";
import type { DType } from "../dtype.ts";
import { activationName } from "../planning/epilogue.ts";
import { isParameter } from "../planning/operator.ts";
import type { Build } from "../runtime/features.ts";
import { bytesOf, isPrepared, operandOf } from "./network.ts";
import type { NetworkPlan } from "./plan.ts";

/** One step of a Session. */
export interface ExplainedStep {
  /** the node's name; a weight's path in a module, or the name in a file */
  readonly name: string;
  /** the operator, by torch's name */
  readonly op: string;
  /** of a convolution */
  readonly algorithm?: Exclude<Algorithm, "auto">;
  /** the kernel that computes it, "none" if nothing is left to compute */
  readonly kernel: string;
  /** of a convolution: why this algorithm */
  readonly reason?: string;
  /** activation that is applied to the outputs while they are in the cache */
  readonly activation?: string;
  /** whether another tensor is added before the activation */
  readonly residual?: true;
  readonly inputShape: readonly number[];
  /** of a convolution or a linear layer */
  readonly weightShape?: readonly number[];
  readonly outputShape: readonly number[];
  /** the file's names for the results, those that it has */
  readonly outputs: readonly string[];
  /** of the first input, and of the first output */
  readonly inputType: DType;
  readonly outputType: DType;
  /** multiplications and additions of the plain sum */
  readonly flops: number;
  readonly bytes: ExplainedBytes;
}

/** Linear memory by content, in bytes; tables and parameters, a few KB, are left out. */
export interface ExplainedBytes {
  readonly input: number;
  readonly output: number;
  /** weights, bias and tables of the algorithm, as the kernel reads them */
  readonly weights: number;
  readonly workspace: number;
}

/** The bytes of a whole network. */
export interface ExplainedTotals extends ExplainedBytes {
  /** the largest sum of tensors that are needed at one time */
  readonly alive: number;
  /** the arena that all tensors and workspaces share */
  readonly arena: number;
  /** everything that the Session holds */
  readonly held: number;
}

/** What {@link Session.explain} returns. */
export interface Explanation {
  readonly build: Build;
  readonly steps: readonly ExplainedStep[];
  readonly totals: { readonly flops: number; readonly bytes: ExplainedTotals };
}

/** Each step of a planned network, and the totals. */
export function explain({ network, steps: planned, namesOf, bytes }: NetworkPlan, build: Build): Explanation {
  const size = (values: Iterable<string>) => {
    let sum = 0;
    for (const value of values) if (value !== "") sum += bytesOf(network, value);
    return sum;
  };
  const steps = planned.map(({ call, work }): ExplainedStep => {
    const { name, operator, inputs, outputs, residual, activation } = call;
    const typeOf = (value: string | undefined) =>
      value ? operandOf(network, value)! : { dtype: "float32", shape: [] };
    const [input, output] = [typeOf(inputs[0]), typeOf(outputs[0])];
    const ending = activation && activationName(activation);
    return Object.freeze({
      name,
      op: operator.name,
      ...(work?.algorithm && { algorithm: work.algorithm as Exclude<Algorithm, "auto"> }),
      kernel: work?.kernel ?? "none",
      ...(work?.reason && { reason: work.reason }),
      ...(ending && { activation: ending }),
      ...(residual !== "" && { residual: true as const }),
      inputShape: input.shape,
      ...(isParameter(operator, 1) && inputs[1] && { weightShape: typeOf(inputs[1]).shape }),
      outputShape: output.shape,
      outputs: Object.freeze(outputs.flatMap(namesOf)),
      inputType: input.dtype as DType,
      outputType: output.dtype as DType,
      flops: work?.flops ?? 0,
      bytes: Object.freeze({
        input: size([...inputs.filter((_, index) => !isPrepared(network, call, index)), residual]),
        output: size(outputs),
        weights: work?.weightBytes ?? 0,
        workspace: work?.workspaceBytes ?? 0,
      }),
    });
  });
  const sum = (of: (step: ExplainedStep) => number) => steps.reduce((total, step) => total + of(step), 0);
  return Object.freeze({
    build,
    steps: Object.freeze(steps),
    totals: Object.freeze({
      flops: sum(({ flops }) => flops),
      bytes: Object.freeze({
        input: size(network.inputs),
        output: size(network.outputs.values()),
        weights: sum(({ bytes }) => bytes.weights),
        workspace: largestOf(steps.map(({ bytes }) => bytes.workspace)),
        alive: bytes.alive,
        arena: bytes.arena,
        held: bytes.held + bytes.arena,
      }),
    }),
  });
}
