/** Transposed convolutions and gradients as plain loops in float64: what the tests of convolution's family compare with. */
import { type ConvOptions, difference, type ExactSum, exactDifference, pad, sizeOf, type Values } from "./reference.ts";

export interface TransposedOptions {
  stride?: number | readonly number[];
  padding?: number | readonly number[];
  outputPadding?: number | readonly number[];
  groups?: number;
  dilation?: number | readonly number[];
}

export interface Gradients {
  readonly input: ExactSum;
  readonly weight: ExactSum;
  readonly bias: ExactSum;
}

type Quad = readonly [number, number, number, number];
type Two = readonly [number, number];

export const pairOf = (value: number | readonly number[] = 0): Two =>
  typeof value === "number" ? [value, value] : [value[0]!, value[1]!];

/** A batch of one for what has no batch. */
const batched = ({ data, shape }: Values): { data: ArrayLike<number>; shape: Quad } => ({
  data,
  shape: (shape.length === 3 ? [1, ...shape] : shape) as unknown as Quad,
});

/** Sums in float64 with what an error bound needs: the terms' absolute values and the largest number of terms. */
class Sums {
  readonly shape: readonly number[];
  readonly data: Float64Array;
  readonly magnitude: Float64Array;
  readonly #counts: Uint32Array;

  constructor(shape: readonly number[]) {
    this.shape = shape;
    this.data = new Float64Array(sizeOf(shape));
    this.magnitude = new Float64Array(sizeOf(shape));
    this.#counts = new Uint32Array(sizeOf(shape));
  }

  add(at: number, term: number): void {
    this.data[at]! += term;
    this.magnitude[at]! += Math.abs(term);
    this.#counts[at]!++;
  }

  done(shape: readonly number[] = this.shape): ExactSum {
    const terms = this.#counts.reduce((most, count) => Math.max(most, count), 0);
    return { data: this.data, magnitude: this.magnitude, shape, terms };
  }
}

// ---- transposed convolution ----

/** The shape of convTranspose2d's result. */
export function transposedShape(
  input: readonly number[],
  weight: readonly number[],
  options: TransposedOptions = {},
): number[] {
  const { groups = 1 } = options;
  const [stride, dilation] = [pairOf(options.stride ?? 1), pairOf(options.dilation ?? 1)];
  const [padding, outputPadding] = [pairOf(options.padding), pairOf(options.outputPadding)];
  const lengths = input
    .slice(-2)
    .map(
      (length, i) =>
        (length - 1) * stride[i]! - 2 * padding[i]! + dilation[i]! * (weight[2 + i]! - 1) + outputPadding[i]! + 1,
    );
  return [...input.slice(0, -3), weight[1]! * groups, ...lengths];
}

/** Calls `visit` with the offsets of a value of the input, of a weight, and of the output that their product goes to. */
function scatter(
  input: Quad,
  weight: Quad,
  output: Quad,
  options: TransposedOptions,
  visit: (pixel: number, weight: number, output: number) => void,
): void {
  const { groups = 1 } = options;
  const [stride, dilation, padding] = [
    pairOf(options.stride ?? 1),
    pairOf(options.dilation ?? 1),
    pairOf(options.padding),
  ];
  const [batch, channels, height, width] = input;
  const [, groupFilters, kernelHeight, kernelWidth] = weight;
  const [, filters, outHeight, outWidth] = output;
  for (let n = 0; n < batch; n++) {
    for (let c = 0; c < channels; c++) {
      const group = Math.floor(c / (channels / groups));
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          const pixel = ((n * channels + c) * height + y) * width + x;
          for (let f = 0; f < groupFilters; f++) {
            const plane = n * filters + group * groupFilters + f;
            for (let ky = 0; ky < kernelHeight; ky++) {
              const row = y * stride[0] + ky * dilation[0] - padding[0];
              if (row < 0 || row >= outHeight) continue;
              for (let kx = 0; kx < kernelWidth; kx++) {
                const col = x * stride[1] + kx * dilation[1] - padding[1];
                if (col < 0 || col >= outWidth) continue;
                const tap = ((c * groupFilters + f) * kernelHeight + ky) * kernelWidth + kx;
                visit(pixel, tap, (plane * outHeight + row) * outWidth + col);
              }
            }
          }
        }
      }
    }
  }
}

