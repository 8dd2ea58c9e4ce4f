import { checkOptions, show, wrongType, wrongValue } from "../check.ts";
import { checkSetting, kept, type LearningRate, Optimizer, type ParamState, type Params } from "./optimizer.ts";

/** Settings of {@link Adam} and {@link AdamW}. */
export interface AdamSettings extends LearningRate {
  /** how much of the averages of gradients and of their squares stays; default [0.9, 0.999] */
  betas: readonly [number, number];
  /** added to the divisor; default 1e-8 */
  eps: number;
  /** Adam: factor of the parameters that is added to their gradients, default 0; AdamW: share of them that each step takes, default 0.01 */
  weightDecay: number;
}

abstract class Adaptive extends Optimizer<AdamSettings> {
  constructor(name: string, params: Params<AdamSettings>, options: Partial<AdamSettings> | undefined, decay: number) {
    const known = ["lr", "betas", "eps", "weightDecay"] as const;
    const { lr = 1e-3, betas = [0.9, 0.999], eps = 1e-8, weightDecay = decay } = checkOptions(name, options, known);
    super(name, params, { lr, betas, eps, weightDecay });
  }

  protected override check(where: string, { lr, betas, eps, weightDecay }: AdamSettings): void {
    for (const [name, value] of Object.entries({ lr, eps, weightDecay })) checkSetting(where, name, value);
    if (!Array.isArray(betas)) throw wrongType(where, `betas must be two numbers, got ${show(betas)}`);
    if (betas.length !== 2 || !betas.every((beta) => beta >= 0 && beta < 1)) {
      throw wrongValue(where, `betas must be two numbers from 0 and below 1, got ${show(betas)}`);
    }
  }

  /**
   * @param coupled factor of the parameters that is added to their gradients
   * @param shrunk what is left of the parameters before the step
   */
  protected adapt(
    values: Float32Array,
    gradient: Float32Array,
    state: ParamState,
    { lr, betas: [first, second], eps }: AdamSettings,
    shape: readonly number[],
    coupled: number,
    shrunk: number,
  ): void {
    const step = ((state.step as number | undefined) ?? 0) + 1;
    state.step = step;
    const averages = kept(state, "expAvg", shape);
    const squares = kept(state, "expAvgSq", shape);
    const size = lr / (1 - first ** step);
    const root = Math.sqrt(1 - second ** step);
    for (let i = 0; i < values.length; ++i) {
      const value = values[i]! * shrunk;
      const slope = gradient[i]! + coupled * value;
      const average = first * averages[i]! + (1 - first) * slope;
      const square = second * squares[i]! + (1 - second) * slope * slope;
      averages[i] = average;
      squares[i] = square;
      values[i] = value - (size * average) / (Math.sqrt(square) / root + eps);
    }
  }
}

/** torch.optim.Adam: steps whose sizes follow averages of the gradient and its square. */
export class Adam extends Adaptive {
  /**
   * @param params tensors, or groups { params, ... } with settings of their own
   * @param options lr 0.001, betas [0.9, 0.999], eps 1e-8, weightDecay 0
   * @throws TypeError, RangeError for parameters that are no leaves, and for settings out of their range
   */
  constructor(params: Params<AdamSettings>, options?: Partial<AdamSettings>) {
    super("Adam", params, options, 0);
  }

  protected override update(
    values: Float32Array,
    gradient: Float32Array,
    state: ParamState,
    settings: AdamSettings,
    shape: readonly number[],
  ): void {
    this.adapt(values, gradient, state, settings, shape, settings.weightDecay, 1);
  }
}

/** torch.optim.AdamW: Adam whose weight decay does not go through the averages. */
export class AdamW extends Adaptive {
  /**
   * @param params tensors, or groups { params, ... } with settings of their own
   * @param options lr 0.001, betas [0.9, 0.999], eps 1e-8, weightDecay 0.01
   * @throws as the constructor of Adam
   */
  constructor(params: Params<AdamSettings>, options?: Partial<AdamSettings>) {
    super("AdamW", params, options, 0.01);
  }

  protected override update(
    values: Float32Array,
    gradient: Float32Array,
    state: ParamState,
    settings: AdamSettings,
    shape: readonly number[],
  ): void {
    this.adapt(values, gradient, state, settings, shape, 0, 1 - settings.lr * settings.weightDecay);
  }
}
