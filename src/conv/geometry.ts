import { countOf, wrongValue } from "../check.ts";
import { type PaddingMode, paddingFault } from "./padding.ts";

export const ALGORITHMS = ["auto", "direct", "im2col", "toeplitz", "winograd"] as const;

/** How to compute a convolution; 'auto' leaves it to the planner. */
export type Algorithm = (typeof ALGORITHMS)[number];

/** Values before and after each axis. */
export type Pads = readonly (readonly [before: number, after: number])[];

/** One axis of a window operation. */
export interface Axis {
  readonly length: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  /** values that padding adds before and after the axis */
  readonly before: number;
  readonly after: number;
  /** windows */
  readonly out: number;
  /** the axes that this one stands for, if it is depth and height in one: see volume.ts */
  readonly folded?: Folded;
}

/** Two axes that are read as one. */
export interface Folded {
  readonly outer: Axis;
  readonly inner: Axis;
  /** Writes the index in the image of each value that the windows read, -1 for zeros. */
  writeSources(mode: PaddingMode, to: Int32Array): void;
}

/** A convolution with all its sizes known: what planner and kernels work with. Channels and filters are those of one group. */
export interface ConvGeometry {
  readonly batch: number;
  readonly groups: number;
  readonly channels: number;
  readonly filters: number;
  readonly paddingMode: PaddingMode;
  readonly y: Axis;
  readonly x: Axis;
}

/** Stands for the missing axis in one dimension. */
export const ABSENT: Axis = { length: 1, kernel: 1, stride: 1, dilation: 1, before: 0, after: 0, out: 1 };

/** Values of the padded axis that the windows read. */
export const extentOf = ({ out, stride, kernel, dilation }: Axis): number =>
  (out - 1) * stride + (kernel - 1) * dilation + 1;

/** Positions of the kernel. */
export const tapsOf = ({ y, x }: ConvGeometry): number => y.kernel * x.kernel;

/** Length of the sum of each output. */
export const depthOf = (g: ConvGeometry): number => g.channels * tapsOf(g);

/** Outputs of a plane. */
export const pixelsOf = ({ y, x }: ConvGeometry): number => y.out * x.out;

/** Multiplications and additions of the plain sum. */
export function flopsOf(g: ConvGeometry): number {
  const outputs = countOf([g.batch, g.groups, g.filters, g.y.out, g.x.out]);
  return 2 * outputs * countOf([g.channels, g.y.kernel, g.x.kernel]);
}

/**
 * Output length of a window that slides along one axis.
 *
 * @param name name of the axis, for messages
 * @throws RangeError for a kernel that does not fit, and for padding that the mode cannot make
 */
export function windowAxis(
  where: string,
  name: string,
  length: number,
  kernel: number,
  stride: number,
  dilation: number,
  before: number,
  after: number,
  mode: PaddingMode,
): Axis {
  const fault = paddingFault(mode, Math.max(before, after), length);
  if (fault !== undefined) throw wrongValue(where, `${fault}, got padding ${Math.max(before, after)} for ${name}`);
  const extent = (kernel - 1) * dilation + 1;
  const padded = length + before + after;
  if (extent > padded) {
    throw wrongValue(where, `kernel spans ${extent} values of ${name}, but the padded input has only ${padded}`);
  }
  const out = Math.floor((padded - extent) / stride) + 1;
  // a step that is never taken must not cost memory
  return { length, kernel, stride: out === 1 ? 1 : stride, dilation, before, after, out };
}
