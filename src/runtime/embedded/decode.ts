import { applyDifference } from "../difference.ts";
import type { Build } from "../features.ts";

/** A module's builds as base64: one of them whole, for two would be half as much again of the package, and more of every start. */
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

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Native where there is something native. Not by atob: worklets have none, and with the loop over what it gives it saves 0.5 ms. */
function decode(base64: string): Uint8Array<ArrayBuffer> {
  const { fromBase64 } = Uint8Array as { fromBase64?: (base64: string) => Uint8Array<ArrayBuffer> };
  if (fromBase64 !== undefined) return fromBase64.call(Uint8Array, base64);
  const { Buffer } = globalThis as { Buffer?: { from?(text: string, encoding: string): Uint8Array<ArrayBuffer> } };
  if (typeof Buffer?.from === "function") return Buffer.from(base64, "base64");
  const values = new Uint8Array(128);
  for (let i = 0; i < DIGITS.length; ++i) values[DIGITS.charCodeAt(i)] = i;
  const digits = base64.replace(/=+$/, "").length;
  const bytes = new Uint8Array(Math.floor((digits * 3) / 4));
  // writes past the end, of the last and shorter group, are lost
  for (let from = 0, to = 0; from < digits; to += 3) {
    let group = 0;
    for (let i = 0; i < 4; ++i) group = (group << 6) | values[base64.charCodeAt(from++)]!;
    bytes[to] = group >> 16;
    bytes[to + 1] = group >> 8;
    bytes[to + 2] = group;
  }
  return bytes;
}
