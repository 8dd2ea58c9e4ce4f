/*
 * A heap is an array of u64, `pitch` bytes apart, with the least one first: what "less" means is up to the class C, whose
 * isLess is given the context.
 */

/** Puts the last of `count` into its place. */
export function raise<C>(context: usize, heap: usize, pitch: usize, count: i32): void {
  assert(count > 0 && pitch >= 8);
  const c = changetype<C>(0);
  let at = count - 1;
  const own = load<u64>(heap + <usize>at * pitch);
  while (at > 0) {
    const parent = (at - 1) >> 1;
    const other = load<u64>(heap + <usize>parent * pitch);
    if (!c.isLess(context, own, other)) break;
    store<u64>(heap + <usize>at * pitch, other);
    at = parent;
  }
  store<u64>(heap + <usize>at * pitch, own);
}

/** Puts `own` into its place, in the place of what is at position `at`, or below. */
export function sink<C>(context: usize, heap: usize, pitch: usize, count: i32, at: i32, own: u64): void {
  assert(at >= 0 && at < count && pitch >= 8);
  const c = changetype<C>(0);
  for (let child = 2 * at + 1; child < count; child = 2 * at + 1) {
    let least = load<u64>(heap + <usize>child * pitch);
    if (child + 1 < count) {
      const other = load<u64>(heap + <usize>(child + 1) * pitch);
      if (c.isLess(context, other, least)) {
        least = other;
        ++child;
      }
    }
    if (!c.isLess(context, least, own)) break;
    store<u64>(heap + <usize>at * pitch, least);
    at = child;
  }
  store<u64>(heap + <usize>at * pitch, own);
}

/** Makes a heap of an array. */
export function pile<C>(context: usize, heap: usize, pitch: usize, count: i32): void {
  for (let at = (count >> 1) - 1; at >= 0; --at) {
    sink<C>(context, heap, pitch, count, at, load<u64>(heap + <usize>at * pitch));
  }
}

/** Sorts a heap, the greatest first. */
export function unpile<C>(context: usize, heap: usize, pitch: usize, count: i32): void {
  for (let last = count - 1; last > 0; --last) {
    const at = heap + <usize>last * pitch;
    const own = load<u64>(at);
    store<u64>(at, load<u64>(heap));
    sink<C>(context, heap, pitch, last, 0, own);
  }
}

/** Numbers as they are. */
export class Plain {

  @inline isLess(_context: usize, a: u64, b: u64): bool {
    return a < b;
  }
}
