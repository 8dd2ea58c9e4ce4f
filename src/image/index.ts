export type { Tensor } from "../tensor.ts";
export {
  type FromPixelsOptions,
  fromPixels,
  normalize,
  type Picture,
  type ToPixelsOptions,
  toPixels,
} from "./convert.ts";
export {
  centerCrop,
  type Letterbox,
  type LetterboxOptions,
  letterbox,
  type ResizeOptions,
  resize,
} from "./resize.ts";
export type { Drawable, PixelSource, Pixels } from "./source.ts";
export { type TopKOptions, topk } from "./topk.ts";
