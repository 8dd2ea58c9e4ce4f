import { checkInteger, checkNumber, checkOptions, show, wrongType } from "../check.ts";
import { Optimizer } from "./optimizer.ts";

/** What schedules have in common (torch.optim.lr_scheduler): they set the learning rates of an optimiser. */
abstract class Schedule {
  readonly #optimizer: Optimizer;
  readonly #rates: readonly number[];
  /** calls of {@link step} */
  lastEpoch = 0;

  constructor(name: string, optimizer: unknown) {
    if (!(optimizer instanceof Optimizer))
      throw wrongType(name, `optimizer must be an optimiser, got ${show(optimizer)}`);
    this.#optimizer = optimizer;
    this.#rates = optimizer.paramGroups.map(({ lr }) => lr);
  }

  /** Sets the learning rates of the next epoch. */
  step(): void {
    this.lastEpoch += 1;
    for (const [i, group] of this.#optimizer.paramGroups.entries())
      group.lr = this.rateAt(this.lastEpoch, this.#rates[i]!);
  }

  /** The learning rates now, one for each group. */
  getLastLr(): number[] {
    return this.#optimizer.paramGroups.map(({ lr }) => lr);
  }

  /** @param first the rate at the beginning */
  protected abstract rateAt(epoch: number, first: number): number;
}

/** torch.optim.lr_scheduler.StepLR: the learning rate times gamma after every stepSize epochs. */
export class StepLR extends Schedule {
  readonly stepSize: number;
  readonly gamma: number;

  /**
   * @param options stepSize (required), gamma 0.1
   * @throws TypeError, RangeError for a stepSize that is not a whole number from 1
   */
  constructor(optimizer: object, options: { stepSize: number; gamma?: number }) {
    super("StepLR", optimizer);
    const { stepSize, gamma = 0.1 } = checkOptions("StepLR", options, ["stepSize", "gamma"]);
    this.stepSize = checkInteger("StepLR", "stepSize", stepSize, 1);
    this.gamma = checkNumber("StepLR", "gamma", gamma);
  }

  protected override rateAt(epoch: number, first: number): number {
    return first * this.gamma ** Math.floor(epoch / this.stepSize);
  }
}

/** torch.optim.lr_scheduler.CosineAnnealingLR: the learning rate falls along half a cosine, within tMax epochs, to etaMin. */
export class CosineAnnealingLR extends Schedule {
  readonly tMax: number;
  readonly etaMin: number;

  /**
   * @param options tMax (required), etaMin 0
   * @throws TypeError, RangeError for a tMax that is not a whole number from 1
   */
  constructor(optimizer: object, options: { tMax: number; etaMin?: number }) {
    super("CosineAnnealingLR", optimizer);
    const { tMax, etaMin = 0 } = checkOptions("CosineAnnealingLR", options, ["tMax", "etaMin"]);
    this.tMax = checkInteger("CosineAnnealingLR", "tMax", tMax, 1);
    this.etaMin = checkNumber("CosineAnnealingLR", "etaMin", etaMin);
  }

  protected override rateAt(epoch: number, first: number): number {
    return this.etaMin + ((first - this.etaMin) * (1 + Math.cos((Math.PI * epoch) / this.tMax))) / 2;
  }
}
