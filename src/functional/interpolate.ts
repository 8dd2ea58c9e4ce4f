import {
  checkBoolean,
  checkChoice,
  checkList,
  checkOptions,
  checkSize,
  checkTensor,
  show,
  type TensorLike,
  type Triple,
  wrongType,
  wrongValue,
} from "../check.ts";
import { type ResampleAttributes, type ResampledAxis, resampleOperator } from "../operators/resample.ts";
import { applyOne } from "../planning/evaluate.ts";
import type { Tensor } from "../tensor.ts";

const MODES = ["nearest", "nearest-exact", "linear", "bilinear", "bicubic", "trilinear", "area"] as const;
type Mode = (typeof MODES)[number];

/** One number for all axes, or one for each. */
type Lengths = Triple | readonly [number] | readonly [number, number];

/** Options of {@link interpolate}: `size` or `scaleFactor`. */
export interface InterpolateOptions {
  /** lengths of the result after batch and channels, or one number for all */
  size?: Lengths;
  /** factor of each of them, rounded down, or one number for all */
  scaleFactor?: Lengths;
  /** 'linear' is for signals, 'bilinear' and 'bicubic' for images, 'trilinear' for volumes; default 'nearest' */
  mode?: Mode;
  /** for 'linear', 'bilinear', 'bicubic' and 'trilinear': whether the corners of input and result coincide; default false */
  alignCorners?: boolean;
  /** whether the lengths of the result decide on the coordinates, and not scaleFactor; default false */
  recomputeScaleFactor?: boolean;
  /** for 'bilinear' and 'bicubic': whether an image that shrinks is smoothed as far as it shrinks; default false */
  antialias?: boolean;
}

const OPTIONS = ["size", "scaleFactor", "mode", "alignCorners", "recomputeScaleFactor", "antialias"] as const;

/** How many axes after batch and channels a mode is for; any number where none is given. */
const AXES: Readonly<Partial<Record<Mode, number>>> = { linear: 1, bilinear: 2, bicubic: 2, trilinear: 3 };

/**
 * A signal, an image or a volume in another size (torch.nn.functional.interpolate). As in torch, a scaleFactor is used for the
 * coordinates as it is, even where the result's size had to be rounded.
 *
 * @param input (N, C, L), (N, C, H, W) or (N, C, D, H, W); N may be 0
 * @param options size or scaleFactor; mode 'nearest', alignCorners false, recomputeScaleFactor false, antialias false
 * @returns (N, C, L'), (N, C, H', W') or (N, C, D', H', W')
 * @throws TypeError for an argument of the wrong kind, for both or neither of size and scaleFactor, for options that the mode does
 *   not have; RangeError for a wrong value or shape, a mode for another number of axes, and for an empty result
 */
export function interpolate(input: TensorLike, options: InterpolateOptions): Tensor {
  const where = "interpolate";
  const x = checkTensor(where, "input", input);
  const o = checkInterpolation(where, options);
  const { mode = "nearest", alignCorners = false, antialias = false } = o;
  const lengths = x.shape.slice(2);
  if (lengths.length < 1 || lengths.length > 3) {
    throw wrongValue(where, `input must be (N, C, L), (N, C, H, W) or (N, C, D, H, W), got shape ${show(x.shape)}`);
  }
  if ((AXES[mode] ?? lengths.length) !== lengths.length) {
    throw wrongValue(where, `mode '${mode}' needs ${AXES[mode]! + 2} axes, got shape ${show(x.shape)}`);
  }
  if (x.shape.slice(1).includes(0)) {
    throw wrongValue(where, `input must not have axes of length 0 other than the batch, got shape ${show(x.shape)}`);
  }
  const attributes = { ...rulesOf(mode, alignCorners, antialias), axes: [null, null, ...axesOf(where, lengths, o)] };
  return applyOne(where, resampleOperator, [x], attributes);
}

/** Checks everything that does not depend on the input. */
export function checkInterpolation(where: string, options: InterpolateOptions): InterpolateOptions {
  const o = checkOptions(where, options, OPTIONS);
  if ((o.size === undefined) === (o.scaleFactor === undefined)) {
    const got = o.size === undefined ? "neither" : "both";
    throw wrongType(where, `options must have either size or scaleFactor, got ${got}`);
  }
  const mode = checkChoice(where, "mode", o.mode ?? "nearest", MODES);
  for (const name of ["alignCorners", "recomputeScaleFactor", "antialias"] as const) {
    if (o[name] !== undefined) checkBoolean(where, name, o[name]);
  }
  if (o.alignCorners !== undefined && AXES[mode] === undefined) {
    throw wrongType(
      where,
      `alignCorners needs mode 'linear', 'bilinear', 'bicubic' or 'trilinear', got mode '${mode}'`,
    );
  }
  if (o.antialias && mode !== "bilinear" && mode !== "bicubic") {
    throw wrongType(where, `antialias needs mode 'bilinear' or 'bicubic', got mode '${mode}'`);
  }
  if (o.antialias && o.alignCorners) throw wrongType(where, "antialias and alignCorners exclude each other");
  if (o.recomputeScaleFactor && o.size !== undefined) {
    throw wrongType(where, "recomputeScaleFactor needs scaleFactor, got size");
  }
  return o;
}

function rulesOf(mode: Mode, alignCorners: boolean, antialias: boolean): Omit<ResampleAttributes, "axes"> {
  if (mode === "nearest") return { mode, coordinates: "asymmetric", nearest: "floor" };
  if (mode === "nearest-exact") return { mode: "nearest", coordinates: "tf_half_pixel_for_nn", nearest: "floor" };
  if (mode === "area") return { mode, coordinates: "half_pixel" };
  const coordinates = alignCorners ? "align_corners" : "half_pixel";
  if (mode !== "bicubic") return { mode: "linear", coordinates, antialias, excludeOutside: antialias };
  // torch smooths by another cubic, that of Pillow
  return { mode: "cubic", coordinates, antialias, excludeOutside: antialias, cubic: antialias ? -0.5 : -0.75 };
}

function axesOf(
  where: string,
  lengths: readonly number[],
  { size, scaleFactor, mode = "nearest", recomputeScaleFactor = false, antialias = false }: InterpolateOptions,
): readonly ResampledAxis[] {
  const axes = lengths.length;
  if (size !== undefined) return checkSize(where, "size", size, axes, 1).map((out) => ({ out, scale: null }));
  const factors: readonly unknown[] = Array.isArray(scaleFactor)
    ? checkList(where, "scaleFactor", scaleFactor)
    : Array<unknown>(axes).fill(scaleFactor);
  if (factors.length !== axes) {
    throw wrongValue(where, `scaleFactor must have ${axes} numbers, got ${show(scaleFactor)}`);
  }
  return factors.map((factor, i) => {
    if (typeof factor !== "number") {
      throw wrongType(where, `scaleFactor must be a number or an array of ${axes} numbers, got ${show(scaleFactor)}`);
    }
    if (!(factor > 0 && factor < Infinity)) {
      throw wrongValue(where, `scaleFactor must be finite and positive, got ${show(scaleFactor)}`);
    }
    const out = Math.floor(lengths[i]! * factor);
    if (out === 0) throw wrongValue(where, `scaleFactor ${show(scaleFactor)} leaves nothing of ${lengths.join(" x ")}`);
    // torch copies an axis whose length does not change, whatever the factor, but only in these modes
    const copied = mode.endsWith("linear") && !antialias && out === lengths[i];
    return { out, scale: copied || recomputeScaleFactor ? null : factor };
  });
}
