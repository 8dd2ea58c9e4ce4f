import type { Block } from "../src/runtime/heap.ts";
import { engine } from "../src/runtime/runtime.ts";

/**
 * Peak bytes of linear memory in blocks during a call. memory().used reports them only between calls, so
 * the heap itself is watched: `call` must use the functions of src/, since the bundle has its own heap.
 */
export function peakBytes(call: () => void): number {
  const { heap } = engine();
  const before = heap.used;
  let peak = before;
  const allocate = heap.allocate.bind(heap);
  heap.allocate = (where: string, bytes: number): Block => {
    const block = allocate(where, bytes);
    peak = Math.max(peak, heap.used);
    return block;
  };
  try {
    call();
  } finally {
    heap.allocate = allocate;
  }
  return peak - before;
}
