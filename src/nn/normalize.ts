import {
  checkBoolean,
  checkEps,
  checkInteger,
  checkOptions,
  checkSize,
  show,
  type TensorLike,
  wrongValue,
} from "../check.ts";
import { groupNorm, instanceNorm, layerNorm, type NormOptions } from "../functional/normalize.ts";
import type { Tensor } from "../tensor.ts";
import { Affine } from "./affine.ts";
import { unchanged } from "./module.ts";

/** Options of {@link InstanceNorm2d} and {@link GroupNorm}. */
export interface NormModuleOptions {
  /** added to the variance; default 1e-5 */
  eps?: number;
  /** whether there are weight and bias; default false for InstanceNorm2d and true for GroupNorm, as in torch */
  affine?: boolean;
}

/** Options of {@link LayerNorm}. */
export interface LayerNormModuleOptions {
  /** added to the variance; default 1e-5 */
  eps?: number;
  /** whether there are weight and bias; default true */
  elementwiseAffine?: boolean;
}

const optionsOf = ({ weight, bias, eps }: Affine & { eps: number }): NormOptions => ({
  ...(weight === null ? {} : { weight }),
  ...(bias === null ? {} : { bias }),
  eps,
});

/**
 * torch.nn.InstanceNorm2d without running statistics: each channel of each image is normalised by itself. `weight` and
 * `bias` (numFeatures each), where there are any, may be assigned; they start as 1 and 0.
 */
export class InstanceNorm2d extends Affine {
  /** channels of the input */
  readonly numFeatures: number;
  /** added to the variance */
  readonly eps: number;

  /**
   * @param numFeatures channels of the input
   * @param options eps 1e-5, affine false
   * @throws TypeError for an argument of the wrong kind; RangeError for a wrong value
   */
  constructor(numFeatures: number, options?: NormModuleOptions) {
    const where = "nn.InstanceNorm2d";
    const { eps = 1e-5, affine = false } = checkOptions(where, options, ["eps", "affine"]);
    checkInteger(where, "numFeatures", numFeatures, 1);
    super(where, [numFeatures], checkBoolean(where, "affine", affine));
    this.numFeatures = numFeatures;
    this.eps = checkEps(where, "eps", eps);
  }

  /**
   * @param input (N, numFeatures, H, W), or without N
   * @returns a tensor of the input's shape
   * @throws as {@link instanceNorm}; RangeError for other channels
   */
  override forward(input: TensorLike): Tensor {
    const where = "nn.InstanceNorm2d";
    const x = unchanged(where, input);
    const { shape, rank } = x;
    if ((rank !== 3 && rank !== 4) || shape[rank - 3] !== this.numFeatures) {
      const expected = `(N, ${this.numFeatures}, H, W) or (${this.numFeatures}, H, W)`;
      throw wrongValue(where, `input must be ${expected}, got shape ${show(shape)}`);
    }
    if (rank === 4) return instanceNorm(x, optionsOf(this));
    return instanceNorm(x.reshape([1, ...shape]), optionsOf(this)).reshape(shape);
  }
}

/**
 * torch.nn.GroupNorm: the channels of each group are normalised together. `weight` and `bias` (numChannels each) may be
 * assigned; they start as 1 and 0.
 */
export class GroupNorm extends Affine {
  readonly numGroups: number;
  /** channels of the input */
  readonly numChannels: number;
  /** added to the variance */
  readonly eps: number;

  /**
   * @param numGroups number that divides the channels
   * @param numChannels channels of the input
   * @param options eps 1e-5, affine true
   * @throws TypeError for an argument of the wrong kind; RangeError for a wrong value, and for groups that do not divide
   *   the channels
   */
  constructor(numGroups: number, numChannels: number, options?: NormModuleOptions) {
    const where = "nn.GroupNorm";
    const { eps = 1e-5, affine = true } = checkOptions(where, options, ["eps", "affine"]);
    checkInteger(where, "numGroups", numGroups, 1);
    checkInteger(where, "numChannels", numChannels, 1);
    if (numChannels % numGroups !== 0) {
      throw wrongValue(where, `numGroups must divide numChannels (${numChannels}), got ${numGroups}`);
    }
    super(where, [numChannels], checkBoolean(where, "affine", affine));
    this.numGroups = numGroups;
    this.numChannels = numChannels;
    this.eps = checkEps(where, "eps", eps);
  }

  /**
   * @param input (N, numChannels, ...)
   * @returns a tensor of the input's shape
   * @throws as {@link groupNorm}; RangeError for other channels
   */
  override forward(input: TensorLike): Tensor {
    const where = "nn.GroupNorm";
    const x = unchanged(where, input);
    if (x.shape[1] !== this.numChannels) {
      throw wrongValue(where, `input must be (N, ${this.numChannels}, ...), got shape ${show(x.shape)}`);
    }
    return groupNorm(x, this.numGroups, optionsOf(this));
  }
}

/**
 * torch.nn.LayerNorm: the values of the last axes are normalised together. `weight` and `bias` (normalizedShape each) may
 * be assigned; they start as 1 and 0.
 */
export class LayerNorm extends Affine {
  /** lengths of the input's last axes */
  readonly normalizedShape: readonly number[];
  /** added to the variance */
  readonly eps: number;

  /**
   * @param normalizedShape lengths of the input's last axes, or that of the last one
   * @param options eps 1e-5, elementwiseAffine true
   * @throws TypeError for an argument of the wrong kind; RangeError for a wrong value
   */
  constructor(normalizedShape: number | readonly number[], options?: LayerNormModuleOptions) {
    const where = "nn.LayerNorm";
    const { eps = 1e-5, elementwiseAffine = true } = checkOptions(where, options, ["eps", "elementwiseAffine"]);
    const axes = Array.isArray(normalizedShape) ? normalizedShape.length : 1;
    const lengths = Object.freeze([...checkSize(where, "normalizedShape", normalizedShape, axes, 1)]);
    if (axes === 0) throw wrongValue(where, "normalizedShape must have at least one length, got []");
    super(where, lengths, checkBoolean(where, "elementwiseAffine", elementwiseAffine));
    this.normalizedShape = lengths;
    this.eps = checkEps(where, "eps", eps);
  }

  /**
   * @param input (..., ...normalizedShape)
   * @returns a tensor of the input's shape
   * @throws as {@link layerNorm}
   */
  override forward(input: TensorLike): Tensor {
    return layerNorm(input, this.normalizedShape, optionsOf(this));
  }
}
