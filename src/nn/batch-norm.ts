import { checkInteger, checkOptions, show, type TensorLike, wrongType } from "../check.ts";
import { type BatchNormStatistics, batchNorm, checkEps } from "../functional/batch-norm.ts";
import { foldBatchNorm, identityKernel } from "../fusion.ts";
import type { ConvNode, Module } from "../graph.ts";
import { Tensor } from "../tensor.ts";
import { checkState, parameter } from "./parameters.ts";

/** Options of {@link BatchNorm2d}. */
export interface BatchNorm2dModuleOptions {
  /** added to the variance; default 1e-5 */
  eps?: number;
  /** whether there are weight and bias; default true */
  affine?: boolean;
}

/**
 * torch.nn.BatchNorm2d in evaluation mode: it normalises by the running statistics and never changes them. `weight`,
 * `bias`, `runningMean` and `runningVar` (numFeatures each) may be assigned; they start as 1, 0, 0 and 1.
 */
export class BatchNorm2d implements Module {
  /** channels of the input */
  readonly numFeatures: number;
  /** added to the variance */
  readonly eps: number;
  #weight: Tensor | null;
  #bias: Tensor | null;
  #runningMean: Tensor;
  #runningVar: Tensor;

  /**
   * @param numFeatures channels of the input
   * @param options eps 1e-5, affine true
   * @throws TypeError for an argument of the wrong kind; RangeError for a number of channels below 1 and a negative eps
   */
  constructor(numFeatures: number, options?: BatchNorm2dModuleOptions) {
    const where = "nn.BatchNorm2d";
    const { eps = 1e-5, affine = true } = checkOptions(where, options, ["eps", "affine"]);
    this.numFeatures = checkInteger(where, "numFeatures", numFeatures, 1);
    this.eps = checkEps(where, "eps", eps);
    if (typeof affine !== "boolean") throw wrongType(where, `affine must be true or false, got ${show(affine)}`);
    this.#weight = affine ? Tensor.ones([numFeatures]) : null;
    this.#bias = affine ? Tensor.zeros([numFeatures]) : null;
    this.#runningMean = Tensor.zeros([numFeatures]);
    this.#runningVar = Tensor.ones([numFeatures]);
  }

  get weight(): Tensor | null {
    return this.#weight;
  }

  /** @throws RangeError for a tensor of another shape */
  set weight(value: TensorLike | null) {
    this.#weight = value === null ? null : this.#checked("weight", value);
  }

  get bias(): Tensor | null {
    return this.#bias;
  }

  /** @throws RangeError for a tensor of another shape */
  set bias(value: TensorLike | null) {
    this.#bias = value === null ? null : this.#checked("bias", value);
  }

  get runningMean(): Tensor {
    return this.#runningMean;
  }

  /** @throws RangeError for a tensor of another shape */
  set runningMean(value: TensorLike) {
    this.#runningMean = this.#checked("runningMean", value);
  }

  get runningVar(): Tensor {
    return this.#runningVar;
  }

  /** @throws RangeError for a tensor of another shape */
  set runningVar(value: TensorLike) {
    this.#runningVar = this.#checked("runningVar", value);
  }

  /** What `batchNorm` and `foldBatchNorm` take. */
  get statistics(): BatchNormStatistics {
    const [weight, bias] = [this.#weight, this.#bias];
    return { mean: this.#runningMean, variance: this.#runningVar, weight, bias, eps: this.eps };
  }

  /**
   * @param input (N, numFeatures, H, W), or without N
   * @returns a tensor of the input's shape
   * @throws as {@link batchNorm}
   */
  forward(input: TensorLike): Tensor {
    return batchNorm(input, this.statistics);
  }

  /** Parameters and running statistics by torch's names: weight and bias if affine, running_mean, running_var. */
  stateDict(): Record<string, Tensor> {
    return {
      ...(this.#weight === null ? {} : { weight: this.#weight }),
      ...(this.#bias === null ? {} : { bias: this.#bias }),
      running_mean: this.#runningMean,
      running_var: this.#runningVar,
    };
  }

  /**
   * @param state as {@link stateDict} gives; torch's num_batches_tracked may be there and is ignored
   * @throws RangeError where a name is missing or unknown, or a shape differs; nothing is loaded then
   */
  loadStateDict(state: Readonly<Record<string, TensorLike>>): void {
    // torch's checkpoints carry it, an int64 that counts the batches of the training; evaluation has no use for it
    const ignored = ["num_batches_tracked"];
    const loaded = checkState("nn.BatchNorm2d.loadStateDict", state, this.stateDict(), ignored);
    this.#weight = loaded.weight ?? null;
    this.#bias = loaded.bias ?? null;
    this.#runningMean = loaded.running_mean!;
    this.#runningVar = loaded.running_var!;
  }

  /** A depthwise 1x1 convolution. */
  node(): ConvNode {
    const groups = this.numFeatures;
    return {
      op: "conv2d",
      ...foldBatchNorm({ weight: identityKernel(groups, 1, groups) }, this.statistics),
      options: { groups },
    };
  }

  #checked(name: string, value: unknown): Tensor {
    return parameter("nn.BatchNorm2d", name, value, [this.numFeatures]);
  }
}
