import { convertIndexedToRgb, decode as decodePngFile } from "fast-png";
import { decode as decodeJpegFile } from "jpeg-js";
import { Failure } from "../command.ts";
import { checkJpeg, type Orientation } from "./jpeg.ts";
import { checkedPng } from "./png.ts";

/** Interleaved, eight bits each: red, green and blue, or grey alone. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly data: Uint8Array | Uint8ClampedArray;
}

/** As the decoder counts; {@link checkJpeg} has counted more closely before. */
const DECODER_MB = 512;

const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const JPEG = [0xff, 0xd8, 0xff];

const begins = (bytes: Uint8Array, signature: readonly number[]) => signature.every((byte, at) => bytes[at] === byte);

export const isPicture = (bytes: Uint8Array): boolean => begins(bytes, PNG) || begins(bytes, JPEG);

/**
 * A PNG or JPEG as PIL's `ImageOps.exif_transpose(Image.open(path)).convert("RGB")` or `.convert("L")` gives it: alpha is
 * dropped, 16 bits are cut to 8, and a JPEG is turned as the camera noted.
 *
 * @throws Failure for what is damaged, cut off, empty or too large
 */
export async function decodePicture(path: string, bytes: Uint8Array, channels: 1 | 3): Promise<Picture> {
  try {
    const { width, height, data } = begins(bytes, PNG) ? decodePng(await checkedPng(bytes)) : decodeJpeg(bytes);
    return { width, height, channels, data: channels === 3 ? data : greyOf(data) };
  } catch (error) {
    // the decoders say by an Error of any kind what is wrong with a file
    if (!(error instanceof Error)) throw error;
    throw new Failure(`${path}: the picture cannot be decoded: ${error.message}`);
  }
}

/** Red, green and blue. */
type Decoded = Omit<Picture, "channels">;

function decodeJpeg(bytes: Uint8Array): Decoded {
  const orientation = checkJpeg(bytes);
  const decoded = decodeJpegFile(bytes, {
    useTArray: true,
    formatAsRGBA: false,
    tolerantDecoding: false,
    maxMemoryUsageInMB: DECODER_MB,
  });
  return turned(decoded, orientation);
}

/** As the picture is seen. */
function turned(picture: Decoded, orientation: Orientation): Decoded {
  if (orientation === 1) return picture;
  const { width: columns, height: rows, data } = picture;
  const isQuarter = orientation >= 5;
  const [width, height] = isQuarter ? [rows, columns] : [columns, rows];
  const fromRight = [2, 3, 7, 8].includes(orientation);
  const fromBottom = [3, 4, 6, 7].includes(orientation);
  const result = new Uint8Array(data.length);
  for (let y = 0, write = 0; y < height; ++y) {
    for (let x = 0; x < width; ++x, write += 3) {
      const [column, row] = isQuarter ? [y, x] : [x, y];
      const read = 3 * ((fromBottom ? rows - 1 - row : row) * columns + (fromRight ? columns - 1 - column : column));
      for (let colour = 0; colour < 3; ++colour) result[write + colour] = data[read + colour]!;
    }
  }
  return { width, height, data: result };
}

function decodePng(bytes: Uint8Array): Decoded {
  const decoded = decodePngFile(bytes, { checkCrc: true });
  const { width, height, depth, palette } = decoded;
  if (palette !== undefined) {
    return { width, height, data: rgbOf(convertIndexedToRgb(decoded), palette[0]!.length, width * height) };
  }
  if (depth < 8) {
    // greys lie packed in bytes, as indices do: they are indices into a palette of greys
    const greys = Array.from({ length: 2 ** depth }, (_, value) => [Math.round((value * 255) / (2 ** depth - 1))]);
    return { width, height, data: rgbOf(convertIndexedToRgb({ ...decoded, palette: greys }), 1, width * height) };
  }
  const samples = depth === 16 ? Uint8Array.from(decoded.data, (value) => value >> 8) : decoded.data;
  return { width, height, data: rgbOf(samples as Uint8Array, decoded.channels, width * height) };
}

/** @throws Error where there are fewer samples than the size promises */
function rgbOf(samples: Uint8Array | Uint8ClampedArray, channels: number, pixels: number): Uint8Array {
  if (samples.length < pixels * channels) throw new Error("the file is cut off");
  if (channels === 3) return samples as Uint8Array;
  const data = new Uint8Array(3 * pixels);
  for (let pixel = 0; pixel < pixels; ++pixel) {
    for (let colour = 0; colour < 3; ++colour) {
      data[3 * pixel + colour] = samples[pixel * channels + (channels < 3 ? 0 : colour)]!;
    }
  }
  return data;
}

/** ITU-R 601-2 luma in 16-bit fixed point, as PIL has it. */
function greyOf(rgb: Picture["data"]): Uint8Array {
  const grey = new Uint8Array(rgb.length / 3);
  for (let pixel = 0; pixel < grey.length; ++pixel) {
    grey[pixel] = (19595 * rgb[3 * pixel]! + 38470 * rgb[3 * pixel + 1]! + 7471 * rgb[3 * pixel + 2]! + 0x8000) >> 16;
  }
  return grey;
}
