import { countOf, isFloat32Array } from "../check.ts";
import { CONV, CONV_BYTES } from "../runtime/generated/abi.ts";
import type { Block, Heap } from "../runtime/heap.ts";
import { Layout } from "../runtime/layout.ts";
import type { Engine } from "../runtime/runtime.ts";
import type { Step } from "../runtime/step.ts";
import type { Epilogue } from "./epilogue.ts";
import type { ConvGeometry } from "./geometry.ts";
import { cropKernels } from "./live-taps.ts";
import type { ConvPlan } from "./plan.ts";
import { writeColumns, writePattern, writeRows } from "./tables.ts";

const FIELDS = /* @__PURE__ */ Object.entries(CONV) as [keyof typeof CONV, number][];

/** A convolution ready to run: its parameter block, tables and packed weights in linear memory, and its kernel. */
export interface ConvStep {
  readonly plan: ConvPlan;
  /** everything that the step holds, for the heap to free */
  readonly block: Block;
  /**
   * Tells where the kernel reads and writes, residual 0 for none, and where plan.workspaceBytes are free while it runs;
   * needed once before the first run.
   */
  bind(input: number, output: number, residual: number, workspace: number): void;
  run(): void;
}

/** The convolution as any other step: arguments are input, weight, bias and, where there is one, residual. */
export function asStep({ plan, block, bind, run }: ConvStep, weight: number, bias = 0): Step {
  const { kernel, algorithm, reason, flops, workspaceBytes } = plan;
  return {
    kernel,
    algorithm,
    reason,
    flops,
    weightBytes: plan.packedBytes + (plan.pack === null ? (weight + bias) * 4 : 0),
    workspaceBytes,
    blocks: [block],
    bind: ({ inputs, outputs, workspace }) => bind(inputs[0]!, outputs[0]!, inputs[3] ?? 0, workspace),
    run,
  };
}

/** Weights on their way into linear memory: `write` puts `length` floats at a byte offset. */
export interface WeightSource {
  readonly length: number;
  write(at: number): void;
}

/** Byte offsets of what a convolution keeps in linear memory. */
export interface ConvPlaces {
  readonly params: number;
  readonly rows: number;
  readonly cols: number;
  readonly packed: number;
  readonly workspace: number;
  readonly weight: number;
  /** 0 for none */
  readonly bias: number;
}

/**
 * Packs the weights and writes the parameters.
 *
 * @throws RangeError where memory does not suffice; nothing is held then
 */
export function prepareConv(
  where: string,
  { kernels, heap }: Engine,
  plan: ConvPlan,
  weight: Float32Array | WeightSource,
  bias: Float32Array | undefined,
  epilogue: Epilogue,
): ConvStep {
  const sizes = convSizes(plan);
  const kept = new Layout();
  const passing = new Layout();
  // what the kernel packs, it does not read again
  const weights = plan.pack === null ? kept : passing;
  const inner = {
    params: kept.add(CONV_BYTES),
    rows: kept.add(sizes.rows * 4),
    cols: kept.add(sizes.cols * 4),
    packed: kept.add(plan.packedBytes),
    workspace: passing.add(plan.packWorkspaceBytes),
    weight: weights.add(weight.length * 4),
    bias: weights.add(bias?.byteLength ?? 0),
  };
  const block = heap.allocate(where, kept.bytes);
  let source = block;
  try {
    if (plan.pack !== null) source = heap.allocate(where, passing.bytes);
  } catch (error) {
    heap.free(block);
    throw error;
  }
  const params = block.offset + inner.params;
  try {
    writeConv(heap, plan, weight, bias, epilogue, {
      params,
      rows: block.offset + inner.rows,
      cols: block.offset + inner.cols,
      packed: block.offset + inner.packed,
      workspace: source.offset + inner.workspace,
      weight: source.offset + inner.weight,
      bias: bias === undefined ? 0 : source.offset + inner.bias,
    });
    if (plan.pack !== null) kernels[plan.pack](params);
  } catch (error) {
    heap.free(block);
    throw error;
  } finally {
    if (source !== block) heap.free(source);
  }
  return {
    plan,
    block,
    bind: (...places) => bindConv(heap, params, ...places),
    run: () => kernels[plan.kernel](params),
  };
}

/** Writes weights, tables and the parameter block to their places. */
export function writeConv(
  heap: Heap,
  plan: ConvPlan,
  weight: Float32Array | WeightSource,
  bias: Float32Array | undefined,
  epilogue: Epilogue,
  places: ConvPlaces,
): void {
  const { f32, i32 } = heap;
  const { geometry: g } = plan;
  if (isFloat32Array(weight)) f32.set(weight, places.weight / 4);
  else weight.write(places.weight);
  if (plan.live !== null) {
    const kernels = weight.length / (plan.live.kernelHeight * plan.live.kernelWidth);
    cropKernels(f32, places.weight / 4, kernels, g, plan.live);
  }
  if (bias !== undefined) f32.set(bias, places.bias / 4);
  writeTables(heap, g, places, plan);
  if (plan.algorithm === "toeplitz") writePattern(g, numbersAt(i32, places.packed, plan.packedBytes / 4));

  const { blockDepth, blockPixels, tileFilters } = plan;
  const { params, ...pointers } = places;
  writeParams(heap, params, g, epilogue, { ...pointers, blockDepth, blockPixels, tileFilters });
}

const numbersAt = (i32: Int32Array, offset: number, length: number) => i32.subarray(offset / 4, offset / 4 + length);

/** Writes the row and column tables of the given lengths. */
export function writeTables(
  { i32 }: Heap,
  geometry: ConvGeometry,
  places: { readonly rows: number; readonly cols: number },
  lengths: { readonly rows: number; readonly cols: number },
): void {
  writeRows(geometry, numbersAt(i32, places.rows, lengths.rows));
  writeColumns(geometry, numbersAt(i32, places.cols, lengths.cols));
}

/** Writes a parameter block; pointers and blocking that the kernel does not read may be left out. */
export function writeParams(
  heap: Heap,
  params: number,
  geometry: ConvGeometry,
  epilogue: Epilogue,
  others: Partial<Record<keyof typeof CONV, number>>,
): void {
  const { paddingMode: _mode, padBottom: _bottom, padRight: _right, ...lengths } = geometry;
  const { alpha, beta, activation } = epilogue;
  const fields: Partial<Record<keyof typeof CONV, number>> = { ...lengths, ...others, activation };
  const at = params / 4;
  for (const [name, index] of FIELDS) heap.i32[at + index] = fields[name] ?? 0;
  heap.f32[at + CONV.alpha] = alpha;
  heap.f32[at + CONV.beta] = beta;
}

/** Tells the kernel where input, output, residual (0 for none) and workspace are. */
export function bindConv(
  heap: Heap,
  params: number,
  input: number,
  output: number,
  residual: number,
  workspace: number,
): void {
  heap.i32[params / 4 + CONV.input] = input;
  heap.i32[params / 4 + CONV.output] = output;
  heap.i32[params / 4 + CONV.residual] = residual;
  heap.i32[params / 4 + CONV.workspace] = workspace;
}

/** Lengths, in 4-byte numbers, of what the caller and the tables hold. */
export function convSizes({ geometry: g, rows, cols }: ConvPlan): {
  input: number;
  output: number;
  rows: number;
  cols: number;
} {
  return {
    input: countOf([g.batch, g.groups, g.channels, g.height, g.width]),
    output: countOf([g.batch, g.groups, g.filters, g.outHeight, g.outWidth]),
    rows,
    cols,
  };
}
