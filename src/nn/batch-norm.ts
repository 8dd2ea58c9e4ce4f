import {
  checkBoolean,
  checkEps,
  checkInteger,
  checkNumber,
  checkOptions,
  show,
  type TensorLike,
  wrongValue,
} from "../check.ts";
import { type BatchNormStatistics, batchNorm, batchNormImages } from "../functional/batch-norm.ts";
import { reshape } from "../functional/movement.ts";
import { batchNormTrainingOperator } from "../operators/batch-norm-training.ts";
import { apply, isSymbolic } from "../planning/evaluate.ts";
import { Tensor } from "../tensor.ts";
import { Affine } from "./affine.ts";
import { parameter, type StateField, unchanged } from "./module.ts";

/** Options of {@link BatchNorm1d} and {@link BatchNorm2d}. */
export interface BatchNormModuleOptions {
  /** added to the variance; default 1e-5 */
  eps?: number;
  /** share of a batch in the running statistics; null for their mean over all batches; default 0.1 */
  momentum?: number | null;
  /** whether there are weight and bias; default true */
  affine?: boolean;
  /** whether there are running statistics; without them evaluation uses those of the batch, too; default true */
  trackRunningStats?: boolean;
}

/** Running statistics of a batch normalisation. */
interface Running {
  mean: Tensor;
  variance: Tensor;
  /** torch's num_batches_tracked */
  batches: Tensor<"int64">;
}

/**
 * What batch normalisations have in common. While training they normalise by the mean and variance of the batch, and blend them into
 * the running ones; in evaluation, and in networks that are compiled, they normalise by the running ones.
 */
abstract class BatchNorm extends Affine {
  /** channels of the input */
  readonly numFeatures: number;
  /** added to the variance */
  readonly eps: number;
  /** share of a batch in the running statistics; null for their mean over all batches */
  readonly momentum: number | null;
  #running: Running | null;

  constructor(name: string, numFeatures: number, options: BatchNormModuleOptions | undefined) {
    const known = ["eps", "momentum", "affine", "trackRunningStats"] as const;
    const isMean = options?.momentum === null;
    const o = checkOptions(name, isMean ? { ...options, momentum: 0 } : options, known);
    checkInteger(name, "numFeatures", numFeatures, 1);
    super(name, [numFeatures], checkBoolean(name, "affine", o.affine ?? true));
    this.numFeatures = numFeatures;
    this.eps = checkEps(name, "eps", o.eps ?? 1e-5);
    this.momentum = isMean ? null : checkNumber(name, "momentum", o.momentum ?? 0.1);
    this.#running = checkBoolean(name, "trackRunningStats", o.trackRunningStats ?? true)
      ? { mean: Tensor.zeros([numFeatures]), variance: Tensor.ones([numFeatures]), batches: countOfBatches(0n) }
      : null;
  }

  /** whether there are running statistics */
  get trackRunningStats(): boolean {
    return this.#running !== null;
  }

  /** null without running statistics */
  get runningMean(): Tensor | null {
    return this.#running?.mean ?? null;
  }

  /** @throws RangeError for a tensor of another shape, and without running statistics */
  set runningMean(value: TensorLike) {
    this.#tracked.mean = parameter(this.moduleName, "runningMean", value, [this.numFeatures]);
  }

  /** null without running statistics */
  get runningVar(): Tensor | null {
    return this.#running?.variance ?? null;
  }

  /** @throws RangeError for a tensor of another shape, and without running statistics */
  set runningVar(value: TensorLike) {
    this.#tracked.variance = parameter(this.moduleName, "runningVar", value, [this.numFeatures]);
  }

  /** batches of training so far; null without running statistics */
  get numBatchesTracked(): Tensor<"int64"> | null {
    return this.#running?.batches ?? null;
  }

  set numBatchesTracked(value: Tensor<"int64">) {
    this.#tracked.batches = value;
  }

  /**
   * As `batchNorm` and `foldBatchNorm` take them.
   * @throws RangeError without running statistics
   */
  get statistics(): BatchNormStatistics {
    const { weight, bias, eps } = this;
    const { mean, variance } = this.#tracked;
    return { mean, variance, weight, bias, eps };
  }

  /** Whether the batch's own statistics normalise it. */
  protected usesBatch(input: Tensor): boolean {
    return this.#running === null || (this.training && !isSymbolic(input));
  }

  /**
   * Of inputs whose second axis has the channels.
   * @param expected for the message: the shapes of these ranks
   */
  protected forwardBatched(input: TensorLike, ranks: readonly number[], expected: string): Tensor {
    const x = checkedInput(this.moduleName, input, this.numFeatures, ranks, 1, expected);
    return this.usesBatch(x) ? this.normalised(x) : batchNorm(x, this.statistics);
  }

  /** By the statistics of the batch. @param input (N, C, ...) */
  protected normalised(input: Tensor): Tensor {
    const { eps, weight, bias } = this;
    const [result, mean, variance] = apply(this.moduleName, batchNormTrainingOperator, [input, weight, bias], { eps });
    if (this.training && this.#running !== null) {
      this.#blend(this.#running, mean!, variance!, input.size / this.numFeatures);
    }
    return result!;
  }

