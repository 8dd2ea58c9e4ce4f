import { applyDifference } from "../difference.ts";
import type { Build } from "../features.ts";

/**
 * A module's builds in hexadecimal digits, which a server's compression packs into a fifth less than base64, where bytes lie
 * across digits. One of them is whole, for two would be half as much again of the package, and more of every start.
 */
export interface Embedded {
  readonly relaxed: string;
  /** what makes the simd build of the relaxed one */
  readonly simdDifference: string;
}

/** The binary of a build. */
export function binaryOf({ relaxed, simdDifference }: Embedded, build: Build): Uint8Array<ArrayBuffer> {
  const binary = decode(relaxed);
  return build === "relaxed" ? binary : applyDifference(binary, decode(simdDifference));
}

/**
 * Compiles a build from the strings that are part of the package. Where a runtime compiles nothing itself the package has
 * the modules of ../imported in this place.
 *
 * @throws Error where the runtime forbids it
 */
export function compiled(embedded: Embedded, build: Build): WebAssembly.Module {
  const binary = binaryOf(embedded, build);
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

/** Native where there is something native. */
function decode(hex: string): Uint8Array<ArrayBuffer> {
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
