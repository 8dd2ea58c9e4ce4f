import type { Axis, ConvGeometry } from "./geometry.ts";

/** The part of a kernel of kernelHeight x kernelWidth taps that is computed: rows from `top`, columns from `left` on. */
export interface LiveTaps {
  readonly top: number;
  readonly left: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
}

/** A convolution without the taps that only ever meet zeros, and where the remaining ones are in its kernel. */
export interface CroppedConv {
  readonly geometry: ConvGeometry;
  readonly live: LiveTaps;
}

/**
 * Leaves out outer rows and columns of the kernel that meet nothing but zeros of the padding at every position of the
 * window, as happens when the dilation is larger than the map. Their products are left out too, which an infinite weight
 * or NaN would have made NaN.
 *
 * @returns undefined if every outer tap meets the image, or none does, and for volumes
 */
export function withoutDeadTaps(g: ConvGeometry): CroppedConv | undefined {
  if (g.paddingMode !== "zeros" || g.y.folded) return undefined;
  const rows = liveRange(g.y);
  const columns = liveRange(g.x);
  if (rows === undefined || columns === undefined) return undefined;
  const y = cropped(g.y, rows);
  const x = cropped(g.x, columns);
  if (y.kernel === g.y.kernel && x.kernel === g.x.kernel) return undefined;
  const live = { top: rows.begin, left: columns.begin, kernelHeight: g.y.kernel, kernelWidth: g.x.kernel };
  return { geometry: { ...g, y, x }, live };
}

interface Range {
  readonly begin: number;
  readonly end: number;
}

function cropped(axis: Axis, { begin, end }: Range): Axis {
  const kernel = end - begin;
  if (kernel === axis.kernel && kernel > 1) return axis;
  return {
    ...axis,
    kernel,
    before: axis.before - begin * axis.dilation,
    after: axis.after - (axis.kernel - end) * axis.dilation,
    // with one tap left there is no distance
    dilation: kernel === 1 ? 1 : axis.dilation,
  };
}

/** The taps from the first to the last that meet the image along one axis. */
function liveRange({ length, kernel, stride, dilation, before, out }: Axis): Range | undefined {
  const isLive = (tap: number) => {
    const start = before - tap * dilation;
    const window = Math.max(Math.ceil(start / stride), 0);
    return window < out && window * stride < start + length;
  };
  let begin = 0;
  while (begin < kernel && !isLive(begin)) ++begin;
  if (begin === kernel) return undefined;
  let end = kernel;
  while (!isLive(end - 1)) --end;
  return { begin, end };
}
