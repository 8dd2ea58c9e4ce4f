import { countOf, sameShape, show, wrongType } from "../check.ts";
import type { Following } from "../operators/counts.ts";
import { type Constant, numbersOf } from "../planning/constant.ts";
import type { Operand, Operands } from "../planning/operator.ts";

/*
 * Lengths that depend on data, as how many boxes are found. The type of such a value has room for the most items, and a
 * value of its own, the count, an int32, says how many there are. Operators compute all items, those beyond the count too, as long
 * as these change nothing about the others (Operator.beyond).
 *
 * How long the axes of a result are is not written down for each operator: its plan is asked, for some lengths that the
 * argument may have. So are the values that are computed from shapes.
 */

/** A value, for each length that is tried. */
type Tried<T> = readonly T[];

const NONE: ReadonlySet<string> = new Set();

/** What is known about values whose lengths depend on data. */
export class Lengths {
  /** for each axis its count, "" for one whose length is known */
  readonly #counts = new Map<string, readonly string[]>();
  /** constants that depend on one count: what they are for each length that is tried */
  readonly #tried = new Map<string, { readonly count: string; readonly values: Tried<Constant> }>();
  /** the most items of each count */
  readonly #most = new Map<string, number>();
  /** counts of equal calls */
  readonly #made = new Map<string, string>();

  /** Whether anything about a value depends on data. */
  isOpen(value: string): boolean {
    return this.#counts.has(value) || this.#tried.has(value);
  }

  /** For each axis of a value its count, "" for one whose length is known; undefined if all are. */
  countsOf(value: string): readonly string[] | undefined {
    return this.#counts.get(value);
  }

  /** All values with axes whose length depends on data. */
  get all(): ReadonlyMap<string, readonly string[]> {
    return this.#counts;
  }

  /** The count that a constant depends on; undefined for none. */
  countBehind(value: string): string | undefined {
    return this.#tried.get(value)?.count;
  }

  /** What such a constant is for each length that is tried. */
  triedOf(value: string): Tried<Constant> {
    return this.#tried.get(value)!.values;
  }

  /**
   * Notes a new count.
   * @param call names the call that makes it: another call of this name has the same count
   */
  add(count: string, most: number, call = count): string {
    const made = this.#made.get(call);
    if (made !== undefined) return made;
    this.#made.set(call, count);
    this.#most.set(count, most);
    return count;
  }

  setCounts(value: string, counts: readonly string[]): void {
    if (counts.some((count) => count !== "")) this.#counts.set(value, counts);
  }

  setTried(value: string, count: string, values: Tried<Constant>): void {
    this.#tried.set(value, { count, values });
  }

  /** The counts on which values depend. */
  behind(values: readonly string[]): ReadonlySet<string> {
    if (this.#most.size === 0) return NONE;
    const counts = values.flatMap((value) => [...(this.#counts.get(value) ?? []), this.#tried.get(value)?.count ?? ""]);
    return new Set(counts.filter((count) => count !== ""));
  }

  /** Lengths that are tried: those near the ends, and in the middle. */
  trials(count: string): readonly number[] {
    const most = this.#most.get(count)!;
    const middle = most >> 1;
    const all = [0, 1, 2, 3, middle, middle + 1, most - 1, most].filter((length) => length >= 0 && length <= most);
    return [...new Set(all)].sort((a, b) => a - b);
  }

  /** A value if a count were another. */
  supposed(value: string, operand: Operand | null, count: string, trial: number): Operand | null {
    const tried = this.#tried.get(value);
    if (tried?.count === count) return tried.values[trial]!;
    const counts = this.#counts.get(value);
    if (operand === null || !counts?.includes(count)) return operand;
    const length = this.trials(count)[trial]!;
    const shape = operand.shape.map((own, axis) => (counts[axis] === count ? length : own));
    const { dtype, data } = operand;
    // only of one axis are the first elements the first items
    return data === undefined || shape.length !== 1 ? { dtype, shape } : { dtype, shape, data: data.slice(0, length) };
  }
}

/** Results for each length that is tried, null where there are none: a length that the operator cannot take. */
export type Trials = readonly { readonly length: number; readonly types: Operands | null }[];

/**
 * How long an axis of a result is.
 * @returns undefined where that does not depend on the count; null if it depends in a way that nothing here can follow
 */
export function followingAxis(trials: Trials, result: number, axis: number): Following | undefined | null {
  const points: [number, number][] = [];
  for (const { length, types } of trials) if (types !== null) points.push([length, types[result]!.shape[axis]!]);
  const following = followingOf(points);
  // an operator that cannot take an empty axis does nothing to what is beyond one
  return following && trials[0]!.types === null && following.factor > 0
    ? { ...following, least: Math.max(following.summand, 0) }
    : following;
}

/**
 * The line with limits on which points lie.
 * @returns undefined if it is level, null if there is none
 */
function followingOf(points: readonly (readonly [x: number, y: number])[]): Following | undefined | null {
  const all = points.map(([, y]) => y);
  const [least, most] = [Math.min(...all), Math.max(...all)];
  if (points.length < 2) return null;
  if (least === most) return undefined;
  for (let i = 1; i < points.length; ++i) {
    const [[x0, y0], [x1, y1]] = [points[i - 1]!, points[i]!];
    const factor = (y1 - y0) / (x1 - x0);
    const summand = y0 - factor * x0;
    if (!Number.isSafeInteger(factor) || factor === 0 || !Number.isSafeInteger(summand)) continue;
    const isOn = ([x, y]: readonly [number, number]) => Math.min(Math.max(factor * x + summand, least), most) === y;
    if (points.every(isOn)) return { factor, summand, least, most };
  }
  return null;
}

/** Whether a length is the count itself. */
export const isCount = ({ factor, summand, least, most }: Following, highest: number): boolean =>
  factor === 1 && summand === 0 && least <= 0 && most >= highest;

/**
 * How each element of a constant follows from a count.
 * @throws TypeError where one does so in another way than by a line with limits
 */
export function followingElements(
  where: string,
  value: string,
  lengths: readonly number[],
  values: Tried<Constant>,
): readonly Following[] {
  const tried = values.map(numbersOf);
  return Array.from({ length: countOf(values[0]!.shape) }, (_, element) => {
    const following = followingOf(lengths.map((length, i) => [length, tried[i]![element]!] as const));
    const only = tried[0]![element]!;
    if (following === undefined) return { factor: 0, summand: only, least: only, most: only };
    if (following === null) throw cannotFollow(where, `the elements of ${show(value)}`);
    return following;
  });
}

/** Whether a constant is the same for all lengths, or its first elements are. */
export function dependence(values: Tried<Constant>): "none" | "length" | "elements" {
  const largest = values.at(-1)!;
  const shapes = values.every(({ shape }) => sameShape(shape, largest.shape));
  const begins = values.every(({ data }) => data.every((element, i) => element === largest.data[i]));
  if (shapes) return begins ? "none" : "elements";
  // of several axes, all elements must be the same one
  const isEven = largest.data.every((element) => element === largest.data[0]);
  return begins && (largest.shape.length === 1 || isEven) ? "length" : "elements";
}

export const cannotFollow = (where: string, what: string) =>
  wrongType(
    where,
    `${what} would depend on data in a way that cannot be followed: only a run knows how many items there are`,
  );
