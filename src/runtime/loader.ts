import type { Microkernel } from "./host.ts";

/** Pointer to a parameter block in; results are in linear memory. */
type Kernel = (params: number) => void;

/** Kernels that take a parameter block, the same in every build. */
export type KernelName =
  | "packGemm"
  | "convGemm"
  | "packDirect"
  | "convDirect"
  | "packDepthwise"
  | "convDepthwise"
  | "convDot"
  | "convToeplitz"
  | "convWeightGradient"
  | "packWinograd"
  | "convWinograd";

/** What a build exports. */
export interface Kernels extends Readonly<Record<KernelName, Kernel>> {
  /** (even, odd, rows, width, to, row bytes) */
  zipRows(even: number, odd: number, rows: number, width: number, to: number, rowBytes: number): void;
  /** (from, rows, width, to, step bytes, row bytes) */
  spreadRows(from: number, rows: number, width: number, to: number, step: number, rowBytes: number): void;
  /** (from, filter bytes, channel bytes, filters, channels, taps, tap count, to) */
  turnWeights(
    from: number,
    filterBytes: number,
    channelBytes: number,
    filters: number,
    channels: number,
    taps: number,
    count: number,
    to: number,
  ): void;
  /** The micro-kernels themselves, for measuring the roof. */
  readonly gemm6x8: MicrokernelCall;
  readonly gemm6x8paired: MicrokernelCall;
  /** 1 where products are to be computed by gemm6x8paired */
  readonly pairedLoads: WebAssembly.Global<"i32">;
}

type MicrokernelCall = (
  depth: number,
  a: number,
  b: number,
  bRowBytes: number,
  c: number,
  rowBytes: number,
  first: number,
) => void;

/**
 * Brings a build to life. AssemblyScript's own loader would add what these kernels have not (strings, classes), writes to
 * Object on import, which frozen globals forbid, and takes modules of another realm, as Vercel's edge functions get them,
 * for bytes.
 */
export function load(
  source: WebAssembly.Module | Uint8Array<ArrayBuffer>,
  memory: WebAssembly.Memory,
  microkernel: Microkernel,
): Kernels {
  const module = source instanceof Uint8Array ? new WebAssembly.Module(source) : source;
  const kernels = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Kernels;
  kernels.pairedLoads.value = microkernel === "gemm6x8paired" ? 1 : 0;
  return kernels;
}
