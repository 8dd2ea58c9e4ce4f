import {
  checkAxes,
  checkBoolean,
  checkInteger,
  checkNumber,
  checkOptions,
  type Pair,
  show,
  type TensorLike,
  wrongType,
  wrongValue,
} from "../check.ts";
import { interpolate } from "../functional/interpolate.ts";
import { round } from "../functional/math.ts";
import { narrow } from "../functional/movement.ts";
import { pad } from "../functional/pad.ts";
import { asTensor, checkValues } from "../functional/promotion.ts";
import { roundToEven } from "../half.ts";
import { type Box, resizePixelsOperator } from "../operators/pixels.ts";
import { type ResampleAttributes, resampleOperator } from "../operators/resample.ts";
import { applyOne } from "../planning/evaluate.ts";
import type { Tensor } from "../tensor.ts";
import { type Picture, pictureOf } from "./convert.ts";
import { type Interleaved, type PixelSource, readPixels } from "./source.ts";

/** Options of {@link resize}. */
export interface ResizeOptions {
  /** for a size that is one number: the most that the longer side may become; default none */
  maxSize?: number;
  /** for tensors: whether a picture that shrinks is smoothed as far as it shrinks; default true */
  antialias?: boolean;
}

/** Options of {@link letterbox}. */
export interface LetterboxOptions {
  /** value around the picture: of bytes from 0 to 255, of floats of any kind; default 114, or 114 / 255 for floats */
  fill?: number;
  /** whether a picture that is smaller is enlarged; default true */
  enlarge?: boolean;
  /** as of {@link resize} */
  antialias?: boolean;
}

/** What {@link letterbox} gives. A place (x, y) of it is ((x - left) / scaleX, (y - top) / scaleY) of the picture. */
export interface Letterbox<T> {
  readonly image: T;
  /** columns before the picture */
  readonly left: number;
  /** rows before the picture */
  readonly top: number;
  readonly scaleX: number;
  readonly scaleY: number;
}

const isTensor = (value: unknown): value is TensorLike | Tensor<"uint8"> =>
  typeof value === "object" && value !== null && ("shape" in value || "dims" in value);

/**
 * A picture in another size: torchvision.transforms.Resize with bilinear interpolation.
 *
 * Pictures in bytes become what torchvision makes of PIL images, to the bit: always smoothed where they shrink, in whole
 * numbers, rounded to bytes between the two axes; colours are not weighed by alpha. Tensors become what it makes of tensors: floats by
 * `torch.nn.functional.interpolate`, with antialias (its default since 0.17) or without; uint8 by way of float32, rounded.
 *
 * @param input pixels as {@link fromPixels} takes them, or a tensor (C, H, W) or (N, C, H, W), float32 or uint8
 * @param size length of the shorter side, with the longer one in proportion, or [height, width]
 * @param options maxSize none, antialias true
 * @returns pixels (interleaved, with the channels of the input), or a tensor
 * @throws TypeError for an argument of the wrong kind, for antialias with pixels and maxSize with two lengths; RangeError for
 *   lengths below 1, for a maxSize that is not above the size, and where memory does not suffice
 */
export function resize(input: PixelSource, size: Pair, options?: ResizeOptions): Picture;
export function resize(input: Tensor<"uint8">, size: Pair, options?: ResizeOptions): Tensor<"uint8">;
export function resize(input: TensorLike, size: Pair, options?: ResizeOptions): Tensor;
export function resize(
  input: PixelSource | TensorLike | Tensor<"uint8">,
  size: Pair,
  options?: ResizeOptions,
): Picture | Tensor | Tensor<"uint8"> {
  const where = "resize";
  const { maxSize, antialias } = checkOptions(where, options, ["maxSize", "antialias"]);
  if (antialias !== undefined) checkBoolean(where, "antialias", antialias);
  const target = checkSize(where, size, maxSize);
  if (isTensor(input)) {
    const image = checkImage(where, input);
    return resizedTensor(where, image, target(image.height, image.width), antialias ?? true);
  }
  const picture = readPixels(where, input);
  refuseAntialias(where, antialias);
  return pictureOf(resizedPixels(where, picture, target(picture.height, picture.width)));
}

function refuseAntialias(where: string, antialias: boolean | undefined): void {
  if (antialias === undefined) return;
  throw wrongType(where, "antialias goes with tensors: pixels are always smoothed, as torchvision smooths PIL images");
}

type Sides = readonly [height: number, width: number];

/** Height and width of a result, for those of a picture. */
function checkSize(where: string, size: unknown, maxSize: unknown): (height: number, width: number) => Sides {
  if (typeof size !== "number") {
    if (maxSize !== undefined) throw wrongType(where, "maxSize goes with a size that is one number");
    const sides = checkAxes(where, "size", size, 2, 1) as Sides;
    return () => sides;
  }
  const length = checkInteger(where, "size", size, 1);
  const most = maxSize === undefined ? Infinity : checkInteger(where, "maxSize", maxSize, 1);
  if (most <= length) throw wrongValue(where, `maxSize must be more than the size, ${length}, got ${most}`);
  return (height, width) => shorterTo(length, most, height, width);
}

