/** What the tests compare with: plain loops in float64, and the seeded data and tolerances that all tests share. */

export type PadMode = "constant" | "reflect" | "replicate" | "circular";
export type PaddingMode = "zeros" | "reflect" | "replicate" | "circular";

/** Anything with data and a shape: the library's tensors and the references' own results. */
export interface Values {
  readonly data: ArrayLike<number>;
  readonly shape: readonly number[];
}

export interface Exact {
  readonly data: Float64Array;
  readonly shape: readonly number[];
}

/** A sum of products in float64, with what an error bound needs. */
export interface ExactSum extends Exact {
  /** per output: the sum of the terms' absolute values */
  readonly magnitude: Float64Array;
  /** terms summed for each output, the bias included */
  readonly terms: number;
  /** whether Winograd's transforms serve the geometry; nothing for no */
  readonly winograd?: boolean;
}

export interface ConvOptions {
  stride?: number | readonly number[];
  padding?: number | readonly number[] | "same" | "valid";
  dilation?: number | readonly number[];
  groups?: number;
  paddingMode?: PaddingMode;
}

export interface UnfoldOptions {
  dilation?: number | readonly number[];
  padding?: number | readonly number[];
  stride?: number | readonly number[];
}

// ---- seeded data ----

/** Top bits of a 32-bit linear congruential generator; test/golden/generate.py has the same one. */
function* states(seed: number): Generator<number, never> {
  let state = (Math.imul(seed, 0x9e3779b1) + 0x7f4a7c15) >>> 0;
  for (;;) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state;
  }
}

/** Multiples of 1/256 in [-1, 1): their products and moderate sums of these are exact in float32. */
export function values(seed: number, count: number): Float32Array<ArrayBuffer> {
  const state = states(seed);
  return Float32Array.from({ length: count }, () => ((state.next().value >>> 23) - 256) / 256);
}

/** Numbers in [-1, 1) with 24 significant bits, so that every product and sum rounds. */
export function randoms(seed: number, count: number): Float32Array<ArrayBuffer> {
  const state = states(seed);
  return Float32Array.from({ length: count }, () => ((state.next().value >>> 7) - 2 ** 24) / 2 ** 24);
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, axis) => product * axis, 1);

// ---- tolerances ----

const UNIT_ROUNDOFF = 2 ** -24;

/**
 * Largest error of a float32 sum of `terms` products, relative to the sum of the terms' absolute values.
 *
 * A product and each of the additions after it round once, which gives at worst gamma = n u / (1 - n u) whatever the
 * order (Higham, Accuracy and Stability of Numerical Algorithms, 3.1). Roundings do not conspire: in practice the error
 * grows with the root of n (Higham and Mary 2019), so long sums are held to 4 u sqrt(n).
 * `factor` is for algorithms that are less stable than a plain sum, such as Winograd's.
 */
export function tolerance(terms: number, factor = 1): number {
  const roundings = (terms + 1) * UNIT_ROUNDOFF;
  const worst = roundings / (1 - roundings);
  return factor * Math.min(worst, 4 * UNIT_ROUNDOFF * Math.sqrt(terms + 1));
}

/** The first place where `actual` is not within the tolerance of `expected`, in words; undefined if there is none. */
export function difference(actual: Values, expected: ExactSum, factor = 1): string | undefined {
  const relative = tolerance(expected.terms, factor);
  return firstDifference(actual, expected, (i) => relative * expected.magnitude[i]!);
}

/** Four times the largest error that was met, in units of a plain sum's tolerance. */
const WINOGRAD_FACTOR = 8;

/**
 * As {@link difference}, for what an algorithm of conv2d gives. Winograd's transforms mix the pixels of a tile, so an
 * error is of the size of the largest output; 'auto' may have chosen them wherever they serve.
 */
export function differenceBy(algorithm: Algorithm, actual: Values, expected: ExactSum, factor = 1): string | undefined {
  if (!expected.winograd || (algorithm !== "winograd" && algorithm !== "auto")) {
    return difference(actual, expected, factor);
  }
  const largest = expected.magnitude.reduce((most, each) => Math.max(most, each), 0);
  const magnitude = expected.magnitude.map(() => largest);
  return difference(actual, { ...expected, magnitude }, factor * WINOGRAD_FACTOR);
}

