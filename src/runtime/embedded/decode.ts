import { applyDifference } from "../difference.ts";
import type { Binary } from "../features.ts";
import type { Share } from "../heap.ts";

/**
 * A module's binaries in hexadecimal digits, which compress to a fifth less than base64, where bytes straddle
 * digits. One of them is whole: two would make the package half as large again, and every start slower.
 */
export interface Embedded {
  readonly relaxed: string;
  /** the difference that turns the relaxed build into the simd build */
  readonly simdDifference: string;
}

/** The bytes of a binary. */
export function bytesOf({ relaxed, simdDifference }: Embedded, binary: Binary): Uint8Array<ArrayBuffer> {
  const whole = decode(relaxed);
  return binary === "relaxed" ? whole : applyDifference(whole, decode(simdDifference));
}

/**
 * Compiles a binary from the strings that are part of the package. For runtimes that compile nothing themselves the package has
 * the modules of ../imported instead.
 *
 * @throws Error if the runtime forbids it
 */
export function compiled(embedded: Embedded, binary: Binary, share?: Share): WebAssembly.Module {
  const whole = bytesOf(embedded, binary);
  const bytes = share === undefined ? whole : share(whole);
  try {
    return new WebAssembly.Module(bytes);
  } catch (cause) {
    throw new Error(
      "convwasm: this runtime does not let WebAssembly be compiled. A page's Content-Security-Policy must allow it: " +
        "script-src 'wasm-unsafe-eval'. For Cloudflare's workers and Vercel's edge functions, bundle with the " +
        'condition "workerd" or "edge-light"',
      { cause },
    );
  }
}

/** Bytes of hexadecimal digits, by native code where there is any. */
export function decode(hex: string): Uint8Array<ArrayBuffer> {
  const { fromHex } = Uint8Array as { fromHex?: (hex: string) => Uint8Array<ArrayBuffer> };
  if (fromHex !== undefined) return fromHex.call(Uint8Array, hex);
  const { Buffer } = globalThis as { Buffer?: { from?(text: string, encoding: string): Uint8Array<ArrayBuffer> } };
  if (typeof Buffer?.from === "function") return Buffer.from(hex, "hex");
  const bytes = new Uint8Array(hex.length / 2);
  for (let i = 0; i < bytes.length; ++i) {
    const high = hex.charCodeAt(2 * i);
    const low = hex.charCodeAt(2 * i + 1);
    // "0" to "9" are 48 to 57, "a" to "f" 97 to 102
    bytes[i] = ((high - (high > 57 ? 87 : 48)) << 4) | (low - (low > 57 ? 87 : 48));
  }
  return bytes;
}
