import { checkAxes, checkOptions, checkTensor, type Pair, type TensorLike } from "../check.ts";
import { unfoldOperator } from "../operators/windows.ts";
import { applyOne } from "../planning/evaluate.ts";
import type { Tensor } from "../tensor.ts";

/** Options of {@link unfold}. */
export interface UnfoldOptions {
  /** distance between the taps of a window; default 1 */
  dilation?: Pair;
  /** zeros on both sides of each axis; default 0 */
  padding?: Pair;
  /** step of the windows; default 1 */
  stride?: Pair;
}

/**
 * The regions under a sliding window, each flattened to a column (torch.nn.functional.unfold, known as im2col).
 *
 * @param input (N, C, H, W) or (C, H, W)
 * @param kernelSize [height, width] of the windows, or one number for both
 * @param options dilation 1, padding 0, stride 1
 * @returns (N, C * kernel height * kernel width, windows), or without N
 * @throws as {@link conv2d}
 */
export function unfold(input: TensorLike, kernelSize: Pair, options?: UnfoldOptions): Tensor {
  const where = "unfold";
  const x = checkTensor(where, "input", input);
  const o = checkOptions(where, options, ["dilation", "padding", "stride"]);
  return applyOne(where, unfoldOperator, [x], {
    kernelSize: checkAxes(where, "kernelSize", kernelSize, 2, 1),
    dilation: checkAxes(where, "dilation", o.dilation ?? 1, 2, 1),
    padding: checkAxes(where, "padding", o.padding ?? 0, 2, 0),
    stride: checkAxes(where, "stride", o.stride ?? 1, 2, 1),
  });
}
