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
  | "convDepthwise3x3"
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
  /** (from, to, axes, rank): see assembly/ops/copy.ts */
  copyStrided(from: number, to: number, axes: number, rank: number): void;
  /** (from, to, count, activation, alpha, beta): a function of each number, see Activation in epilogue.ts; from may be to */
  activate(from: number, to: number, count: number, activation: number, alpha: number, beta: number): void;
  /** (operation, a, b, to, axes, rank, splat, activation, alpha, beta): see assembly/ops/broadcast.ts */
  broadcast(
    operation: number,
    a: number,
    b: number,
    to: number,
    axes: number,
    rank: number,
    splat: number,
    activation: number,
    alpha: number,
    beta: number,
  ): void;
  /** The one argument is a parameter block: Pool in assembly/params.ts. */
  maxPool(params: number): void;
  avgPool(params: number): void;
  /** (input, planes, plane bytes, rows, out height, columns, out width, output): see assembly/ops/resize.ts */
  resizeNearest(
    input: number,
    planes: number,
    planeBytes: number,
    rows: number,
    outHeight: number,
    columns: number,
    outWidth: number,
    output: number,
  ): void;
  /** As resizeNearest, with columns or quads, and f32[2 * out width] of scratch. */
  resizeBilinear(
    input: number,
    planes: number,
    planeBytes: number,
    rows: number,
    outHeight: number,
    columns: number,
    quads: number,
    outWidth: number,
    output: number,
    lines: number,
  ): void;
  /** (from, to, batch, channels, pixels, table, activation, alpha, beta): see assembly/ops/elementwise.ts */
  scaleChannels(
    from: number,
    to: number,
    batch: number,
    channels: number,
    pixels: number,
    table: number,
    activation: number,
    alpha: number,
    beta: number,
  ): void;
  /** (from, to, batch, groups, channels, pixels, weight, bias, eps): see assembly/ops/normalize.ts */
  normalizeGroups(
    from: number,
    to: number,
    batch: number,
    groups: number,
    channels: number,
    pixels: number,
    weight: number,
    bias: number,
    eps: number,
  ): void;
  /** (from, to, rows, columns, weight, bias, eps) */
  normalizeRows(
    from: number,
    to: number,
    rows: number,
    columns: number,
    weight: number,
    bias: number,
    eps: number,
  ): void;
  /** (reduction, from, to, outer, count, inner, divisor): see assembly/ops/reduce.ts */
  reduce(
    reduction: number,
    from: number,
    to: number,
    outer: number,
    count: number,
    inner: number,
    divisor: number,
  ): void;
  /** (from, to, outer, count, inner, logarithm) */
  softmax(from: number, to: number, outer: number, count: number, inner: number, logarithm: number): void;
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
