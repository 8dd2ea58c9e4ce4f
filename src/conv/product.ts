import { CONV, CONV_BYTES } from "../runtime/generated/abi.ts";
import type { Heap } from "../runtime/heap.ts";
import { Layout, wholeLines } from "../runtime/layout.ts";
import type { Engine } from "../runtime/runtime.ts";
import type { Step } from "../runtime/step.ts";
import { NO_EPILOGUE } from "./epilogue.ts";
import type { ConvGeometry } from "./geometry.ts";
import { planConv } from "./plan.ts";
import { writeParams, writeTables } from "./step.ts";

/**
 * The matrix product of (m, k) and (k, n), both of which may change from run to run: a 1x1 convolution of an image of k
 * channels and n pixels by m filters, whose weights are packed when it runs.
 *
 * @param products how many pairs of matrices there are, and where each lies: offsets in floats
 * @throws RangeError where memory does not suffice; nothing is held then
 */
export function prepareProduct(
  where: string,
  { heap, kernels }: Engine,
  { m, k, n }: { readonly m: number; readonly k: number; readonly n: number },
  products: readonly { readonly a: number; readonly b: number; readonly c: number }[],
): Step {
  if (k === 0) return zeros(heap, m * n * products.length);
  const geometry: ConvGeometry = {
    ...ONE,
    channels: k,
    filters: m,
    width: n,
    outWidth: n,
  };
  const plan = planConv(where, geometry, "im2col", "once");
  const layout = new Layout();
  const inner = {
    params: layout.add(CONV_BYTES),
    rows: layout.add(plan.rows * 4),
    cols: layout.add(plan.cols * 4),
  };
  const block = heap.allocate(where, layout.bytes);
  const params = block.offset + inner.params;
  const tables = { rows: block.offset + inner.rows, cols: block.offset + inner.cols };
  writeTables(heap, geometry, tables, plan);
  const { blockDepth, blockPixels, tileFilters } = plan;
  writeParams(heap, params, geometry, NO_EPILOGUE, { ...tables, blockDepth, blockPixels, tileFilters });
  const packedBytes = wholeLines(plan.packedBytes);
  let [a, b, c] = [0, 0, 0];
  return {
    kernel: plan.kernel,
    flops: 2 * m * k * n * products.length,
    weightBytes: 0,
    workspaceBytes: packedBytes + plan.workspaceBytes,
    blocks: [block],
    bind({ inputs, outputs, workspace }) {
      [a, b, c] = [inputs[0]!, inputs[1]!, outputs[0]!];
      heap.i32[params / 4 + CONV.packed] = workspace;
      heap.i32[params / 4 + CONV.workspace] = workspace + packedBytes;
    },
    run() {
      const { i32 } = heap;
      for (const product of products) {
        i32[params / 4 + CONV.weight] = a + product.a * 4;
        i32[params / 4 + CONV.input] = b + product.b * 4;
        i32[params / 4 + CONV.output] = c + product.c * 4;
        kernels.packGemm(params);
        kernels.convGemm(params);
      }
    },
  };
}

/** Sums of no products. */
function zeros(heap: Heap, count: number): Step {
  let to = 0;
  return {
    kernel: "fill",
    flops: 0,
    weightBytes: 0,
    workspaceBytes: 0,
    blocks: [],
    bind({ outputs }) {
      to = outputs[0]!;
    },
    run: () => heap.f32.fill(0, to / 4, to / 4 + count),
  };
}

const ONE: ConvGeometry = {
  batch: 1,
  groups: 1,
  channels: 1,
  filters: 1,
  height: 1,
  width: 1,
  kernelHeight: 1,
  kernelWidth: 1,
  strideHeight: 1,
  strideWidth: 1,
  dilationHeight: 1,
  dilationWidth: 1,
  padTop: 0,
  padBottom: 0,
  padLeft: 0,
  padRight: 0,
  paddingMode: "zeros",
  outHeight: 1,
  outWidth: 1,
};

/** A matrix product with rows of images of one pixel: each output is a dot product with a row of weights. */
export const pixelGeometry = (rows: number, channels: number, filters: number): ConvGeometry => ({
  ...ONE,
  batch: rows,
  channels,
  filters,
});
