import { convertIndexedToRgb, decode as decodePngFile } from "fast-png";
import { decode as decodeJpegFile } from "jpeg-js";
import { Failure } from "../command.ts";

/** Interleaved, eight bits each: red, green and blue, or grey alone. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly data: Uint8Array | Uint8ClampedArray;
}

/** A few bytes may declare any size; this is more than cameras produce. */
const MAX_MEGAPIXELS = 100;
/** Memory for the JPEG decoder, in MB: coefficients, their planes and the result. */
const MAX_DECODER_MEMORY = 4096;

const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const JPEG = [0xff, 0xd8, 0xff];

const begins = (bytes: Uint8Array, signature: readonly number[]) => signature.every((byte, at) => bytes[at] === byte);

export const isPicture = (bytes: Uint8Array): boolean => begins(bytes, PNG) || begins(bytes, JPEG);

/**
 * A PNG or JPEG like PIL's `Image.open(path).convert("RGB")` or `.convert("L")`, to the byte for a PNG: alpha is dropped, 16
 * bits are cut to 8, and a camera's rotation is not applied. A JPEG's pixels may differ slightly from those of PIL's decoder.
 *
 * @throws Failure for a picture that is damaged, cut off or too large
 */
export function decodePicture(path: string, bytes: Uint8Array, channels: 1 | 3): Picture {
  const { width, height, data } = attempt(path, () => (begins(bytes, PNG) ? decodePng(bytes) : decodeJpeg(bytes)));
  return { width, height, channels, data: channels === 3 ? data : greyOf(data) };
}

/** Red, green and blue. */
type Decoded = Omit<Picture, "channels">;

/** Both decoders throw Errors of any kind for damaged files. */
function attempt(path: string, decode: () => Decoded): Decoded {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new Failure(`${path}: the picture cannot be decoded: ${error.message}`);
  }
}

function decodeJpeg(bytes: Uint8Array): Decoded {
  return decodeJpegFile(bytes, {
    useTArray: true,
    formatAsRGBA: false,
    tolerantDecoding: false,
    maxResolutionInMP: MAX_MEGAPIXELS,
    maxMemoryUsageInMB: MAX_DECODER_MEMORY,
  });
}

function decodePng(bytes: Uint8Array): Decoded {
  if (bytes.length < 24) throw new Error("the file is cut off");
  const header = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [declaredWidth, declaredHeight] = [header.getUint32(16), header.getUint32(20)];
  if (declaredWidth * declaredHeight > MAX_MEGAPIXELS * 1e6) {
    throw new Error(`${declaredWidth}x${declaredHeight} is more than ${MAX_MEGAPIXELS} megapixels`);
  }
  const decoded = decodePngFile(bytes, { checkCrc: true });
  const { width, height, depth, palette } = decoded;
  if (palette !== undefined) {
    return { width, height, data: rgbOf(convertIndexedToRgb(decoded), palette[0]!.length, width * height) };
  }
  if (depth < 8) {
    // greys are packed in bytes like indices: they are indices into a palette of greys
    const greys = Array.from({ length: 2 ** depth }, (_, value) => [Math.round((value * 255) / (2 ** depth - 1))]);
    return { width, height, data: rgbOf(convertIndexedToRgb({ ...decoded, palette: greys }), 1, width * height) };
  }
  const samples = depth === 16 ? Uint8Array.from(decoded.data, (value) => value >> 8) : decoded.data;
  return { width, height, data: rgbOf(samples as Uint8Array, decoded.channels, width * height) };
}

/** @throws Error where there are fewer samples than the size promises */
function rgbOf(samples: Uint8Array | Uint8ClampedArray, channels: number, pixels: number): Uint8Array {
  if (samples.length < pixels * channels) throw new Error("the file is cut off");
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
