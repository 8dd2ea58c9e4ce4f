import { instantiateSync } from "@assemblyscript/loader";

/** Pointer to a parameter block in; results are in linear memory. */
type Kernel = (params: number) => void;

/** What the kernels export, the same in every build. */
export interface Kernels {
  packGemm: Kernel;
  convGemm: Kernel;
  packDirect: Kernel;
  convDirect: Kernel;
  packDepthwise: Kernel;
  convDepthwise: Kernel;
  convDot: Kernel;
  convToeplitz: Kernel;
  packWinograd: Kernel;
  convWinograd: Kernel;
  /** The micro-kernel itself, for measuring the roof. */
  gemm6x8(depth: number, a: number, b: number, bRowBytes: number, c: number, rowBytes: number, first: number): void;
}

/** The one place that knows how a module of AssemblyScript's is brought to life. */
export function load(binary: Uint8Array<ArrayBuffer>, memory: WebAssembly.Memory): Kernels {
  return instantiateSync<Kernels & Record<string, unknown>>(binary, { env: { memory } }).exports;
}
