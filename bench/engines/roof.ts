import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Build, runtime } from "convwasm";
import { load } from "../../src/runtime/loader.ts";

/** One panel of A and one of B: 28 KB, in L1 and far longer than the call's own cost. */
const DEPTH = 512;
const CALLS = 16;

export interface Roof {
  readonly flops: number;
  run(): void;
}

/** The micro-kernel that is used here, alone on operands that lie packed in L1: no layer's plain sum can be computed faster with it. */
export function roofOf(build: Build): Roof {
  const file = import.meta.resolve(`convwasm/kernels${build === "relaxed" ? "-relaxed" : ""}.wasm`);
  const memory = new WebAssembly.Memory({ initial: 1 });
  const { microkernel } = runtime();
  const kernels = load(new Uint8Array(readFileSync(fileURLToPath(file))), memory, microkernel);
  const multiply = kernels[microkernel];
  const a = 64;
  const b = a + Math.ceil((6 * (DEPTH + 1) * 4) / 64) * 64;
  const c = b + 8 * DEPTH * 4;
  new Float32Array(memory.buffer, a, (c - a) / 4).fill(0.5);
  const run = () => {
    for (let call = 0; call < CALLS; ++call) multiply(DEPTH, a, b, 32, c, 32, 1);
  };
  run();
  // a bias of 0.5, then products of 0.25: a kernel that is called wrongly must not be taken for a roof
  if (new Float32Array(memory.buffer, c, 48).some((value) => value !== 0.5 + 0.25 * DEPTH)) {
    throw new Error("roof: the micro-kernel gives a wrong product");
  }
  return { flops: 2 * 6 * 8 * DEPTH * CALLS, run };
}
