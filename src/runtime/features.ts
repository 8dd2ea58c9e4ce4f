/** The kernels' two binaries: `relaxed` uses fused multiply-add, `simd` gives the same bits on every machine. */
export type Binary = "simd" | "relaxed";

/** How the kernels run: `wide` is the relaxed binary in an engine that pairs vectors, see ./wide.ts. */
export type Build = Binary | "wide";

export const binaryOf = (build: Build): Binary => (build === "wide" ? "relaxed" : build);

/**
 * The smallest module that only an engine with the binary's instructions accepts, one function that returns
 * i8x16.popcnt(i8x16.splat(0)), or f32x4.relaxed_madd of three such splats: validating the kernels themselves would take
 * as long as compiling them.
 */
const PROBES: Record<Binary, () => readonly number[]> = {
  simd: () => [...probe(8), 0x41, 0, 0xfd, 15, 0xfd, 98, 11],
  relaxed: () => [...probe(17), 0x41, 0, 0xfd, 15, 0x41, 0, 0xfd, 15, 0x41, 0, 0xfd, 15, 0xfd, 0x85, 2, 11],
};

/** Header, type () -> v128, one function of that type, and the code section up to the body's instructions. */
function probe(bodyBytes: number): number[] {
  const type = [1, 5, 1, 0x60, 0, 1, 0x7b];
  return [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...type, 3, 2, 1, 0, 10, bodyBytes + 2, 1, bodyBytes, 0];
}

/** @throws Error if there is no WebAssembly at all */
export function accepts(binary: Binary): boolean {
  if (typeof WebAssembly !== "object") {
    throw new Error(
      "convwasm: this runtime has no WebAssembly, which the kernels need " +
        "(it may be switched off: node --jitless, a browser's lockdown or enhanced security mode)",
    );
  }
  return WebAssembly.validate(new Uint8Array(PROBES[binary]()));
}
