import type { Build } from "../../index.ts";
import type { Port, Sent, SentPictures } from "./protocol.ts";

/** How pictures become an input: a file beside the model, as the options of `convwasm run`. */
export interface Preprocessing {
  readonly size?: number | readonly [height: number, width: number];
  readonly resize?: number;
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
}

/** A model as a worker loads it; `key` is another number for each content that a file has had. */
export interface Load {
  readonly kind: "load";
  readonly key: number;
  readonly path: string;
  readonly preprocessing: Preprocessing | undefined;
}

export type Request =
  | { readonly kind: "configure"; readonly build: Build | undefined }
  | Load
  | { readonly kind: "unload"; readonly key: number }
  | {
      readonly kind: "run";
      readonly key: number;
      /** one for each request of the batch */
      readonly inputs: readonly ReadonlyMap<string, Sent | SentPictures>[];
    };

/** What a worker says of a model that it has loaded and run once. */
export interface Loaded {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /** whether requests may be computed together, along the first axis */
  readonly batches: boolean;
}

/** In the order of the requests. */
export type Answer =
  | { readonly value: Loaded | readonly ReadonlyMap<string, Sent>[] | undefined }
  | { readonly error: string; readonly refused: boolean };
