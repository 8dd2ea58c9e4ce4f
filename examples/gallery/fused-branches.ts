/**
 * Convolutions are linear in their kernels, too: the sum of a 3x3 convolution, a 1x1 convolution and the input itself is
 * one 3x3 convolution. The 1x1 kernel is a 3x3 kernel that is zero around its centre, and the identity is a 1x1 kernel
 * that gives each channel back. Networks trained with such branches (RepVGG) run without them.
 *
 * Run it with `npx node examples/gallery/fused-branches.ts`, after `npm run build`.
 */
import { allclose, conv2d, fuseParallel, identityKernel, pad, padKernel, Tensor } from "convwasm";
import { type Derivation, print } from "./print.ts";
import { add, range } from "./tensors.ts";

export function fusedBranches(): Derivation {
  const x = range(1, 33).reshape([1, 2, 4, 4]);
  const wide = { weight: range(-18, 18).reshape([2, 2, 3, 3]), bias: Tensor.from([10, 20]) };
  const narrow = { weight: range(1, 5).reshape([2, 2, 1, 1]), bias: Tensor.from([1, 2]) };
  const branches = add(conv2d(x, wide.weight, wide.bias, { padding: 1 }), conv2d(x, narrow.weight, narrow.bias), x);

  const padded = pad(narrow.weight, [1, 1, 1, 1]);
  const eye = new Tensor([1, 0, 0, 1], [2, 2, 1, 1]);
  const identity = pad(eye, [1, 1, 1, 1]);
  const weight = add(wide.weight, padded, identity);
  const bias = add(wide.bias, narrow.bias);
  const one = conv2d(x, weight, bias, { padding: 1 });
  const fused = fuseParallel([wide, narrow, { weight: identityKernel(2, 3) }]);
  return {
    title: "1x1 + 3x3 + identity as one 3x3 kernel",
    steps: [
      ["x = torch.arange(1., 33.).reshape(1, 2, 4, 4); x", x],
      ["w3, b3 = torch.arange(-18., 18.).reshape(2, 2, 3, 3), torch.tensor([10., 20.]); w3", wide.weight],
      ["w1, b1 = torch.arange(1., 5.).reshape(2, 2, 1, 1), torch.tensor([1., 2.]); w1", narrow.weight],
      ["conv2d(x, w3, b3, padding=1) + conv2d(x, w1, b1) + x", branches],
      ["padded = pad(w1, (1, 1, 1, 1)); padded", padded],
      ["identity = pad(torch.eye(2)[:, :, None, None], (1, 1, 1, 1)); identity", identity],
      ["weight = w3 + padded + identity; weight", weight],
      ["bias = b3 + b1; bias", bias],
      ["conv2d(x, weight, bias, padding=1)", one],
    ],
    checks: [
      ["the sum of the branches, the one convolution", allclose(branches, one)],
      ["the padded kernel, padKernel(w1, 3)", allclose(padded, padKernel(narrow.weight, 3))],
      ["the identity, identityKernel(2, 3)", allclose(identity, identityKernel(2, 3))],
      [
        "the one kernel, fuseParallel of the three",
        allclose(weight, fused.weight) && fused.bias !== null && allclose(bias, fused.bias),
      ],
    ],
  };
}

if (import.meta.main) print(fusedBranches());
