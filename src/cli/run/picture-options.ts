import { UsageError, wholeNumber } from "../command.ts";
import type { PictureOptions } from "./picture-input.ts";
import { DEFAULT_MEMORY } from "./sides.ts";

export type { PictureOptions };

/** Options of every command that takes pictures. */
export const PICTURE_OPTIONS = {
  size: { type: "string" },
  resize: { type: "string" },
  mean: { type: "string" },
  std: { type: "string" },
  memory: { type: "string" },
} as const;

export const PICTURE_HELP = `      --size 224            of pictures: the square that is cut from the centre, after the shorter side was resized;
             192x256        or height and width to stretch to. Default: what the model declares, cut out where that is a
                            square and stretched where it is not; the picture's own size where the model leaves it open
      --resize 256          the shorter side before the square is cut out (default: 256/224 of the size)
      --mean 0.485,0.456,0.406
      --std 0.229,0.224,0.225
                            subtracted from pixels from 0 to 1, and divided by; one number serves all channels
                            (default: 0 and 1)
      --memory ${DEFAULT_MEMORY}          MB that decoding a picture may take; JPEGs of 14 megapixels, PNGs of 64 do with the default`;

/** @throws UsageError for what these options cannot be */
export function pictureOptions(
  values: Readonly<Partial<Record<keyof typeof PICTURE_OPTIONS, string>>>,
): PictureOptions {
  const { size, resize, mean, memory } = values;
  const std = numbers("--std", values.std);
  if (std?.includes(0)) throw new UsageError(`--std must not hold 0, got ${values.std}`);
  return {
    size: sizeOf(size),
    resize: resize === undefined ? undefined : wholeNumber("--resize", resize, 1),
    mean: numbers("--mean", mean),
    std,
    memory: memory === undefined ? undefined : wholeNumber("--memory", memory, 1),
  };
}

function sizeOf(text: string | undefined): PictureOptions["size"] {
  if (text === undefined) return undefined;
  const [height, width, ...more] = text.split("x").map((length) => wholeNumber("--size", length, 1));
  if (more.length > 0) throw new UsageError(`--size must be 224 or 192x256, got ${JSON.stringify(text)}`);
  return width === undefined ? height : [height!, width];
}

function numbers(option: string, text: string | undefined): readonly number[] | undefined {
  const values = text?.split(",").map((each) => (each.trim() === "" ? Number.NaN : Number(each)));
  if (values?.every(Number.isFinite) === false) {
    throw new UsageError(`${option} must be numbers with commas, got ${JSON.stringify(text)}`);
  }
  return values;
}
