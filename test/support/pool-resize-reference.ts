/** Plain loops in float64 for pools, changes of size and what only moves values. */
import { type Exact, sizeOf, type Values } from "./reference.ts";

/** The values of a result of this shape, given by its indices. */
function generate(shape: readonly number[], valueAt: (index: readonly number[]) => number): Exact {
  const index = shape.map(() => 0);
  const data = Float64Array.from({ length: sizeOf(shape) }, () => {
    const value = valueAt(index);
    for (let axis = shape.length - 1; axis >= 0; --axis) {
      if (++index[axis]! < shape[axis]!) break;
      index[axis] = 0;
    }
    return value;
  });
  return { data, shape };
}

/** The value at some indices. */
const at = ({ data, shape }: Values, index: readonly number[]) =>
  data[index.reduce((offset, i, axis) => offset * shape[axis]! + i, 0)]!;

export interface Window {
  kernelSize: [number, number];
  stride: [number, number];
  /** [top, left, bottom, right] */
  padding: [number, number, number, number];
  ceilMode: boolean;
  dilation?: [number, number];
}

type Taps = { inside: readonly number[]; padded: number };

/** For each output of one axis: places of its taps in the input, and how many are in the input or its padding. */
function tapsOf(length: number, window: Window, axis: 0 | 1): Taps[] {
  const [kernel, stride, dilation] = [window.kernelSize[axis], window.stride[axis], window.dilation?.[axis] ?? 1];
  const [before, after] = [window.padding[axis], window.padding[axis + 2]!];
  const all: Taps[] = [];
  for (let begin = -before; ; begin += stride) {
    const end = begin + (kernel - 1) * dilation;
    if (window.ceilMode ? begin >= length || end - stride >= length + after - 1 : end >= length + after) break;
    const taps = Array.from({ length: kernel }, (_, tap) => begin + tap * dilation);
    all.push({
      inside: taps.filter((tap) => tap >= 0 && tap < length),
      padded: taps.filter((tap) => tap < length + after).length,
    });
  }
  return all;
}

function reduceWindows(
  input: Values,
  rows: Taps[],
  columns: Taps[],
  reduce: (all: number[], padded: number) => number,
) {
  const shape = [...input.shape.slice(0, -2), rows.length, columns.length];
  return generate(shape, (index) => {
    const [y, x] = [rows[index.at(-2)!]!, columns[index.at(-1)!]!];
    const outer = index.slice(0, -2);
    const all = y.inside.flatMap((row) => x.inside.map((column) => at(input, [...outer, row, column])));
    return reduce(all, y.padded * x.padded);
  });
}

const largest = (all: readonly number[]) => all.reduce((most, value) => Math.max(most, value), -Infinity);
const sum = (all: readonly number[]) => all.reduce((total, value) => total + value, 0);

export function maxPool(input: Values, window: Window): Exact {
  const [height, width] = input.shape.slice(-2) as [number, number];
  return reduceWindows(input, tapsOf(height, window, 0), tapsOf(width, window, 1), largest);
}

export function avgPool(input: Values, window: Window, countIncludePad: boolean, divisorOverride?: number): Exact {
  const [height, width] = input.shape.slice(-2) as [number, number];
  return reduceWindows(
    input,
    tapsOf(height, window, 0),
    tapsOf(width, window, 1),
    (all, padded) => sum(all) / (divisorOverride ?? (countIncludePad ? padded : all.length)),
  );
}

export function adaptivePool(input: Values, size: readonly number[], kind: "max" | "avg"): Exact {
  const [rows, columns] = size.map((out, i) => {
    const length = input.shape.at(i - 2)!;
    return Array.from({ length: out }, (_, o): Taps => {
      const inside: number[] = [];
      for (let k = Math.floor((o * length) / out); k < ((o + 1) * length) / out; ++k) inside.push(k);
      return { inside, padded: 0 };
    });
  });
  return reduceWindows(input, rows!, columns!, kind === "max" ? largest : (all) => sum(all) / all.length);
}

/** ONNX's places in the input of the outputs of one axis, in float64; `scale` is out / length unless given. */
export function placesOf(length: number, out: number, scale: number, coordinates: string): number[] {
  return Array.from({ length: out }, (_, x) => {
    switch (coordinates) {
      case "half_pixel":
        return (x + 0.5) / scale - 0.5;
      case "half_pixel_symmetric":
        return (length / 2) * (1 - out / (scale * length)) + (x + 0.5) / scale - 0.5;
      case "pytorch_half_pixel":
        return out > 1 ? (x + 0.5) / scale - 0.5 : 0;
      case "align_corners":
        return out > 1 ? (x * (length - 1)) / (out - 1) : 0;
      default:
        return x / scale;
    }
  });
}

