import { checkBoolean, checkEps, checkInteger, checkOptions, type TensorLike } from "../check.ts";
import { type BatchNormStatistics, batchNormImages } from "../functional/batch-norm.ts";
import { Tensor } from "../tensor.ts";
import { Affine } from "./affine.ts";
import { parameter, type StateField } from "./module.ts";

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
export class BatchNorm2d extends Affine {
  /** channels of the input */
  readonly numFeatures: number;
  /** added to the variance */
  readonly eps: number;
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
    checkInteger(where, "numFeatures", numFeatures, 1);
    checkEps(where, "eps", eps);
    super(where, [numFeatures], checkBoolean(where, "affine", affine));
    this.numFeatures = numFeatures;
    this.eps = eps;
    this.#runningMean = Tensor.zeros([numFeatures]);
    this.#runningVar = Tensor.ones([numFeatures]);
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

  /** As `batchNorm` and `foldBatchNorm` take them. */
  get statistics(): BatchNormStatistics {
    const { weight, bias, eps } = this;
    return { mean: this.#runningMean, variance: this.#runningVar, weight, bias, eps };
  }

  /**
   * @param input (N, numFeatures, H, W), or without N
   * @returns a tensor of the input's shape
   * @throws the errors of batchNorm
   */
  override forward(input: TensorLike): Tensor {
    return batchNormImages(input, this.statistics);
  }

  /** num_batches_tracked counts the batches of training and has no use after it. */
  protected override stateFields(): readonly StateField[] {
    return [
      ...super.stateFields(),
      ["running_mean", "runningMean"],
      ["running_var", "runningVar"],
      ["num_batches_tracked", null],
    ];
  }

  #checked(name: string, value: unknown): Tensor {
    return parameter("nn.BatchNorm2d", name, value, [this.numFeatures]);
  }
}
