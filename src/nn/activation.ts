import { checkChoice, checkInteger, checkNumber, checkOptions, type TensorLike } from "../check.ts";
import {
  celu,
  elu,
  type GeluOptions,
  gelu,
  hardshrink,
  hardsigmoid,
  hardswish,
  hardtanh,
  leakyRelu,
  logSoftmax,
  mish,
  prelu,
  relu,
  relu6,
  type SoftmaxOptions,
  selu,
  sigmoid,
  silu,
  softmax,
  softplus,
  softshrink,
  softsign,
  tanh,
} from "../functional/activation.ts";
import { neg } from "../functional/math.ts";
import { Tensor } from "../tensor.ts";
import { Module, parameter, type StateField } from "./module.ts";
import { checkDim } from "./parameters.ts";

/** A function of each value. */
abstract class Elementwise extends Module {
  /**
   * @param input any tensor
   * @returns a tensor of the input's shape
   * @throws TypeError, RangeError for an input that is not a tensor, or when memory does not suffice
   */
  abstract override forward(input: TensorLike): Tensor;
}

/** torch.nn.ReLU: max(0, x). */
export class ReLU extends Elementwise {
  override forward(input: TensorLike): Tensor {
    return relu(input);
  }
}

/** torch.nn.ReLU6: min(max(0, x), 6). */
export class ReLU6 extends Elementwise {
  override forward(input: TensorLike): Tensor {
    return relu6(input);
  }
}

/** torch.nn.LeakyReLU: x, or negativeSlope x where x is negative. */
export class LeakyReLU extends Elementwise {
  /** what negative values are multiplied by */
  readonly negativeSlope: number;

  /**
   * @param negativeSlope what negative values are multiplied by
   * @throws TypeError for a slope that is not a number
   */
  constructor(negativeSlope = 0.01) {
    super();
    this.negativeSlope = checkNumber("nn.LeakyReLU", "negativeSlope", negativeSlope);
  }

  override forward(input: TensorLike): Tensor {
    return leakyRelu(input, this.negativeSlope);
  }
}

/** torch.nn.ELU: x, or alpha (exp(x) - 1) where x is negative. */
export class ELU extends Elementwise {
  /** the results approach -alpha for large negative values */
  readonly alpha: number;

  /**
   * @param alpha the results approach -alpha for large negative values
   * @throws TypeError for an alpha that is not a number
   */
  constructor(alpha = 1) {
    super();
    this.alpha = checkNumber("nn.ELU", "alpha", alpha);
  }

  override forward(input: TensorLike): Tensor {
    return elu(input, this.alpha);
  }
}

/** torch.nn.CELU: x, or alpha (exp(x / alpha) - 1) where x is negative. */
export class CELU extends Elementwise {
  /** the results approach -alpha for large negative values */
  readonly alpha: number;

  /**
   * @param alpha the results approach -alpha for large negative values
   * @throws TypeError for an alpha that is not a number
   */
  constructor(alpha = 1) {
    super();
    this.alpha = checkNumber("nn.CELU", "alpha", alpha);
  }

  override forward(input: TensorLike): Tensor {
    return celu(input, this.alpha);
  }
}

/** torch.nn.SELU: a scaled {@link ELU} that keeps mean and variance. */
export class SELU extends Elementwise {
  override forward(input: TensorLike): Tensor {
    return selu(input);
  }
}

/** torch.nn.Hardtanh: min(max(x, minVal), maxVal). */
export class Hardtanh extends Elementwise {
  /** the least result */
  readonly minVal: number;
  /** the largest result */
  readonly maxVal: number;

  /**
   * @param minVal the least result
   * @param maxVal the largest result
   * @throws TypeError for bounds that are not numbers
   */
  constructor(minVal = -1, maxVal = 1) {
    super();
    this.minVal = checkNumber("nn.Hardtanh", "minVal", minVal);
    this.maxVal = checkNumber("nn.Hardtanh", "maxVal", maxVal);
  }

  override forward(input: TensorLike): Tensor {
    return hardtanh(input, this.minVal, this.maxVal);
  }
}

/** torch.nn.Softsign: x / (1 + |x|). */
export class Softsign extends Elementwise {
  override forward(input: TensorLike): Tensor {
    return softsign(input);
  }
}

/** torch.nn.LogSigmoid: the logarithm of 1 / (1 + exp(-x)). */
export class LogSigmoid extends Elementwise {
  override forward(input: TensorLike): Tensor {
    return neg(softplus(neg(input)));
  }
}

abstract class Shrinking extends Elementwise {
  /** values no further from 0 become 0 */
  readonly lambd: number;

  constructor(name: string, lambd: number) {
    super();
    this.lambd = checkNumber(name, "lambd", lambd);
  }
}

/** torch.nn.Hardshrink: x where |x| > lambd, else 0. */
export class Hardshrink extends Shrinking {
  /**
   * @param lambd values no further from 0 become 0
   * @throws TypeError for anything but a number
   */
  constructor(lambd = 0.5) {
    super("nn.Hardshrink", lambd);
  }

  override forward(input: TensorLike): Tensor {
    return hardshrink(input, this.lambd);
  }
}

/** torch.nn.Softshrink: x moved by lambd towards 0, and 0 where that would pass it. */
export class Softshrink extends Shrinking {
  /**
   * @param lambd how far values are moved
   * @throws TypeError for anything but a number
   */
  constructor(lambd = 0.5) {
    super("nn.Softshrink", lambd);
  }