export function convTranspose2d(
  input: Values,
  weight: Values,
  bias?: Values | null,
  options: TransposedOptions = {},
): ExactSum {
  const images = batched(input);
  const shape = transposedShape(images.shape, weight.shape, options) as unknown as Quad;
  const sums = new Sums(shape);
  scatter(images.shape, weight.shape as Quad, shape, options, (pixel, tap, at) =>
    sums.add(at, input.data[pixel]! * weight.data[tap]!),
  );
  if (bias) {
    const plane = shape[2] * shape[3];
    for (let at = 0; at < sums.data.length; at++) sums.add(at, bias.data[Math.floor(at / plane) % shape[1]]!);
  }
  return sums.done(shape.slice(4 - input.shape.length));
}

/** A convTranspose2d over images of one row. */
export function convTranspose1d(
  input: Values,
  weight: Values,
  bias?: Values | null,
  options: TransposedOptions = {},
): ExactSum {
  const row = (value: number | readonly number[] | undefined, absent: number): Two => [
    absent,
    typeof value === "number" ? value : (value?.[0] ?? absent),
  ];
  const tall = ({ data, shape }: Values) => ({ data, shape: [...shape.slice(0, -1), 1, shape.at(-1)!] });
  const flat = convTranspose2d(tall(input), tall(weight), bias, {
    ...options,
    stride: row(options.stride, 1),
    padding: row(options.padding, 0),
    outputPadding: row(options.outputPadding, 0),
    dilation: row(options.dilation, 1),
  });
  return { ...flat, shape: [...flat.shape.slice(0, -2), flat.shape.at(-1)!] };
}

export function convTranspose2dBackward(
  input: Values,
  weight: Values,
  gradOutput: Values,
  options: TransposedOptions = {},
): Gradients {
  const [images, outputs] = [batched(input), batched(gradOutput)];
  const pixels = new Sums(images.shape);
  const taps = new Sums(weight.shape);
  scatter(images.shape, weight.shape as Quad, outputs.shape, options, (pixel, tap, at) => {
    pixels.add(pixel, gradOutput.data[at]! * weight.data[tap]!);
    taps.add(tap, gradOutput.data[at]! * input.data[pixel]!);
  });
  return { input: pixels.done(input.shape), weight: taps.done(), bias: biasGradient(outputs) };
}

// ---- gradients of convolution ----

function biasGradient({ data, shape }: { data: ArrayLike<number>; shape: Quad }): ExactSum {
  const sums = new Sums([shape[1]]);
  const plane = shape[2] * shape[3];
  for (let at = 0; at < data.length; at++) sums.add(Math.floor(at / plane) % shape[1], data[at]!);
  return sums.done();
}

/** Rows before and after; 'same' puts the odd one at the end. */
function paddingOf(padding: ConvOptions["padding"], kernel: Two, dilation: Two): { before: Two; after: Two } {
  if (padding === "valid") return { before: [0, 0], after: [0, 0] };
  if (padding !== "same") return { before: pairOf(padding), after: pairOf(padding) };
  const total = [(kernel[0] - 1) * dilation[0], (kernel[1] - 1) * dilation[1]] as const;
  const before = [Math.floor(total[0] / 2), Math.floor(total[1] / 2)] as const;
  return { before, after: [total[0] - before[0], total[1] - before[1]] };
}

/**
 * The gradients of conv2d. Each product of the convolution gives one term to the pixel and one to the weight that it is
 * made of; in the padding modes that continue the image, a pixel gets those of all its copies.
 */
