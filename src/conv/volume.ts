import type { TransposeCall } from "./call.ts";
import { type Axis, extentOf } from "./geometry.ts";
import { type PaddingMode, sourceIndex } from "./padding.ts";

/**
 * Convolutions of volumes by the kernels for images. To them a volume is an image of depth x height rows, and a kernel has
 * as many rows as it has of both. Where the rows of a window lie is in a table anyway: it is as if the windows were as far
 * apart as they are high, and a padded image held the rows of each.
 *
 *   2 x 2 rows of a kernel, over outputs (0, 0), (0, 1) ... of depth and height
 *
 *   row of the padded image     0     1     2     3     4     5     6     7     8 ...
 *   row (depth, height)        0,0   0,1   1,0   1,1   0,1   0,2   1,1   1,2   0,2 ...
 */

/** Depth and height as one axis. */
export function foldAxes(outer: Axis, inner: Axis): Axis {
  const kernel = outer.kernel * inner.kernel;
  const out = outer.out * inner.out;
  const within = [outer, inner].every((axis) => axis.before === 0 && extentOf(axis) <= axis.length);
  const untouched = [outer, inner].every(
    (axis) => axis.kernel === 1 && axis.stride === 1 && axis.before === 0 && axis.out === axis.length,
  );
  // a step of 1 is for ways that follow rows without the table
  const stride = untouched ? 1 : Math.max(kernel, 2);
  return {
    length: outer.length * inner.length,
    kernel,
    stride,
    dilation: 1,
    // all that this says is whether windows leave the volume
    before: within ? 0 : 1,
    after: 0,
    out,
    folded: { outer, inner, writeSources: (mode, to) => writeRows(outer, inner, stride, mode, to) },
  };
}

/** @param step from the rows of a window to those of the next */
function writeRows(outer: Axis, inner: Axis, step: number, mode: PaddingMode, to: Int32Array): void {
  const depths = sourcesOf(outer, mode);
  const heights = sourcesOf(inner, mode);
  to.fill(-1);
  for (const [z, slices] of depths.entries()) {
    for (const [y, lines] of heights.entries()) {
      let at = (z * inner.out + y) * step;
      for (const slice of slices) {
        for (const line of lines) to[at++] = slice < 0 || line < 0 ? -1 : slice * inner.length + line;
      }
    }
  }
}

/** Where each tap of each window of an axis lies in it, -1 for zeros. */
function sourcesOf(axis: Axis, mode: PaddingMode): readonly (readonly number[])[] {
  return Array.from({ length: axis.out }, (_, window) =>
    Array.from({ length: axis.kernel }, (_, tap) =>
      sourceIndex(mode, window * axis.stride + tap * axis.dilation - axis.before, axis.length),
    ),
  );
}

/** A checked convolution over three axes, transposed or not, as one of images. */
export function volumeOf<C extends TransposeCall>(call: C): C {
  const [z, y] = call.axes as readonly [Axis, Axis, Axis];
  return { ...call, geometry: { ...call.geometry, y: foldAxes(z, y) } };
}