/** Sides in proportion, of which the shorter has this length and the longer at most another. */
export function shorterTo(length: number, most: number, height: number, width: number): Sides {
  let shorter = length;
  let longer = Math.trunc((length * Math.max(height, width)) / Math.min(height, width));
  if (longer > most) [shorter, longer] = [Math.max(Math.trunc((most * shorter) / longer), 1), most];
  return width <= height ? [longer, shorter] : [shorter, longer];
}

/** @param box the part of the result that is wanted; default all of it */
export function resizedPixels(
  where: string,
  { data, width, height, channels }: Interleaved,
  [toHeight, toWidth]: Sides,
  box: Box = { top: 0, left: 0, height: toHeight, width: toWidth },
): Interleaved {
  const operand = { dtype: "uint8" as const, shape: [height, width, channels], data };
  const attributes = { height: toHeight, width: toWidth, box };
  const made = applyOne<typeof attributes, "uint8">(where, resizePixelsOperator, [operand], attributes);
  return { data: made.data as Uint8Array, width: box.width, height: box.height, channels };
}

/** A tensor whose last axes are a picture's. */
interface Image {
  readonly tensor: Tensor | Tensor<"uint8">;
  readonly height: number;
  readonly width: number;
}

function checkImage(where: string, input: unknown): Image {
  const x = checkValues(where, "input", input);
  const { dtype, shape } = x;
  if (dtype !== "float32" && dtype !== "uint8") {
    throw wrongType(where, `input must be of dtype 'float32' or 'uint8', got '${dtype}'`);
  }
  const [height = 0, width = 0] = shape.slice(-2);
  if ((shape.length !== 3 && shape.length !== 4) || height === 0 || width === 0) {
    throw wrongValue(where, `input must be (C, H, W) or (N, C, H, W) with pixels, got shape ${show(shape)}`);
  }
  return { tensor: asTensor(x) as Tensor, height, width };
}

const isBytes = (tensor: Tensor | Tensor<"uint8">): tensor is Tensor<"uint8"> => tensor.dtype === "uint8";

function resizedTensor(where: string, image: Image, size: Sides, antialias: boolean): Tensor | Tensor<"uint8"> {
  const { tensor, height, width } = image;
  if (size[0] === height && size[1] === width) return tensor;
  if (isBytes(tensor)) {
    const floats = resizedTensor(where, { ...image, tensor: tensor.to("float32") }, size, antialias);
    return round(floats as Tensor).to("uint8");
  }
  if (!antialias) {
    const batch = tensor.reshape([-1, ...tensor.shape.slice(-3)]);
    return interpolate(batch, { size, mode: "bilinear" }).reshape([...tensor.shape.slice(0, -2), ...size]);
  }
  const axes = tensor.shape.map((_, axis) => {
    const last = axis - tensor.rank + 2;
    return last < 0 ? null : { out: size[last]!, scale: null };
  });
  const antialiased: ResampleAttributes = {
    axes,
    mode: "linear",
    coordinates: "half_pixel",
    antialias,
    // as torch weighs them, other than ONNX
    excludeOutside: true,
  };
  return applyOne<ResampleAttributes>(where, resampleOperator, [tensor], antialiased);
}

/** Of a picture of height and width, what torchvision.transforms.CenterCrop((rows, columns)) leaves; not more than there is. */
export const centerBox = (height: number, width: number, rows: number, columns: number): Box => ({
  top: roundToEven((height - rows) / 2),
  left: roundToEven((width - columns) / 2),
  height: rows,
  width: columns,
});

/**
 * The centre of a picture: torchvision.transforms.CenterCrop. A picture that is smaller gets zeros around it.
 *
 * @param input pixels as {@link fromPixels} takes them, or a tensor (C, H, W) or (N, C, H, W), float32 or uint8
 * @param size one length for both sides, or [height, width]
 * @returns pixels (interleaved, with the channels of the input), or a tensor
 * @throws TypeError for an argument of the wrong kind; RangeError for lengths below 1
 */
export function centerCrop(input: PixelSource, size: Pair): Picture;
export function centerCrop(input: Tensor<"uint8">, size: Pair): Tensor<"uint8">;
export function centerCrop(input: TensorLike, size: Pair): Tensor;
export function centerCrop(
  input: PixelSource | TensorLike | Tensor<"uint8">,
  size: Pair,
): Picture | Tensor | Tensor<"uint8"> {
  const where = "centerCrop";
  const [rows, columns] = checkAxes(where, "size", size, 2, 1) as Sides;
  const placed = (height: number, width: number): Placed => {
    const before = (given: number, wanted: number) => Math.max(Math.floor((wanted - given) / 2), 0);
    const [top, left] = [before(height, rows), before(width, columns)];
    // what is cut from a picture that was made as large as needed
    const box = centerBox(Math.max(height, rows), Math.max(width, columns), rows, columns);
    return { top: top - box.top, left: left - box.left, height: rows, width: columns, fill: 0 };
  };
  if (isTensor(input)) {
    const image = checkImage(where, input);
    return placedTensor(image, placed(image.height, image.width));
  }
  const picture = readPixels(where, input);
  return pictureOf(placedPixels(picture, placed(picture.height, picture.width)));
}

