import {
  checkChoice,
  checkInteger,
  checkList,
  checkOptions,
  countOf,
  show,
  type TensorLike,
  wrongType,
  wrongValue,
} from "../check.ts";
import { div, sub } from "../functional/arithmetic.ts";
import { permute } from "../functional/movement.ts";
import { checkValues } from "../functional/promotion.ts";
import { pixelsToPlanesOperator, planesToPixelsOperator } from "../operators/pixels.ts";
import { applyOne } from "../planning/evaluate.ts";
import { Tensor } from "../tensor.ts";
import { type Interleaved, interleaved, type PixelSource, readPlanes } from "./source.ts";

/** Options of {@link fromPixels}. */
export interface FromPixelsOptions<D extends "float32" | "uint8" = "float32" | "uint8"> {
  /** of the tensor: 1 for luma, 3 for red, green and blue, 4 for alpha besides; default 3 */
  channels?: 1 | 3 | 4;
  /** 'float32' from 0 to 1, or 'uint8', the bytes themselves; default 'float32' */
  dtype?: D;
  /** of the tensor: 'chw' as in PyTorch, 'hwc' as TensorFlow's networks have it; default 'chw' */
  layout?: "chw" | "hwc";
}

/** Options of {@link toPixels}. */
export interface ToPixelsOptions {
  /** of the picture; default 4, as ImageData has */
  channels?: 1 | 3 | 4;
  /** of the tensor; default 'chw' */
  layout?: "chw" | "hwc";
}

/** A picture that this library made: interleaved bytes. `new ImageData(data, width, height)` takes one of four channels. */
export interface Picture {
  readonly data: Uint8ClampedArray<ArrayBuffer>;
  readonly width: number;
  readonly height: number;
}

const CHANNELS = [1, 3, 4] as const;
const LAYOUTS = ["chw", "hwc"] as const;

function checkChannels(where: string, channels: unknown): 1 | 3 | 4 {
  const count = checkInteger(where, "channels", channels, 1);
  if (!(CHANNELS as readonly number[]).includes(count)) {
    throw wrongValue(where, `channels must be 1, 3 or 4, got ${count}`);
  }
  return count as 1 | 3 | 4;
}

/**
 * A picture as a tensor: torchvision.transforms.ToTensor, or PILToTensor for dtype 'uint8'. Alpha is dropped where 3 channels
 * are wanted, grey repeated; 1 channel is the luma that PIL's `convert("L")` gives.
 *
 * What is not bytes already is drawn on a canvas: pixels that are partly transparent lose precision by that, and pictures of
 * other sites are refused by the browser unless they were loaded with CORS.
 *
 * @param source ImageData, `{ data, width, height }` with 1, 3 or 4 bytes for each pixel, a canvas, an ImageBitmap, a
 *   VideoFrame, an image or a video; a VideoFrame or ImageBitmap stays open
 * @param options channels 3, dtype 'float32', layout 'chw'
 * @returns (channels, height, width), or (height, width, channels) for layout 'hwc'
 * @throws TypeError for something else, and for options of the wrong kind; RangeError for bytes that do not fit the size
 */
export function fromPixels<D extends "float32" | "uint8" = "float32">(
  source: PixelSource,
  options?: FromPixelsOptions<D>,
): Tensor<D> {
  const where = "fromPixels";
  const o = checkOptions<FromPixelsOptions>(where, options, ["channels", "dtype", "layout"]);
  const planes = checkChannels(where, o.channels ?? 3);
  const dtype = checkChoice(where, "dtype", o.dtype ?? "float32", ["float32", "uint8"]);
  const layout = checkChoice(where, "layout", o.layout ?? "chw", LAYOUTS);
  const read = readPlanes(where, source);
  const { width, height } = read;
  // planes that stay planes are a grey picture of that many times the height
  const stays = read.planar && (planes === read.channels || (planes === 3 && read.channels === 4));
  const picture = stays
    ? { data: read.data.subarray(0, planes * width * height), height: planes * height, channels: 1 }
    : interleaved(read);
  const operand = {
    dtype: "uint8" as const,
    shape: [picture.height, width, picture.channels],
    data: picture.data,
  };
  const made = applyOne<{ planes: 1 | 3 | 4; dtype: "float32" | "uint8" }, D>(
    where,
    pixelsToPlanesOperator,
    [operand],
    { planes: stays ? 1 : planes, dtype },
  );
  const tensor = stays ? new Tensor<D>(made.data as never, [planes, height, width], dtype as D) : made;
  return layout === "chw" ? tensor : permute(tensor, [1, 2, 0]);
}