  /** @param count numbers of each channel */
  #blend(running: Running, mean: Tensor, variance: Tensor, count: number): void {
    const batches = running.batches.data[0]! + 1n;
    running.batches = countOfBatches(batches);
    if (count === 0) return;
    const share = this.momentum ?? 1 / Number(batches);
    const blended = (before: Tensor, now: Tensor, factor: number) =>
      new Tensor(
        before.data.map((value, i) => (1 - share) * value + share * factor * now.data[i]!),
        before.shape,
      );
    // new tensors: those before may be part of a state that was taken or given
    running.mean = blended(running.mean, mean, 1);
    // torch's running variance is the unbiased one
    running.variance = blended(running.variance, variance, count / (count - 1));
  }

  get #tracked(): Running {
    if (this.#running !== null) return this.#running;
    throw wrongValue(this.moduleName, "has no running statistics: trackRunningStats is false");
  }

  protected override stateFields(): readonly StateField[] {
    if (this.#running === null) return super.stateFields();
    return [
      ...super.stateFields(),
      ["running_mean", "runningMean", "buffer"],
      ["running_var", "runningVar", "buffer"],
      ["num_batches_tracked", "numBatchesTracked", "buffer"],
    ];
  }
}

const countOfBatches = (count: bigint): Tensor<"int64"> => new Tensor(BigInt64Array.of(count), [], "int64");

/**
 * torch.nn.BatchNorm2d. `weight`, `bias`, `runningMean` and `runningVar` (numFeatures each) may be assigned; they start as 1, 0, 0
 * and 1. As in torch it begins in training mode: see {@link Module.eval}.
 */
export class BatchNorm2d extends BatchNorm {
  /**
   * @param numFeatures channels of the input
   * @param options eps 1e-5, momentum 0.1, affine true, trackRunningStats true
   * @throws TypeError for an argument of the wrong kind; RangeError for a number of channels below 1 and a negative eps
   */
  constructor(numFeatures: number, options?: BatchNormModuleOptions) {
    super("nn.BatchNorm2d", numFeatures, options);
  }

  /**
   * @param input (N, numFeatures, H, W), or without N
   * @returns a tensor of the input's shape
   * @throws TypeError for anything but a tensor; RangeError for another shape, and for a batch of one value for each channel while
   *   training
   */
  override forward(input: TensorLike): Tensor {
    const c = this.numFeatures;
    const x = checkedInput(this.moduleName, input, c, [3, 4], -3, `(N, ${c}, H, W) or (${c}, H, W)`);
    if (!this.usesBatch(x)) return batchNormImages(x, this.statistics);
    if (x.rank === 4) return this.normalised(x);
    return reshape(this.normalised(reshape(x, [1, ...x.shape])), x.shape);
  }
}

/** torch.nn.BatchNorm1d; otherwise as {@link BatchNorm2d}. */
export class BatchNorm1d extends BatchNorm {
  /**
   * @param numFeatures channels of the input
   * @param options eps 1e-5, momentum 0.1, affine true, trackRunningStats true
   * @throws as the constructor of BatchNorm2d
   */
  constructor(numFeatures: number, options?: BatchNormModuleOptions) {
    super("nn.BatchNorm1d", numFeatures, options);
  }

  /**
   * @param input (N, numFeatures) or (N, numFeatures, L)
   * @returns a tensor of the input's shape
   * @throws as BatchNorm2d
   */
  override forward(input: TensorLike): Tensor {
    const c = this.numFeatures;
    return this.forwardBatched(input, [2, 3], `(N, ${c}) or (N, ${c}, L)`);
  }
}

/** torch.nn.BatchNorm3d; otherwise as {@link BatchNorm2d}. */
export class BatchNorm3d extends BatchNorm {
  /**
   * @param numFeatures channels of the input
   * @param options eps 1e-5, momentum 0.1, affine true, trackRunningStats true
   * @throws as the constructor of BatchNorm2d
   */
  constructor(numFeatures: number, options?: BatchNormModuleOptions) {
    super("nn.BatchNorm3d", numFeatures, options);
  }

  /**
   * @param input (N, numFeatures, D, H, W)
   * @returns a tensor of the input's shape
   * @throws as BatchNorm2d
   */
  override forward(input: TensorLike): Tensor {
    return this.forwardBatched(input, [5], `(N, ${this.numFeatures}, D, H, W)`);
  }
}

/**
 * @param axis of the channels
 * @param expected for the message
 */
function checkedInput(
  where: string,
  input: TensorLike,
  channels: number,
  ranks: readonly number[],
  axis: number,
  expected: string,
): Tensor {
  const x = unchanged(where, input);
  if (ranks.includes(x.rank) && x.shape.at(axis) === channels) return x;
  throw wrongValue(where, `input must be ${expected}, got shape ${show(x.shape)}`);
}
