import { checkChoice, checkInteger, fixedView, kindOf, show, wrongType, wrongValue } from "../check.ts";

/** A picture in bytes: ImageData, or what a decoder gives. */
export interface Pixels {
  /** one byte for each channel of each pixel, row by row: grey; red, green and blue; or these and alpha */
  readonly data: Uint8Array | Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
  /** 'hwc' where the channels of a pixel follow each other, 'chw' where each channel is a plane; default 'hwc' */
  readonly layout?: "hwc" | "chw";
}

/**
 * What a browser or a worker draws on a canvas, by the members that are read, so that no types of a browser are needed: a
 * canvas, an OffscreenCanvas, an ImageBitmap, a VideoFrame, an image or a video element.
 */
export type Drawable =
  | { readonly width: number; readonly height: number; getContext(kind: "2d"): unknown }
  | { readonly width: number; readonly height: number; close(): void }
  | { readonly displayWidth: number; readonly displayHeight: number; close(): void }
  | { readonly naturalWidth: number; readonly naturalHeight: number }
  | { readonly videoWidth: number; readonly videoHeight: number };

/** Everything that pixels come from. */
export type PixelSource = Pixels | Drawable;

/** A picture whose channels are interleaved, checked. */
export interface Interleaved {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3 | 4;
}

/** What the functions of this entry read of a canvas and its context. */
interface Canvas {
  width: number;
  height: number;
  getContext(kind: "2d", options: object): Context | null;
}

interface Context {
  globalCompositeOperation: string;
  drawImage(source: unknown, x: number, y: number): void;
  getImageData(x: number, y: number, width: number, height: number): Pixels;
}

/** Planes that are read as they are: see {@link readPlanes}. */
export interface Planes extends Interleaved {
  readonly planar: boolean;
}

/**
 * Reads a picture once.
 * @throws TypeError for what is none; RangeError for lengths that do not fit, and for a picture without pixels
 */
export function readPixels(where: string, source: unknown): Interleaved {
  return interleaved(readPlanes(where, source));
}

/** As {@link readPixels}, but planes stay as they are. */
export function readPlanes(where: string, source: unknown): Planes {
  if (typeof source !== "object" || source === null) throw notPixels(where, source);
  if ("data" in source) return checkPixels(where, source);
  const [width, height] = sidesOf(where, source);
  return checkPixels(where, drawn(where, source, width, height));
}

const notPixels = (where: string, value: unknown) =>
  wrongType(
    where,
    `source must be ImageData, { data: Uint8Array, width, height }, a canvas, an ImageBitmap, a VideoFrame, an image or a video, got ${show(value)}`,
  );

function checkPixels(where: string, source: object): Planes {
  const members = source as Readonly<Record<"data" | "width" | "height" | "layout", unknown>>;
  const { data, layout = "hwc" } = members;
  const kind = kindOf(data);
  if (kind !== "Uint8Array" && kind !== "Uint8ClampedArray") {
    throw wrongType(where, `source.data must be a Uint8Array or a Uint8ClampedArray, got ${show(data)}`);
  }
  const width = checkInteger(where, "source.width", members.width, 1);
  const height = checkInteger(where, "source.height", members.height, 1);
  const planar = checkChoice(where, "source.layout", layout, ["hwc", "chw"]) === "chw";
  const view = fixedView(data as Uint8Array | Uint8ClampedArray);
  const channels = view.length / (width * height);
  if (channels !== 1 && channels !== 3 && channels !== 4) {
    throw wrongValue(
      where,
      `source.data must have 1, 3 or 4 bytes for each of ${width}x${height} pixels, got ${view.length} bytes`,
    );
  }
  return { data: new Uint8Array(view.buffer, view.byteOffset, view.length), width, height, channels, planar };
}

/** The channels of a pixel one after the other. */
export function interleaved({ planar, ...picture }: Planes): Interleaved {
  const { data, channels } = picture;
  if (!planar || channels === 1) return picture;
  const result = new Uint8Array(data.length);
  for (let channel = 0, read = 0; channel < channels; ++channel) {
    for (let write = channel; write < result.length; write += channels) result[write] = data[read++]!;
  }
  return { ...picture, data: result };
}

/** Members that say how large a picture is, in the order in which they count: an image element has `width` too, as it is shown. */
const SIDES = [
  ["displayWidth", "displayHeight"],
  ["naturalWidth", "naturalHeight"],
  ["videoWidth", "videoHeight"],
  ["width", "height"],
] as const;

function sidesOf(where: string, source: object): readonly [width: number, height: number] {
  const names = SIDES.find(([width]) => width in source);
  if (names === undefined) throw notPixels(where, source);
  const members = source as Readonly<Record<string, unknown>>;
  const [width, height] = [members[names[0]], members[names[1]]];
  if (typeof width !== "number" || typeof height !== "number") throw notPixels(where, source);
  if (width > 0 && height > 0) return [width, height];
  throw wrongValue(where, `source must have pixels, got ${names[0]} ${width} and ${names[1]} ${height}: is it loaded?`);
}

/** One for all calls: a video asks for the same size again and again. */
let canvas: Canvas | undefined;

function drawn(where: string, source: object, width: number, height: number): Pixels {
  canvas ??= newCanvas(where);
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (context === null) throw new Error(`${where}: this runtime gives no 2d context of a canvas`);
  // nothing of an earlier picture may shine through
  context.globalCompositeOperation = "copy";
  context.drawImage(source, 0, 0);
  return context.getImageData(0, 0, width, height);
}

function newCanvas(where: string): Canvas {
  const { OffscreenCanvas, document } = globalThis as {
    readonly OffscreenCanvas?: new (width: number, height: number) => Canvas;
    readonly document?: { createElement(name: "canvas"): Canvas };
  };
  if (OffscreenCanvas !== undefined) return new OffscreenCanvas(1, 1);
  if (document !== undefined) return document.createElement("canvas");
  throw wrongType(where, "source must be { data, width, height } here: this runtime has no canvas to read others by");
}
