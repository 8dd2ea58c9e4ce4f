import type { Block, Heap } from "./heap.ts";
import { Layout } from "./layout.ts";

/** Where a step finds and leaves its tensors: byte offsets in linear memory, 0 for an operand that is not there. */
export interface Places {
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** workspaceBytes that are free while the step runs */
  readonly workspace: number;
}

/** One operation ready to run: whatever it needs but its tensors and its workspace is in linear memory. */
export interface Step {
  /** the kernel that does most of the work */
  readonly kernel: string;
  /** for convolutions, how it is computed */
  readonly algorithm?: string;
  /** why this algorithm */
  readonly reason?: string;
  /** multiplications and additions of the plain definition */
  readonly flops: number;
  /** weights as the kernels read them, in bytes */
  readonly weightBytes: number;
  readonly workspaceBytes: number;
  /** what the step holds, for the heap to free */
  readonly blocks: readonly Block[];
  /** Needed once before the first run. Outputs must not overlap inputs unless the operator says so. */
  bind(places: Places): void;
  /** Computes; allocates nothing. */
  run(): void;
}

/**
 * Runs a step in memory that is held for this call only, and frees what the step holds.
 *
 * @param inputs data of each argument, null for one that the step does not read from memory
 * @param counts elements of each result
 * @throws RangeError where memory does not suffice; nothing is held then
 */
export function runOnce(
  where: string,
  heap: Heap,
  step: Step,
  inputs: readonly (Float32Array | null)[],
  counts: readonly number[],
): readonly Float32Array<ArrayBuffer>[] {
  try {
    const layout = new Layout();
    const inner = inputs.map((data) => (data === null ? -1 : layout.add(data.byteLength)));
    const outputs = counts.map((count) => layout.add(count * 4));
    const workspace = layout.add(step.workspaceBytes);
    const block = heap.allocate(where, layout.bytes);
    try {
      const at = (offset: number) => block.offset + offset;
      for (const [index, data] of inputs.entries()) {
        if (data !== null) heap.f32.set(data, at(inner[index]!) / 4);
      }
      step.bind({
        inputs: inner.map((offset) => (offset < 0 ? 0 : at(offset))),
        outputs: outputs.map(at),
        workspace: at(workspace),
      });
      step.run();
      return counts.map((count, index) => heap.f32.slice(at(outputs[index]!) / 4, at(outputs[index]!) / 4 + count));
    } finally {
      heap.free(block);
    }
  } finally {
    for (const block of step.blocks) heap.free(block);
  }
}
