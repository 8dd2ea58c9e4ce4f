import { checkNumber, show, type TensorLike, wrongValue } from "../check.ts";
import { mul } from "../functional/arithmetic.ts";
import { isSymbolic } from "../planning/evaluate.ts";
import { uniform } from "../random.ts";
import { newData, Tensor } from "../tensor.ts";
import { Module, unchanged } from "./module.ts";

abstract class Dropping extends Module {
  /** share of what is dropped */
  readonly p: number;
  readonly #name: string;

  constructor(name: string, p: number) {
    super();
    this.#name = name;
    this.p = checkNumber(name, "p", p);
    if (!(p >= 0 && p <= 1)) throw wrongValue(name, `p must be from 0 to 1, got ${show(p)}`);
  }

  /**
   * @param input any tensor
   * @returns while training, the values that are left, divided by 1 - p; else the input itself, where it is a Tensor
   * @throws TypeError, RangeError for an input that is not a tensor
   */
  override forward(input: TensorLike): Tensor {
    const x = unchanged(this.#name, input);
    // networks are compiled to be evaluated
    if (!this.training || this.p === 0 || isSymbolic(x)) return x;
    const shape = this.maskShape(x.shape);
    const next = uniform(this.#name);
    const scale = 1 / (1 - this.p);
    const mask = newData(this.#name, shape).map(() => (next() < this.p ? 0 : scale));
    return mul(x, new Tensor(mask, shape));
  }

  protected override get moduleName(): string {
    return this.#name;
  }

  /** What is drawn for: broadcasts to the input's shape. */
  protected abstract maskShape(shape: readonly number[]): readonly number[];
}

/** torch.nn.Dropout: while training, sets values to 0 at random. {@link manualSeed} makes it repeatable. */
export class Dropout extends Dropping {
  /**
   * @param p share of the values that are dropped, from 0 to 1
   * @throws TypeError, RangeError for a share that is not from 0 to 1
   */
  constructor(p = 0.5) {
    super("nn.Dropout", p);
  }

  protected override maskShape(shape: readonly number[]): readonly number[] {
    return shape;
  }
}

/** torch.nn.Dropout2d: while training, sets whole channels of each image to 0 at random; otherwise as {@link Dropout}. */
export class Dropout2d extends Dropping {
  /**
   * @param p share of the channels that are dropped, from 0 to 1
   * @throws as the constructor of Dropout
   */
  constructor(p = 0.5) {
    super("nn.Dropout2d", p);
  }

  protected override maskShape(shape: readonly number[]): readonly number[] {
    if (shape.length !== 4) throw wrongValue("nn.Dropout2d", `input must be (N, C, H, W), got shape ${show(shape)}`);
    return [...shape.slice(0, 2), 1, 1];
  }
}
