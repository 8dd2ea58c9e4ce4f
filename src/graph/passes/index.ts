import type { Network } from "../network.ts";
import { dropUnneeded } from "./drop.ts";
import { foldAffine } from "./fold-affine.ts";
import { fuseEndings } from "./fuse-endings.ts";
import { fuseGates } from "./fuse-gates.ts";
import { fusePadding } from "./fuse-padding.ts";
import { fuseScale } from "./fuse-scale.ts";

/** What compile does to a network, in this order. Each returns a network that computes the same, up to rounding. */
export const PASSES: readonly ((network: Network) => Network)[] = [
  dropUnneeded,
  foldAffine,
  fusePadding,
  fuseGates,
  fuseEndings,
  fuseScale,
  dropUnneeded,
];
