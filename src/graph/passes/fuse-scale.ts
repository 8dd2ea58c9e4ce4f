import { type Epilogue, scaled } from "../../conv/epilogue.ts";
import type { Network } from "../network.ts";
import { ANY_AXIS, affineOf } from "./fold-affine.ts";
import { type Fusion, fusePairs } from "./fuse-epilogues.ts";

/**
 * Lets an activation scale and shift its results by one number each, where its kernel can: PP-LCNetV3's learnable affine
 * blocks follow hard-swish.
 */
export function fuseScale(network: Network): Network {
  return fusePairs(network, withScale);
}

const withScale: Fusion = (network, first, second) => {
  const { epilogue } = first.attributes as { readonly epilogue?: Epilogue };
  const affine = epilogue === undefined ? undefined : affineOf(network, second);
  if (affine === undefined || affine.axis !== ANY_AXIS) return undefined;
  const after = scaled(epilogue!, affine.scale[0]!, affine.shift[0]!);
  return after && { ...first, attributes: { ...first.attributes, epilogue: after }, outputs: second.outputs };
};
