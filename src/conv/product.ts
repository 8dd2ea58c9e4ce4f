import * as layout from "../../assembly/conv/product/layout.ts";
import type { Type } from "../dtype.ts";
import { type Planned, planned } from "../planning/planned.ts";
import { Product } from "../runtime/generated/kernels.ts";
import { KERNELS } from "../runtime/modules/kernels.ts";
import { blocksOf } from "./gemm.ts";
import { ABSENT, type ConvGeometry } from "./geometry.ts";

/** Sizes of the matrices of a product: (m, k) times (k, n). */
export interface ProductSizes {
  readonly m: number;
  readonly k: number;
  readonly n: number;
}

/** Where the matrices of one product lie in the arguments and in the result, in floats. */
export interface ProductPlaces {
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

/**
 * Products of matrices, all of one size; both factors may change from run to run. The inputs are the tensors of the first
 * and of the second matrices, the output is that of the results; sums of no products are zeros.
 */
export function planProduct(type: Type, { m, k, n }: ProductSizes, products: readonly ProductPlaces[]): Planned {
  const { blockDepth, blockPixels } = blocksOf(Math.max(k, 1), Math.max(n, 1));
  return planned({
    types: [type],
    kernel: "multiply",
    flops: 2 * m * k * n * products.length,
    held: { params: Product.bytes, offsets: products.length * layout.PRODUCT_ENTRY_BYTES },
    workspace: { scratch: layout.workspaceBytes(m, k, blockDepth, blockPixels) },
    prepare(program, { inputs, outputs, held, workspace }) {
      const offsets = program.i32(held.offsets, products.length * 3);
      for (const [index, { a, b, c }] of products.entries()) offsets.set([a, b, c], index * 3);
      program.params(Product, held.params, {
        a: inputs[0]!,
        b: inputs[1]!,
        c: outputs[0]!,
        offsets: held.offsets,
        workspace: workspace.scratch,
        m,
        k,
        n,
        blockDepth,
        blockPixels,
      });
      program.call(KERNELS, "multiply", held.params, products.length);
    },
  });
}

/** A matrix product with rows of images of one pixel: each output is a dot product with a row of weights. */
export const pixelGeometry = (rows: number, channels: number, filters: number): ConvGeometry => ({
  batch: rows,
  groups: 1,
  channels,
  filters,
  paddingMode: "zeros",
  y: ABSENT,
  x: ABSENT,
});
