import { INSTRUCTION_BYTES } from "../runtime/program.ts";
import { type Compiled, isTaken } from "./compiled.ts";

/** A program in linear memory. */
type Program = Pick<Compiled, "engine" | "program" | "calls" | "segments" | "explanation">;

/** How many times longer than expected an instruction may take. */
const SLOWEST = 4;
/** The share that is reported before the end, at most. */
const LAST = 0.999;

/**
 * Executes a program in slices of about `slice` milliseconds. An instruction that would take longer than what is left of a slice
 * is divided by its items, which gives the same bits.
 *
 * @param nanoseconds how long an item of each instruction took when it was last measured; 0 for never
 * @param between called between slices, and once at the end, with the share that is done, 1 at the end alone
 */
export async function runInSlices(
  { engine, program, calls, segments, explanation }: Program,
  nanoseconds: Float64Array,
  slice: number,
  between: (done: number) => Promise<void> | void,
): Promise<void> {
  const costOf = (index: number) => engine.heap.i32[(program + index * INSTRUCTION_BYTES) / 4 + 3]!;
  const scratch = explanation.totals.bytes.workspace;
  let total = 0;
  for (let index = 0; index < calls; ++index) total += costOf(index);
  let passed = 0;
  let begin = performance.now();
  for (const index of indicesOf(engine, segments)) {
    const at = program + index * INSTRUCTION_BYTES;
    const items = engine.heap.i32[at / 4 + 2]!;
    const cost = costOf(index);
    // until it is measured: on slow machines, too
    let each = nanoseconds[index]! || (SLOWEST * cost) / Math.max(items, 1);
    for (let done = 0; ; ) {
      const left = slice - (performance.now() - begin);
      // a part shorter than a quarter of a slice would rather be late than be divided
      const fitting = Math.max(Math.floor((Math.max(left, slice / 4) * 1e6) / each), 1);
      const end = Math.min(done + fitting, items);
      const before = performance.now();
      if (end - done === items) engine.run(program, index, index + 1, scratch);
      else engine.runItems(at, done, end, scratch);
      const now = performance.now();
      // too short a time says little by some clocks, which step by 0.1 ms
      if (now - before > 0.2) each = nanoseconds[index] = ((now - before) * 1e6) / (end - done);
      done = end;
      const finished = done === items;
      if (now - begin >= slice && !(finished && index + 1 === calls)) {
        await between(Math.min((passed + (cost * done) / Math.max(items, 1)) / total, LAST));
        begin = performance.now();
      }
      if (finished) break;
    }
    passed += cost;
  }
  await between(1);
}

/** The instructions that are to run; whether a segment is, is asked when its turn comes. */
function* indicesOf(engine: Compiled["engine"], segments: Compiled["segments"]): Generator<number> {
  for (const segment of segments) {
    if (!isTaken(engine, segment)) continue;
    for (let index = segment.first; index < segment.first + segment.calls; ++index) yield index;
  }
}

interface Scheduling {
  readonly setImmediate?: (callback: () => void) => void;
  readonly scheduler?: { readonly yield?: () => Promise<void> };
}

/** Resolves when the event loop has had its turn: without the 4 ms that browsers add to nested timers. */
export function turn(): Promise<void> {
  const { setImmediate, scheduler } = globalThis as Scheduling;
  // Node, Bun
  if (typeof setImmediate === "function") return new Promise((resolve) => setImmediate(resolve));
  if (typeof scheduler?.yield === "function") return scheduler.yield();
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
