import { decode as decodeJpegFile } from "jpeg-js";
import { fromPixels } from "../../image/index.ts";
import type { Interleaved } from "../../image/source.ts";
import { Failure } from "../command.ts";
import { checkJpeg, type Orientation } from "./jpeg.ts";
import { decodePng, type Pixels } from "./png.ts";

const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const JPEG = [0xff, 0xd8, 0xff];

const begins = (bytes: Uint8Array, signature: readonly number[]) => signature.every((byte, at) => bytes[at] === byte);

export const isPicture = (bytes: Uint8Array): boolean => begins(bytes, PNG) || begins(bytes, JPEG);

/**
 * A PNG or JPEG like PIL's `ImageOps.exif_transpose(Image.open(path)).convert("RGB")` or `.convert("L")`: alpha is
 * dropped, 16 bits are cut to 8, and a JPEG is rotated as the camera noted. Its pixels may differ slightly from those of
 * PIL's decoder; a PNG's are equal.
 *
 * @param memory MB that the whole command may take
 * @throws Failure for a picture that is damaged, cut off, empty or too large
 */
export async function decodePicture(
  path: string,
  bytes: Uint8Array,
  channels: 1 | 3,
  memory: number,
): Promise<Interleaved> {
  try {
    const { width, height, data } = begins(bytes, PNG) ? await decodePng(bytes, memory) : decodeJpeg(bytes, memory);
    if (channels === 3) return { width, height, channels, data };
    return { width, height, channels, data: fromPixels({ width, height, data }, { channels, dtype: "uint8" }).data };
  } catch (error) {
    // the decoders throw Errors of any kind for damaged files
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
    // by its own count; its total memory has been checked
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
