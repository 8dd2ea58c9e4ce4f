import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Build, runtime } from "convwasm";
import { Heap } from "../../src/runtime/heap.ts";
import { load } from "../../src/runtime/loader.ts";
import { type Roof, roofOf as roofOfKernels } from "../../src/runtime/roof.ts";

export type { Roof };

/** The roof of the micro-kernel that is used here, in a build that need not be the one in use. */
export function roofOf(build: Build): Roof {
  const file = import.meta.resolve(`convwasm/kernels${build === "relaxed" ? "-relaxed" : ""}.wasm`);
  const heap = new Heap();
  const { microkernel } = runtime();
  const kernels = load(new Uint8Array(readFileSync(fileURLToPath(file))), heap.memory, microkernel);
  return roofOfKernels({ heap, kernels }, microkernel);
}
