import { checkAxes, checkOptions, checkSize, checkTensor, type Pair, type TensorLike } from "../check.ts";
import { foldOperator } from "../operators/windows.ts";
import { applyOne } from "../planning/evaluate.ts";
import type { Tensor } from "../tensor.ts";

/** Options of {@link fold}. */
export interface FoldOptions {
  /** distance between the taps of a window; default 1 */
  dilation?: Pair;
  /** zeros that unfold added on both sides of each axis; values that would fall on them are dropped; default 0 */
  padding?: Pair;
  /** step of the windows; default 1 */
  stride?: Pair;
}

/**
 * Adds columns of windows back to images, each value where the window has it (torch.nn.functional.fold, known as
 * col2im): the adjoint of unfold. Where windows overlap the values add up, so it is not unfold's inverse.
 *
 * @param input (N, C * kernel height * kernel width, windows), or without N; N may be 0
 * @param outputSize [H, W] of the images
 * @param kernelSize [height, width] of the windows
 * @param options dilation 1, padding 0, stride 1
 * @returns (N, C, H, W), or (C, H, W)
 * @throws TypeError for an argument of the wrong kind; RangeError where the rows are not C times the kernel's area,
 *   where the number of windows is not that of outputSize, and where the kernel does not fit into the padded output
 */
export function fold(input: TensorLike, outputSize: Pair, kernelSize: Pair, options?: FoldOptions): Tensor {
  const where = "fold";
  const x = checkTensor(where, "input", input);
  const o = checkOptions(where, options, ["dilation", "padding", "stride"]);
  return applyOne(where, foldOperator, [x], {
    outputSize: checkSize(where, "outputSize", outputSize, 2, 1),
    kernelSize: checkAxes(where, "kernelSize", kernelSize, 2, 1),
    dilation: checkAxes(where, "dilation", o.dilation ?? 1, 2, 1),
    padding: checkAxes(where, "padding", o.padding ?? 0, 2, 0),
    stride: checkAxes(where, "stride", o.stride ?? 1, 2, 1),
  });
}