/** The first place where `actual` is not exactly `expected`, in words; undefined if there is none. */
export function exactDifference(actual: Values, expected: Values): string | undefined {
  return firstDifference(actual, expected, () => 0);
}

function firstDifference(actual: Values, expected: Values, bound: (i: number) => number): string | undefined {
  if (actual.shape.join() !== expected.shape.join()) return `shape [${actual.shape}], expected [${expected.shape}]`;
  if (actual.data.length !== sizeOf(expected.shape)) return `${actual.data.length} numbers in shape [${actual.shape}]`;
  for (let i = 0; i < actual.data.length; i++) {
    const got = actual.data[i]!;
    const wanted = expected.data[i]!;
    // equal infinities have no difference, and NaN is expected where NaN is
    if (got === wanted || (Number.isNaN(got) && Number.isNaN(wanted))) continue;
    const allowed = bound(i);
    const error = Math.abs(got - wanted);
    if (error <= allowed && allowed < Number.POSITIVE_INFINITY) continue;
    return `at [${coordinates(i, actual.shape)}]: ${got}, expected ${wanted} (error ${error}, allowed ${allowed})`;
  }
  return undefined;
}

function coordinates(index: number, shape: readonly number[]): string {
  const out: number[] = [];
  let rest = index;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    out.unshift(rest % shape[axis]!);
    rest = Math.floor(rest / shape[axis]!);
  }
  return out.join(", ");
}

// ---- convolution ----

function pairOf(value: number | readonly number[]): [number, number] {
  if (typeof value === "number") return [value, value];
  return [value[0]!, value[1]!];
}

/** Rows before and after; 'same' puts the odd one at the end. */
function paddingOf(
  padding: number | readonly number[] | "same" | "valid",
  kernel: readonly [number, number],
  dilation: readonly [number, number],
): { before: [number, number]; after: [number, number] } {
  if (padding === "valid") return { before: [0, 0], after: [0, 0] };
  if (padding === "same") {
    const total = [(kernel[0] - 1) * dilation[0], (kernel[1] - 1) * dilation[1]] as const;
    const before: [number, number] = [Math.floor(total[0] / 2), Math.floor(total[1] / 2)];
    return { before, after: [total[0] - before[0], total[1] - before[1]] };
  }
  return { before: pairOf(padding), after: pairOf(padding) };
}

/** Where element `index` of a padded axis comes from, or -1 where nothing is: `index` counts from the first original. */
function sourceOf(index: number, size: number, mode: PadMode | PaddingMode): number {
  if (index >= 0 && index < size) return index;
  if (mode === "replicate") return index < 0 ? 0 : size - 1;
  if (mode === "reflect") return index < 0 ? -index : 2 * (size - 1) - index;
  if (mode === "circular") return index < 0 ? index + size : index - size;
  return -1;
}

/** Output length of an axis: `pads` are those of both ends. */
const outSize = (size: number, pads: number, kernel: number, dilate: number, step: number) =>
  Math.floor((size + pads - dilate * (kernel - 1) - 1) / step) + 1;

/** Whether Winograd's transforms can compute it: square kernels of 3 or 5, dilated or not, that move by one. */
export function winogradServes(input: readonly number[], weight: readonly number[], options: ConvOptions): boolean {
  const kernel = [weight.at(-2)!, weight.at(-1)!] as const;
  if (kernel[0] !== kernel[1] || (kernel[0] !== 3 && kernel[0] !== 5)) return false;
  const stride = pairOf(options.stride ?? 1);
  const dilation = pairOf(options.dilation ?? 1);
  const { before, after } = paddingOf(options.padding ?? 0, kernel, dilation);
  // a stride that is never taken is none
  const still = (i: 0 | 1) => outSize(input.at(i - 2)!, before[i] + after[i], kernel[i], dilation[i], stride[i]) === 1;
  return ([0, 1] as const).every((i) => stride[i] === 1 || still(i));
}

