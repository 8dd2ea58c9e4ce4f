import { checkBoolean, checkOptions, wrongValue } from "../check.ts";
import { checkSetting, kept, type LearningRate, Optimizer, type ParamState, type Params } from "./optimizer.ts";

/** Settings of {@link SGD}. */
export interface SgdSettings extends LearningRate {
  /** share of the previous step; default 0 */
  momentum: number;
  /** share of the gradient that momentum does not take; default 0 */
  dampening: number;
  /** factor of the parameters that is added to their gradients; default 0 */
  weightDecay: number;
  /** Nesterov's momentum; default false */
  nesterov: boolean;
}

/** torch.optim.SGD: steps against the gradient. */
export class SGD extends Optimizer<SgdSettings> {
  /**
   * @param params tensors, or groups { params, ... } with settings of their own
   * @param options lr (required), momentum 0, dampening 0, weightDecay 0, nesterov false
   * @throws TypeError, RangeError for parameters that are no leaves, and for settings that are no numbers from 0
   */
  constructor(params: Params<SgdSettings>, options: Partial<SgdSettings> & LearningRate) {
    const known = ["lr", "momentum", "dampening", "weightDecay", "nesterov"] as const;
    const { lr, momentum = 0, dampening = 0, weightDecay = 0, nesterov = false } = checkOptions("SGD", options, known);
    super("SGD", params, { lr, momentum, dampening, weightDecay, nesterov });
  }

  protected override check(where: string, { lr, momentum, dampening, weightDecay, nesterov }: SgdSettings): void {
    for (const [name, value] of Object.entries({ lr, momentum, weightDecay })) checkSetting(where, name, value);
    checkSetting(where, "dampening", dampening);
    checkBoolean(where, "nesterov", nesterov);
    if (nesterov && (momentum === 0 || dampening !== 0)) {
      throw wrongValue(where, `nesterov needs a momentum and no dampening, got ${momentum} and ${dampening}`);
    }
  }

  protected override update(
    values: Float32Array,
    gradient: Float32Array,
    state: ParamState,
    { lr, momentum, dampening, weightDecay, nesterov }: SgdSettings,
    shape: readonly number[],
  ): void {
    if (momentum === 0) {
      for (let i = 0; i < values.length; ++i) values[i] = values[i]! - lr * (gradient[i]! + weightDecay * values[i]!);
      return;
    }
    // the first step is the gradient itself, whatever the dampening
    const share = state.momentumBuffer === undefined ? 1 : 1 - dampening;
    const buffer = kept(state, "momentumBuffer", shape);
    for (let i = 0; i < values.length; ++i) {
      const slope = gradient[i]! + weightDecay * values[i]!;
      const speed = momentum * buffer[i]! + share * slope;
      buffer[i] = speed;
      values[i] = values[i]! - lr * (nesterov ? slope + momentum * speed : speed);
    }
  }
}
