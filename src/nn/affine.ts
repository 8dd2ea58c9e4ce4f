import type { TensorLike } from "../check.ts";
import { Tensor } from "../tensor.ts";
import { Module, parameter, type StateField } from "./module.ts";

/** A module that normalises, then multiplies by `weight` and adds `bias`, which start as 1 and 0, or are absent. */
export abstract class Affine extends Module {
  readonly #name: string;
  readonly #shape: readonly number[];
  #weight: Tensor | null;
  #bias: Tensor | null;

  /**
   * @param name name of the module, for messages
   * @param shape shape of weight and bias
   * @param affine whether they are present
   */
  constructor(name: string, shape: readonly number[], affine: boolean) {
    super();
    this.#name = name;
    this.#shape = shape;
    this.#weight = affine ? Tensor.ones(shape) : null;
    this.#bias = affine ? Tensor.zeros(shape) : null;
  }

  get weight(): Tensor | null {
    return this.#weight;
  }

  /** @throws RangeError for a tensor of another shape */
  set weight(value: TensorLike | null) {
    this.#weight = value === null ? null : parameter(this.#name, "weight", value, this.#shape);
  }

  get bias(): Tensor | null {
    return this.#bias;
  }

  /** @throws RangeError for a tensor of another shape */
  set bias(value: TensorLike | null) {
    this.#bias = value === null ? null : parameter(this.#name, "bias", value, this.#shape);
  }

  protected override get moduleName(): string {
    return this.#name;
  }

  protected override stateFields(): readonly StateField[] {
    return [["weight", "weight"], ["bias", "bias"], ...super.stateFields()];
  }
}
