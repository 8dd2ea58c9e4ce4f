import { decode as decodeJpegFile } from "jpeg-js";
import { Failure } from "../command.ts";
import { checkJpeg, type Orientation } from "./jpeg.ts";
import { decodePng, type Pixels } from "./png.ts";

/** Interleaved, eight bits each: red, green and blue, or grey alone. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly data: Uint8Array | Uint8ClampedArray;
}

const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const JPEG = [0xff, 0xd8, 0xff];

const begins = (bytes: Uint8Array, signature: readonly number[]) => signature.every((byte, at) => bytes[at] === byte);

export const isPicture = (bytes: Uint8Array): boolean => begins(bytes, PNG) || begins(bytes, JPEG);

/**
 * A PNG or JPEG as PIL's `ImageOps.exif_transpose(Image.open(path)).convert("RGB")` or `.convert("L")` gives it: alpha is
 * dropped, 16 bits are cut to 8, and a JPEG is turned as the camera noted.
 *
 * @param memory MB that the whole command may take
 * @throws Failure for what is damaged, cut off, empty or too large
 */
export async function decodePicture(
  path: string,
  bytes: Uint8Array,
  channels: 1 | 3,
  memory: number,
): Promise<Picture> {
  try {
    const { width, height, data } = begins(bytes, PNG) ? await decodePng(bytes, memory) : decodeJpeg(bytes, memory);
    return { width, height, channels, data: channels === 3 ? data : greyOf(data) };
  } catch (error) {
    // the decoders say by an Error of any kind what is wrong with a file
    if (!(error instanceof Error)) throw error;
    throw new Failure(`${path}: the picture cannot be decoded: ${error.message}`);
  }
}

function decodeJpeg(bytes: Uint8Array, memory: number): Pixels {
  const orientation = checkJpeg(bytes, memory);
  const decoded = decodeJpegFile(bytes, {
    useTArray: true,
    formatAsRGBA: false,
    tolerantDecoding: false,
    // as it counts itself; what it takes in all has been checked
    maxMemoryUsageInMB: memory,
  });
  return turned(decoded, orientation);
}

/** As the picture is seen. */
function turned(picture: Pixels, orientation: Orientation): Pixels {
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

/** ITU-R 601-2 luma in 16-bit fixed point, as PIL has it. */
function greyOf(rgb: Picture["data"]): Uint8Array {
  const grey = new Uint8Array(rgb.length / 3);
  for (let pixel = 0; pixel < grey.length; ++pixel) {
    grey[pixel] = (19595 * rgb[3 * pixel]! + 38470 * rgb[3 * pixel + 1]! + 7471 * rgb[3 * pixel + 2]! + 0x8000) >> 16;
  }
  return grey;
}
