import {
  checkChoice,
  checkOptions,
  checkTensor,
  countOf,
  isInteger,
  show,
  type TensorLike,
  wrongType,
  wrongValue,
} from "../check.ts";
import { paddingFault, sourceIndex } from "../conv/padding.ts";
import { newData, Tensor } from "../tensor.ts";

/** Options of {@link pad}. */
export interface PadOptions {
  /** where the values outside the image come from; default 'constant' */
  mode?: "constant" | "reflect" | "replicate" | "circular";
  /** what 'constant' writes; default 0 */
  value?: number;
}

const MODES = ["constant", "reflect", "replicate", "circular"] as const;

/**
 * Pads, or crops where a number is negative (torch.nn.functional.pad).
 *
 * @param input any shape for 'constant'; (N, C, ...) or (C, ...) with 1 to 3 padded axes for the other modes
 * @param padding [before, after] of the last axis, then of the one before it, and so on
 * @param options mode 'constant', value 0
 * @returns every padded axis longer by its pair, or shorter
 * @throws TypeError for an argument of the wrong kind; RangeError for an odd number of values, more pairs than axes, reflect padding not smaller than the axis,
 *   circular padding larger than it, a result without values
 */
export function pad(input: TensorLike, padding: readonly number[], options?: PadOptions): Tensor {
  const where = "pad";
  const x = checkTensor(where, "input", input);
  const o = checkOptions(where, options, ["mode", "value"]);
  const mode = checkChoice(where, "mode", o.mode ?? "constant", MODES);
  const value = o.value ?? 0;
  if (typeof value !== "number") throw wrongType(where, `value must be a number, got ${show(value)}`);
  if (mode !== "constant" && value !== 0)
    throw wrongValue(where, `value goes with mode 'constant', got ${value} for '${mode}'`);
  checkPadding(where, padding, x.shape, mode);

  const axes = x.shape.map((length, axis) => {
    const pair = 2 * (x.shape.length - 1 - axis);
    return checkAxis(where, mode, axis, length, padding[pair] ?? 0, padding[pair + 1] ?? 0);
  });
  const shape = axes.map((axis) => axis.out);
  const data = newData(where, shape);
  const maps = axes.map((axis) => axisMap(mode, axis));
  let to = 0;
  const copy = (axis: number, offset: number): void => {
    const map = maps[axis];
    if (map === undefined) data[to++] = offset < 0 ? value : x.data[offset]!;
    else for (const index of map) copy(axis + 1, offset < 0 || index < 0 ? -1 : offset * x.shape[axis]! + index);
  };
  copy(0, 0);
  return new Tensor(data, shape);
}

function checkPadding(where: string, padding: unknown, shape: readonly number[], mode: string): void {
  if (!Array.isArray(padding)) throw wrongType(where, `padding must be an array of numbers, got ${show(padding)}`);
  for (const each of padding) {
    if (typeof each !== "number") throw wrongType(where, `padding must hold numbers, got ${show(padding)}`);
    if (!isInteger(each)) throw wrongValue(where, `padding must hold whole numbers, got ${show(padding)}`);
  }
  const pairs = padding.length / 2;
  if (!isInteger(pairs)) {
    throw wrongValue(where, `padding must have two numbers for each axis, got ${padding.length} numbers`);
  }
  if (mode === "constant") {
    if (pairs > shape.length) throw wrongValue(where, `padding has ${pairs} pairs, but input has ${shape.length} axes`);
  } else if (pairs < 1 || pairs > 3 || (shape.length !== pairs + 1 && shape.length !== pairs + 2)) {
    throw wrongValue(
      where,
      `mode '${mode}' pads the last 1 to 3 axes behind one or two others, got ${pairs} pairs for shape ${show(shape)}`,
    );
  }
}

interface PaddedAxis {
  readonly length: number;
  readonly before: number;
  readonly after: number;
  readonly out: number;
}

function checkAxis(
  where: string,
  mode: (typeof MODES)[number],
  axis: number,
  length: number,
  before: number,
  after: number,
): PaddedAxis {
  const out = length + before + after;
  if (out < 0 || (out === 0 && length > 0)) {
    throw wrongValue(where, `padding [${before}, ${after}] leaves nothing of the ${length} values of axis ${axis}`);
  }
  // torch continues a cropped axis circularly from what is left of it
  const left = mode === "circular" ? length + Math.min(before, 0) + Math.min(after, 0) : length;
  const fault = paddingFault(ruleOf(mode), Math.max(before, after), left);
  if (fault !== undefined) throw wrongValue(where, `${fault}, got padding [${before}, ${after}] for axis ${axis}`);
  return { length, before, after, out };
}

const ruleOf = (mode: (typeof MODES)[number]) => (mode === "constant" ? "zeros" : mode);

/** Index of the input under each index of the output along one axis, -1 for the constant. */
function axisMap(mode: (typeof MODES)[number], { length, before, after, out }: PaddedAxis): Int32Array {
  // torch continues a cropped axis circularly from what is left of it
  const cropped =
    mode === "circular" ? { first: Math.max(-before, 0), cut: Math.max(-after, 0) } : { first: 0, cut: 0 };
  const left = length - cropped.first - cropped.cut;
  return Int32Array.from({ length: out }, (_, index) => {
    const source = sourceIndex(ruleOf(mode), index - before - cropped.first, left);
    return source < 0 ? -1 : source + cropped.first;
  });
}

/** Checks that a tensor is one image or a batch of images. */
export function checkImages(
  where: string,
  shape: readonly number[],
): { batch: number; channels: number; height: number; width: number } {
  if (shape.length !== 3 && shape.length !== 4) {
    throw wrongValue(where, `input must be (N, C, H, W) or (C, H, W), got shape ${show(shape)}`);
  }
  const [channels, height, width] = shape.slice(-3) as [number, number, number];
  if (countOf([channels, height, width]) === 0) {
    throw wrongValue(where, `input must not have axes of length 0 other than the batch, got shape ${show(shape)}`);
  }
  return { batch: shape.length === 4 ? shape[0]! : 1, channels, height, width };
}
