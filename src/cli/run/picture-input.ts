import type { DType } from "../../dtype.ts";
import type { GraphInput } from "../../graph/graph.ts";
import { fromPixels, normalize } from "../../image/index.ts";
import { centerBox, resizedPixels, shorterTo } from "../../image/resize.ts";
import type { Interleaved } from "../../image/source.ts";
import { permute, type Tensor } from "../../index.ts";
import { Failure, UsageError } from "../command.ts";
import { decodePicture } from "./picture.ts";
import { checkSides, DEFAULT_MEMORY } from "./sides.ts";

/** How a picture is prepared. */
export interface PictureOptions {
  /** a square that is cut from the centre, or a height and a width that the picture is stretched to */
  readonly size: number | readonly [height: number, width: number] | undefined;
  /** length of the shorter side before the square is cut out */
  readonly resize: number | undefined;
  /** one for each channel, or one for all; undefined: 0 */
  readonly mean: readonly number[] | undefined;
  /** as mean; undefined: 1 */
  readonly std: readonly number[] | undefined;
  /** MB that the whole command may take for decoding; undefined: {@link DEFAULT_MEMORY} */
  readonly memory: number | undefined;
}

/** Ratio of the shorter side to the square, with which torchvision's classifiers were tested: 256 for 224. */
const MARGIN = 256 / 224;

/** How an input takes pictures. */
interface Layout {
  readonly channels: 1 | 3;
  /** (N, H, W, C), as TensorFlow's networks */
  readonly channelsLast: boolean;
  readonly height: number | string | undefined;
  readonly width: number | string | undefined;
}

/**
 * Prepares a picture for an input.
 * @param given its shape, if one was asked for
 * @throws Failure for an unsuitable picture or input, UsageError for unsuitable options
 */
export async function pictureTensor(
  path: string,
  bytes: Uint8Array,
  { dtype, shape: declared }: GraphInput,
  given: readonly number[] | undefined,
  options: PictureOptions,
): Promise<{ readonly tensor: Tensor<DType>; readonly note: string }> {
  if (dtype !== "float32" && dtype !== "uint8") {
    throw new Failure(`${path}: a picture needs an input of float32 or uint8, this one is ${dtype}`);
  }
  const layout = layoutOf(path, declared, given);
  const { mean, std } = options;
  const { channels } = layout;
  checkChannels("--mean", mean, channels);
  checkChannels("--std", std, channels);
  if (dtype === "uint8" && (mean !== undefined || std !== undefined)) {
    throw new UsageError("--mean and --std go with inputs of float32; this one takes the pixels as they are, in uint8");
  }
  const size = sizeOf(options, layout);
  checkTarget(path, size);
  const whole = await decodePicture(path, bytes, channels, options.memory ?? DEFAULT_MEMORY);
  const { picture, note } = fitted(whole, size, options.resize);
  return {
    tensor: tensorOf(picture, dtype, layout, options),
    note: `${path}, ${whole.width}x${whole.height}${note}`,
  };
}

/** As torchvision's ToTensor and Normalize, or PILToTensor for uint8. */
function tensorOf(
  picture: Interleaved,
  dtype: "float32" | "uint8",
  { channels, channelsLast }: Layout,
  { mean, std }: PictureOptions,
): Tensor<DType> {
  let tensor: Tensor<DType> = fromPixels(picture, { channels, dtype });
  if (mean !== undefined || std !== undefined) tensor = normalize(tensor as Tensor, mean ?? 0, std ?? 1);
  if (channelsLast) tensor = permute(tensor, [1, 2, 0]);
  return tensor.reshape([1, ...tensor.shape]);
}

/** Channels are last where only the last axis has as many as a picture. */
function layoutOf(path: string, declared: GraphInput["shape"], given: readonly number[] | undefined): Layout {
  const shape = given ?? declared ?? [1, 3, "height", "width"];
  const text = `[${shape.join(", ")}]`;
  if (shape.length !== 4) {
    throw new Failure(`${path}: a picture needs an input of shape [N, C, H, W] or [N, H, W, C], this one is ${text}`);
  }
  const isColours = (length: number | string | undefined): length is 1 | 3 => length === 1 || length === 3;
  // the file's declaration is more reliable than a shape that was asked for
  const [first, last] = [declared?.[1] ?? shape[1], declared?.[3] ?? shape[3]];
  const channelsLast = !isColours(first) && isColours(last);
  const [, second, third, fourth] = shape;
  const [channels, height, width] = channelsLast ? [fourth, second, third] : [second, third, fourth];
  if (typeof channels === "number" && !isColours(channels)) {
    throw new Failure(`${path}: a picture has 1 or 3 channels, but the input is ${text}`);
  }
  return { channels: channels === 1 ? 1 : 3, channelsLast, height, width };
}

/** The size asked for, otherwise as the model declares it, otherwise undefined for the picture's own. */
function sizeOf({ size }: PictureOptions, { height, width }: Layout): PictureOptions["size"] {
  if (size !== undefined || typeof height !== "number" || typeof width !== "number") return size;
  return height === width ? height : [height, width];
}

/** @throws Failure for a size that no picture can have: a model may declare any */
function checkTarget(path: string, size: PictureOptions["size"]): void {
  if (size === undefined) return;
  const [height, width] = typeof size === "number" ? [size, size] : size;
  try {
    checkSides(width, height, 0, DEFAULT_MEMORY);
  } catch (error) {
    throw new Failure(`${path}: the model takes no such input: ${(error as Error).message}`);
  }
}

function fitted(
  picture: Interleaved,
  size: PictureOptions["size"],
  shorter: number | undefined,
): { readonly picture: Interleaved; readonly note: string } {
  if (typeof size !== "number") {
    if (shorter !== undefined) throw new UsageError("--resize goes with a square --size");
    if (size === undefined) return { picture, note: "" };
    const [height, width] = size;
    return { picture: resizedPixels("convwasm", picture, size), note: `: stretched to ${width}x${height}` };
  }
  const length = shorter ?? Math.round(size * MARGIN);
  if (length < size) throw new UsageError(`--resize must be at least the size, ${size}, got ${length}`);
  const sides = shorterTo(length, Infinity, picture.height, picture.width);
  // only what the square needs is computed: a thin picture would become a huge one
  const square = resizedPixels("convwasm", picture, sides, centerBox(...sides, size, size));
  return { picture: square, note: `: shorter side to ${length}, centre ${size}x${size}` };
}

function checkChannels(option: string, values: readonly number[] | undefined, channels: number): void {
  if (values === undefined || values.length === 1 || values.length === channels) return;
  throw new UsageError(`${option} must have one number, or ${channels} for this input, got ${values.length}`);
}
