import type { Served } from "./models.ts";
import { Refusal, type Sent, type SentPictures } from "./protocol.ts";
import type { Workers } from "./workers.ts";

type Inputs = ReadonlyMap<string, Sent | SentPictures>;

interface Waiting {
  readonly model: Served;
  readonly inputs: Inputs;
  /** entries along the first axis */
  readonly count: number;
  /** requests with the same one may be computed together; undefined: alone */
  readonly group: string | undefined;
  readonly begun: number;
  resolve(outputs: ReadonlyMap<string, Sent>): void;
  reject(error: unknown): void;
}

export interface QueueOptions {
  /** the most requests that wait */
  readonly length: number;
  /** milliseconds from arrival on, after which a request that waits is refused */
  readonly timeout: number;
  /** the most entries that are computed together */
  readonly batch: number;
  /** milliseconds that a request may wait for others while a thread is free */
  readonly delay: number;
}

/** What the metrics count. */
export interface QueueEvents {
  onBatch(model: Served, requests: number, entries: number, waited: readonly number[], ms: number): void;
}

/** Requests in the order of their arrival; those of one model and one shape are computed together. */
export class Queue {
  readonly #workers: Workers;
  readonly #options: QueueOptions;
  readonly #events: QueueEvents;
  #waiting: Waiting[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(workers: Workers, options: QueueOptions, events: QueueEvents) {
    this.#workers = workers;
    this.#options = options;
    this.#events = events;
  }

  get length(): number {
    return this.#waiting.length;
  }

  /** @throws Refusal 429 where too many wait, 408 where the time is over */
  run(model: Served, inputs: Inputs): Promise<ReadonlyMap<string, Sent>> {
    const { length, timeout } = this.#options;
    if (this.#waiting.length >= length) throw new Refusal(429, `${length} requests wait already: try again later`);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting = this.#waiting.filter((each) => each !== entry);
        reject(new Refusal(408, `there was no result within ${timeout} ms`));
      }, timeout);
      model.pending++;
      const settled =
        <A extends unknown[]>(settle: (...args: A) => void) =>
        (...args: A) => {
          clearTimeout(timer);
          model.pending--;
          settle(...args);
        };
      const entry: Waiting = {
        model,
        inputs,
        ...groupOf(model, inputs, this.#options.batch),
        begun: performance.now(),
        resolve: settled(resolve),
        reject: settled(reject),
      };
      this.#waiting.push(entry);
      this.next();
    });
  }

  /** Gives what waits to threads that have nothing to do. */
  next(): void {
    clearTimeout(this.#timer);
    let soonest = Infinity;
    const now = performance.now();
    // a request of each group is looked at once
    const seen = new Set<string>();
    for (const first of [...this.#waiting]) {
      if (!this.#workers.isFree) return;
      if (first.group !== undefined && seen.has(first.group)) continue;
      const batch = this.#batchOf(first);
      const entries = batch.reduce((sum, { count }) => sum + count, 0);
      const left = first.begun + this.#options.delay - now;
      if (first.group === undefined || entries >= this.#options.batch || left <= 0) {
        this.#waiting = this.#waiting.filter((each) => !batch.includes(each));
        void this.#compute(batch, entries);
      } else {
        seen.add(first.group);
        soonest = Math.min(soonest, left);
      }
    }
    if (soonest < Infinity) this.#timer = setTimeout(() => this.next(), Math.ceil(soonest));
  }

  #batchOf(first: Waiting): readonly Waiting[] {
    if (first.group === undefined) return [first];
    let room = this.#options.batch;
    return this.#waiting.filter(({ group, count }) => {
      if (group !== first.group || count > room) return false;
      room -= count;
      return true;
    });
  }

  async #compute(batch: readonly Waiting[], entries: number): Promise<void> {
    const [{ model }] = batch as readonly [Waiting];
    const begun = performance.now();
    try {
      const results = await this.#workers.run(
        model.key,
        batch.map(({ inputs }) => inputs),
      );
      const waited = batch.map((each) => begun - each.begun);
      this.#events.onBatch(model, batch.length, entries, waited, performance.now() - begun);
      for (const [index, each] of batch.entries()) each.resolve(results[index]!);
    } catch (error) {
      if (batch.length === 1) batch[0]!.reject(error);
      // one of them is at fault: each by itself
      else this.#waiting.unshift(...batch.map((each) => ({ ...each, group: undefined })));
      this.next();
    }
  }
}

function groupOf(
  model: Served,
  inputs: Inputs,
  most: number,
): { readonly count: number; readonly group: string | undefined } {
  const shapes = [...inputs].map(([name, value]) => [name, "data" in value ? value.shape : null] as const);
  const counts = new Set(shapes.map(([, shape]) => shape?.[0]));
  const [count] = counts;
  if (!model.batches || counts.size !== 1 || count === undefined || count === 0 || count >= most) {
    return { count: count ?? 1, group: undefined };
  }
  const rest = shapes.map(([name, shape]) => [name, shape!.slice(1)]).sort();
  return { count, group: JSON.stringify([model.key, rest]) };
}
