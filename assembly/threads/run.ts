import {
  DONE_AT,
  END_AT,
  ENGINE_AT,
  KERNEL_AT,
  LEAST_AT,
  LOST_AT,
  NUMBER_AT,
  PARAMS_AT,
  PARKED_AT,
  SCRATCH_AT,
  TAKEN,
  THREADS_AT,
  VERSION_AT,
  WORKSPACE,
  WORKSPACE_BYTES,
} from "./layout";

/** Where this instance of the kernels has its scratch: see assembly/workspace.ts. */
// @ts-ignore: decorator
@external("kernels", "ownWorkspace")
declare let ownWorkspace: usize;

// @ts-ignore: decorator
@inline
const INSTRUCTION_BYTES: usize = 16;

/** Expected nanoseconds of an instruction that is worth dividing: fetching what the other core has written takes a few. */
export let worth: i32 = 8000;

/** How often a helper looks for the next step before it parks, a few tenths of a millisecond. */
const LOOKS = 200_000;

/** How often the caller looks at least whether a helper has finished, ten seconds or more: one that takes longer is gone. */
export let patience: i64 = 10_000_000_000;

/** How often it looks for each nanosecond that the instruction is expected to take. */
const LOOKS_EACH: i64 = 100;

/**
 * Executes instructions [from, to) of a program, and divides those that are worth it. The caller never waits for a helper that has not
 * taken items, so that one that is late, parked or gone costs nothing.
 *
 * @returns 0, or 1 if a helper has taken items and not computed them
 */
export function runTogether(control: usize, program: usize, from: i32, to: i32): i32 {
  const end = program + <usize>to * INSTRUCTION_BYTES;
  for (let at = program + <usize>from * INSTRUCTION_BYTES; at < end; at += INSTRUCTION_BYTES) {
    const kernel = load<u32>(at);
    const params = load<usize>(at, 4);
    const items = load<i32>(at, 8);
    if (items > 1 && load<i32>(at, 12) >= worth) {
      if (runItemsTogether(control, at, 0, items)) return 1;
    } else {
      call_indirect<void>(kernel, params, 0, items);
    }
  }
  return 0;
}

/**
 * Publishes items [begin, end) of one instruction, takes part in them, and returns when all are done.
 *
 * @returns as runTogether
 */
export function runItemsTogether(control: usize, instruction: usize, begin: i32, end: i32): i32 {
  const items = end - begin;
  const threads = load<i32>(control, THREADS_AT);
  store<u32>(control, load<u32>(instruction), KERNEL_AT);
  store<usize>(control, load<usize>(instruction, 4), PARAMS_AT);
  store<i32>(control, end, END_AT);
  // some kernels prepare something for each range: few items are given out as two ranges a thread, many as eight
  store<i32>(control, max(1, items / ((items < 8 * threads ? 2 : 8) * threads)), LEAST_AT);
  atomic.store<i32>(control, 0, DONE_AT);
  const number = load<u32>(control, NUMBER_AT) + 1;
  atomic.store<i64>(control, ((<i64>number) << 32) | (<i64>items));
  if (atomic.load<i32>(control, PARKED_AT)) {
    atomic.store<i32>(control, 0, PARKED_AT);
    atomic.notify(control + NUMBER_AT, -1);
  }
  take(control, number, 0);
  const most = patience + LOOKS_EACH * <i64>load<i32>(instruction, 12);
  for (let looks: i64 = 0; looks < most; ++looks) {
    if (atomic.load<i32>(control, DONE_AT) == items) return 0;
    const lost = atomic.load<i32>(control, LOST_AT);
    if (lost && atomic.load<i32>(control, DONE_AT) + lost == items) break;
  }
  return 1;
}

/**
 * Computes items of a step until all are taken. Whoever takes some knows that what it has read of the step is right, although
 * nothing locks it: the caller writes the next one when all items of this one are done.
 */
function take(control: usize, number: u32, line: usize): void {
  const kernel = load<u32>(control, KERNEL_AT);
  const params = load<usize>(control, PARAMS_AT);
  const end = load<i32>(control, END_AT);
  const least = load<i32>(control, LEAST_AT);
  const threads = load<i32>(control, THREADS_AT);
  for (;;) {
    const ticket = atomic.load<i64>(control);
    if (<u32>(ticket >> 32) != number) return;
    const left = <i32>ticket;
    if (left == 0) return;
    const count = min(max(left / (2 * threads), least), (left + 1) / 2);
    if (atomic.cmpxchg<i64>(control, ticket, ticket - count) != ticket) continue;
    if (line) store<i32>(line, count, TAKEN);
    call_indirect<void>(kernel, params, end - left, end - left + count);
    atomic.add<i32>(control, count, DONE_AT);
  }
}

/**
 * A helper's work: takes part in each step as it is published, parks when there has been none for a while.
 *
 * @returns the engine of a step that this one is not for, or -1 if modules have been loaded that this thread has yet to hear of
 */
export function help(control: usize, line: usize, engine: i32, version: i32): i32 {
  let seen: u32 = 0;
  let looks = 0;
  while (true) {
    const number = atomic.load<u32>(control, NUMBER_AT);
    if (number == seen) {
      if (++looks < LOOKS) continue;
      atomic.store<i32>(control, 1, PARKED_AT);
      atomic.wait<i32>(control + NUMBER_AT, number, -1);
      looks = 0;
      continue;
    }
    const wanted = load<i32>(control, ENGINE_AT);
    if (load<i32>(control, VERSION_AT) != version) return -1;
    if (wanted != engine) return wanted;
    seen = number;
    looks = 0;
    if (load<i32>(control, SCRATCH_AT) > load<i32>(line, WORKSPACE_BYTES)) continue;
    ownWorkspace = load<usize>(line, WORKSPACE);
    take(control, number, line);
    store<i32>(line, 0, TAKEN);
  }
}
