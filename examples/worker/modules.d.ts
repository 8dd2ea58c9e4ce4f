declare module "*.bin" {
  const bytes: ArrayBuffer;
  export default bytes;
}

/** The parts of the runtime that the Worker uses. */
interface ExecutionContext {
  waitUntil(promise: Promise<unknown>): void;
}

declare class FixedLengthStream {
  constructor(length: number);
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly writable: WritableStream<Uint8Array>;
}

/** ES2024. */
interface ArrayBuffer {
  transfer(length?: number): ArrayBuffer;
}
