import { countOf, show, wrongValue } from "../check.ts";

/** Distance between elements along each axis of a tensor. */
export const stridesOf = (shape: readonly number[]): readonly number[] =>
  shape.map((_, axis) => countOf(shape.slice(axis + 1)));

/** Lengths of two shapes along the axes of the shape to which they broadcast: shapes are aligned at the end. */
const aligned = (a: readonly number[], b: readonly number[]): readonly (readonly [number, number])[] => {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => [a[axis - rank + a.length] ?? 1, b[axis - rank + b.length] ?? 1]);
};

const fits = ([x, y]: readonly [number, number]) => x === y || x === 1 || y === 1;

/** The shape to which two shapes broadcast, by numpy's rule that length 1 repeats; undefined if they do not. */
export function commonShape(a: readonly number[], b: readonly number[]): readonly number[] | undefined {
  const lengths = aligned(a, b);
  return lengths.every(fits) ? lengths.map(([x, y]) => (x === 1 ? y : x)) : undefined;
}

/**
 * As {@link commonShape}.
 * @throws RangeError for shapes that do not broadcast
 */
export function broadcastShape(where: string, a: readonly number[], b: readonly number[]): readonly number[] {
  const shape = commonShape(a, b);
  if (shape !== undefined) return shape;
  const lengths = aligned(a, b);
  const axis = lengths.findIndex((pair) => !fits(pair));
  const [x, y] = lengths[axis]!;
  throw wrongValue(
    where,
    `shapes ${show(a)} and ${show(b)} do not broadcast: axis ${axis} of the result has ${x} and ${y}`,
  );
}

/** Distances between the elements of a tensor of shape `own` along the axes of a shape to which it broadcasts; 0 repeats. */
export function broadcastStrides(shape: readonly number[], own: readonly number[]): readonly number[] {
  const strides = stridesOf(own);
  const missing = shape.length - own.length;
  return shape.map((_, axis) => (axis < missing || own[axis - missing] === 1 ? 0 : strides[axis - missing]!));
}

/** Calls `visit` for every element of a shape in order, with the element's place in each tensor that broadcasts to it. */
export function eachBroadcast(
  shape: readonly number[],
  operands: readonly (readonly number[])[],
  visit: (index: number, sources: readonly number[]) => void,
): void {
  const steps = operands.map((own) => broadcastStrides(shape, own));
  const sources = operands.map(() => 0);
  const position = shape.map(() => 0);
  for (let index = 0, count = countOf(shape); index < count; ++index) {
    visit(index, sources);
    for (let axis = shape.length - 1; axis >= 0; --axis) {
      const length = shape[axis]!;
      const next = position[axis]! + 1 === length ? 0 : position[axis]! + 1;
      for (let i = 0; i < sources.length; ++i) sources[i]! += (next - position[axis]!) * steps[i]![axis]!;
      position[axis] = next;
      if (next !== 0) break;
    }
  }
}

/** One axis of the result, and the distance between the arguments' elements along it: 0 where one repeats. */
export interface BroadcastAxis {
  readonly count: number;
  readonly a: number;
  readonly b: number;
}

/** One axis of a result, and the distance between each argument's elements along it: 0 where one repeats. */
export interface MergedAxis {
  readonly count: number;
  readonly steps: readonly number[];
}

/** Axes of the result without those of one element; axes along which all arguments run on are joined. */
export function mergedAxes(shape: readonly number[], operands: readonly (readonly number[])[]): readonly MergedAxis[] {
  const along = operands.map((own) => broadcastStrides(shape, own));
  const merged: MergedAxis[] = [];
  for (const [axis, count] of shape.entries()) {
    if (count === 1) continue;
    const steps = along.map((strides) => strides[axis]!);
    const outer = merged.at(-1);
    if (outer?.steps.every((step, i) => step === count * steps[i]!)) {
      merged[merged.length - 1] = { count: outer.count * count, steps };
    } else merged.push({ count, steps });
  }
  return merged.length === 0 ? [{ count: 1, steps: operands.map(() => 1) }] : merged;
}

/** As {@link mergedAxes}, for two arguments. */
export const broadcastAxes = (
  shape: readonly number[],
  a: readonly number[],
  b: readonly number[],
): readonly BroadcastAxis[] =>
  mergedAxes(shape, [a, b]).map(({ count, steps }) => ({ count, a: steps[0]!, b: steps[1]! }));

const AXIS_FIELDS = 3;

/** Bytes of the kernels' table of axes. */
export const axesBytes = (axes: readonly unknown[]): number => axes.length * AXIS_FIELDS * 4;

/** Writes the kernels' table of axes, for elements of `size` bytes. */
export function writeAxes(axes: readonly BroadcastAxis[], size: number, to: Int32Array): void {
  for (const [i, { count, a, b }] of axes.entries()) to.set([count, a * size, b * size], i * AXIS_FIELDS);
}
