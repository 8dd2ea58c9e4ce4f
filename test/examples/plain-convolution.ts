/** What the playground has to show, by the plainest sum over the pixels. */

export interface Pixels {
  width: number;
  height: number;
  /** red, green, blue, alpha */
  data: number[];
}

export interface Case {
  preset: string;
  size: number;
  /** 1, or 4: quarter turns, which need no interpolation */
  copies: number;
  channels: "each" | "sum" | "grey";
  stride: number;
  padding: number | "same";
  dilation: number;
  paddingMode: string;
  algorithm: string;
  view: "clipped" | "signed";
}

type Plane = { width: number; height: number; at: (y: number, x: number) => number };

const SOURCES: Record<string, (index: number, length: number) => number> = {
  zeros: (index, length) => (index < 0 || index >= length ? -1 : index),
  replicate: (index, length) => Math.min(Math.max(index, 0), length - 1),
  reflect: (index, length) => (index < 0 ? -index : index >= length ? 2 * length - 2 - index : index),
  circular: (index, length) => (index + length) % length,
};

/** @param reach the magnitude at the ends of the signed scale */
export function expectedPixels(input: Pixels, kernel: number[], settings: Case, reach: number) {
  const planes = planesOf(input, settings.channels);
  const kernels = Array.from({ length: settings.copies }, (_, copy) => quarterTurns(kernel, settings.size, copy));
  const maps = kernels.map((each) => {
    if (settings.channels === "each") return planes.map((plane) => convolve([plane], each, settings));
    return [convolve(planes, each, settings)];
  });
  const { width, height } = maps[0]![0]!;
  const columns = Math.ceil(Math.sqrt(maps.length));
  const rows = Math.ceil(maps.length / columns);
  const data = new Array<number>(4 * columns * width * rows * height);
  const magnitudes = new Array<number>(data.length).fill(0);
  for (const [map, colours] of maps.entries()) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const values = colours.map((colour) => colour.values[y * width + x]!);
        const top = Math.floor(map / columns) * height + y;
        const at = 4 * (top * columns * width + (map % columns) * width + x);
        const shown = settings.view === "signed" ? signed(values, reach) : clipped(values);
        for (let channel = 0; channel < 3; channel++) {
          data[at + channel] = shown[channel]!;
          magnitudes[at + channel] = Math.abs(values[channel] ?? values[0]!);
        }
        data[at + 3] = 255;
      }
    }
  }
  return { width: columns * width, height: rows * height, data, magnitudes };
}

function planesOf({ width, height, data }: Pixels, channels: Case["channels"]): Plane[] {
  const plane = (value: (i: number) => number) => ({
    width,
    height,
    at: (y: number, x: number) => value(4 * (y * width + x)) / 255,
  });
  if (channels === "grey") {
    return [plane((i) => 0.299 * data[i]! + 0.587 * data[i + 1]! + 0.114 * data[i + 2]!)];
  }
  return [0, 1, 2].map((channel) => plane((i) => data[i + channel]!));
}

function quarterTurns(kernel: number[], size: number, turns: number): number[] {
  let turned = kernel;
  for (let turn = 0; turn < turns; turn++) {
    const before = turned;
    turned = before.map((_, i) => before[(i % size) * size + size - 1 - Math.floor(i / size)]!);
  }
  return turned;
}

/** The mean over the planes of their sums. */
function convolve(planes: Plane[], kernel: number[], { size, stride, padding, dilation, paddingMode }: Case) {
  const { width, height } = planes[0]!;
  const total = padding === "same" ? (size - 1) * dilation : 2 * padding;
  const before = Math.floor(total / 2);
  const lengthOf = (length: number) => Math.floor((length + total - (size - 1) * dilation - 1) / stride) + 1;
  const [outHeight, outWidth] = [lengthOf(height), lengthOf(width)];
  const source = SOURCES[paddingMode]!;
  const values = new Float64Array(outHeight * outWidth);
  for (let y = 0; y < outHeight; y++) {
    for (let x = 0; x < outWidth; x++) {
      let sum = 0;
      for (let i = 0; i < kernel.length; i++) {
        const row = source(y * stride - before + Math.floor(i / size) * dilation, height);
        const column = source(x * stride - before + (i % size) * dilation, width);
        if (row < 0 || column < 0) continue;
        for (const plane of planes) sum += kernel[i]! * plane.at(row, column);
      }
      values[y * outWidth + x] = sum / planes.length;
    }
  }
  return { width: outWidth, height: outHeight, values };
}

const byte = (value: number) => Math.round(Math.min(Math.max(value, 0), 255));

function clipped(values: number[]): number[] {
  return [0, 1, 2].map((channel) => byte(255 * (values[channel] ?? values[0]!)));
}

/** Three colours about a middle grey; one from blue over near white to red. */
function signed(values: number[], reach: number): number[] {
  if (values.length === 3) return values.map((value) => byte(127.5 + (127.5 * value) / reach));
  const share = Math.min(Math.abs(values[0]!) / reach, 1);
  const end = values[0]! < 0 ? [33, 102, 172] : [178, 24, 43];
  return end.map((colour) => byte(247 + share * (colour - 247)));
}
