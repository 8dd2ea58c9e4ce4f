declare module "*.bin" {
  const bytes: ArrayBuffer;
  export default bytes;
}

/** What the Worker uses of the runtime's own. */
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
