/** How long calls took, in milliseconds. */
export interface Latency {
  readonly median: number;
  /** of 20 calls, 19 took no longer */
  readonly p95: number;
  readonly most: number;
}

/** The last calls' times. */
const KEPT = 1000;

export class Latencies {
  readonly #kept: number[] = [];
  #next = 0;

  add(milliseconds: number): void {
    this.#kept[this.#next] = milliseconds;
    this.#next = (this.#next + 1) % KEPT;
  }

  /** Zeros before the first call. */
  get summary(): Latency {
    const sorted = this.#kept.toSorted((a, b) => a - b);
    const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
    return { median: at(0.5), p95: at(0.95), most: at(1) };
  }
}
