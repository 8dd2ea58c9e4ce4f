import type { DType } from "../../dtype.ts";
import type { Tensor } from "../../index.ts";

/** Tensors by the names of the inputs. */
export type Inputs = Readonly<Record<string, Tensor<DType>>>;

/** Whoever takes part in a comparison. */
export interface Engine {
  readonly name: string;
  readonly version: string;
  /** Makes a network ready to run, from the bytes of its file. */
  load(model: Uint8Array<ArrayBuffer>, inputs: Inputs): Loaded | Promise<Loaded>;
}

export interface Loaded {
  /** one call as a user makes it: arrays in, new ones out */
  run(): void | Promise<void>;
  /** what the last run gave, by name, as numbers */
  outputs(): ReadonlyMap<string, ArrayLike<number>>;
  dispose(): void | Promise<void>;
}
