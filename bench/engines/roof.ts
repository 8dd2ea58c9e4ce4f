import { type Build, runtime } from "convwasm";
import { Engine } from "../../src/runtime/engine.ts";
import { Heap } from "../../src/runtime/heap.ts";
import { type Roof, roofOf as roofOfEngine } from "../../src/runtime/roof.ts";

export type { Roof };

/** The roof of the micro-kernel that is used here, in any build. */
export function roofOf(build: Build): Roof {
  const { microkernel } = runtime();
  return roofOfEngine(new Engine(build, new Heap(), microkernel), microkernel);
}
