import {
  checkChoice,
  checkImages,
  checkList,
  checkOptions,
  checkSize,
  checkTensor,
  type Pair,
  show,
  type TensorLike,
  wrongType,
  wrongValue,
} from "../check.ts";
import { type InterpolateAttributes, interpolateOperator, RESIZE_MODES } from "../operators/resize.ts";
import { applyOne } from "../planning/evaluate.ts";
import type { Tensor } from "../tensor.ts";

/** Options of {@link interpolate}: `size` or `scaleFactor`. */
export interface InterpolateOptions {
  /** height and width of the result */
  size?: Pair;
  /** factor of height and width, rounded down */
  scaleFactor?: Pair;
  /** default 'nearest' */
  mode?: (typeof RESIZE_MODES)[number];
  /** for 'bilinear': whether the corner pixels of input and result coincide; default false */
  alignCorners?: boolean;
}

/**
 * An image in another size (torch.nn.functional.interpolate). As in torch, a scaleFactor is used for the coordinates as it
 * is, even where the result's size had to be rounded.
 *
 * @param input (N, C, H, W), or (C, H, W) without a batch; N may be 0
 * @param options size or scaleFactor; mode 'nearest', alignCorners false
 * @returns (N, C, H', W'), or (C, H', W')
 * @throws TypeError for an argument of the wrong kind, for both or neither of size and scaleFactor, for alignCorners with
 *   'nearest'; RangeError for a wrong value or shape, and for an empty result
 */
export function interpolate(input: TensorLike, options: InterpolateOptions): Tensor {
  const where = "interpolate";
  const x = checkTensor(where, "input", input);
  const { height, width } = checkImages(where, x.shape);
  const o = checkOptions(where, options, ["size", "scaleFactor", "mode", "alignCorners"]);
  if ((o.size === undefined) === (o.scaleFactor === undefined)) {
    throw wrongType(
      where,
      `options must have either size or scaleFactor, got ${o.size === undefined ? "neither" : "both"}`,
    );
  }
  const mode = checkChoice(where, "mode", o.mode ?? "nearest", RESIZE_MODES);
  if (o.alignCorners !== undefined) {
    if (typeof o.alignCorners !== "boolean") {
      throw wrongType(where, `alignCorners must be true or false, got ${show(o.alignCorners)}`);
    }
    if (mode !== "bilinear") throw wrongType(where, `alignCorners needs mode 'bilinear', got mode '${mode}'`);
  }
  const corners = o.alignCorners ? "align_corners" : "half_pixel";
  const rule =
    mode === "nearest"
      ? ({ mode, coordinates: "asymmetric", nearest: "floor" } as const)
      : ({ mode, coordinates: corners } as const);
  return applyOne(where, interpolateOperator, [x], { ...sizesOf(where, [height, width], o), ...rule });
}

function sizesOf(
  where: string,
  lengths: readonly [number, number],
  { size, scaleFactor, mode }: InterpolateOptions,
): Pick<InterpolateAttributes, "size" | "scales"> {
  if (size !== undefined) return { size: checkSize(where, "size", size, 2, 1), scales: [null, null] };
  const factors = Array.isArray(scaleFactor)
    ? checkList(where, "scaleFactor", scaleFactor)
    : [scaleFactor, scaleFactor];
  if (factors.length !== 2) throw wrongValue(where, `scaleFactor must have 2 numbers, got ${show(scaleFactor)}`);
  const scales = factors.map((factor) => {
    if (typeof factor !== "number") {
      throw wrongType(where, `scaleFactor must be a number or an array of 2 numbers, got ${show(scaleFactor)}`);
    }
    if (!(factor > 0 && factor < Infinity)) {
      throw wrongValue(where, `scaleFactor must be finite and positive, got ${show(scaleFactor)}`);
    }
    return factor;
  });
  const sizes = lengths.map((length, i) => Math.floor(length * scales[i]!));
  if (sizes.includes(0)) {
    throw wrongValue(where, `scaleFactor ${show(scaleFactor)} leaves nothing of ${lengths[0]} x ${lengths[1]}`);
  }
  // torch copies an axis whose length does not change, whatever the factor, but only in this mode
  const copied = (i: number) => mode === "bilinear" && sizes[i] === lengths[i];
  return { size: sizes, scales: scales.map((scale, i) => (copied(i) ? null : scale)) };
}
