import * as gemm from "../gemm/layout.ts";
import { roundUp } from "../../quotient.ts";

/** Bytes in an entry of the table of products. */
export const PRODUCT_ENTRY_BYTES: i32 = 12;

/** Room for the parameter blocks of a convolution and of packing, and one tap offset. */
export const PARAMS_BYTES: i32 = 256;

/** Where the parameter blocks begin in the workspace, after the scratch of the convolution. */
export function paramsAt(blockDepth: u32, blockPixels: u32): u32 {
  return roundUp(gemm.workspaceBytes(1, blockDepth, blockPixels), 64);
}

/** Bytes of the workspace. */
export function workspaceBytes(m: u32, k: u32, blockDepth: u32, blockPixels: u32): u32 {
  return paramsAt(blockDepth, blockPixels) + PARAMS_BYTES + gemm.weightBytes(m, k);
}
