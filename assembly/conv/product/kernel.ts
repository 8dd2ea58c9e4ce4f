import { GEMM_MR } from "../../blocking";
import { floats } from "../../floats";
import { Conv, Pack } from "../../params";
import { tilesOf } from "../../quotient";
import { scratchOf } from "../../workspace";
import { convGemm } from "../gemm/kernel";
import { packPanels } from "../panels/kernel";
import { PARAMS_BYTES, paramsAt, PRODUCT_ENTRY_BYTES } from "./layout";

/** The argument of multiply. */
@unmanaged
export class Product {
  a: usize;
  b: usize;
  c: usize;
  /** for each product: floats from a, b and c to its matrices, i32 each */
  offsets: usize;
  /** scratch of the product as a convolution | its parameter blocks | its first matrix in panels */
  workspace: usize;
  m: i32;
  k: i32;
  n: i32;
  /** how much of k is multiplied at a time */
  blockDepth: i32;
  /** how many columns are multiplied at a time */
  blockPixels: i32;
}

// @ts-ignore: decorator
@inline
const PACK_AT: usize = 160;
// @ts-ignore: decorator
@inline
const TAP_AT: usize = 240;

/**
 * Products of matrices (m, k) and (k, n), neither of which needs to be constant: each is a 1x1 convolution of an image of
 * k channels and n pixels by m filters, whose weights are packed when it runs. Sums without terms are zeros.
 *
 * Items are products.
 */
export function multiply(product: Product, begin: i32, end: i32): void {
  const blocks = scratchOf(product.workspace) + <usize>paramsAt(product.blockDepth, product.blockPixels);
  const conv = convOf(product, blocks);
  const pack = packOf(product, blocks);
  for (let item = begin; item < end; ++item) {
    const offsets = product.offsets + <usize>item * PRODUCT_ENTRY_BYTES;
    const c = product.c + floats(load<i32>(offsets, 8));
    if (product.k == 0) {
      memory.fill(c, 0, floats(product.m * product.n));
      continue;
    }
    pack.weight = product.a + floats(load<i32>(offsets));
    conv.input = product.b + floats(load<i32>(offsets, 4));
    conv.output = c;
    packPanels(pack, 0, tilesOf(product.m, GEMM_MR));
    convGemm(conv, 0, tilesOf(product.n, product.blockPixels));
  }
}

/** The convolution without its input and output; other fields are zero. */
function convOf(product: Product, blocks: usize): Conv {
  memory.fill(blocks, 0, PARAMS_BYTES);
  const conv = changetype<Conv>(blocks);
  conv.weights = blocks + PARAMS_BYTES;
  conv.workspace = product.workspace;
  conv.batch = conv.groups = conv.height = conv.outHeight = 1;
  conv.kernelHeight = conv.kernelWidth = 1;
  conv.strideHeight = conv.strideWidth = 1;
  conv.dilationHeight = conv.dilationWidth = 1;
  conv.channels = product.k;
  conv.filters = product.m;
  conv.width = conv.outWidth = product.n;
  conv.blockDepth = product.blockDepth;
  conv.blockPixels = product.blockPixels;
  conv.tileFilters = product.m;
  return conv;
}

/** The rows of the first matrix as filters, without their address. */
function packOf(product: Product, blocks: usize): Pack {
  const pack = changetype<Pack>(blocks + PACK_AT);
  pack.taps = blocks + TAP_AT;
  pack.packed = blocks + PARAMS_BYTES;
  pack.groups = pack.tapCount = pack.phases = 1;
  pack.channels = product.k;
  pack.filters = product.m;
  pack.tile = GEMM_MR;
  pack.filterBytes = product.k * 4;
  pack.channelBytes = 4;
  return pack;
}