  override forward(input: TensorLike): Tensor {
    return softshrink(input, this.lambd);
  }
}

/** torch.nn.Sigmoid: 1 / (1 + exp(-x)). */
export class Sigmoid extends Elementwise {
  override forward(input: TensorLike): Tensor {
    return sigmoid(input);
  }
}

/** torch.nn.Tanh. */
export class Tanh extends Elementwise {
  override forward(input: TensorLike): Tensor {
    return tanh(input);
  }
}

/** torch.nn.SiLU: x sigmoid(x), also called swish. */
export class SiLU extends Elementwise {
  override forward(input: TensorLike): Tensor {
    return silu(input);
  }
}

/** torch.nn.Mish: x tanh(softplus(x)). */
export class Mish extends Elementwise {
  override forward(input: TensorLike): Tensor {
    return mish(input);
  }
}

/** torch.nn.Softplus with its defaults: log(1 + exp(x)). */
export class Softplus extends Elementwise {
  override forward(input: TensorLike): Tensor {
    return softplus(input);
  }
}

/** torch.nn.Hardswish: x min(max(0, x + 3), 6) / 6. */
export class Hardswish extends Elementwise {
  override forward(input: TensorLike): Tensor {
    return hardswish(input);
  }
}

/** torch.nn.Hardsigmoid: min(max(0, x + 3), 6) / 6. */
export class Hardsigmoid extends Elementwise {
  override forward(input: TensorLike): Tensor {
    return hardsigmoid(input);
  }
}

/** torch.nn.GELU: x times the standard normal distribution's share below x. */
export class GELU extends Elementwise {
  /** how the distribution is computed */
  readonly approximate: "none" | "tanh";

  /**
   * @param options approximate 'none'
   * @throws TypeError, RangeError for an unknown approximation
   */
  constructor(options?: GeluOptions) {
    super();
    const { approximate = "none" } = checkOptions("nn.GELU", options, ["approximate"]);
    this.approximate = checkChoice("nn.GELU", "approximate", approximate, ["none", "tanh"]);
  }

  override forward(input: TensorLike): Tensor {
    return gelu(input, { approximate: this.approximate });
  }
}

/** torch.nn.Softmax: exp(x), divided by its sum along an axis. */
export class Softmax extends Module {
  /** the axis; a negative one counts from the end */
  readonly dim: number;

  /**
   * @param options dim, the axis; a negative one counts from the end
   * @throws TypeError for an axis that is not a number, RangeError for one that is not a whole number
   */
  constructor(options: SoftmaxOptions) {
    super();
    this.dim = dimOf("nn.Softmax", options);
  }

  /**
   * @param input a tensor that has the axis
   * @returns a tensor of the input's shape
   * @throws as {@link softmax}
   */
  override forward(input: TensorLike): Tensor {
    return softmax(input, { dim: this.dim });
  }
}

/** torch.nn.LogSoftmax: the logarithm of {@link Softmax}. */
export class LogSoftmax extends Module {
  /** the axis; a negative one counts from the end */
  readonly dim: number;

  /**
   * @param options dim, the axis; a negative one counts from the end
   * @throws TypeError for an axis that is not a number, RangeError for one that is not a whole number
   */
  constructor(options: SoftmaxOptions) {
    super();
    this.dim = dimOf("nn.LogSoftmax", options);
  }

  /**
   * @param input a tensor that has the axis
   * @returns a tensor of the input's shape
   * @throws as {@link logSoftmax}
   */
  override forward(input: TensorLike): Tensor {
    return logSoftmax(input, { dim: this.dim });
  }
}

/** Options of {@link PReLU}. */
export interface PReLUModuleOptions {
  /** initial value of the slopes; default 0.25 */
  init?: number;
}

/** torch.nn.PReLU: x, or a slope times x where x is negative. `weight` is (numParameters), and may be assigned. */
export class PReLU extends Module {
  /** 1, or the number of channels */
  readonly numParameters: number;
  #weight: Tensor;

  /**
   * @param numParameters 1 for a slope that all channels share, else the number of channels
   * @param options init 0.25
   * @throws TypeError, RangeError for a wrong number of slopes or initial value
   */
  constructor(numParameters = 1, options?: PReLUModuleOptions) {
    super();
    const where = "nn.PReLU";
    const { init = 0.25 } = checkOptions(where, options, ["init"]);
    this.numParameters = checkInteger(where, "numParameters", numParameters, 1);
    this.#weight = Tensor.full([numParameters], checkNumber(where, "init", init));
  }

  get weight(): Tensor {
    return this.#weight;
  }

  /** @throws RangeError for a tensor of another shape */
  set weight(value: TensorLike) {
    this.#weight = parameter("nn.PReLU", "weight", value, [this.numParameters]);
  }

  /**
   * @param input (N, C, ...); C is numParameters, unless that is 1
   * @returns a tensor of the input's shape
   * @throws as {@link prelu}
   */
  override forward(input: TensorLike): Tensor {
    return prelu(input, this.#weight);
  }

  protected override get moduleName(): string {
    return "nn.PReLU";
  }

  protected override stateFields(): readonly StateField[] {
    return [["weight", "weight"], ...super.stateFields()];
  }
}

const dimOf = (where: string, options: SoftmaxOptions) =>
  checkDim(where, "dim", checkOptions(where, options, ["dim"]).dim);
