import type { Tensor } from "../../index.ts";

/** A participant in a comparison. */
export interface Engine {
  readonly name: string;
  readonly version: string;
  /** Makes a network ready to run, from the bytes of its file. */
  load(model: Uint8Array<ArrayBuffer>, inputs: Readonly<Record<string, Tensor>>): Loaded | Promise<Loaded>;
}

export interface Loaded {
  /** one call as a user makes it: float32 arrays in, new ones out */
  run(): void | Promise<void>;
  /** results of the last run, by name */
  outputs(): ReadonlyMap<string, Float32Array>;
  dispose(): void | Promise<void>;
}
