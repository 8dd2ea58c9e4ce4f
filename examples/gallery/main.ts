/**
 * The classic ways of deriving a convolution, on matrices small enough to read. The lines after >>> are PyTorch, with
 * `import torch` and `from torch.nn.functional import conv2d, conv_transpose2d, pad`, and print the same there.
 *
 * Run it with `npm run gallery`.
 */
import { flattenedRegions } from "./flattened-regions.ts";
import { fusedBranches } from "./fused-branches.ts";
import { gradients } from "./gradients.ts";
import { kernelAsMatrix } from "./kernel-matrix.ts";
import { paddingModes } from "./padding-modes.ts";
import { agrees, type Derivation, print } from "./print.ts";
import { unfoldEinsum } from "./unfold-einsum.ts";
import { windowLoop } from "./window-loop.ts";

export const GALLERY: readonly (() => Derivation)[] = [
  windowLoop,
  flattenedRegions,
  kernelAsMatrix,
  unfoldEinsum,
  fusedBranches,
  gradients,
  paddingModes,
];

export function main(): void {
  for (const [i, derive] of GALLERY.entries()) {
    if (i > 0) console.log();
    const derivation = derive();
    print(derivation);
    if (!agrees(derivation)) process.exitCode = 1;
  }
}

if (import.meta.main) main();
