import { checkInteger, checkNumber, countOf, show, type TensorLike, wrongValue } from "../check.ts";
import { uniform } from "../random.ts";
import { newData, Tensor } from "../tensor.ts";
import { Module, parameter, type StateField } from "./module.ts";

/**
 * A module with `weight` and `bias`. Both may be assigned; both start uniform in +-1 / sqrt(fan in), torch's default
 * (kaiming_uniform with a = sqrt(5)).
 */
export abstract class WeightAndBias extends Module {
  readonly #name: string;
  readonly #biasShape: readonly number[];
  #weight: Tensor;
  #bias: Tensor | null;

  /**
   * @param name name of the module, for messages
   * @param shape shape of the weight
   * @param filters length of the bias
   * @param seed makes the initial values repeatable
   */
  constructor(name: string, shape: readonly number[], filters: number, bias: boolean, seed: number | undefined) {
    super();
    const bound = 1 / Math.sqrt(countOf(shape.slice(1)));
    const next = uniform(name, seed);
    const draw = () => (2 * next() - 1) * bound;
    this.#name = name;
    this.#biasShape = [filters];
    this.#weight = new Tensor(newData(name, shape).map(draw), shape);
    this.#bias = bias ? new Tensor(newData(name, [filters]).map(draw), [filters]) : null;
  }

  get weight(): Tensor {
    return this.#weight;
  }

  /** @throws RangeError for a tensor of another shape */
  set weight(value: TensorLike) {
    this.#weight = parameter(this.#name, "weight", value, this.#weight.shape);
  }

  get bias(): Tensor | null {
    return this.#bias;
  }

  /** @throws RangeError for a tensor of another shape */
  set bias(value: TensorLike | null) {
    this.#bias = value === null ? null : parameter(this.#name, "bias", value, this.#biasShape);
  }

  protected override get moduleName(): string {
    return this.#name;
  }

  protected override stateFields(): readonly StateField[] {
    return [["weight", "weight"], ["bias", "bias"], ...super.stateFields()];
  }
}

/** Checks the numbers of channels of a module, and that `groups` divides both; returns groups. */
export function checkChannels(where: string, inChannels: number, outChannels: number, groups: number): number {
  checkInteger(where, "inChannels", inChannels, 1);
  checkInteger(where, "outChannels", outChannels, 1);
  checkInteger(where, "groups", groups, 1);
  for (const [name, count] of Object.entries({ inChannels, outChannels })) {
    if (count % groups !== 0) throw wrongValue(where, `groups must divide ${name} (${count}), got ${groups}`);
  }
  return groups;
}

/** An axis, negative to count from the end; whether a tensor has it is checked when one is given. */
export function checkDim(where: string, name: string, value: unknown): number {
  const dim = checkNumber(where, name, value);
  if (!Number.isInteger(dim)) throw wrongValue(where, `${name} must be a whole number, got ${show(dim)}`);
  return dim;
}