export function conv2d(input: Values, weight: Values, bias?: Values | null, options: ConvOptions = {}): ExactSum {
  if (input.shape.length === 3) {
    const batched = conv2d({ data: input.data, shape: [1, ...input.shape] }, weight, bias, options);
    return { ...batched, shape: batched.shape.slice(1) };
  }
  const { stride = 1, padding = 0, dilation = 1, groups = 1, paddingMode = "zeros" } = options;
  const [batch, channels, height, width] = input.shape as [number, number, number, number];
  const [filters, groupChannels, kernelHeight, kernelWidth] = weight.shape as [number, number, number, number];
  const [strideHeight, strideWidth] = pairOf(stride);
  const [dilationHeight, dilationWidth] = pairOf(dilation);
  const { before, after } = paddingOf(padding, [kernelHeight, kernelWidth], [dilationHeight, dilationWidth]);
  const outHeight = outSize(height, before[0] + after[0], kernelHeight, dilationHeight, strideHeight);
  const outWidth = outSize(width, before[1] + after[1], kernelWidth, dilationWidth, strideWidth);

  const shape = [batch, filters, outHeight, outWidth];
  const data = new Float64Array(sizeOf(shape));
  const magnitude = new Float64Array(sizeOf(shape));
  let at = 0;
  for (let n = 0; n < batch; n++) {
    for (let f = 0; f < filters; f++) {
      const group = Math.floor(f / (filters / groups));
      for (let y = 0; y < outHeight; y++) {
        for (let x = 0; x < outWidth; x++) {
          let sum = bias ? bias.data[f]! : 0;
          let absolute = Math.abs(sum);
          for (let c = 0; c < groupChannels; c++) {
            const plane = (n * channels + group * groupChannels + c) * height;
            for (let ky = 0; ky < kernelHeight; ky++) {
              const row = sourceOf(y * strideHeight + ky * dilationHeight - before[0], height, paddingMode);
              for (let kx = 0; kx < kernelWidth; kx++) {
                const col = sourceOf(x * strideWidth + kx * dilationWidth - before[1], width, paddingMode);
                const pixel = row < 0 || col < 0 ? 0 : input.data[(plane + row) * width + col]!;
                const term = pixel * weight.data[((f * groupChannels + c) * kernelHeight + ky) * kernelWidth + kx]!;
                sum += term;
                absolute += Math.abs(term);
              }
            }
          }
          data[at] = sum;
          magnitude[at] = absolute;
          at++;
        }
      }
    }
  }
  return {
    data,
    magnitude,
    shape,
    terms: groupChannels * kernelHeight * kernelWidth + (bias ? 1 : 0),
    winograd: winogradServes(input.shape, weight.shape, options),
  };
}

/** A conv2d over images of one row. */
export function conv1d(input: Values, weight: Values, bias?: Values | null, options: ConvOptions = {}): ExactSum {
  const first = (value: number | readonly number[]) => (typeof value === "number" ? value : value[0]!);
  const { stride = 1, padding = 0, dilation = 1 } = options;
  const tall = ({ data, shape }: Values) => ({ data, shape: [...shape.slice(0, -1), 1, shape.at(-1)!] });
  const flat = conv2d(tall(input), tall(weight), bias, {
    ...options,
    stride: [1, first(stride)],
    padding: typeof padding === "string" ? padding : [0, first(padding)],
    dilation: [1, first(dilation)],
  });
  return { ...flat, shape: [...flat.shape.slice(0, -2), flat.shape.at(-1)!] };
}

// ---- padding and unfolding ----

/** `padding` in torch's order: a pair per axis, the last axis first. */
export function pad(
  input: Values,
  padding: readonly number[],
  options: { mode?: PadMode; value?: number } = {},
): Exact {
  const { mode = "constant", value = 0 } = options;
  const rank = input.shape.length;
  const before = input.shape.map((_, axis) => padding[2 * (rank - 1 - axis)] ?? 0);
  const after = input.shape.map((_, axis) => padding[2 * (rank - 1 - axis) + 1] ?? 0);
  const shape = input.shape.map((size, axis) => before[axis]! + size + after[axis]!);
  const data = new Float64Array(sizeOf(shape));
  const index = new Array<number>(rank).fill(0);
  for (let at = 0; at < data.length; at++) {
    let offset = 0;
    let outside = false;
    for (let axis = 0; axis < rank; axis++) {
      const source = padSource(index[axis]! - before[axis]!, input.shape[axis]!, mode, before[axis]!, after[axis]!);
      outside ||= source < 0;
      offset = offset * input.shape[axis]! + source;
    }
    data[at] = outside ? value : input.data[offset]!;
    advance(index, shape);
  }
  return { data, shape };
}

