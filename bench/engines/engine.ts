import type { Layer } from "../layers.ts";

/** The operands of every engine, in torch's order. */
export interface LayerData {
  readonly input: Float32Array;
  readonly weight: Float32Array;
  readonly bias: Float32Array;
}

/** A layer ready to run in one engine. */
export interface Prepared {
  /** one call as a user makes it */
  run(): void | Promise<void>;
  /** result of the last run, in torch's order; not timed */
  output(): Float32Array;
  dispose(): void | Promise<void>;
}

export interface Engine {
  readonly name: string;
  readonly version: string;
  /** @throws Unsupported if the engine has no such convolution */
  prepare(layer: Layer, data: LayerData): Prepared | Promise<Prepared>;
}

export class Unsupported extends Error {}