/** Where a picture lies in a frame of height and width: rows and columns before it are negative where they are cut off. */
interface Placed {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
  /** value of what the picture does not cover */
  readonly fill: number;
}

function placedPixels(picture: Interleaved, { top, left, height, width, fill }: Placed): Interleaved {
  const { data, channels } = picture;
  const result = new Uint8Array(height * width * channels).fill(fill);
  const first = Math.max(-left, 0);
  const end = Math.min(picture.width, width - left);
  for (let y = Math.max(-top, 0); y < Math.min(picture.height, height - top); ++y) {
    const read = y * picture.width;
    const write = (y + top) * width + left;
    result.set(data.subarray((read + first) * channels, (read + end) * channels), (write + first) * channels);
  }
  return { data: result, width, height, channels };
}

function placedTensor(image: Image, placed: Placed): Tensor | Tensor<"uint8"> {
  const { tensor } = image;
  const { top, left, height, width, fill } = placed;
  const after = (before: number, given: number, all: number) => all - before - given;
  const padding = [left, after(left, image.width, width), top, after(top, image.height, height)];
  if (padding.every((each) => each === 0)) return tensor;
  if (!isBytes(tensor)) return pad(tensor, padding, { value: fill });
  if (padding.every((each) => each <= 0)) {
    return narrow<"uint8">(narrow<"uint8">(tensor, -2, -top, height), -1, -left, width);
  }
  return pad(tensor.to("float32"), padding, { value: fill }).to("uint8");
}

/** The grey around pictures with which YOLO's networks were trained. */
const GREY = 114;

/**
 * A picture in a frame, in proportion: as large as fits, in the middle, with one value around it, as detectors take them
 * (LetterBox of ultralytics, but for the way of resizing, which is that of {@link resize}).
 *
 * @param input pixels as {@link fromPixels} takes them, or a tensor (C, H, W) or (N, C, H, W), float32 or uint8
 * @param size of the frame: one length for both sides, or [height, width]
 * @param options fill 114 (of 255), enlarge true, antialias true
 * @returns image, pixels or a tensor, and the numbers by which a place in it is one of the picture:
 *   x = (x' - left) / scaleX, y = (y' - top) / scaleY
 * @throws TypeError for an argument of the wrong kind, and for antialias with pixels; RangeError for lengths below 1, and for a
 *   fill that bytes cannot have
 */
export function letterbox(input: PixelSource, size: Pair, options?: LetterboxOptions): Letterbox<Picture>;
export function letterbox(input: Tensor<"uint8">, size: Pair, options?: LetterboxOptions): Letterbox<Tensor<"uint8">>;
export function letterbox(input: TensorLike, size: Pair, options?: LetterboxOptions): Letterbox<Tensor>;
export function letterbox(
  input: PixelSource | TensorLike | Tensor<"uint8">,
  size: Pair,
  options?: LetterboxOptions,
): Letterbox<Picture | Tensor | Tensor<"uint8">> {
  const where = "letterbox";
  const [rows, columns] = checkAxes(where, "size", size, 2, 1) as Sides;
  const o = checkOptions(where, options, ["fill", "enlarge", "antialias"]);
  const enlarge = checkBoolean(where, "enlarge", o.enlarge ?? true);
  if (o.antialias !== undefined) checkBoolean(where, "antialias", o.antialias);
  const framed = (height: number, width: number, fill: number) => {
    const scale = Math.min(rows / height, columns / width, enlarge ? Infinity : 1);
    const inner: Sides = [Math.max(roundToEven(height * scale), 1), Math.max(roundToEven(width * scale), 1)];
    const [top, left] = [Math.floor((rows - inner[0]) / 2), Math.floor((columns - inner[1]) / 2)];
    const undo = { left, top, scaleX: inner[1] / width, scaleY: inner[0] / height };
    return { inner, undo, placed: { top, left, height: rows, width: columns, fill } };
  };
  if (isTensor(input)) {
    const image = checkImage(where, input);
    const fill = isBytes(image.tensor) ? checkByte(where, o.fill) : checkNumber(where, "fill", o.fill ?? GREY / 255);
    const { inner, undo, placed } = framed(image.height, image.width, fill);
    const tensor = resizedTensor(where, image, inner, o.antialias ?? true);
    return { image: placedTensor({ tensor, height: inner[0], width: inner[1] }, placed), ...undo };
  }
  const picture = readPixels(where, input);
  refuseAntialias(where, o.antialias);
  const { inner, undo, placed } = framed(picture.height, picture.width, checkByte(where, o.fill));
  return { image: pictureOf(placedPixels(resizedPixels(where, picture, inner), placed)), ...undo };
}

function checkByte(where: string, fill: number | undefined): number {
  const value = checkInteger(where, "fill", fill ?? GREY, 0);
  if (value > 255) throw wrongValue(where, `fill must be at most 255 for bytes, got ${value}`);
  return value;
}
