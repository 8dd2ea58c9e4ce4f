/** Memory that threads share, and modules for it. */
import { loadThreads } from "./embedded/threads.ts";
import { hasNodeThreads, startsThreads } from "./workers.ts";

const MOST_PAGES = 65536;

/**
 * A memory that threads share has a maximum, for which some runtimes reserve addresses: it is asked for in falling sizes.
 * @throws RangeError if not even 64 MiB are to be had
 */
export function sharedMemory(): WebAssembly.Memory {
  for (let maximum = MOST_PAGES; ; maximum /= 2) {
    try {
      return new WebAssembly.Memory({ initial: 1, maximum, shared: true });
    } catch (error) {
      if (!(error instanceof RangeError) || maximum <= 1024) throw error;
    }
  }
}

/** A module like the given one that imports a shared memory: in the import section, `env.memory` has other limits. */
export function sharingMemory(binary: Uint8Array): Uint8Array<ArrayBuffer> {
  let at = 8;
  const next = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = binary[at++]!;
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  const skip = () => {
    const length = next();
    at += length;
  };
  // sections lie in the order of their numbers, types alone before imports
  while (binary[at++] !== 2) skip();
  const lengthAt = at;
  const length = next();
  const begin = at;
  for (let count = next(); count > 0; --count) {
    skip();
    skip();
    const kind = binary[at++]!;
    if (kind === 2) break;
    if (kind === 0) next();
    else if (kind === 1) {
      at += 2;
      next();
    } else at += 2;
  }
  // 0, pages become 3, pages, most pages
  const limits = at;
  ++at;
  next();
  const added = [0x80, 0x80, 0x04];
  const size = length + added.length;
  const pieces = [
    binary.subarray(0, lengthAt),
    [(size & 127) | 128, ((size >> 7) & 127) | 128, size >> 14],
    binary.subarray(begin, limits),
    [3],
    binary.subarray(limits + 1, at),
    added,
    binary.subarray(at),
  ];
  const patched = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let end = 0;
  for (const piece of pieces) {
    patched.set(piece, end);
    end += piece.length;
  }
  return patched;
}

/** Why threads cannot share memory here, and what would change it; undefined if they can. */
export function whyNotShared(): string | undefined {
  const { crossOriginIsolated, SharedArrayBuffer: shared } = globalThis as {
    crossOriginIsolated?: boolean;
    SharedArrayBuffer?: unknown;
  };
  if (loadThreads === undefined || !startsThreads()) return "this runtime starts no threads";
  if (crossOriginIsolated === false && !hasNodeThreads()) {
    return (
      "threads need a page that is isolated from other origins. Send it with Cross-Origin-Opener-Policy: same-origin and " +
      "Cross-Origin-Embedder-Policy: require-corp, or, in Chromium, Document-Isolation-Policy: isolate-and-require-corp"
    );
  }
  return typeof shared === "function" ? undefined : "this runtime has no SharedArrayBuffer";
}