export function nearest(input: Values, rows: readonly number[], columns: readonly number[]): Exact {
  return generate([...input.shape.slice(0, -2), rows.length, columns.length], (index) =>
    at(input, [...index.slice(0, -2), rows[index.at(-2)!]!, columns[index.at(-1)!]!]),
  );
}

export function bilinear(input: Values, rows: readonly number[], columns: readonly number[]): Exact {
  const mix = (place: number, length: number, valueAt: (i: number) => number) => {
    const inside = Math.min(Math.max(place, 0), length - 1);
    const first = Math.floor(inside);
    const weight = inside - first;
    return (1 - weight) * valueAt(first) + (weight > 0 ? weight * valueAt(first + 1) : 0);
  };
  const [height, width] = input.shape.slice(-2) as [number, number];
  return generate([...input.shape.slice(0, -2), rows.length, columns.length], (index) => {
    const outer = index.slice(0, -2);
    return mix(rows[index.at(-2)!]!, height, (y) =>
      mix(columns[index.at(-1)!]!, width, (x) => at(input, [...outer, y, x])),
    );
  });
}

export function permute(input: Values, dims: readonly number[]): Exact {
  return generate(
    dims.map((dim) => input.shape[dim]!),
    (index) => {
      const source = input.shape.map(() => 0);
      for (const [i, dim] of dims.entries()) source[dim] = index[i]!;
      return at(input, source);
    },
  );
}

/** What `taken[axis]` lists of each axis. */
export function take(input: Values, taken: readonly (readonly number[])[]): Exact {
  return generate(
    taken.map((each) => each.length),
    (index) =>
      at(
        input,
        index.map((i, axis) => taken[axis]![i]!),
      ),
  );
}

/** By numpy's rules; the shapes are known to go together. */
export function expand(input: Values, shape: readonly number[]): Exact {
  return generate(shape, (index) =>
    at(
      input,
      index.slice(shape.length - input.shape.length).map((i, axis) => (input.shape[axis] === 1 ? 0 : i)),
    ),
  );
}

export function tile(input: Values, repeats: readonly number[]): Exact {
  return generate(
    input.shape.map((length, axis) => length * repeats[axis]!),
    (index) =>
      at(
        input,
        index.map((i, axis) => i % input.shape[axis]!),
      ),
  );
}

export function cat(inputs: readonly Values[], axis: number): Exact {
  const lengths = inputs.map(({ shape }) => shape[axis]!);
  return generate(inputs[0]!.shape.with(axis, sum(lengths)), (index) => {
    let [which, i] = [0, index[axis]!];
    while (i >= lengths[which]!) i -= lengths[which++]!;
    return at(inputs[which]!, index.with(axis, i));
  });
}

/** ONNX's DepthToSpace: the channel of pixel (dy, dx) of channel c is c r r + dy r + dx, or in mode DCR (dy r + dx) C + c. */
export function depthToSpace(input: Values, r: number, mode: "CRD" | "DCR"): Exact {
  const [batch, channels, height, width] = input.shape as [number, number, number, number];
  const depth = channels / r ** 2;
  return generate([batch, depth, height * r, width * r], ([n, c, y, x]) => {
    const pixel = (y! % r) * r + (x! % r);
    const channel = mode === "CRD" ? c! * r ** 2 + pixel : pixel * depth + c!;
    return at(input, [n!, channel, Math.floor(y! / r), Math.floor(x! / r)]);
  });
}

/** What undoes {@link depthToSpace}. */
export function spaceToDepth(input: Values, r: number, mode: "CRD" | "DCR"): Exact {
  const [batch, depth, height, width] = input.shape as [number, number, number, number];
  return generate([batch, depth * r ** 2, height / r, width / r], ([n, channel, y, x]) => {
    const [c, pixel] =
      mode === "CRD"
        ? [Math.floor(channel! / r ** 2), channel! % r ** 2]
        : [channel! % depth, Math.floor(channel! / depth)];
    return at(input, [n!, c, y! * r + Math.floor(pixel / r), x! * r + (pixel % r)]);
  });
}
