import { countOf } from "../check.ts";
import { CONV_BYTES, GEMM_MR, GEMM_NR, GRADIENT_CHANNELS } from "../runtime/generated/abi.ts";
import { Layout } from "../runtime/layout.ts";
import { engine } from "../runtime/runtime.ts";
import { NO_EPILOGUE } from "./epilogue.ts";
import type { ConvGeometry } from "./geometry.ts";
import { bandBytes, bandPitch, bandTableBytes } from "./plan.ts";
import { writeParams, writeTables } from "./step.ts";
import { columnCount, rowCount } from "./tables.ts";

/** The gradient of a band, which is read again for each eight columns of the regions: part of a small L2. */
const GRADIENT_BYTES = 256 * 1024;

/** Output rows of a band, and the workspace for it. */
export function planWeightGradient(g: ConvGeometry): { readonly rows: number; readonly workspaceBytes: number } {
  const pitch = bandPitch(g);
  const panels = Math.ceil(g.filters / GEMM_MR) * GEMM_MR;
  const rows = Math.min(Math.max(Math.floor(GRADIENT_BYTES / (panels * pitch * 4)), 1), g.outHeight);
  const pixels = Math.ceil((rows * pitch) / 4) * 4;
  return {
    rows,
    workspaceBytes:
      GEMM_MR * GEMM_NR * 4 +
      bandTableBytes(g) +
      GRADIENT_CHANNELS * bandBytes(g, rows) +
      pixels * (panels + GEMM_NR) * 4,
  };
}

/**
 * Computes the gradient of a convolution's weights.
 *
 * @param input (batch, groups * channels, height, width)
 * @param gradient of the output, (batch, groups * filters, outHeight, outWidth)
 * @returns (groups * filters, channels, kernel height, kernel width)
 */
export function weightGradient(
  where: string,
  g: ConvGeometry,
  input: Float32Array,
  gradient: Float32Array,
): Float32Array<ArrayBuffer> {
  const { heap, kernels } = engine();
  const { rows: blockPixels, workspaceBytes } = planWeightGradient(g);
  const size = countOf([g.groups, g.filters, g.channels, g.kernelHeight, g.kernelWidth]);
  const layout = new Layout();
  const inner = {
    params: layout.add(CONV_BYTES),
    rows: layout.add(rowCount(g) * 4),
    cols: layout.add(columnCount(g) * 4),
    workspace: layout.add(workspaceBytes),
    input: layout.add(input.byteLength),
    gradient: layout.add(gradient.byteLength),
    output: layout.add(size * 4),
  };
  const block = heap.allocate(where, layout.bytes);
  try {
    const { f32 } = heap;
    const at = (offset: number) => block.offset + offset;
    f32.set(input, at(inner.input) / 4);
    f32.set(gradient, at(inner.gradient) / 4);
    const tables = { rows: at(inner.rows), cols: at(inner.cols) };
    writeTables(heap, g, tables, { rows: rowCount(g), cols: columnCount(g) });
    writeParams(heap, at(inner.params), g, NO_EPILOGUE, {
      ...tables,
      workspace: at(inner.workspace),
      input: at(inner.input),
      gradient: at(inner.gradient),
      output: at(inner.output),
      blockPixels,
    });
    kernels.convWeightGradient(at(inner.params));
    return heap.f32.slice(at(inner.output) / 4, at(inner.output) / 4 + size);
  } finally {
    heap.free(block);
  }
}
