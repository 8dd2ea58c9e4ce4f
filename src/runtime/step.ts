import type { Block } from "./heap.ts";

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
