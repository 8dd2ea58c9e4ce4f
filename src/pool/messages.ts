import type { DType, TensorData } from "../dtype.ts";
import type { InputShapes } from "../graph/compile.ts";
import type { Build } from "../runtime/runtime.ts";

/** A tensor as it goes from one thread to another. */
export interface Sent {
  readonly data: TensorData | readonly (number | bigint)[];
  readonly shape: readonly number[];
  /** left out where the owner has said nothing */
  readonly dtype?: DType;
}

/** One tensor, or a record of them by name. */
export type SentValues = { readonly one: Sent } | { readonly named: Readonly<Record<string, Sent>> };

/** The first message to a worker. */
export interface Load {
  /** an ONNX file or a saved Session */
  readonly model: Uint8Array<ArrayBuffer>;
  readonly inputShape: InputShapes | undefined;
  readonly build: "auto" | Build;
  readonly maxMemory: number;
}

/** Then calls, one at a time, each of which may be given up. */
export type ToWorker = Load | { readonly call: number; readonly input: SentValues } | { readonly cancel: number };

/** An error, whose class does not survive the way. */
export interface SentError {
  readonly kind: "TypeError" | "RangeError" | "Error";
  readonly message: string;
}

/** A worker says that it has loaded the model, or not, and answers each call once. */
export type FromWorker =
  | { readonly loaded: true }
  | { readonly refused: SentError }
  | { readonly call: number; readonly result: SentValues }
  | { readonly call: number; readonly error: SentError };

const CLASSES = { TypeError, RangeError, Error };

export function sentError(error: unknown): SentError {
  const kind = error instanceof TypeError ? "TypeError" : error instanceof RangeError ? "RangeError" : "Error";
  return { kind, message: error instanceof Error ? error.message : String(error) };
}

export const receivedError = ({ kind, message }: SentError): Error => new CLASSES[kind](message);

/** Buffers that are handed over rather than copied. */
export function buffersOf(values: SentValues): ArrayBuffer[] {
  const tensors = "one" in values ? [values.one] : Object.values(values.named);
  return tensors.flatMap(({ data }) => (ArrayBuffer.isView(data) ? [data.buffer as ArrayBuffer] : []));
}
