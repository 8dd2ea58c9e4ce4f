import { scaled } from "../../planning/epilogue.ts";
import type { Network } from "../network.ts";
import { ANY_AXIS, affineOf } from "./fold-affine.ts";
import { type Fusion, fusePairs } from "./pairs.ts";

/**
 * Lets an activation scale and shift its results by one number each, if its kernel can: PP-LCNetV3's learnable affine
 * blocks follow hard-swish.
 */
export function fuseScale(network: Network): Network {
  return fusePairs(network, withScale);
}

const withScale: Fusion = (network, first, second) => {
  if (first.activation === undefined) return undefined;
  const affine = affineOf(network, second);
  if (affine === undefined || affine.axis !== ANY_AXIS) return undefined;
  const activation = scaled(first.activation, affine.scale[0]!, affine.shift[0]!);
  return activation && { ...first, activation, outputs: second.outputs };
};
