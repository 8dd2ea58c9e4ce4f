/** The micro-kernels of assembly/gemm: gemm6x16 is for engines that pair vectors, the others are for all others. */
export type Microkernel = "gemm6x8" | "gemm6x8paired" | "gemm6x16";

/** The engine by its own global names, and the micro-kernel that was measured to be faster there without pairs of vectors. */
export interface Host {
  readonly name: string;
  readonly microkernel: Microkernel;
}

/**
 * Measured on one Sapphire Rapids core, GFLOPS of gemm6x8 and gemm6x8paired, relaxed build (simd build): Node 26 47 and 40
 * (33 and 28), Deno 2.9 36 and 38 (27 and 28), Bun 1.4 23 and 28 (23 and 29), workerd 2026-11 34 and 35 (22 and 26). The
 * last three check addresses instead of relying on guard pages. Browsers are like Node, since V8 uses guard pages there.
 */
export function host(): Host {
  // Bun and Deno have a process too, and Deno creates its own when first read, which takes 10 ms
  if ("Bun" in globalThis) return { name: "Bun", microkernel: "gemm6x8paired" };
  if ("Deno" in globalThis) return { name: "Deno", microkernel: "gemm6x8paired" };
  // workerd may have a process as well
  const { navigator, process } = globalThis as {
    navigator?: { userAgent?: string };
    process?: { versions?: { node?: string } };
  };
  if (navigator?.userAgent === "Cloudflare-Workers") return { name: "workerd", microkernel: "gemm6x8paired" };
  if (process?.versions?.node !== undefined) return { name: "Node", microkernel: "gemm6x8" };
  return { name: "this runtime", microkernel: "gemm6x8" };
}
