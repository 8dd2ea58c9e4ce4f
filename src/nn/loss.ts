import { checkOptions, type TensorLike } from "../check.ts";
import {
  type BceOptions,
  type BinaryOptions,
  bceWithLogits,
  binaryCrossEntropy,
  type CrossEntropyOptions,
  crossEntropy,
  type HuberOptions,
  huberLoss,
  type LossOptions,
  l1Loss,
  mseLoss,
  type NllOptions,
  nllLoss,
  type SmoothL1Options,
  smoothL1Loss,
} from "../functional/loss.ts";
import type { AnyTensor } from "../functional/promotion.ts";
import type { Tensor } from "../tensor.ts";
import { Module } from "./module.ts";

/** A loss as a module, which passes its options to the function of its name. */
abstract class Loss<O extends object> extends Module {
  /** what {@link forward} passes to the function; they are checked there */
  readonly options: Readonly<O>;

  constructor(name: string, options: O | undefined, known: readonly (keyof O & string)[]) {
    super();
    this.options = Object.freeze(checkOptions(name, options, known));
  }

  /**
   * @param input what the network gave
   * @param target what it should be
   * @returns the loss
   * @throws as the function
   */
  abstract override forward(input: TensorLike, target?: AnyTensor): Tensor;
}

/** torch.nn.CrossEntropyLoss: see {@link crossEntropy}. */
export class CrossEntropyLoss extends Loss<CrossEntropyOptions> {
  /** @param options reduction 'mean', weight, ignoreIndex -100, labelSmoothing 0 */
  constructor(options?: CrossEntropyOptions) {
    super("nn.CrossEntropyLoss", options, ["reduction", "weight", "ignoreIndex", "labelSmoothing"]);
  }

  override forward(input: TensorLike, target?: AnyTensor): Tensor {
    return crossEntropy(input, target as AnyTensor, this.options);
  }
}

/** torch.nn.NLLLoss: see {@link nllLoss}. */
export class NLLLoss extends Loss<NllOptions> {
  /** @param options reduction 'mean', weight, ignoreIndex -100 */
  constructor(options?: NllOptions) {
    super("nn.NLLLoss", options, ["reduction", "weight", "ignoreIndex"]);
  }

  override forward(input: TensorLike, target?: AnyTensor): Tensor {
    return nllLoss(input, target as AnyTensor, this.options);
  }
}

/** torch.nn.MSELoss: see {@link mseLoss}. */
export class MSELoss extends Loss<LossOptions> {
  /** @param options reduction 'mean' */
  constructor(options?: LossOptions) {
    super("nn.MSELoss", options, ["reduction"]);
  }

  override forward(input: TensorLike, target?: AnyTensor): Tensor {
    return mseLoss(input, target as TensorLike, this.options);
  }
}

/** torch.nn.L1Loss: see {@link l1Loss}. */
export class L1Loss extends Loss<LossOptions> {
  /** @param options reduction 'mean' */
  constructor(options?: LossOptions) {
    super("nn.L1Loss", options, ["reduction"]);
  }

  override forward(input: TensorLike, target?: AnyTensor): Tensor {
    return l1Loss(input, target as TensorLike, this.options);
  }
}

/** torch.nn.SmoothL1Loss: see {@link smoothL1Loss}. */
export class SmoothL1Loss extends Loss<SmoothL1Options> {
  /** @param options reduction 'mean', beta 1 */
  constructor(options?: SmoothL1Options) {
    super("nn.SmoothL1Loss", options, ["reduction", "beta"]);
  }

  override forward(input: TensorLike, target?: AnyTensor): Tensor {
    return smoothL1Loss(input, target as TensorLike, this.options);
  }
}

/** torch.nn.HuberLoss: see {@link huberLoss}. */
export class HuberLoss extends Loss<HuberOptions> {
  /** @param options reduction 'mean', delta 1 */
  constructor(options?: HuberOptions) {
    super("nn.HuberLoss", options, ["reduction", "delta"]);
  }

  override forward(input: TensorLike, target?: AnyTensor): Tensor {
    return huberLoss(input, target as TensorLike, this.options);
  }
}

/** torch.nn.BCELoss: see {@link binaryCrossEntropy}. */
export class BCELoss extends Loss<BinaryOptions> {
  /** @param options reduction 'mean', weight */
  constructor(options?: BinaryOptions) {
    super("nn.BCELoss", options, ["reduction", "weight"]);
  }

  override forward(input: TensorLike, target?: AnyTensor): Tensor {
    return binaryCrossEntropy(input, target as TensorLike, this.options);
  }
}

/** torch.nn.BCEWithLogitsLoss: see {@link bceWithLogits}. */
export class BCEWithLogitsLoss extends Loss<BceOptions> {
  /** @param options reduction 'mean', weight, posWeight */
  constructor(options?: BceOptions) {
    super("nn.BCEWithLogitsLoss", options, ["reduction", "weight", "posWeight"]);
  }

  override forward(input: TensorLike, target?: AnyTensor): Tensor {
    return bceWithLogits(input, target as TensorLike, this.options);
  }
}
