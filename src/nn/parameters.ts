import {
  checkInteger,
  checkTensor,
  countOf,
  sameShape,
  show,
  type TensorLike,
  wrongType,
  wrongValue,
} from "../check.ts";
import { uniform } from "../random.ts";
import { newData, Tensor } from "../tensor.ts";

/**
 * `weight` and `bias` of a convolution module, by torch's names. Both may be assigned; both start uniform in
 * +-1 / sqrt(fan in), torch's default (kaiming_uniform with a = sqrt(5)).
 */
export abstract class WeightAndBias {
  readonly #name: string;
  readonly #biasShape: readonly number[];
  #weight: Tensor;
  #bias: Tensor | null;

  /**
   * @param name of the module, for messages
   * @param shape of the weight
   * @param filters length of the bias
   * @param seed makes the initial values repeatable
   */
  constructor(name: string, shape: readonly number[], filters: number, bias: boolean, seed: number | undefined) {
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

  /** The parameters by torch's names, `bias` only where there is one. They are the module's own, not copies. */
  stateDict(): Record<string, Tensor> {
    return this.#bias === null ? { weight: this.#weight } : { weight: this.#weight, bias: this.#bias };
  }

  /**
   * @param state as {@link stateDict} gives
   * @throws TypeError for what is no tensor; RangeError where a name is missing or unknown, or a shape differs; nothing is
   *   loaded then
   */
  loadStateDict(state: Readonly<Record<string, TensorLike>>): void {
    const loaded = checkState(`${this.#name}.loadStateDict`, state, this.stateDict());
    this.#weight = loaded.weight!;
    this.#bias = loaded.bias ?? null;
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

/**
 * Checks that a state has the names and shapes of a module's own, before any of it is loaded.
 * @param ignored names that may be there and are left out of the result
 */
export function checkState(
  where: string,
  state: unknown,
  own: Readonly<Record<string, Tensor>>,
  ignored: readonly string[] = [],
): Record<string, Tensor> {
  if (typeof state !== "object" || state === null) {
    throw wrongType(where, `state must be a record of tensors, got ${show(state)}`);
  }
  const [names, given] = [Object.keys(own), Object.keys(state)];
  for (const name of names) {
    if (!given.includes(name)) throw wrongValue(where, `${name} is missing (got ${given.join(", ") || "nothing"})`);
  }
  for (const name of given) {
    if (names.includes(name) || ignored.includes(name)) continue;
    throw wrongValue(where, `${name} is unknown (expected ${names.join(", ")})`);
  }
  const values = state as Readonly<Record<string, unknown>>;
  return Object.fromEntries(names.map((name) => [name, parameter(where, name, values[name], own[name]!.shape)]));
}

/** A value that is assigned to a module, as a Tensor of the shape that it must have. */
export function parameter(where: string, name: string, value: unknown, expected: readonly number[]): Tensor {
  const { data, shape } = checkTensor(where, name, value);
  if (!sameShape(shape, expected)) {
    throw wrongValue(where, `${name} must have shape ${show(expected)}, got ${show(shape)}`);
  }
  return value instanceof Tensor ? value : new Tensor(data, shape);
}
