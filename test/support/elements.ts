/** Tensors element by element. */
import { type Activation, Tensor } from "../../src/index.ts";
import { epilogueOf } from "../../src/planning/epilogue.ts";
import type { Operator } from "../../src/planning/operator.ts";
import { runGuarded } from "./guarded.ts";
import * as reference from "./reference.ts";

/** Uniform in [-1, 1). */
export const randoms = (seed: number, shape: readonly number[]) =>
  new Tensor(reference.randoms(seed, reference.sizeOf(shape)), shape);

/** Visits every index of a shape, in the order of the data. */
export function* indices(shape: readonly number[]): Generator<readonly number[]> {
  const index = shape.map(() => 0);
  for (let left = reference.sizeOf(shape); left > 0; --left) {
    yield index;
    for (let axis = shape.length - 1; axis >= 0 && ++index[axis]! === shape[axis]; --axis) index[axis] = 0;
  }
}

/** The element that an index of the result meets: axes are aligned at the end, and those of length 1 repeat. */
export function at({ data, shape }: reference.Values, index: readonly number[]): number {
  const own = index.slice(index.length - shape.length);
  return data[shape.reduce((sum, length, axis) => sum * length + (length === 1 ? 0 : own[axis]!), 0)]!;
}

/** An operator that ends with an activation, as a Session lets it. */
export function activated<A extends object>(
  operator: Operator<A>,
  operands: readonly Tensor[],
  attributes: NoInfer<A>,
  activation: Activation,
): Tensor {
  const [result] = runGuarded(operator, operands, attributes, 1, epilogueOf("test", activation));
  return new Tensor(result!.data as Float32Array, result!.shape);
}

/** The first element that is further from the float64 value than `allowed`, in words. */
export function fault(actual: Tensor, expected: readonly number[], allowed: (i: number) => number): string | undefined {
  for (const [i, wanted] of expected.entries()) {
    const got = actual.data[i]!;
    if (Object.is(got, wanted) || Math.abs(got - wanted) <= allowed(i)) continue;
    return `at ${i}: ${got} instead of ${wanted}`;
  }
  return actual.size === expected.length ? undefined : `${actual.size} elements instead of ${expected.length}`;
}

/** What rounding to float32 changes at most, relative. */
export const UNIT = 2 ** -24;
