import { checkInteger, type TensorLike } from "../check.ts";
import { checkInterpolation, type InterpolateOptions, interpolate } from "../functional/interpolate.ts";
import { flatten, pixelShuffle, pixelUnshuffle } from "../functional/movement.ts";
import type { Tensor } from "../tensor.ts";
import { Module, unchanged } from "./module.ts";
import { checkDim } from "./parameters.ts";

/** torch.nn.Flatten: the axes from startDim to endDim as one. */
export class Flatten extends Module {
  /** the first axis; a negative one counts from the end */
  readonly startDim: number;
  /** the last axis, included; a negative one counts from the end */
  readonly endDim: number;

  /**
   * @param startDim the first axis; a negative one counts from the end
   * @param endDim the last axis, included; a negative one counts from the end
   * @throws TypeError, RangeError for an axis that is not a whole number
   */
  constructor(startDim = 1, endDim = -1) {
    super();
    this.startDim = checkDim("nn.Flatten", "startDim", startDim);
    this.endDim = checkDim("nn.Flatten", "endDim", endDim);
  }

  /**
   * @param input any tensor that has these axes
   * @returns its values with these axes as one
   * @throws as {@link flatten}
   */
  override forward(input: TensorLike): Tensor {
    return flatten(input, this.startDim, this.endDim);
  }
}

/** torch.nn.Upsample: a signal, an image or a volume in another size. */
export class Upsample extends Module {
  /** what {@link forward} passes to interpolate */
  readonly options: Readonly<InterpolateOptions>;

  /**
   * @param options as {@link interpolate}'s
   * @throws TypeError for wrong options, and for both or neither of size and scaleFactor
   */
  constructor(options: InterpolateOptions) {
    super();
    const o = checkInterpolation("nn.Upsample", options);
    this.options = Object.freeze({ ...o });
  }

  /**
   * @param input (N, C, L), (N, C, H, W) or (N, C, D, H, W)
   * @returns (N, C, L'), (N, C, H', W') or (N, C, D', H', W')
   * @throws as {@link interpolate}
   */
  override forward(input: TensorLike): Tensor {
    return interpolate(input, this.options);
  }
}

/** torch.nn.PixelShuffle: (..., C * r * r, H, W) as (..., C, H * r, W * r). */
export class PixelShuffle extends Module {
  /** r */
  readonly upscaleFactor: number;

  /**
   * @param upscaleFactor r
   * @throws TypeError, RangeError for a factor below 1
   */
  constructor(upscaleFactor: number) {
    super();
    this.upscaleFactor = checkInteger("nn.PixelShuffle", "upscaleFactor", upscaleFactor, 1);
  }

  /**
   * @param input (..., C * r * r, H, W)
   * @returns (..., C, H * r, W * r)
   * @throws as {@link pixelShuffle}
   */
  override forward(input: TensorLike): Tensor {
    return pixelShuffle(input, this.upscaleFactor);
  }
}

/** torch.nn.PixelUnshuffle: (..., C, H * r, W * r) as (..., C * r * r, H, W). */
export class PixelUnshuffle extends Module {
  /** r */
  readonly downscaleFactor: number;

  /**
   * @param downscaleFactor r
   * @throws TypeError, RangeError for a factor below 1
   */
  constructor(downscaleFactor: number) {
    super();
    this.downscaleFactor = checkInteger("nn.PixelUnshuffle", "downscaleFactor", downscaleFactor, 1);
  }

  /**
   * @param input (..., C, H * r, W * r)
   * @returns (..., C * r * r, H, W)
   * @throws as {@link pixelUnshuffle}
   */
  override forward(input: TensorLike): Tensor {
    return pixelUnshuffle(input, this.downscaleFactor);
  }
}

/** torch.nn.Identity: returns its input. */
export class Identity extends Module {
  /**
   * @param input any tensor
   * @returns the input itself, where it is a Tensor
   * @throws TypeError, RangeError for an input that is not a tensor
   */
  override forward(input: TensorLike): Tensor {
    return unchanged("nn.Identity", input);
  }
}
