import { readdirSync, readFileSync } from "node:fs";

type Axes = number | readonly [number, number];

/** A layer in a file of bench/layers; missing values have torch's defaults. */
export interface Entry {
  readonly name: string;
  readonly batch?: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly filters: number;
  readonly kernel: Axes;
  readonly stride?: Axes;
  readonly padding?: Axes;
  readonly dilation?: Axes;
  readonly groups?: number;
}

export interface Shape {
  readonly batch: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly filters: number;
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number];
  readonly dilation: readonly [number, number];
  readonly groups: number;
}

/** One distinct shape of convolution. */
export interface Layer {
  /** file/name of its first mention */
  readonly name: string;
  /** files that mention it */
  readonly networks: readonly string[];
  readonly shape: Shape;
  readonly outputShape: readonly [number, number, number, number];
  /** multiplications and additions of the plain sum, taps on padding included, whatever an algorithm actually does */
  readonly flops: number;
  readonly kind: Kind;
}

export const KINDS = [
  "3x3",
  "1x1",
  "depthwise",
  "grouped",
  "strided",
  "dilated",
  "large kernel",
  "first layer",
  "small",
] as const;

export type Kind = (typeof KINDS)[number];

/** Below this the work of a call is of the order of the call itself. */
const SMALL_FLOPS = 5e5;

const folder = new URL("layers/", import.meta.url);

/** Names of the files in bench/layers. */
export function layerFiles(): string[] {
  const names = readdirSync(folder).map((file) => file.replace(/\.json$/, ""));
  return names.sort((a, b) => Number(a === "small") - Number(b === "small") || a.localeCompare(b));
}

/**
 * The distinct shapes of all files, in order of first mention.
 * @param wanted names of files, or parts of layers' names; an empty list selects all
 */
export function readLayers(wanted: readonly string[]): Layer[] {
  const files = layerFiles();
  const parts = wanted.filter((name) => !files.includes(name));
  const layers = new Map<string, Layer & { networks: string[] }>();
  for (const file of files) {
    const { layers: entries } = JSON.parse(readFileSync(new URL(`${file}.json`, folder), "utf8")) as {
      layers: Entry[];
    };
    for (const entry of entries) {
      const name = `${file}/${entry.name}`;
      if (wanted.length > 0 && !wanted.includes(file) && !parts.some((part) => name.includes(part))) continue;
      const shape = shapeOf(entry);
      const key = JSON.stringify(shape);
      const known = layers.get(key);
      if (known === undefined) layers.set(key, layerOf(name, file, shape));
      else if (!known.networks.includes(file)) known.networks.push(file);
    }
  }
  return [...layers.values()];
}

/** The layer of an entry in a file outside bench/layers. */
export function layerFrom(file: string, entry: Entry): Layer {
  return layerOf(`${file}/${entry.name}`, file, shapeOf(entry));
}

function shapeOf(entry: Entry): Shape {
  const pair = (axes: Axes = 1): readonly [number, number] => (typeof axes === "number" ? [axes, axes] : axes);
  const { batch = 1, channels, height, width, filters, kernel, stride, padding = 0, dilation, groups = 1 } = entry;
  return {
    batch,
    channels,
    height,
    width,
    filters,
    kernel: pair(kernel),
    stride: pair(stride),
    padding: pair(padding),
    dilation: pair(dilation),
    groups,
  };
}

function layerOf(name: string, file: string, shape: Shape): Layer & { networks: string[] } {
  const { batch, channels, height, width, filters, kernel, stride, padding, dilation, groups } = shape;
  const out = (length: number, axis: 0 | 1) =>
    Math.floor((length + 2 * padding[axis] - dilation[axis] * (kernel[axis] - 1) - 1) / stride[axis]) + 1;
  const outputShape = [batch, filters, out(height, 0), out(width, 1)] as const;
  const depth = (channels / groups) * kernel[0] * kernel[1];
  const flops = 2 * outputShape.reduce((product, length) => product * length) * depth;
  return { name, networks: [file], shape, outputShape, flops, kind: kindOf(shape, flops) };
}

function kindOf({ channels, groups, kernel, stride, dilation }: Shape, flops: number): Kind {
  if (flops < SMALL_FLOPS) return "small";
  if (channels <= 4 && groups === 1) return "first layer";
  if (groups > 1) return groups === channels ? "depthwise" : "grouped";
  if (Math.max(...dilation) > 1) return "dilated";
  if (Math.max(...stride) > 1) return "strided";
  if (Math.max(...kernel) > 3) return "large kernel";
  return Math.max(...kernel) > 1 ? "3x3" : "1x1";
}

/** (C, H, W) -> K kernel, and differences from torch's defaults */
export function describeShape({
  batch,
  channels,
  height,
  width,
  filters,
  kernel,
  stride,
  dilation,
  groups,
}: Shape): string {
  const parts = [`${channels}x${height}x${width} > ${filters}`, kernel.join("x")];
  if (batch > 1) parts.push(`n${batch}`);
  if (Math.max(...stride) > 1) parts.push(`s${stride[0]}`);
  if (Math.max(...dilation) > 1) parts.push(`d${dilation[0]}`);
  if (groups > 1) parts.push(`g${groups}`);
  return parts.join(" ");
}
