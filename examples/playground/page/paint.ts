import type { Tensor } from "convwasm";
import type { View } from "./kernels.ts";

type Colour = readonly [number, number, number];

/** Of a diverging scale: the most negative, zero, the most positive. */
export const NEGATIVE: Colour = [33, 102, 172];
export const ZERO: Colour = [247, 247, 247];
export const POSITIVE: Colour = [178, 24, 43];

/** The colour of a value from -1 to 1. */
export function divergingColour(value: number): Colour {
  const end = value < 0 ? NEGATIVE : POSITIVE;
  const share = Math.min(Math.abs(value), 1);
  const mix = (channel: 0 | 1 | 2) => ZERO[channel] + share * (end[channel] - ZERO[channel]);
  return [mix(0), mix(1), mix(2)];
}

/** Values that are sorted to find the scale, of a still picture and of every frame. */
const SAMPLED = 1 << 14;

/** What a painted output needs for its legend. */
export interface Painted {
  /** the magnitude that the ends of the scale stand for, if the view is signed */
  reach: number;
  maps: number;
}

/**
 * Paints (1, channels, height, width): every map beside the others, in rows. With three colours to a map, map i has the
 * channels i, maps + i and 2 maps + i.
 */
export function paint(canvas: HTMLCanvasElement, output: Tensor, coloured: boolean, view: View): Painted {
  const [, channels, height, width] = output.shape as [number, number, number, number];
  const maps = coloured ? channels / 3 : channels;
  const columns = Math.ceil(Math.sqrt(maps));
  const rows = Math.ceil(maps / columns);
  const reach = view === "signed" ? reachOf(output.data) : 1;
  canvas.width = columns * width;
  canvas.height = rows * height;
  const context = canvas.getContext("2d")!;
  const scale = view === "signed" ? { zero: 127.5, one: 127.5 / reach } : { zero: 0, one: 255 };
  for (let map = 0; map < maps; map++) {
    const image = context.createImageData(width, height);
    const plane = (channel: number) => output.data.subarray(channel * height * width, (channel + 1) * height * width);
    if (coloured) {
      for (let colour = 0; colour < 3; colour++) paintChannel(image, colour, plane(colour * maps + map), scale);
    } else if (view === "signed") paintDiverging(image, plane(map), reach);
    else for (let colour = 0; colour < 3; colour++) paintChannel(image, colour, plane(map), scale);
    context.putImageData(image, (map % columns) * width, Math.floor(map / columns) * height);
  }
  return { reach, maps };
}

/** The image clamps and rounds. */
function paintChannel(
  { data }: ImageData,
  colour: number,
  values: Float32Array,
  { zero, one }: { zero: number; one: number },
): void {
  for (let i = 0; i < values.length; i++) {
    data[4 * i + colour] = zero + one * values[i]!;
    data[4 * i + 3] = 255;
  }
}

/** As divergingColour, without an array for each pixel. */
function paintDiverging({ data }: ImageData, values: Float32Array, reach: number): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    const share = Math.min(Math.abs(value) / reach, 1);
    const end = value < 0 ? NEGATIVE : POSITIVE;
    data[4 * i] = ZERO[0] + share * (end[0] - ZERO[0]);
    data[4 * i + 1] = ZERO[1] + share * (end[1] - ZERO[1]);
    data[4 * i + 2] = ZERO[2] + share * (end[2] - ZERO[2]);
    data[4 * i + 3] = 255;
  }
}

/**
 * The magnitude at the ends of the scale: that which all but a two-hundredth of the values keep to, so that a few
 * extremes do not bleach the rest, in two digits.
 */
function reachOf(data: Float32Array): number {
  const step = Math.ceil(data.length / SAMPLED);
  const magnitudes = Float32Array.from({ length: Math.ceil(data.length / step) }, (_, i) => Math.abs(data[i * step]!));
  const most = magnitudes.sort()[Math.floor(0.995 * (magnitudes.length - 1))]!;
  if (most === 0) return 1;
  const digit = 10 ** (Math.floor(Math.log10(most)) - 1);
  return Number((Math.ceil(most / digit) * digit).toPrecision(2));
}
