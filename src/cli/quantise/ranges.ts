/** How the range of a tensor's numbers is chosen. */
export type Method = "minmax" | "percentile" | "entropy";

export const METHODS: readonly Method[] = ["minmax", "percentile", "entropy"];

/** Least and most. */
export type Range = readonly [least: number, most: number];

/** The share of numbers that a percentile keeps. */
const KEPT = 0.99999;
/** Bins of a histogram: twice so many as there are steps of eight bits, and again. */
const BINS = 2048;
/** Steps of a quantised number. */
const STEPS = 256;

/** Takes the numbers of a tensor in two passes: the range first, then, if it is needed, how often each size occurs. */
export class Observed {
  least = Number.POSITIVE_INFINITY;
  most = Number.NEGATIVE_INFINITY;
  readonly #bins = new Float64Array(BINS);

  /** First pass. */
  widen(numbers: Float32Array): void {
    for (const number of numbers) {
      if (number < this.least) this.least = number;
      if (number > this.most) this.most = number;
    }
  }

  /** Second pass, after all of the first. */
  count(numbers: Float32Array): void {
    const [least, width] = [this.least, (this.most - this.least) / BINS];
    if (!(width > 0)) return;
    for (const number of numbers) {
      const bin = Math.floor((number - least) / width);
      if (bin >= 0) this.#bins[Math.min(bin, BINS - 1)]! += 1;
    }
  }

  range(method: Method): Range {
    const whole: Range = [this.least, this.most];
    if (method === "minmax" || !(this.most > this.least)) return whole;
    const [first, end] =
      method === "percentile" ? percentile(this.#bins) : leastDivergence(this.#bins, this.least, this.most);
    const width = (this.most - this.least) / BINS;
    return [this.least + first * width, end === BINS ? this.most : this.least + end * width];
  }
}

/** The bins [first, end) without those that hold less than half of what is not kept, from either side. */
function percentile(bins: Float64Array): readonly [number, number] {
  const out = (bins.reduce((sum, count) => sum + count, 0) * (1 - KEPT)) / 2;
  let first = 0;
  for (let sum = bins[0]!; sum < out; sum += bins[first]!) ++first;
  let end = bins.length;
  for (let sum = bins[end - 1]!; sum < out; sum += bins[end - 1]!) --end;
  return [first, Math.max(end, first + 1)];
}

/**
 * The bins [first, end), as wide on both sides of 0 as the numbers are, whose numbers differ the least, by Kullback and Leibler,
 * from what 256 steps make of them; what is outside falls into the outermost bins.
 */
function leastDivergence(bins: Float64Array, least: number, most: number): readonly [number, number] {
  const width = (most - least) / bins.length;
  const zero = Math.min(Math.max(Math.round(-least / width), 0), bins.length);
  const longest = Math.max(zero, bins.length - zero);
  let best: readonly [number, number] = [0, bins.length];
  let smallest = Number.POSITIVE_INFINITY;
  for (let reach = Math.min(STEPS / 2, longest); reach <= longest; reach += 8) {
    const [first, end] = [Math.max(zero - reach, 0), Math.min(zero + reach, bins.length)];
    const divergence = divergenceOf(bins, first, end);
    if (divergence < smallest) {
      smallest = divergence;
      best = [first, end];
    }
  }
  return best;
}

function divergenceOf(bins: Float64Array, first: number, end: number): number {
  const clipped = bins.slice(first, end);
  for (let i = 0; i < first; ++i) clipped[0]! += bins[i]!;
  for (let i = end; i < bins.length; ++i) clipped[clipped.length - 1]! += bins[i]!;
  const total = clipped.reduce((sum, count) => sum + count, 0);
  const own = bins.subarray(first, end);
  let divergence = 0;
  let covered = 0;
  for (let step = 0; step < STEPS; ++step) {
    const begin = Math.floor((step * clipped.length) / STEPS);
    const until = Math.floor(((step + 1) * clipped.length) / STEPS);
    let sum = 0;
    let filled = 0;
    for (let i = begin; i < until; ++i) {
      sum += own[i]!;
      if (clipped[i]! > 0) ++filled;
    }
    for (let i = begin; i < until; ++i) {
      if (clipped[i]! === 0) continue;
      // a step is spread over those of its bins that hold anything
      const q = sum / filled;
      covered += q;
      divergence += clipped[i]! * Math.log(clipped[i]! / Math.max(q, Number.EPSILON));
    }
  }
  return divergence / total + Math.log(Math.max(covered, Number.EPSILON) / total);
}
