import { free } from "./chunks.ts";
import { type Lease, Leases } from "./leases.ts";
import { MAX_BYTES, MAX_BYTES_ARRIVING, RequestError, SILENT_SECONDS, TRANSFER_SECONDS } from "./limits.ts";

const arriving = new Leases(MAX_BYTES_ARRIVING);
/** Initial size of a body's buffer, which doubles as the body grows. */
const FIRST_BYTES = 4096;
/** Bytes that are sent at a time. */
const SLICE = 1 << 16;
const DISCARD_MILLISECONDS = 1000;

/**
 * Reads no more than is allowed, whatever content-length says, and holds only what has arrived: a slow client costs a
 * few kilobytes.
 *
 * @throws RequestError for a body that is too long, too slow or broken, and if other bodies leave no room
 */
export async function readBody(request: Request): Promise<Uint8Array<ArrayBuffer>> {
  const tooLarge = () => new RequestError(413, `the body has more than ${MAX_BYTES} bytes`);
  if (Number(request.headers.get("content-length")) > MAX_BYTES) throw tooLarge();
  if (request.body === null) return new Uint8Array(0);
  using lease = arriving.take(FIRST_BYTES, TRANSFER_SECONDS + SILENT_SECONDS);
  if (lease === undefined) throw busy();
  // into a buffer of our own: the parts of a body that arrives byte by byte would be pages of 4 KB each
  const reader = request.body.getReader({ mode: "byob" });
  const inTime = timeLimit("the body came too slowly");
  let buffer = new Uint8Array(FIRST_BYTES);
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await inTime(reader.read(buffer.subarray(length)).catch(broken));
      if (value !== undefined) buffer = new Uint8Array(value.buffer);
      if (done) return buffer.subarray(0, length);
      length += value.length;
      if (length > MAX_BYTES) throw tooLarge();
      if (length < buffer.length) continue;
      const longer = Math.min(2 * length, MAX_BYTES + 1);
      if (!lease.grow(longer)) throw busy();
      const grown = new Uint8Array(longer);
      grown.set(buffer);
      free(buffer);
      buffer = grown;
    }
  } catch (error) {
    // not awaited: it may wait for the rest
    reader.cancel(error).catch(() => {});
    throw error;
  }
}

/**
 * Takes a little of a body that is refused, and keeps nothing of it: a client that is still sending when its connection is
 * closed may never see the answer.
 */
export async function discardBody({ body }: Request): Promise<void> {
  // where it has been read in part, it has been cancelled
  if (body === null || body.locked) return;
  const reader = body.getReader({ mode: "byob" });
  const timer = setTimeout(() => void reader.cancel().catch(() => {}), DISCARD_MILLISECONDS);
  try {
    let buffer = new ArrayBuffer(SLICE);
    for (let length = 0; length < 2 * MAX_BYTES; ) {
      const { done, value } = await reader.read(new Uint8Array(buffer));
      if (done) return;
      length += value.length;
      buffer = value.buffer;
    }
  } catch {
    // the client has gone
  } finally {
    clearTimeout(timer);
  }
}

const busy = () => new RequestError(503, "too many photos are being sent: try again in a few seconds");

/** workerd's error for parts whose lengths are no numbers, and for a client that has gone. */
function broken(): never {
  throw new RequestError(400, "the body cannot be read to its end");
}

/** Sends an answer slice by slice, for as long as they are taken; at the end lease and memory are returned. */
export async function sendBody(
  parts: readonly Uint8Array<ArrayBuffer>[],
  stream: WritableStream<Uint8Array>,
  lease: Lease,
): Promise<void> {
  using _ = lease;
  const writer = stream.getWriter();
  const inTime = timeLimit("the answer was taken too slowly");
  try {
    for (const part of parts) {
      for (let at = 0; at < part.length; at += SLICE) await inTime(writer.write(part.subarray(at, at + SLICE)));
    }
    await inTime(writer.close());
  } catch (error) {
    await writer.abort(error).catch(() => {});
  } finally {
    for (const part of parts) if (part.length > SLICE) free(part);
  }
}

/** Waits for the steps of a transfer, with a limit for each and one for all. */
function timeLimit(message: string): <T>(step: Promise<T>) => Promise<T> {
  const end = Date.now() + 1000 * TRANSFER_SECONDS;
  return async (step) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      const milliseconds = Math.min(1000 * SILENT_SECONDS, end - Date.now());
      timer = setTimeout(() => reject(new RequestError(408, message)), milliseconds);
    });
    try {
      return await Promise.race([step, late]);
    } finally {
      clearTimeout(timer);
    }
  };
}
