/** Whether two engines give the same for a network, up to rounding. */
import { isIntegral } from "../../../src/dtype.ts";
import { numbersOf } from "../../../src/elements.ts";
import type { Result } from "./oracle.ts";

/** How far a result may be from the expected one, by its name: what rounding within the network does to it. */
export type Leeway = ReadonlyMap<string, number>;

/** @returns what differs first; undefined for nothing */
export function difference(
  actual: readonly Result[],
  expected: readonly Result[],
  leeway: Leeway = new Map(),
): string | undefined {
  const names = (results: readonly Result[]) => results.map(({ name }) => name).join(", ");
  if (names(actual) !== names(expected)) return `the outputs are ${names(actual)}, expected ${names(expected)}`;
  for (const [index, result] of actual.entries()) {
    const { name, dtype, shape, data } = expected[index]!;
    if (result.dtype !== dtype) return `${name} is of type ${result.dtype}, expected ${dtype}`;
    const more = leeway.get(name) ?? 0;
    // what rounding changes somewhere may be anything there
    if (more === Infinity) continue;
    if (`${result.shape}` !== `${shape}`) return `${name} has the shape [${result.shape}], expected [${shape}]`;
    const [a, b] = [result.data, data];
    if (isIntegral(result.dtype as "int64")) {
      for (let i = 0; i < b.length; ++i) if (a[i] !== b[i]) return `${name}[${i}] is ${a[i]}, expected ${b[i]}`;
      continue;
    }
    const [numbers, wanted] = [numbersOf(result.dtype as "float16", a), numbersOf(result.dtype as "float16", b)];
    const scale = largest(wanted);
    const unit = dtype === "float16" ? 1e-3 : 1e-5;
    for (let i = 0; i < wanted.length; ++i) {
      const [x, y] = [numbers[i]!, wanted[i]!];
      if (Object.is(x, y) || Math.abs(x - y) <= unit * (scale + 10 * Math.abs(y)) + 1e-7 + more || x === y) continue;
      if (Number.isNaN(x) && Number.isNaN(y)) continue;
      return `${name}[${i}] is ${x}, expected ${y} (the largest is ${scale})`;
    }
  }
  return undefined;
}

/** The largest that is finite. */
export function largest(numbers: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < numbers.length; ++i) {
    const size = Math.abs(numbers[i]!);
    if (size > most && size < Infinity) most = size;
  }
  return most;
}
