import { setImmediate } from "node:timers/promises";

/** A shorter sample would measure the clock and the garbage collector. */
const MIN_SAMPLE_MS = 2;
/** WebAssembly engines recompile code in the background once it has run for a while. */
const WARM_MS = 80;
const WARM_CALLS = 2;

export interface Contestant {
  run(): void | Promise<void>;
  /** a number from the last result: results that nobody reads might not be computed */
  sink(): number;
}

export interface Timing {
  /** median, of one call */
  readonly ms: number;
  /** calls in a sample */
  readonly repeats: number;
  /** one for each round, in ms of one call */
  readonly samples: readonly number[];
}

/**
 * Times the contestants in rounds, one sample of each in turn, so that all of them meet the machine in the same state;
 * who begins changes from round to round.
 *
 * @param budgetMs no further round begins after it; there is at least one
 */
export async function race(
  contestants: readonly Contestant[],
  rounds: number,
  onRound: () => void = () => {},
  budgetMs = Number.POSITIVE_INFINITY,
): Promise<Timing[]> {
  const entries: { contestant: Contestant; repeats: number; samples: number[] }[] = [];
  for (const contestant of contestants) entries.push({ contestant, repeats: await warm(contestant), samples: [] });
  const begin = performance.now();
  for (let round = 0; round < rounds; ++round) {
    if (round > 0 && performance.now() - begin > budgetMs) break;
    for (let turn = 0; turn < entries.length; ++turn) {
      const { contestant, repeats, samples } = entries[(round + turn) % entries.length]!;
      samples.push((await sample(contestant, repeats)) / repeats);
    }
    onRound();
  }
  if (entries.some(({ contestant }) => !Number.isFinite(contestant.sink()))) throw new Error("a result is not finite");
  return entries.map(({ repeats, samples }) => ({ ms: median(samples), repeats, samples }));
}

/** Runs until code is likely to be optimised. @returns calls that a sample needs */
async function warm(contestant: Contestant): Promise<number> {
  let calls = 0;
  let last = 0;
  for (const begin = performance.now(); calls < WARM_CALLS || performance.now() - begin < WARM_MS; ++calls) {
    last = await sample(contestant, 1);
  }
  // the event loop installs what was compiled in the background
  await setImmediate();
  let repeats = Math.max(Math.ceil(MIN_SAMPLE_MS / Math.max(last, 1e-4)), 1);
  // a single call is shorter than it looks: the clock and the loop are in it too
  for (let took = 0; took < MIN_SAMPLE_MS; ) {
    took = await sample(contestant, repeats);
    if (took < MIN_SAMPLE_MS) repeats = Math.ceil(repeats * Math.min(Math.max((1.1 * MIN_SAMPLE_MS) / took, 1.1), 10));
  }
  return repeats;
}

async function sample({ run }: Contestant, repeats: number): Promise<number> {
  const begin = performance.now();
  for (let call = 0; call < repeats; ++call) {
    const pending = run();
    // an await that nobody needs would be charged to the engines that answer at once
    if (pending !== undefined) await pending;
  }
  return performance.now() - begin;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
