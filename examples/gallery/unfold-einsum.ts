/**
 * conv2d the way it is often first written in PyTorch, as windows and a sum over them:
 *
 *   windows = image.unfold(2, kh, stride).unfold(3, kw, stride)
 *   output = torch.einsum("nchwrs,kcrs->nkhw", windows, weight)
 *
 * Run it with `npx node examples/gallery/unfold-einsum.ts`, after `npm run build`.
 */
import { allclose, conv2d, pad, Tensor } from "convwasm";
import { type Derivation, print } from "./print.ts";
import { range } from "./tensors.ts";

/** The convolution, and the windows that it sums over. */
export function conv2dByEinsum(
  input: Tensor,
  weight: Tensor,
  { stride = 1, padding = 0 } = {},
): { windows: Tensor; output: Tensor } {
  const [kernelHeight, kernelWidth] = weight.shape.slice(2) as [number, number];
  const padded = pad(input, [padding, padding, padding, padding]);
  // (N, C, H, W) -> (N, C, H', W, kh) -> (N, C, H', W', kh, kw)
  const windows = padded.unfold(2, kernelHeight, stride).unfold(3, kernelWidth, stride);
  // what is missing on the right is summed over: the channels and both axes of the window
  return { windows, output: einsum("nchwrs,kcrs->nkhw", windows, weight) };
}

/** torch.einsum: a product for every combination of indices, added up where the output has the same ones. */
export function einsum(equation: string, ...operands: Tensor[]): Tensor {
  const [left, right] = equation.split("->") as [string, string];
  const terms = left.split(",");
  const length: Record<string, number> = {};
  for (const [i, term] of terms.entries()) {
    for (const [axis, letter] of [...term].entries()) length[letter] = operands[i]!.shape[axis]!;
  }
  const output = Tensor.zeros([...right].map((letter) => length[letter]!));
  const letters = Object.keys(length);
  const index: Record<string, number> = {};
  const at = (term: string) => [...term].reduce((offset, letter) => offset * length[letter]! + index[letter]!, 0);
  const loop = (depth: number): void => {
    const letter = letters[depth];
    if (letter === undefined) {
      output.data[at(right)]! += terms.reduce((product, term, i) => product * operands[i]!.data[at(term)]!, 1);
      return;
    }
    for (let i = 0; i < length[letter]!; ++i) {
      index[letter] = i;
      loop(depth + 1);
    }
  };
  loop(0);
  return output;
}

export function unfoldEinsum(): Derivation {
  const image = range(1, 17).reshape([1, 1, 4, 4]);
  const weight = new Tensor([0, 1, 0, 1, 1, 1, 0, 1, 0], [1, 1, 3, 3]);
  const { windows, output } = conv2dByEinsum(image, weight);
  const expected = conv2d(image, weight);

  const photo = Tensor.randn([2, 3, 32, 40], 1);
  const filters = Tensor.randn([8, 3, 5, 5], 2);
  const options = { stride: 2, padding: 2 };
  const close = allclose(conv2dByEinsum(photo, filters, options).output, conv2d(photo, filters, null, options), {
    rtol: 1e-4,
    atol: 1e-4,
  });
  return {
    title: "Windows by unfold, summed by einsum",
    steps: [
      ["image = torch.arange(1., 17.).reshape(1, 1, 4, 4); image", image],
      ["weight = torch.tensor([[[[0., 1., 0.], [1., 1., 1.], [0., 1., 0.]]]]); weight", weight],
      ["windows = image.unfold(2, 3, 1).unfold(3, 3, 1); windows.shape", `torch.Size([${windows.shape.join(", ")}])`],
      ["windows", windows],
      ['torch.einsum("nchwrs,kcrs->nkhw", windows, weight)', output],
      ["conv2d(image, weight)", expected],
    ],
    checks: [
      ["einsum, conv2d", allclose(output, expected)],
      ["8 filters of 3x5x5 over 2x3x32x40, stride 2, padding 2", close],
    ],
  };
}

if (import.meta.main) print(unfoldEinsum());
