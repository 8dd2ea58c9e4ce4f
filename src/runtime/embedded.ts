import type { Build } from "./features.ts";
import { relaxed } from "./generated/relaxed.ts";
import { simd } from "./generated/simd.ts";

const EMBEDDED: Record<Build, string> = { simd, relaxed };

/**
 * The kernels from strings that are part of this module, decoded and compiled when they are needed. Where a runtime
 * compiles nothing itself the package has imported.ts in this place.
 *
 * @throws Error where the runtime forbids it
 */
export function moduleOf(build: Build): WebAssembly.Module {
  const binary = decode(EMBEDDED[build]);
  try {
    return new WebAssembly.Module(binary);
  } catch (cause) {
    throw new Error(
      "convwasm: this runtime does not let WebAssembly be compiled. A page's Content-Security-Policy must allow it: " +
        "script-src 'wasm-unsafe-eval'. For Cloudflare's workers and Vercel's edge functions, bundle with the " +
        'condition "workerd" or "edge-light"',
      { cause },
    );
  }
}

/** Native where there is something native; else a loop, since Uint8Array.from would take 8 ms where this takes 1.5. */
function decode(base64: string): Uint8Array<ArrayBuffer> {
  const { fromBase64 } = Uint8Array as { fromBase64?: (base64: string) => Uint8Array<ArrayBuffer> };
  if (fromBase64 !== undefined) return fromBase64.call(Uint8Array, base64);
  const { Buffer } = globalThis as { Buffer?: { from?(text: string, encoding: string): Uint8Array<ArrayBuffer> } };
  if (typeof Buffer?.from === "function") return Buffer.from(base64, "base64");
  const characters = atob(base64);
  const bytes = new Uint8Array(characters.length);
  for (let i = 0; i < bytes.length; ++i) bytes[i] = characters.charCodeAt(i);
  return bytes;
}