export function conv2dBackward(
  input: Values,
  weight: Values,
  gradOutput: Values,
  options: ConvOptions = {},
): Gradients {
  const { groups = 1, paddingMode = "zeros" } = options;
  const [stride, dilation] = [pairOf(options.stride ?? 1), pairOf(options.dilation ?? 1)];
  const [images, outputs] = [batched(input), batched(gradOutput)];
  const [batch, channels, height, width] = images.shape;
  const [filters, groupChannels, kernelHeight, kernelWidth] = weight.shape as Quad;
  const [, , outHeight, outWidth] = outputs.shape;
  const { before, after } = paddingOf(options.padding, [kernelHeight, kernelWidth], dilation);
  // an image of its own pixels' numbers, from 1, so that a padded zero is none of them
  const numbers = { data: Float64Array.from({ length: height * width }, (_, i) => i + 1), shape: [1, height, width] };
  const mode = paddingMode === "zeros" ? "constant" : paddingMode;
  const padded = pad(numbers, [before[1], after[1], before[0], after[0]], { mode });
  const paddedWidth = width + before[1] + after[1];

  const pixels = new Sums(images.shape);
  const taps = new Sums(weight.shape);
  let at = 0;
  for (let n = 0; n < batch; n++) {
    for (let f = 0; f < filters; f++) {
      const group = Math.floor(f / (filters / groups));
      for (let y = 0; y < outHeight; y++) {
        for (let x = 0; x < outWidth; x++) {
          const gradient = gradOutput.data[at++]!;
          for (let ky = 0; ky < kernelHeight; ky++) {
            for (let kx = 0; kx < kernelWidth; kx++) {
              const row = y * stride[0] + ky * dilation[0];
              const number = padded.data[row * paddedWidth + x * stride[1] + kx * dilation[1]]!;
              if (number === 0) continue;
              for (let c = 0; c < groupChannels; c++) {
                const pixel = (n * channels + group * groupChannels + c) * height * width + number - 1;
                const tap = ((f * groupChannels + c) * kernelHeight + ky) * kernelWidth + kx;
                pixels.add(pixel, gradient * weight.data[tap]!);
                taps.add(tap, gradient * images.data[pixel]!);
              }
            }
          }
        }
      }
    }
  }
  return { input: pixels.done(input.shape), weight: taps.done(), bias: biasGradient(outputs) };
}

// ---- what the suites over the family share ----

/**
 * Whether a phase of the transposed convolution has the 3x3 or more taps that Winograd's transforms need. With a stride
 * the outputs of one phase meet only the taps of that phase, one in stride / gcd(stride, dilation).
 */
export function mayTransform(
  weight: readonly number[],
  options: { stride?: number | readonly number[]; dilation?: number | readonly number[] },
): boolean {
  const [stride, dilation] = [pairOf(options.stride ?? 1), pairOf(options.dilation ?? 1)];
  const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));
  return [0, 1].every((i) => weight[2 + i]! / (stride[i]! / gcd(stride[i]!, dilation[i]!)) > 2);
}

/** Whether a convolution has stride 1 and the 3x3 or more taps that Winograd's transforms need. */
export const mayTransformForward = (weight: readonly number[], options: { stride?: number | readonly number[] }) =>
  pairOf(options.stride ?? 1).every((step) => step === 1) && weight[2]! > 2 && weight[3]! > 2;

/** A sum by Winograd: its transforms mix the pixels of a tile, so an error is of the size of the largest output. */
function transformedDifference(actual: Values, expected: ExactSum): string | undefined {
  const largest = expected.magnitude.reduce((most, each) => Math.max(most, each), 0);
  return difference(actual, { ...expected, magnitude: expected.magnitude.map(() => largest) }, 16);
}

/** The first number that is not within rounding, in words; `transformed` where Winograd's rounding is allowed. */
export const roundingDifference = (actual: Values, expected: ExactSum, transformed: boolean): string | undefined =>
  transformed ? transformedDifference(actual, expected) : difference(actual, expected);

/** As {@link roundingDifference}, where every sum is exact in float32: nothing but the exact result will do then. */
export const goldenDifference = (actual: Values, expected: ExactSum, transformed: boolean): string | undefined =>
  transformed ? transformedDifference(actual, expected) : exactDifference(actual, expected);
