import {
  checkChoice,
  checkList,
  checkOptions,
  checkTensor,
  isInteger,
  show,
  type TensorLike,
  wrongType,
  wrongValue,
} from "../check.ts";
import { PAD_MODES, type PadMode, padOperator } from "../operators/pad.ts";
import { applyOne } from "../planning/evaluate.ts";
import type { Tensor } from "../tensor.ts";

/** Options of {@link pad}. */
export interface PadOptions {
  /** where the values outside the image come from; default 'constant' */
  mode?: PadMode;
  /** the number that 'constant' writes; default 0 */
  value?: number;
}

/**
 * Pads, or crops where a number is negative (torch.nn.functional.pad).
 *
 * @param input any shape for 'constant'; (N, C, ...) or (C, ...) with 1 to 3 padded axes for the other modes
 * @param padding [before, after] of the last axis, then of the one before it, and so on
 * @param options mode 'constant', value 0
 * @returns a tensor whose padded axes are longer by their pairs, or shorter
 * @throws TypeError for an argument of the wrong kind; RangeError for an odd number of values, more pairs than axes,
 *   reflect padding not smaller than the axis, circular padding larger than it, a result without values
 */
export function pad(input: TensorLike, padding: readonly number[], options?: PadOptions): Tensor {
  const where = "pad";
  const x = checkTensor(where, "input", input);
  const o = checkOptions(where, options, ["mode", "value"]);
  const pairs = checkList(where, "padding", padding) as readonly number[];
  const mode = checkChoice(where, "mode", o.mode ?? "constant", PAD_MODES);
  const value = o.value ?? 0;
  if (typeof value !== "number") throw wrongType(where, `value must be a number, got ${show(value)}`);
  if (mode !== "constant" && value !== 0)
    throw wrongValue(where, `value needs mode 'constant', got ${value} for '${mode}'`);
  if (mode !== "constant") checkContinued(where, mode, pairs, x.shape);
  return applyOne(where, padOperator, [x], { padding: pairs, mode, value });
}

/** Modes other than 'constant' pad only the last axes of images in torch, after batch and channels. */
function checkContinued(where: string, mode: PadMode, padding: readonly unknown[], shape: readonly number[]): void {
  // anything else is refused by the operator
  if (padding.length % 2 !== 0 || !padding.every(isInteger)) return;
  const pairs = padding.length / 2;
  if (pairs >= 1 && pairs <= 3 && (shape.length === pairs + 1 || shape.length === pairs + 2)) return;
  throw wrongValue(
    where,
    `mode '${mode}' pads the last 1 to 3 axes, after one or two others, got ${pairs} pairs for shape ${show(shape)}`,
  );
}
