import type { TensorLike } from "./check.ts";
import type { Conv2dOptions } from "./conv/conv.ts";
import type { Tensor } from "./tensor.ts";

/** One operation as `compile` sees it, whatever it was written in. */
export interface ConvNode {
  readonly op: "conv2d";
  readonly weight: Tensor;
  readonly bias: Tensor | null;
  readonly options: Conv2dOptions;
}

/** What `nn` modules are to the rest of the library. */
export interface Module {
  forward(input: TensorLike): Tensor;
  node(): ConvNode;
}