/** torch continues a cropped axis circularly from what is left of it, in the other modes from the whole of it. */
function padSource(index: number, size: number, mode: PadMode, before: number, after: number): number {
  if (mode !== "circular") return sourceOf(index, size, mode);
  const first = Math.max(-before, 0);
  const left = size - first - Math.max(-after, 0);
  return first + sourceOf(index - first, left, mode);
}

/** The next index in row-major order. */
function advance(index: number[], shape: readonly number[]): void {
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (++index[axis]! < shape[axis]!) return;
    index[axis] = 0;
  }
}

/** Columns of patches: (N, C * kernelHeight * kernelWidth, L). */
export function unfold(input: Values, kernelSize: number | readonly number[], options: UnfoldOptions = {}): Exact {
  if (input.shape.length === 3) {
    const batched = unfold({ data: input.data, shape: [1, ...input.shape] }, kernelSize, options);
    return { data: batched.data, shape: batched.shape.slice(1) };
  }
  const [batch, channels, height, width] = input.shape as [number, number, number, number];
  const [kernelHeight, kernelWidth] = pairOf(kernelSize);
  const [dilationHeight, dilationWidth] = pairOf(options.dilation ?? 1);
  const [paddingHeight, paddingWidth] = pairOf(options.padding ?? 0);
  const [strideHeight, strideWidth] = pairOf(options.stride ?? 1);
  const outHeight =
    Math.floor((height + 2 * paddingHeight - dilationHeight * (kernelHeight - 1) - 1) / strideHeight) + 1;
  const outWidth = Math.floor((width + 2 * paddingWidth - dilationWidth * (kernelWidth - 1) - 1) / strideWidth) + 1;

  const shape = [batch, channels * kernelHeight * kernelWidth, outHeight * outWidth];
  const data = new Float64Array(sizeOf(shape));
  let at = 0;
  for (let n = 0; n < batch; n++) {
    for (let c = 0; c < channels; c++) {
      for (let ky = 0; ky < kernelHeight; ky++) {
        for (let kx = 0; kx < kernelWidth; kx++) {
          for (let y = 0; y < outHeight; y++) {
            for (let x = 0; x < outWidth; x++) {
              const row = sourceOf(y * strideHeight + ky * dilationHeight - paddingHeight, height, "zeros");
              const col = sourceOf(x * strideWidth + kx * dilationWidth - paddingWidth, width, "zeros");
              data[at++] = row < 0 || col < 0 ? 0 : input.data[((n * channels + c) * height + row) * width + col]!;
            }
          }
        }
      }
    }
  }
  return { data, shape };
}

/** torch.Tensor.unfold: windows along `dimension`, each on a new last axis. */
export function tensorUnfold(input: Values, dimension: number, size: number, step: number): Exact {
  const axis = dimension < 0 ? dimension + input.shape.length : dimension;
  const windows = Math.floor((input.shape[axis]! - size) / step) + 1;
  const shape = [...input.shape.map((length, i) => (i === axis ? windows : length)), size];
  const data = new Float64Array(sizeOf(shape));
  const index = new Array<number>(shape.length).fill(0);
  for (let at = 0; at < data.length; at++) {
    const within = index.at(-1)!;
    const offset = input.shape.reduce(
      (sum, length, i) => sum * length + (i === axis ? index[i]! * step + within : index[i]!),
      0,
    );
    data[at] = input.data[offset]!;
    advance(index, shape);
  }
  return { data, shape };
}

// ---- what the suites over conv2d share ----

export const ALGORITHMS = ["auto", "direct", "im2col", "toeplitz", "winograd"] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

/** These sum the terms themselves, in some order; 'auto' may pick one that transforms them first. */
export const PLAIN_SUMS = ["direct", "im2col", "toeplitz"] as const;

/** A case's name: every parameter, as `input 1x3x9x10, weight 4x3x3x3, stride [1, 2]`. */
export function nameOf(parameters: Record<string, unknown>): string {
  const show = (name: string, value: unknown) => {
    if (!Array.isArray(value)) return String(value);
    return name === "input" || name === "weight" ? value.join("x") : `[${value.join(", ")}]`;
  };
  return Object.entries(parameters)
    .map(([name, value]) => `${name} ${show(name, value)}`)
    .join(", ");
}
