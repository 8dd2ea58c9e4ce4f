import { checkInteger, checkOptions, type TensorLike, wrongType, wrongValue } from "../check.ts";
import { isIntegral } from "../dtype.ts";
import { type AnyTensor, checkValues } from "../functional/promotion.ts";
import { gatherOperator } from "../operators/gather.ts";
import { applyOne, isSymbolic } from "../planning/evaluate.ts";
import { normal } from "../random.ts";
import { newData, Tensor } from "../tensor.ts";
import { Module, parameter, type StateField } from "./module.ts";

/** Options of {@link Embedding}. */
export interface EmbeddingModuleOptions {
  /** makes the initial values repeatable */
  seed?: number;
}

/** torch.nn.Embedding: rows of a table by their numbers. `weight` is (numEmbeddings, embeddingDim) and starts standard normal. */
export class Embedding extends Module {
  /** rows of the table */
  readonly numEmbeddings: number;
  /** numbers of each row */
  readonly embeddingDim: number;
  #weight: Tensor;

  /**
   * @throws TypeError for an argument of the wrong kind; RangeError for a number below 1
   */
  constructor(numEmbeddings: number, embeddingDim: number, options?: EmbeddingModuleOptions) {
    super();
    const where = "nn.Embedding";
    const { seed } = checkOptions(where, options, ["seed"]);
    this.numEmbeddings = checkInteger(where, "numEmbeddings", numEmbeddings, 1);
    this.embeddingDim = checkInteger(where, "embeddingDim", embeddingDim, 1);
    const shape = [numEmbeddings, embeddingDim];
    this.#weight = new Tensor(newData(where, shape).map(normal(where, seed)), shape);
  }

  get weight(): Tensor {
    return this.#weight;
  }

  /** @throws RangeError for a tensor of another shape */
  set weight(value: TensorLike) {
    this.#weight = parameter("nn.Embedding", "weight", value, [this.numEmbeddings, this.embeddingDim]);
  }

  /**
   * @param input any shape; int64 or int32, from 0 to numEmbeddings - 1
   * @returns (..., embeddingDim)
   * @throws TypeError for numbers that are not whole; RangeError for rows that do not exist
   */
  override forward(input: AnyTensor): Tensor {
    const where = "nn.Embedding";
    const rows = checkValues(where, "input", input);
    if (!isIntegral(rows.dtype)) throw wrongType(where, `input must hold int64 or int32, but holds ${rows.dtype}`);
    // the indices of the operator may count from the end
    const negative = isSymbolic(rows) ? undefined : Array.from<number | bigint>(rows.data).find((row) => row < 0);
    if (negative !== undefined) throw wrongValue(where, `input must hold rows from 0, got ${negative}`);
    return applyOne(where, gatherOperator, [this.#weight as never, rows], { dim: 0 });
  }

  protected override get moduleName(): string {
    return "nn.Embedding";
  }

  protected override stateFields(): readonly StateField[] {
    return [["weight", "weight"], ...super.stateFields()];
  }
}
