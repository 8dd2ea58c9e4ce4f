import type { ConvGeometry } from "./geometry.ts";

/**
 * The transposed convolution (the gradient of a convolution with respect to its input) without scattering: outputs
 * whose index leaves the same remainder by the stride meet the same taps of the kernel, so each such phase is a dense
 * convolution of stride 1. A 4x4 kernel of stride 2 makes four phases with 2x2 kernels; stride 1 makes one, with the
 * kernel turned by half a circle.
 */

/** One remainder along one axis. */
interface AxisPhase {
  readonly remainder: number;
  /** outputs with this remainder */
  readonly count: number;
  /** taps of the kernel that they meet, in the order of the inputs */
  readonly taps: readonly number[];
  readonly dilation: number;
  /** inputs that the first window reaches before the first one; negative where it begins later */
  readonly before: number;
}

/** A phase of both axes, as a convolution. */
export interface Phase {
  readonly y: AxisPhase;
  readonly x: AxisPhase;
  readonly geometry: ConvGeometry;
}

/**
 * The phases that meet any tap, by rows. Where the strides are larger than the kernel there are outputs in none.
 *
 * @param g the convolution that is transposed: its input is computed from its output
 * @param batch images a call
 */
export function phasesOf(g: ConvGeometry, batch: number): readonly (readonly Phase[])[] {
  const columns = axisPhases(g.width, g.kernelWidth, g.strideWidth, g.dilationWidth, g.padLeft);
  return axisPhases(g.height, g.kernelHeight, g.strideHeight, g.dilationHeight, g.padTop).map((y) =>
    columns.map((x) => ({ y, x, geometry: phaseGeometry(g, batch, y, x) })),
  );
}

function axisPhases(length: number, kernel: number, stride: number, dilation: number, before: number): AxisPhase[] {
  // output i * stride + remainder meets tap r at input i + (remainder + before - r * dilation) / stride
  const byRemainder = new Map<number, number[]>();
  for (let tap = kernel - 1; tap >= 0; --tap) {
    const remainder = (((tap * dilation - before) % stride) + stride) % stride;
    if (remainder < length) byRemainder.set(remainder, [...(byRemainder.get(remainder) ?? []), tap]);
  }
  return [...byRemainder]
    .sort(([a], [b]) => a - b)
    .map(([remainder, taps]) => {
      const inputOf = (tap: number) => (remainder + before - tap * dilation) / stride;
      return {
        remainder,
        count: Math.ceil((length - remainder) / stride),
        taps,
        dilation: taps.length > 1 ? inputOf(taps[1]!) - inputOf(taps[0]!) : 1,
        before: -inputOf(taps[0]!),
      };
    });
}

function phaseGeometry(g: ConvGeometry, batch: number, y: AxisPhase, x: AxisPhase): ConvGeometry {
  return {
    batch,
    groups: g.groups,
    channels: g.filters,
    filters: g.channels,
    height: g.outHeight,
    width: g.outWidth,
    kernelHeight: y.taps.length,
    kernelWidth: x.taps.length,
    strideHeight: 1,
    strideWidth: 1,
    dilationHeight: y.dilation,
    dilationWidth: x.dilation,
    padTop: y.before,
    padBottom: 0,
    padLeft: x.before,
    padRight: 0,
    paddingMode: "zeros",
    outHeight: y.count,
    outWidth: x.count,
  };
}

/** Byte offsets, within a kernel, of the taps that a phase meets, in the order of the inputs. */
export const tapOffsets = (g: ConvGeometry, { y, x }: Phase): readonly number[] =>
  y.taps.flatMap((r) => x.taps.map((s) => (r * g.kernelWidth + s) * 4));
