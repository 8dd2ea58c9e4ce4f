import type { Engine } from "./engine.ts";
import type { Microkernel } from "./host.ts";
import { wholeLines } from "./layout.ts";

/** One panel of A and one of B, or two: 28 or 44 KB, in L1, and enough to outweigh the cost of the call. */
const DEPTH = 512;
const CALLS = 16;

/** A micro-kernel alone on operands that lie packed in L1: no layer's plain sum can be computed faster with it. */
export interface Roof {
  /** multiplications and additions of one `run` */
  readonly flops: number;
  run(): void;
  /** Frees the operands' memory. */
  dispose(): void;
}

/** @throws Error if the micro-kernel computes a wrong product, which must not count as a roof */
export function roofOf({ heap, exports }: Pick<Engine, "heap" | "exports">, microkernel: Microkernel): Roof {
  const columns = microkernel === "gemm6x16" ? 16 : 8;
  const toB = wholeLines(6 * (DEPTH + 1) * 4);
  const toC = toB + columns * DEPTH * 4;
  const operands = heap.allocate("roof", toC + 6 * columns * 4);
  const a = operands.offset;
  heap.f32.fill(0.5, a / 4, (a + toC) / 4);
  const call =
    microkernel === "gemm6x16"
      ? () => exports.gemm6x16(DEPTH, a, a + 24, a + toB, 32 * DEPTH, 32, a + toC, 64, 1)
      : () => exports[microkernel](DEPTH, a, a + toB, 32, a + toC, 32, 1);
  const run = () => {
    for (let calls = 0; calls < CALLS; ++calls) call();
  };
  run();
  // a bias of 0.5, then products of 0.25
  const product = heap.f32.subarray((a + toC) / 4, (a + toC) / 4 + 6 * columns);
  if (product.some((value) => value !== 0.5 + 0.25 * DEPTH)) {
    throw new Error(`roof: ${microkernel} gives a wrong product`);
  }
  return { flops: 2 * 6 * columns * DEPTH * CALLS, run, dispose: () => heap.free(operands) };
}