/**
 * A tensor as a picture, rounded as torchvision.utils.save_image does: 0 to 1 become 0 to 255, what is beyond is limited,
 * NaN is 0. uint8 stays as it is.
 *
 * @param input float32 or uint8, (C, H, W), or (1, C, H, W), with 1, 3 or 4 channels; channels last with layout 'hwc'
 * @param options channels 4, layout 'chw'
 * @returns the picture; one without alpha is opaque, one channel makes three equal ones
 * @throws TypeError for another argument; RangeError for another shape, a batch of several, and 1 channel of more
 */
export function toPixels(input: TensorLike | Tensor<"uint8">, options?: ToPixelsOptions): Picture {
  const where = "toPixels";
  const o = checkOptions(where, options, ["channels", "layout"]);
  const channels = checkChannels(where, o.channels ?? 4);
  const layout = checkChoice(where, "layout", o.layout ?? "chw", LAYOUTS);
  const given = checkValues(where, "input", input);
  if (given.dtype !== "float32" && given.dtype !== "uint8") {
    throw wrongType(where, `input must be of dtype 'float32' or 'uint8', got '${given.dtype}'`);
  }
  const { shape } = given;
  const batch = shape.length - 3;
  const sides = shape.slice(-3);
  const planes = sides[layout === "chw" ? 0 : 2];
  const isPicture = (batch === 0 || (batch === 1 && shape[0] === 1)) && countOf(sides) > 0;
  if (!isPicture || !(CHANNELS as readonly (number | undefined)[]).includes(planes)) {
    const expected = layout === "chw" ? "(C, H, W)" : "(H, W, C)";
    throw wrongValue(where, `input must be one picture, ${expected} with 1, 3 or 4 channels, got shape ${show(shape)}`);
  }
  if (channels === 1 && planes !== 1) {
    throw wrongValue(where, `channels 1 needs an input of 1 channel, got shape ${show(shape)}`);
  }
  const single = new Tensor(given.data as never, sides, given.dtype as "float32");
  const operand = layout === "chw" ? single : permute(single, [2, 0, 1]);
  const { data, shape: made } = applyOne<{ channels: 1 | 3 | 4 }, "uint8">(where, planesToPixelsOperator, [operand], {
    channels,
  });
  return pictureOf({ data: data as Uint8Array, width: made[1]!, height: made[0]! });
}

/** Bytes as ImageData has them. */
export function pictureOf({ data, width, height }: Pick<Interleaved, "data" | "width" | "height">): Picture {
  const { buffer, byteOffset, length } = data as Uint8Array<ArrayBuffer>;
  return { data: new Uint8ClampedArray(buffer, byteOffset, length), width, height };
}

/**
 * (input - mean) / std for each channel: torchvision.transforms.Normalize, to the bit.
 *
 * @param input (..., C, H, W)
 * @param mean one for each channel, or one for all
 * @param std like mean; not 0
 * @returns a tensor of the input's shape
 * @throws TypeError, RangeError for another number of channels, and for a std of 0
 */
export function normalize(
  input: TensorLike,
  mean: number | readonly number[],
  std: number | readonly number[],
): Tensor {
  const where = "normalize";
  const { shape } = checkValues(where, "input", input);
  if (shape.length < 3) throw wrongValue(where, `input must be (..., C, H, W), got shape ${show(shape)}`);
  const channels = shape.at(-3)!;
  const perChannel = (name: string, value: unknown): Tensor => {
    const list = typeof value === "number" ? [value] : checkList(where, name, value);
    for (const each of list) {
      if (typeof each !== "number") throw wrongType(where, `${name} must be numbers, got ${show(value)}`);
      if (!Number.isFinite(each)) throw wrongValue(where, `${name} must be finite, got ${show(value)}`);
      if (name === "std" && Math.fround(each) === 0) throw wrongValue(where, `std must not be 0, got ${show(value)}`);
    }
    if (list.length !== 1 && list.length !== channels) {
      throw wrongValue(where, `${name} must have 1 or ${channels} numbers, one for each channel, got ${show(value)}`);
    }
    return new Tensor(Float32Array.from(list as number[]), [list.length, 1, 1]);
  };
  const [means, deviations] = [perChannel("mean", mean), perChannel("std", std)];
  return div(sub(input, means), deviations);
}
