import type { ConvGeometry } from "./geometry.ts";

/** The part of a kernel of kernelHeight x kernelWidth taps that is computed: rows from `top`, columns from `left` on. */
export interface LiveTaps {
  readonly top: number;
  readonly left: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
}

/** A convolution without the taps that only ever meet zeros, and where those that are left stand in its kernel. */
export interface CroppedConv {
  readonly geometry: ConvGeometry;
  readonly live: LiveTaps;
}

/**
 * Leaves out the outer rows and columns of the kernel that meet nothing but zeros of the padding at every position of the
 * window, as those of a dilation that is larger than the map do. Their products are left out too, which an infinite weight
 * or NaN would have made NaN.
 *
 * @returns nothing where every outer tap meets the image, or none does
 */
export function withoutDeadTaps(g: ConvGeometry): CroppedConv | undefined {
  if (g.paddingMode !== "zeros") return undefined;
  const rows = liveRange(g.kernelHeight, g.dilationHeight, g.strideHeight, g.padTop, g.height, g.outHeight);
  const columns = liveRange(g.kernelWidth, g.dilationWidth, g.strideWidth, g.padLeft, g.width, g.outWidth);
  if (rows === undefined || columns === undefined) return undefined;
  const [kernelHeight, kernelWidth] = [rows.end - rows.begin, columns.end - columns.begin];
  if (kernelHeight === g.kernelHeight && kernelWidth === g.kernelWidth) return undefined;
  return {
    geometry: {
      ...g,
      kernelHeight,
      kernelWidth,
      padTop: g.padTop - rows.begin * g.dilationHeight,
      padBottom: g.padBottom - (g.kernelHeight - rows.end) * g.dilationHeight,
      padLeft: g.padLeft - columns.begin * g.dilationWidth,
      padRight: g.padRight - (g.kernelWidth - columns.end) * g.dilationWidth,
      // a distance that no two taps are left to have
      dilationHeight: kernelHeight === 1 ? 1 : g.dilationHeight,
      dilationWidth: kernelWidth === 1 ? 1 : g.dilationWidth,
    },
    live: { top: rows.begin, left: columns.begin, kernelHeight: g.kernelHeight, kernelWidth: g.kernelWidth },
  };
}

/** The taps from the first to the last that meet the image along one axis. */
function liveRange(
  taps: number,
  dilation: number,
  stride: number,
  before: number,
  length: number,
  out: number,
): { begin: number; end: number } | undefined {
  const isLive = (tap: number) => {
    const start = before - tap * dilation;
    const window = Math.max(Math.ceil(start / stride), 0);
    return window < out && window * stride < start + length;
  };
  let begin = 0;
  while (begin < taps && !isLive(begin)) ++begin;
  if (begin === taps) return undefined;
  let end = taps;
  while (!isLive(end - 1)) --end;
  return { begin, end };
}

/** Moves the live taps of `count` whole kernels, which begin at `at`, together. */
export function cropKernels(f32: Float32Array, at: number, count: number, g: ConvGeometry, live: LiveTaps): void {
  let to = at;
  for (let kernel = 0; kernel < count; ++kernel) {
    const from = at + (kernel * live.kernelHeight + live.top) * live.kernelWidth + live.left;
    for (let row = 0; row < g.kernelHeight; ++row, to += g.kernelWidth) {
      const begin = from + row * live.kernelWidth;
      f32.copyWithin(to, begin, begin + g.kernelWidth);
    }
  }
}
