import { checkBoolean, checkInteger, checkOptions, type TensorLike } from "../check.ts";
import { linear } from "../functional/linear.ts";
import type { Tensor } from "../tensor.ts";
import { WeightAndBias } from "./parameters.ts";

/** Options of {@link Linear}. */
export interface LinearModuleOptions {
  /** whether there is a bias; default true */
  bias?: boolean;
  /** makes the initial values repeatable */
  seed?: number;
}

/** torch.nn.Linear. `weight` is (outFeatures, inFeatures), `bias` (outFeatures). */
export class Linear extends WeightAndBias {
  readonly inFeatures: number;
  readonly outFeatures: number;

  /**
   * @param options bias true
   * @throws TypeError for an argument of the wrong kind; RangeError for a number of features below 1
   */
  constructor(inFeatures: number, outFeatures: number, options?: LinearModuleOptions) {
    const where = "nn.Linear";
    const { bias = true, seed } = checkOptions(where, options, ["bias", "seed"]);
    checkInteger(where, "inFeatures", inFeatures, 1);
    checkInteger(where, "outFeatures", outFeatures, 1);
    checkBoolean(where, "bias", bias);
    super(where, [outFeatures, inFeatures], outFeatures, bias, seed);
    this.inFeatures = inFeatures;
    this.outFeatures = outFeatures;
  }

  /**
   * @param input (..., inFeatures)
   * @returns (..., outFeatures)
   * @throws as {@link linear}
   */
  override forward(input: TensorLike): Tensor {
    return linear(input, this.weight, this.bias);
  }
}
