import type { Axis, ConvGeometry, Folded } from "./geometry.ts";
import { foldAxes } from "./volume.ts";

/**
 * The transposed convolution (the gradient of a convolution with respect to its input) without scattering: outputs
 * whose index leaves the same remainder by the stride meet the same taps of the kernel, so each such phase is a dense
 * convolution of stride 1. A 4x4 kernel of stride 2 makes four phases with 2x2 kernels; stride 1 makes one, with the
 * kernel rotated by 180 degrees.
 */

/** One remainder along one axis. */
interface AxisPhase {
  readonly remainder: number;
  /** taps of the kernel that the outputs meet, in the order of the inputs */
  readonly taps: readonly number[];
  /** the phase as a convolution's axis: `out` outputs have this remainder */
  readonly axis: Axis;
}

/** A phase of both axes, as a convolution. */
export interface Phase {
  readonly y: AxisPhase;
  readonly x: AxisPhase;
  readonly geometry: ConvGeometry;
}

/**
 * The phases that meet any tap, by rows. If strides are larger than the kernel, some outputs are in none.
 *
 * @param g the convolution that is transposed: its input is computed from its output
 * @param batch images per call
 */
export function phasesOf(g: ConvGeometry, batch: number): readonly (readonly Phase[])[] {
  const sizes = { batch, groups: g.groups, channels: g.filters, filters: g.channels, paddingMode: "zeros" } as const;
  const columns = axisPhases(g.x);
  if (columns.length === 0) return [];
  return axisPhases(g.y).map((y) => columns.map((x) => ({ y, x, geometry: { ...sizes, y: y.axis, x: x.axis } })));
}

function axisPhases(axis: Axis): readonly AxisPhase[] {
  return axis.folded === undefined ? phasesAlong(axis) : foldedPhases(axis.folded);
}

/** Of depth and height in one: a phase of both is one of rows of the volume. */
function foldedPhases({ outer, inner }: Folded): readonly AxisPhase[] {
  const within = phasesAlong(inner);
  return phasesAlong(outer).flatMap((z) =>
    within.map((y) => ({
      remainder: z.remainder * inner.length + y.remainder,
      taps: z.taps.flatMap((tap) => y.taps.map((other) => tap * inner.kernel + other)),
      axis: foldAxes(z.axis, y.axis),
    })),
  );
}

function phasesAlong({ length, kernel, stride, dilation, before, out }: Axis): AxisPhase[] {
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
      const axis = {
        length: out,
        kernel: taps.length,
        stride: 1,
        dilation: taps.length > 1 ? inputOf(taps[1]!) - inputOf(taps[0]!) : 1,
        // negative where the first window begins after the first input
        before: -inputOf(taps[0]!),
        after: 0,
        out: Math.ceil((length - remainder) / stride),
      };
      return { remainder, taps, axis };
    });
}

/** Indices, within a kernel, of the taps that a phase meets, in the order of the inputs. */
export const phaseTaps = (g: ConvGeometry, { y, x }: Phase): readonly number[] =>
  y.taps.flatMap((r) => x.taps.map((s) => r * g.x.kernel + s));

/** Outputs of all phases in a plane: not all outputs if some meet no tap. */
export const reachedBy = (phases: readonly (readonly Phase[])[]): number =>
  phases.flat().reduce((sum, { y, x }) => sum + y.axis.out * x.axis.out, 0);
